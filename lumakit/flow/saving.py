"""How a file comes down: from the start, or on from where it broke off, by way of redirects, and when to give up.

Decides from heads alone; whoever drives it writes the bytes. A file is only continued where the server says by a strong
ETag that it is still the same one. No key goes along: result addresses are somebody else's.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from lumakit import call_errors as errors
from lumakit.call_errors import CallError, Circumstances
from lumakit.draws import Draw
from lumakit.errors import UsageError
from lumakit.flow.patience import Patience, retry_after_s
from lumakit.flow.steps import Download, Flow, Heard, Pause
from lumakit.model import Headers, Lost, Request, Response

MAX_REDIRECTS = 5
WHERE = "the file of a result"
_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(?:\d{1,18}|\*)", re.ASCII)
_GONE, _MOVED, _LATER = (401, 403, 404, 410), (301, 302, 303, 307, 308), (408, 425, 429)


def begins_at(ask: Download, head: Response) -> int | None:
    """The byte of the file at which the body of an answer begins; None where it is no part of the file."""
    if head.status == 200:
        return 0
    found = _RANGE.fullmatch(head.header("content-range") or "") if head.status == 206 else None
    return ask.have if found and int(found[1]) == ask.have else None


def length(ask: Download, head: Response) -> int | None:
    """How long the whole file is; None where nobody says."""
    text = head.header("content-length") or ""
    begin = begins_at(ask, head)
    return int(text) + begin if text.isascii() and text.isdigit() and begin is not None else None


def save(url: str, patience: Patience, draw: Draw) -> Flow[None]:
    """Have a file come down."""
    ask, tag, tried, moved, furthest = Download(_get(url)), "", 0, 0, 0
    while True:
        heard = yield ask
        answer = heard.answer
        if isinstance(answer, Response) and begins_at(ask, answer) is not None:
            return
        if isinstance(answer, Response) and answer.status in _MOVED:
            moved += 1
            url = _moved(url, ask, answer, moved)
            ask = Download(_get(url))
            continue
        if isinstance(answer, Lost) and answer.have > furthest:
            tried, furthest = 0, answer.have  # it moves on
        tag = _tag(answer.head) if isinstance(answer, Lost) and answer.head else tag
        ask, refused = _again(url, ask, answer, tag), _refused(ask, heard)
        tried += 1
        wait_s = patience.before_try(tried, refused.retry_after_s, draw) if refused.passing else None
        if wait_s is None:
            raise refused
        yield Pause(wait_s)


def _again(url: str, ask: Download, answer: object, tag: str) -> Download:
    """The next request: for the rest, where it is sure to be the rest of the same file."""
    have = answer.have if isinstance(answer, Lost) else 0
    if not have or not tag:
        return Download(_get(url))
    more = (("Range", f"bytes={have}-"), ("If-Range", tag))
    return Download(replace(ask.request, headers=(*_get(url).headers, *more)), have)


def _tag(head: Response) -> str:
    """A strong ETag of a file that is sent as it is; '' where there is none."""
    tag = head.header("etag") or ""
    packed = (head.header("content-encoding") or "identity").lower() != "identity"
    return "" if packed or not tag.startswith('"') else tag


def _get(url: str) -> Request:
    parts = None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc and url.isprintable()
    except ValueError:
        usable = False
    if parts is None or not usable:
        raise UsageError("the address of the video is none of http or https", code="video_address", where=WHERE)
    headers: Headers = (("Accept", "*/*"), ("Accept-Encoding", "identity"))
    return Request("GET", parts.path or "/", parts.query, headers, b"", f"{parts.scheme}://{parts.netloc}")


def _moved(url: str, ask: Download, answer: Response, moved: int) -> str:
    there = urljoin(url, answer.header("location") or "")
    if moved > MAX_REDIRECTS or (url.startswith("https:") and not there.startswith("https:")):
        what = "the address leads on and on" if moved > MAX_REDIRECTS else "the address leads to one that is not safe"
        raise errors.ContractBroken(what, code="redirected", about=_about(ask, answer, None))
    return there


def _refused(ask: Download, heard: Heard) -> CallError:
    """What an answer that is no file comes to."""
    answer = heard.answer
    if not isinstance(answer, Response):
        if answer and answer.blocked:
            hint = "" if answer.blocked == "not_allowed" else "tell the provider: nothing is fetched from there"
            return errors.ResultBlocked(answer.reason, code=answer.blocked, about=_about(ask, None, None), hint=hint)
        reason = answer.reason if answer else "no answer came"
        return errors.Unavailable(reason, code="no_answer", about=_about(ask, None, None))
    about = _about(ask, answer, retry_after_s(answer, heard.now_ms))
    what, code = f"the answer is {answer.status}", f"http_{answer.status}"
    if answer.status in _GONE:
        return errors.ResultGone(what, code=code, about=about)
    if answer.status in _LATER or answer.status >= 500 or answer.status == 416:
        return errors.Unavailable(what, code=code, about=about)
    return errors.ContractBroken(what, code=code, about=about)


def _about(ask: Download, answer: Response | None, told_s: float | None) -> Circumstances:
    """The circumstances, without the query: it may be a signature."""
    return Circumstances(WHERE, replace(ask.request, query=""), answer, (), told_s)
