"""HAR 1.2, in and out: what browsers, proxies and ourselves write down of HTTP.

Reads what there is and asks for little: who records leaves out much, and adds more. What we write says under `_lumakit`
what HAR has no word for, so that it reads back as it was. Knows no contract.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote_plus

from lumakit import __version__, strictjson
from lumakit.check.packing import unpacked
from lumakit.check.recording import (
    Bulk,
    Leaf,
    Recording,
    Seen,
    address,
    bounded,
    decoded,
    header,
    in_order,
    moment,
    said,
    spelled,
    told,
)
from lumakit.check.traffic import Arrival, Traffic, Unanswered
from lumakit.contract import media
from lumakit.contract.document import Document
from lumakit.model import Exchange, Headers, Lost, Request, Response

_OURS = "_lumakit"
_NOWHERE = "http://nowhere.invalid"
_PHRASES = {int(each): each.phrase for each in HTTPStatus}

# --- in --------------------------------------------------------------------------------------------------------------


def read(document: Document, bulk: Bulk | None = None) -> Recording:
    """What a HAR holds."""
    bulk = bulk or Bulk(document.name)
    log = Leaf(document, "", document.data).down("log").present()
    ours = log.down(_OURS)
    skipped, at_ms = 0, 0
    for number, entry in enumerate(bounded(log.down("entries").present().items(), log), 1):
        at_ms = moment(entry.down("startedDateTime"), at_ms)
        found = _entry(entry, number, at_ms)
        if found is None:
            skipped += 1
        else:
            bulk.add(found)
    provider, base = (ours.down(key).text() for key in ("provider", "base"))
    return Recording(document.name, tuple(bulk.seen), provider, base, ours.down("listened").flag(), skipped)


def _entry(entry: Leaf, number: int, at_ms: int) -> Seen | None:
    ours = entry.down(_OURS)
    number = ours.down("number").whole(number)
    request = _request(entry.down("request").present(), ours)
    if request is None:
        return None
    answer, owner = entry.down("response"), ours.down("owner").text()
    status = answer.down("status").whole(most=999)
    if not status:
        return Unanswered(number, at_ms, request, _lost(entry, answer, ours), owner)
    if ours.down("kind").text() == "arrival":
        words = {name: ours.down(name).text() for name in ("task", "refused")}
        return Arrival(number, at_ms, request, status, expected=ours.down("expected").flag(), **words)
    if status < 100:
        answer.down("status").fail(f"{status} is no status")
    return Exchange(
        number,
        at_ms,
        request,
        _response(answer, status),
        ours.down("operation").text(),
        ours.down("reason").text(),
        tasks=tuple(each.text() for each in ours.down("tasks").items()),
        owner=owner,
        request_bytes=_size(entry.down("request"), len(request.body)),
        response_bytes=_size(answer, 0),
    )


def _request(asked: Leaf, ours: Leaf) -> Request | None:
    where = address(asked.down("url"))
    if where is None:
        return None
    headers = _headers(asked)
    origin = "" if ours.down("origin").value == "" else where.origin
    method = asked.down("method").present().text().upper()
    request = Request(method, where.path, where.query, headers, _posted(asked.down("postData"), headers), origin)
    return unpacked(request)


def _headers(message: Leaf) -> Headers:
    pairs = (header(each.down("name"), each.down("value")) for each in message.down("headers").items())
    return tuple(field for fields in pairs for field in fields)


def _posted(posted: Leaf, headers: Headers) -> bytes:
    """A body: as it stands, or put together from the fields that were taken out of it."""
    text = posted.down("text")
    if text.value is not None:
        return decoded(text) if posted.down("encoding").value == "base64" else said(text.text(), headers)
    fields = [(each.down("name").text(), each.down("value").text()) for each in posted.down("params").items()]
    if media.essence(posted.down("mimeType").text()) == media.FORM:
        return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in fields).encode()
    return b""


def _response(answer: Leaf, status: int) -> Response:
    headers = _headers(answer)
    content = answer.down("content")
    kind = content.down("mimeType").text()
    if kind and not any(name.lower() == "content-type" for name, _ in headers):
        headers = (*headers, ("Content-Type", kind))  # some leave out the headers of what came from a cache
    text = content.down("text")
    body = decoded(text) if content.down("encoding").text() == "base64" else said(text.text(), headers)
    return unpacked(Response(status, headers, body))


def _lost(entry: Leaf, answer: Leaf, ours: Leaf) -> Lost:
    noted = next((text for each in _complaints(entry, answer) if (text := each)), "")
    return Lost(noted or "no answer was recorded", ours.down("unsent").flag())


def _complaints(entry: Leaf, answer: Leaf) -> Iterator[str]:
    """What recorders say of a request that got no answer."""
    for holder, name in ((answer, "_error"), (entry, "_error"), (answer, "comment"), (answer, "statusText")):
        value = holder.down(name).value
        yield value[:500] if isinstance(value, str) else ""


def _size(message: Leaf, fallback: int) -> int:
    size = message.down("bodySize").value
    return size if type(size) is int and size >= 0 else fallback


# --- out -------------------------------------------------------------------------------------------------------------


def write(traffic: Traffic, provider: str = "", base: str = "") -> str:
    """A HAR of traffic, which is without secrets already."""
    ours = {"provider": provider, "base": base, "listened": traffic.listened}
    log = {
        "version": "1.2",
        "creator": {"name": "lumakit", "version": __version__},
        "entries": [_written(each) for each in in_order(traffic, base)],
        _OURS: {name: value for name, value in ours.items() if value},
    }
    return strictjson.indented({"log": log}).decode()


def _written(seen: Seen) -> Mapping[str, Any]:
    return {
        "startedDateTime": spelled(seen.at_ms),
        "time": 0,
        "request": _asked(seen.request, getattr(seen, "request_bytes", 0)),
        "response": _answered(seen),
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
        _OURS: {name: value for name, value in _notes(seen) if value or name == "origin"},
    }


def _notes(seen: Seen) -> Iterable[tuple[str, Any]]:
    yield "number", seen.number
    if not seen.request.origin:
        yield "origin", ""
    if isinstance(seen, Arrival):
        yield from (("kind", "arrival"), ("task", seen.task), ("expected", seen.expected), ("refused", seen.refused))
        return
    yield "owner", seen.owner
    if isinstance(seen, Unanswered):
        yield "unsent", seen.lost.unsent
    else:
        yield from (("operation", seen.operation), ("reason", seen.reason), ("tasks", list(seen.tasks)))


def _asked(request: Request, size: int) -> Mapping[str, Any]:
    query = f"?{request.query}" if request.query else ""
    asked = {
        "method": request.method,
        "url": f"{request.origin or _NOWHERE}{request.path}{query}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _fields(request.headers),
        "queryString": _pairs(parse_qsl(request.query, keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": size or len(request.body),
    }
    if not request.body:
        return asked
    text = told(request.body, request.headers)
    posted: dict[str, Any] = {"mimeType": request.header("content-type") or "", "text": text}
    if text is None:
        posted |= {"text": base64.b64encode(request.body).decode(), "encoding": "base64"}
    return {**asked, "postData": posted}


def _answered(seen: Seen) -> Mapping[str, Any]:
    answer, size, comment = Response(0), 0, ""
    if isinstance(seen, Exchange):
        answer, size = seen.response, seen.response_bytes
    elif isinstance(seen, Arrival):
        answer = Response(seen.status)
    else:
        comment = seen.lost.reason
    body = {
        "status": answer.status,
        "statusText": _PHRASES.get(answer.status, ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _fields(answer.headers),
        "content": _content(answer),
        "redirectURL": answer.header("location") or "",
        "headersSize": -1,
        "bodySize": size,
    }
    return {**body, "_error": comment} if comment else body


def _content(answer: Response) -> Mapping[str, Any]:
    content: dict[str, Any] = {"size": len(answer.body), "mimeType": answer.header("content-type") or ""}
    if not answer.body:
        return content
    text = told(answer.body, answer.headers)
    if text is None:
        return {**content, "text": base64.b64encode(answer.body).decode(), "encoding": "base64"}
    return {**content, "text": text}


def _fields(headers: Headers) -> list[dict[str, str]]:
    return _pairs(headers)


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
