"""Recorded traffic as JSON lines of ours: one that says what they are, then one for each thing that was seen.

    {"lumakit": "traffic", "version": 1, "provider": "acme"}
    {"exchange": {"number": 1, "at_ms": 1767225600000, "request": {"method": "GET", ...}, "response": {...}}}
    {"unanswered": {..., "lost": {"reason": "no answer in time"}}}
    {"arrival": {..., "status": 200, "task": "t-1"}}

A body is a text under `body`, or `body_base64` where it is none. What is empty is left out. A line can be added at the
end at any time, and what is written reads back as it was; findings are not written, since they are judged anew. Knows
no contract.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lumakit import strictjson
from lumakit.check.packing import unpacked
from lumakit.check.recording import MAX_SEEN, Bulk, Leaf, Recording, Seen, decoded, header, in_order, unreadable
from lumakit.check.traffic import Arrival, Traffic, Unanswered
from lumakit.contract.document import Document
from lumakit.errors import UnknownVersion
from lumakit.model import Exchange, Headers, Lost, Request, Response

KIND, VERSION = "traffic", 1

# --- in --------------------------------------------------------------------------------------------------------------


def read(raw: bytes, name: str, bulk: Bulk | None = None) -> Recording:
    """What lines hold; each has to be whole."""
    numbered = [(number, line) for number, line in enumerate(raw.split(b"\n"), 1) if line.strip()]
    if len(numbered) > MAX_SEEN:
        raise unreadable(f"there are more than {MAX_SEEN:,} lines", name, "split the file")
    (number, first), *rest = numbered
    head = _leaf(first, f"{name}:{number}")
    _check_version(head, f"{name}:{number}")
    bulk = bulk or Bulk(name)
    for number, line in rest:
        bulk.add(_seen(_leaf(line, f"{name}:{number}"), f"{name}:{number}"))
    provider, base = (head.down(key).text() for key in ("provider", "base"))
    return Recording(name, tuple(bulk.seen), provider, base, head.down("listened").flag())


def _leaf(line: bytes, where: str) -> Leaf:
    try:
        value = strictjson.loads(line)
    except strictjson.JsonProblem as problem:
        place = f"{where}:{problem.column}" if problem.column else where
        raise unreadable(problem.reason, place, "every line is a JSON object; is the last one whole?") from None
    if not isinstance(value, dict):
        raise unreadable("this line is no JSON object", where, "every line is one")
    return Leaf(Document(where, value, ""), "", value)


def _check_version(head: Leaf, where: str) -> None:
    kind, version = head.down("lumakit").value, head.down("version").value
    if kind != KIND or version != VERSION:
        what = f"these are lines of the kind {kind!r}, version {version!r}"
        hint = f'the first line is {{"lumakit": "{KIND}", "version": {VERSION}}}'
        raise UnknownVersion(what[:300], code="recording_version", where=where, hint=hint)


def _seen(line: Leaf, where: str) -> Seen:
    found = [name for name in _READERS if line.down(name).value is not None]
    if len(found) != 1:
        hint = f"it holds one of {', '.join(_READERS)}"
        raise unreadable("this line does not say what was seen", where, hint)
    return _READERS[found[0]](line.down(found[0]))


def _exchange(leaf: Leaf) -> Exchange:
    asked, answered = _request(leaf), _response(leaf.down("response").present())
    return Exchange(
        leaf.down("number").whole(),
        leaf.down("at_ms").whole(),
        asked,
        answered,
        leaf.down("operation").text(),
        leaf.down("reason").text(),
        tasks=tuple(each.text() for each in leaf.down("tasks").items()),
        owner=leaf.down("owner").text(),
        request_bytes=leaf.down("request_bytes").whole(),
        response_bytes=leaf.down("response_bytes").whole(),
    )


def _unanswered(leaf: Leaf) -> Unanswered:
    told = leaf.down("lost").present()
    head = told.down("head")
    lost = Lost(
        told.down("reason").text(),
        told.down("unsent").flag(),
        blocked=told.down("blocked").text(),
        have=told.down("have").whole(),
        head=_response(head) if head.value is not None else None,
    )
    number, at_ms = leaf.down("number").whole(), leaf.down("at_ms").whole()
    return Unanswered(number, at_ms, _request(leaf), lost, leaf.down("owner").text())


def _arrival(leaf: Leaf) -> Arrival:
    return Arrival(
        leaf.down("number").whole(),
        leaf.down("at_ms").whole(),
        _request(leaf),
        _status(leaf),
        leaf.down("task").text(),
        leaf.down("expected").flag(),
        leaf.down("refused").text(),
    )


_READERS: Mapping[str, Callable[[Leaf], Seen]] = {
    "exchange": _exchange,
    "unanswered": _unanswered,
    "arrival": _arrival,
}


def _request(holder: Leaf) -> Request:
    leaf = holder.down("request").present()
    path = leaf.down("path").present().text()
    if not path.startswith("/") or "?" in path or "#" in path:
        leaf.down("path").fail("a path begins with a slash, and has no query in it")
    return unpacked(
        Request(
            leaf.down("method").present().text(),
            path,
            leaf.down("query").text(),
            _headers(leaf),
            _body(leaf),
            leaf.down("origin").text(),
        )
    )


def _response(leaf: Leaf) -> Response:
    return unpacked(Response(_status(leaf), _headers(leaf), _body(leaf)))


def _status(leaf: Leaf) -> int:
    status = leaf.down("status").present().whole(most=999)
    if status < 100:
        leaf.down("status").fail(f"{status} is no status")
    return status


def _headers(leaf: Leaf) -> Headers:
    found: list[tuple[str, str]] = []
    for pair in leaf.down("headers").items():
        parts = list(pair.items())
        if len(parts) != 2:
            pair.fail("a header is a name and a value")
        found += header(parts[0], parts[1])
    return tuple(found)


def _body(leaf: Leaf) -> bytes:
    packed = leaf.down("body_base64")
    return leaf.down("body").text().encode() if packed.value is None else decoded(packed)


# --- out -------------------------------------------------------------------------------------------------------------


def write(traffic: Traffic, provider: str = "", base: str = "") -> str:
    """The lines of traffic, which is without secrets already."""
    return "".join((begin(provider, base, listened=traffic.listened), *map(line, in_order(traffic, base))))


def begin(provider: str = "", base: str = "", *, listened: bool = False) -> str:
    """The first line."""
    told = {"provider": provider, "base": base, "listened": listened}
    return _spelled({"lumakit": KIND, "version": VERSION, **_given(told.items())})


def line(seen: Seen) -> str:
    """The line of one thing that was seen."""
    told = {"number": seen.number, "at_ms": seen.at_ms, "request": _asked(seen.request), **_given(_more(seen))}
    return _spelled({_NAMES[type(seen)]: told})


_NAMES: Mapping[type[Seen], str] = {Exchange: "exchange", Unanswered: "unanswered", Arrival: "arrival"}


def _more(seen: Seen) -> Iterator[tuple[str, Any]]:
    if isinstance(seen, Arrival):
        yield from (("status", seen.status), ("task", seen.task), ("expected", seen.expected))
        yield "refused", seen.refused
        return
    yield "owner", seen.owner
    if isinstance(seen, Unanswered):
        yield "lost", _lost(seen.lost)
        return
    yield "response", _answered(seen.response)
    yield from (("operation", seen.operation), ("reason", seen.reason), ("tasks", list(seen.tasks)))
    yield from (("request_bytes", seen.request_bytes), ("response_bytes", seen.response_bytes))


def _lost(lost: Lost) -> Mapping[str, Any]:
    told = {
        "unsent": lost.unsent,
        "blocked": lost.blocked,
        "have": lost.have,
        "head": lost.head and _answered(lost.head),
    }
    return {"reason": lost.reason, **_given(told.items())}


def _asked(request: Request) -> Mapping[str, Any]:
    told = {"origin": request.origin, "query": request.query}
    return {"method": request.method, "path": request.path, **_given(told.items()), **_content(request)}


def _answered(response: Response) -> Mapping[str, Any]:
    return {"status": response.status, **_content(response)}


def _content(message: Request | Response) -> Mapping[str, Any]:
    told: dict[str, Any] = {"headers": [list(each) for each in message.headers]} if message.headers else {}
    if not message.body:
        return told
    try:
        return {**told, "body": message.body.decode()}
    except UnicodeDecodeError:
        return {**told, "body_base64": base64.b64encode(message.body).decode()}


def _given(pairs: Any) -> dict[str, Any]:
    return {name: value for name, value in pairs if value}


def _spelled(value: Mapping[str, Any]) -> str:
    return strictjson.dumps(value).decode() + "\n"
