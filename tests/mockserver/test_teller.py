"""What is refused is said, a line each, and a flood is counted."""

from __future__ import annotations

from lumakit.model import Request, Response
from mockserver.stores import Down
from mockserver.teller import A_SECOND, Teller


class Grumpy:
    """Refuses everything but `/ok`."""

    def __call__(self, request: Request) -> Response:
        return Response(200) if request.path == "/ok" else Response(404, (("Mock-Reason", "not here"),))

    def too_large(self, request: Request) -> Response:
        return Response(413, (("Mock-Reason", f"{request.method} is too much"),))

    def unavailable(self, _: Request, down: Down) -> Response:
        return Response(503, (("Mock-Reason", str(down)),))


def test_a_refusal_is_said_with_its_reason_and_without_the_query() -> None:
    said: list[str] = []
    teller = Teller(Grumpy(), said.append, lambda: 0.0)
    assert teller(Request("GET", "/ok")).status == 200
    assert teller(Request("GET", "/x", "key=secret")).status == 404
    assert teller.too_large(Request("POST", "/x")).status == 413
    assert teller.unavailable(Request("GET", "/ok"), Down("no disk")).status == 503
    assert said == ["GET /x -> 404: not here", "POST /x -> 413: POST is too much", "GET /ok -> 503: no disk"]


def test_a_flood_of_refusals_is_counted() -> None:
    said: list[str] = []
    seconds = iter([0.0] + [0.5] * 25 + [1.5])
    teller = Teller(Grumpy(), said.append, lambda: next(seconds))
    for _ in range(26):
        teller(Request("GET", "/x"))
    assert len(said) == A_SECOND + 2
    assert said[-2] == "... and 15 more"
