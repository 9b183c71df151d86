"""What a request asks of a file that does not change: preconditions and byte ranges, by the letter of RFC 9110.

Knows entity tags, HTTP dates and `Range`. Does not know which file is meant or what is in it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from lumakit.model import Request

_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\U0010ffff]*"')
# One range, with the empty list elements a recipient has to bear. A hundred digits are more than any file needs.
_ONE_RANGE = re.compile(
    r"bytes=(?:(?:[ \t]*+,)++[ \t]*+)?([0-9]{0,100})-([0-9]{0,100})(?:[ \t]*+,)*+", re.ASCII | re.IGNORECASE
)
_HTTP_DATE = re.compile(
    r"(?:[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT"
    r"|[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT"
    r"|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4})",
    re.ASCII,
)


def asked_for(request: Request, etag: str, modified: datetime, size: int) -> tuple[int, range]:
    """The status a GET or HEAD of the file deserves, and which of its bytes go out with it."""
    if refusal := _precondition(request, etag, modified):
        return refusal, range(0)
    if request.method != "GET" or not _range_holds(request, etag, modified):
        return 200, range(size)
    return _part(request, size)


def _precondition(request: Request, etag: str, modified: datetime) -> int | None:
    """412 or 304 where a precondition says so; the tags go before the dates (RFC 9110, 13.2.2)."""
    wanted, unwanted = _field(request, "if-match"), _field(request, "if-none-match")
    if wanted is not None:
        if wanted != "*" and etag not in _TAG.findall(wanted):
            return 412
    elif (since := _instant(request.header("if-unmodified-since"))) and modified > since:
        return 412
    if unwanted is not None:
        if unwanted == "*" or etag in (tag.removeprefix("W/") for tag in _TAG.findall(unwanted)):
            return 304
    elif (since := _instant(request.header("if-modified-since"))) and modified <= since:
        return 304
    return None


def _field(request: Request, name: str) -> str | None:
    """A header that holds a list, as one list however many lines it was sent in."""
    values = request.header_values(name)
    return ", ".join(values).strip(" \t") if values else None


def _instant(text: str | None) -> datetime | None:
    """The moment an HTTP date means; anything else is as good as not sent."""
    if text is None or not _HTTP_DATE.fullmatch(text.strip(" \t")):
        return None
    try:
        return parsedate_to_datetime(text).replace(tzinfo=UTC)
    except ValueError:  # the 32nd of a month
        return None


def _range_holds(request: Request, etag: str, modified: datetime) -> bool:
    """False where `If-Range` names another version of the file than ours."""
    version = request.header("if-range")
    return version is None or version.strip(" \t") == etag or _instant(version) == modified


def _part(request: Request, size: int) -> tuple[int, range]:
    """What `Range` asks for. More than one range, and what is no range at all, gets the whole file."""
    values = request.header_values("range")
    found = _ONE_RANGE.fullmatch(values[0].strip(" \t")) if len(values) == 1 else None
    first, last = found.groups() if found else ("", "")
    if not first:
        return _tail(int(last), size) if last else (200, range(size))
    if last and int(last) < int(first):
        return 200, range(size)
    if int(first) >= size:
        return 416, range(0)
    return 206, range(int(first), min(int(last) + 1, size) if last else size)


def _tail(length: int, size: int) -> tuple[int, range]:
    """The last so many bytes, at most all of them; none at all cannot be given."""
    return (206, range(max(size - length, 0), size)) if length else (416, range(0))
