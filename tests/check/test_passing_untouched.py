"""The law of the proxy: a server sees the same request, and a client the same answer, with it and without it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lumakit.model import Headers, Request, Response
from mockserver.door.asgi import Door
from mockserver.live import LiveServer
from tests.check.between import between
from tests.check.test_relay import by_hand

_NAMES = st.text("abcXYZ-", min_size=1, max_size=6).map("x-".__add__)
_VALUES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=8).filter(
    lambda text: not re.search(r"[\x80-\xa0]", text)
)
HEADERS = st.lists(st.tuples(_NAMES, _VALUES), max_size=4).map(tuple)
BODIES = st.one_of(st.binary(max_size=64), st.integers(0, 200_000).map(bytes))
TARGETS = st.text("abc/%2F.~;=&?:@!$'()*+,", max_size=20).map("/".__add__)
METHODS = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
STATUSES = st.sampled_from([200, 201, 206, 301, 304, 204, 400, 404, 429, 500, 503])


class Behind:
    """What a server sees, and what it says."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self.says = Response(200)
        self.direct, self.through = "", ""

    def __call__(self, request: Request) -> Response:
        self.seen.append(request)
        return self.says

    def both(self, request: bytes) -> tuple[bytes, bytes]:
        """What comes back directly, and through the proxy."""
        answers = (by_hand(url, request) for url in (self.direct, self.through))
        direct, through = (re.sub(rb"date: [^\r]*\r\n", b"", answer) for answer in answers)
        return direct, through


@pytest.fixture(scope="module", name="behind")
def _behind() -> Iterator[Behind]:
    behind = Behind()
    with contextlib.ExitStack() as stack:
        behind.direct = stack.enter_context(LiveServer(Door(behind))).url
        behind.through = stack.enter_context(between(behind.direct)).url
        yield behind


LAW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@LAW
@given(METHODS, TARGETS, HEADERS, BODIES, st.booleans())
def test_a_server_sees_the_same_request(
    behind: Behind, method: str, target: str, headers: Headers, body: bytes, chunked: bool
) -> None:
    behind.says = Response(200)
    behind.seen.clear()
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    fields = [f"{name}: {value}" for name, value in headers]
    head = [f"{method} {target} HTTP/1.1", "Host: api.test", "Connection: close", *fields, framing, "", ""]
    sent = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked and body else b"0\r\n\r\n" if chunked else body
    behind.both("\r\n".join(head).encode("latin-1") + sent)
    direct, through = behind.seen
    assert _but_hops(direct) == _but_hops(through)


def _but_hops(request: Request) -> tuple[object, ...]:
    headers = sorted(each for each in request.headers if each[0].lower() not in ("host", "connection"))
    named = [[value for key, value in request.headers if key == name] for name, _ in headers]
    return request.method, request.path, request.query, headers, named, request.body


@LAW
@given(st.sampled_from(["GET", "HEAD"]), STATUSES, HEADERS, BODIES)
def test_a_client_gets_the_same_answer(behind: Behind, method: str, status: int, headers: Headers, body: bytes) -> None:
    behind.says = Response(status, headers, body)
    direct, through = behind.both(f"{method} / HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n".encode())
    assert direct == through
