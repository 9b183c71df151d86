"""Things that were seen, drawn: exchanges, requests without an answer, webhooks that arrived."""

from __future__ import annotations

from hypothesis import strategies as st

from lumakit.check.recording import LAST_MS
from lumakit.check.traffic import Arrival, Traffic, Unanswered
from lumakit.model import Exchange, Lost, Request, Response

_WORDS = st.text("abcXYZ019-_", min_size=1, max_size=8)
_VALUES = st.text(" !aZ~é\xa0ÿ;=,", max_size=12)
HEADERS = st.lists(st.tuples(_WORDS.map("x-".__add__), _VALUES.map(str.strip)), max_size=4).map(tuple)
TYPED = st.sampled_from(
    [(), (("Content-Type", "application/json"),), (("content-type", "text/plain; charset=ISO-8859-1"),)]
)
BODIES = st.one_of(st.binary(max_size=40), st.text(max_size=20).map(str.encode), st.just(b'{"a": [1, "\xc3\xa9"]}'))
_PATHS = st.lists(_WORDS, max_size=3).map(lambda parts: "/" + "/".join(parts))
_QUERIES = st.sampled_from(["", "a=1", "a=1&a=2&b=%20x", "q"])
_ORIGINS = st.sampled_from(["", "https://api.test", "http://127.0.0.1:4010"])
_MS = st.integers(0, LAST_MS)
_SIZES = st.integers(0, 2**40)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    headers = (*draw(TYPED), *draw(HEADERS))
    method = draw(st.sampled_from(["GET", "POST", "DELETE"]))
    return Request(method, draw(_PATHS), draw(_QUERIES), headers, draw(BODIES), draw(_ORIGINS))


@st.composite
def responses(draw: st.DrawFn) -> Response:
    return Response(draw(st.integers(100, 599)), (*draw(TYPED), *draw(HEADERS)), draw(BODIES))


@st.composite
def traffic(draw: st.DrawFn, *, heads: bool = True) -> Traffic:
    exchanges: list[Exchange] = []
    unanswered: list[Unanswered] = []
    arrivals: list[Arrival] = []
    for number in range(1, draw(st.integers(0, 5)) + 1):
        at_ms, request = draw(_MS), draw(requests())
        kind = draw(st.integers(0, 2))
        if kind == 0:
            told = (draw(_WORDS), draw(st.sampled_from(["", "bad"])))
            tasks = tuple(draw(st.lists(_WORDS, max_size=2)))
            given = (*told, (), tasks, draw(_WORDS), draw(_SIZES), draw(_SIZES))
            exchanges.append(Exchange(number, at_ms, request, draw(responses()), *given))
        elif kind == 1:
            head = draw(st.one_of(st.none(), responses())) if heads else None
            lost = Lost(draw(_WORDS), draw(st.booleans()), have=draw(_SIZES) if heads else 0, head=head)
            unanswered.append(Unanswered(number, at_ms, request, lost, draw(st.sampled_from(["", "key 1"]))))
        else:
            word = draw(_WORDS)
            arrivals.append(Arrival(number, at_ms, request, 204, word, draw(st.booleans()), draw(_WORDS)))
    return Traffic(tuple(exchanges), tuple(unanswered), tuple(arrivals), draw(st.booleans()))
