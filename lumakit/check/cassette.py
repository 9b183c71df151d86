"""Cassettes: what vcrpy and Ruby's VCR write down of HTTP, as YAML or as JSON.

Bodies stand there as text, in base64 or as YAML's binary, packed or not; a header has one value or a list of them. Read
only. Knows no contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from lumakit.check.packing import unpacked
from lumakit.check.recording import Bulk, Leaf, Recording, address, bounded, decoded, header, moment, said
from lumakit.contract.document import Document
from lumakit.errors import UnknownVersion
from lumakit.model import Exchange, Headers, Request, Response

LISTS = ("interactions", "http_interactions")  # vcrpy's, and Ruby's


def read(document: Document, bulk: Bulk | None = None) -> Recording:
    """What a cassette holds."""
    bulk = bulk or Bulk(document.name)
    tape = Leaf(document, "", document.data)
    version = tape.down("version").value
    if version not in (None, 1):
        what = f"this is a cassette of version {version!r}"
        raise UnknownVersion(what[:300], code="recording_version", where=document.name, hint="version 1 is read")
    played = tape.down(next((name for name in LISTS if name in document.data), LISTS[0]))
    skipped, at_ms = 0, 0
    for number, each in enumerate(bounded(played.present().items(), tape), 1):
        request = _request(each.down("request").present())
        if request is None:
            skipped += 1
            continue
        response = _response(each.down("response").present())
        at_ms = _moment(each, response, at_ms)
        bulk.add(Exchange(number, at_ms, request, response, request_bytes=len(request.body)))
    return Recording(document.name, tuple(bulk.seen), skipped=skipped)


def _moment(played: Leaf, response: Response, before_ms: int) -> int:
    """When it was recorded; where nothing tells, when the server says that it answered."""
    noted = played.down("recorded_at")
    if noted.value is not None:
        return _http_date(noted.text()) or moment(noted, before_ms)
    return _http_date(response.header("date") or "") or before_ms


def _http_date(text: str) -> int:
    try:
        found = parsedate_to_datetime(text)
        return max(0, int(_aware(found).timestamp() * 1000))
    except (ValueError, OverflowError, TypeError, IndexError):
        return 0


def _aware(found: datetime) -> datetime:
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _request(asked: Leaf) -> Request | None:
    where = address(asked.down("uri"))
    if where is None:
        return None
    headers = tuple(_headers(asked.down("headers")))
    body = _body(asked.down("body"), headers)
    method = asked.down("method").present().text().upper()
    return unpacked(Request(method, where.path, where.query, headers, body, where.origin))


def _response(answer: Leaf) -> Response:
    told = answer.down("status").present()
    code = told.down("code") if isinstance(told.value, dict) else told
    status = code.present().whole(most=999)
    if status < 100:
        code.fail(f"{status} is no status")
    headers = tuple(_headers(answer.down("headers")))
    return unpacked(Response(status, headers, _body(answer.down("body"), headers)))


def _headers(told: Leaf) -> Iterator[tuple[str, str]]:
    for name in told.mapping():
        named, values = Leaf(told.document, f"{told.pointer}", name), told.down(name)
        for each in values.items() if isinstance(values.value, list) else (values,):
            yield from header(named, _read(each))


def _read(value: Leaf) -> Leaf:
    """A header's value as a text: some are noted down as bytes, or as numbers."""
    plain = value.value
    if isinstance(plain, bytes):
        return Leaf(value.document, value.pointer, plain.decode("latin-1"))
    if isinstance(plain, (int, float)) and not isinstance(plain, bool):
        return Leaf(value.document, value.pointer, str(plain))
    return value


def _body(told: Leaf, headers: Headers) -> bytes:
    """A body however it is noted down: bare, or as a text, or in base64, under a name that says which."""
    if isinstance(told.value, dict):
        packed = told.down("base64_string")
        if packed.value is not None:
            return decoded(packed)
        told = told.down("string")
    if isinstance(told.value, bytes):
        return told.value
    return said(told.text(), headers)
