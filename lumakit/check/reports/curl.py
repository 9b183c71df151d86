"""A request as a line that a shell can run: what was hidden becomes a variable, everything else is quoted.

The line is for a POSIX shell and curl. Nothing in a request can end a quote, name a file or steer a terminal.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from urllib.parse import quote

from lumakit.check.reports import digest
from lumakit.check.traffic import WRONG_KEY, Arrival, Unanswered
from lumakit.check.verdict import Judged, Verdict
from lumakit.model import Exchange, Request
from lumakit.report import printable

HIDDEN = re.compile(r"<hidden: \d+ (?:characters?|bytes[a-z ]*)>")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OWN = frozenset(
    "host content-length connection accept-encoding user-agent transfer-encoding accept traceparent".split()
)
_USUAL = ("own key", "key 1")  # the run's own, and the first that was seen in what was recorded
_READABLE = "".join(chr(code) for code in range(0x21, 0x7F))


def variable(provider: str, what: str) -> str:
    """The name of the variable that stands for something of a provider: its key, its address, a secret."""
    return re.sub(r"\W", "_", f"{provider.upper()}_{what}", flags=re.ASCII)


def line(verdict: Verdict, judged: Judged) -> str:
    """The line that asks again what showed a finding; empty where that was not ours to ask."""
    shown = digest.seen(verdict, judged)
    if shown is None or isinstance(shown, Arrival):
        return ""
    return curl(shown.request, verdict.provider, key_variable(verdict, shown))


def key_variable(verdict: Verdict, shown: Exchange | Unanswered) -> str:
    """The name of the variable for the key that a request showed: another one than the run's has a name of its own."""
    usual = shown.owner in _USUAL or not shown.owner
    named = {WRONG_KEY: "WRONG_KEY"}.get(shown.owner, shown.owner.upper())
    return variable(verdict.provider, "API_KEY" if usual else named)


def curl(request: Request, provider: str, key: str = "") -> str:
    """A request as one line; `key` names the variable that stands for its key."""
    key = key or variable(provider, "API_KEY")
    words = ["curl", "-sS", "-i", "-g", "--path-as-is", *_method(request)]
    words += [f"-H {_shown(text, key)}" for text in _headers(request)]
    body, before = _body(request.body, provider)
    address = _shown(_address(request), key)
    origin = "" if request.origin.startswith(("http://", "https://")) else f'"${variable(provider, "URL")}"'
    return " ".join([*before, *words, *body, origin + address])


def _method(request: Request) -> list[str]:
    if request.method == "HEAD":
        return ["-I"]
    return [] if request.method == "GET" and not request.body else ["-X", shlex.quote(printable(request.method))]


def _headers(request: Request) -> Iterator[str]:
    for name, value in request.headers:
        if _TOKEN.fullmatch(name) and name.lower() not in _OWN and "\n" not in value and "\r" not in value:
            yield f"{name}: {printable(value)}" if value else f"{name};"
    if request.body and request.header("content-type") is None:
        yield "Content-Type:"  # without this curl says it were a form


def _address(request: Request) -> str:
    """The address, with what cannot stand in one percent-encoded; what was hidden stays as it is."""
    origin = request.origin if request.origin.startswith(("http://", "https://")) else ""
    text = f"{origin}{request.path}{f'?{request.query}' if request.query else ''}"
    pieces = HIDDEN.split(text)
    marks = [*HIDDEN.findall(text), ""]
    return "".join(
        quote(piece, safe=_READABLE, errors="replace") + mark for piece, mark in zip(pieces, marks, strict=True)
    )


def _body(body: bytes, provider: str) -> tuple[list[str], list[str]]:
    """The words that give the body, and what must stand before curl for that."""
    if not body:
        return [], []
    text = body.decode("utf-8", "replace")
    if text.encode() == body and printable(text) == text:
        return ["--data-raw", _shown(text, variable(provider, "SECRET"))], []
    octal = "".join(chr(byte) if chr(byte).isalnum() and byte < 0x80 else f"\\0{byte:03o}" for byte in body)
    return ["--data-binary", "@-"], ["printf", "%b", shlex.quote(octal), "|"]


def _shown(text: str, name: str) -> str:
    """A text quoted for a shell, with a variable for what was hidden."""
    pieces = HIDDEN.split(text)
    return f'"${name}"'.join(shlex.quote(piece) if piece or len(pieces) == 1 else "" for piece in pieces)
