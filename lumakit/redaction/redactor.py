"""The Redactor: requests and responses with their secrets hidden, made once and told what is secret.

Takes a body apart only to hide something in it, and spells it anew then; what it cannot take apart and shows a sign of
a secret is hidden as a whole. Knows no contract: names, places and values are given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote_plus

import orjson

from lumakit.errors import UsageError
from lumakit.model import Headers, Request, Response
from lumakit.redaction import values
from lumakit.redaction.names import Verdict, is_secret, leaves_trace, verdict

LONGEST_BODY = 256 * 1024  # a longer one is hidden unread: looking through it would hold up other requests
_DEEPEST = 3  # JSON in a text inside JSON, or percent-encoding of percent-encoding: so often, and no further
_LEARNED = 4096

_SCHEMES = frozenset(("bearer", "basic", "digest"))
_FORM_TYPE = "application/x-www-form-urlencoded"
_FORM = re.compile(r"[^\s\"{}<>]*")
_QUOTED_NAME = re.compile(r"[\"']([^\"']{1,128})[\"']\s*:")
_HOLDERS = frozenset((dict, list))
_READABLE = "/:?=<> ,@;"  # what may stand in a query that only people read


@dataclass(frozen=True)
class Redactor:
    """Hides what stands under a secret name or at a secret place, what looks like a secret, and every told secret.

    `names` are of headers, query fields, cookies and members; `pointers` lead into JSON bodies; `secrets` are found
    wherever they stand, from six characters on.
    """

    names: frozenset[str] = frozenset()
    pointers: tuple[str, ...] = ()
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    _ordinary: set[str] = field(default_factory=set, init=False, repr=False, compare=False)
    _innocent: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for pointer in self.pointers:
            if not re.fullmatch(r"(/([^~/]|~[01])*)+", pointer):
                raise UsageError(
                    f"{pointer!r} is not a JSON pointer into a body",
                    code="redaction_pointer",
                    hint="a pointer begins with a slash, such as /user/token",
                )

    def request(self, request: Request) -> Request:
        """A request to be stored or shown."""
        return Request(
            request.method,
            self.text(request.path),
            self.query(request.query),
            self.headers(request.headers),
            self.body(request.body, request.headers),
            self.text(request.origin) if request.origin else "",
        )

    def response(self, response: Response) -> Response:
        """A response to be stored or shown."""
        return replace(
            response, headers=self.headers(response.headers), body=self.body(response.body, response.headers)
        )

    def text(self, text: str) -> str:
        """A text without what was told to be secret, and without what looks it."""
        if self.secrets:
            text = self._told.hide(text)
        return text if values.is_plain(text) else values.hide_by_form(text)

    # headers

    def headers(self, headers: Headers) -> Headers:
        """Headers to be stored or shown."""
        ordinary = self._ordinary
        shown = tuple([pair if pair[0] in ordinary else self._header(*pair) for pair in headers])
        if self.secrets and not self._told.absent("\n".join([value for _, value in shown])):
            return tuple((name, self._told.hide(value)) for name, value in shown)
        return shown

    def _header(self, name: str, value: str) -> tuple[str, str]:
        judged = verdict(name, self._lower_names)
        if judged is Verdict.HIDE:
            return name, _credential(value)
        if judged is Verdict.SHOW:
            _learn(self._ordinary, name)
            return name, value
        if judged is Verdict.CRUMBS:
            return name, ";".join(map(_crumb, value.split(";")))
        crumb, semicolon, rest = value.partition(";") if judged is Verdict.CRUMB else ("", "", value)
        return name, _crumb(crumb) + semicolon + self.text(rest)

    # queries and forms

    def query(self, query: str) -> str:
        """A query, or the body of a form, to be stored or shown; what was hidden is not percent-encoded."""
        if not query:
            return query
        shown = "&".join(map(self._field, query.split("&")))
        return self._told.hide(shown)

    def _field(self, raw: str) -> str:
        name, equals, value = raw.partition("=")
        if equals and self._is_secret(unquote_plus(name)):
            return f"{name}={values.mask(unquote_plus(value))}"
        return f"{self._encoded(name)}{equals}{self._encoded(value)}"

    def _encoded(self, raw: str) -> str:
        decoded = raw
        for _ in range(_DEEPEST if raw else 0):
            decoded = unquote_plus(decoded)
            shown = self.text(decoded)
            if shown != decoded:
                return quote(shown, safe=_READABLE, errors="surrogatepass")
            if "%" not in decoded:
                break
        return raw

    # bodies

    def body(self, body: bytes, headers: Headers = ()) -> bytes:
        """A body to be stored or shown; the headers tell what it is where it is not JSON."""
        if not body:
            return body
        if len(body) > LONGEST_BODY:
            return values.unreadable(body)
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            return self._not_json(body, headers)
        try:
            if self._is_plain(value, body):
                return body
            shown = self.text(self._spelled_anew(value)).encode()
            return body if self._is_plain(value, body) else shown  # its names may only now be known to be harmless
        except (orjson.JSONEncodeError, RecursionError):  # nested too deeply
            return values.unreadable(body)

    def _is_plain(self, value: Any, body: bytes) -> bool:
        """True for the ordinary body: all its names are known to be harmless, and nothing in it looks like a secret."""
        text = body.decode()
        if "\\" in text or type(value) is not dict or not values.is_plain(text):
            return False
        if self.secrets and not self._told.absent(text):
            return False
        if text.count("{") == 1:
            return self._innocent.issuperset(value)
        # A name that is given twice is decoded once: then the text has more quotes than the value.
        return self._is_harmless(value) and orjson.dumps(value).count(b'"') == text.count('"')

    def _is_harmless(self, value: Any) -> bool:
        """True where every name in a value is known to be harmless."""
        holders = [value]
        for holder in holders:
            inside = holder
            if type(holder) is dict:
                if not self._innocent.issuperset(holder):
                    return False
                inside = holder.values()
            holders += [inner for inner in inside if type(inner) in _HOLDERS]
        return True

    def _not_json(self, body: bytes, headers: Headers) -> bytes:
        if b"\0" in body or _header(headers, "content-encoding") not in ("", "identity"):
            return values.unreadable(body)
        text = body.decode("utf-8", "surrogateescape")
        if _header(headers, "content-type").startswith(_FORM_TYPE) and _FORM.fullmatch(text):
            shown = self.query(text)
        elif leaves_trace(text, self._told_names):
            return values.unreadable(body)
        else:
            shown = self.text(text)
        return shown.encode("utf-8", "surrogateescape")

    def _spelled_anew(self, value: Any, depth: int = 0) -> str:
        box = [value]
        for steps in self._places:
            _hide_at(box, steps)
        self._hide_members(box, depth)
        return orjson.dumps(box[0]).decode()

    def _hide_members(self, value: list[Any], depth: int) -> None:
        found: list[Any] = [value]
        while found:
            holder = found.pop()
            for name, inner in holder.items() if type(holder) is dict else enumerate(holder):
                if type(name) is str and name not in self._innocent and self._is_secret(name):
                    holder[name] = _hidden(inner)
                elif type(inner) is str:
                    if '"' in inner or "'" in inner:
                        holder[name] = self._inner_text(inner, depth)
                elif type(inner) is dict or type(inner) is list:
                    found.append(inner)

    def _inner_text(self, text: str, depth: int) -> str:
        """A text inside JSON, which may be JSON again."""
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            return values.mask(text) if any(map(self._is_secret, _QUOTED_NAME.findall(text))) else text
        if depth < _DEEPEST:
            return self._spelled_anew(value, depth + 1)
        return values.mask(text) if leaves_trace(text, self._told_names) else text

    # what was told

    def _is_secret(self, name: str) -> bool:
        if name.lower() in self._lower_names or is_secret(name):
            return True
        if name not in self._doors:
            _learn(self._innocent, name)
        return False

    @cached_property
    def _lower_names(self) -> frozenset[str]:
        return frozenset(map(str.lower, self.names))

    @cached_property
    def _places(self) -> tuple[tuple[str, ...], ...]:
        parts = (pointer.split("/")[1:] for pointer in self.pointers)
        return tuple(tuple(part.replace("~1", "/").replace("~0", "~") for part in each) for each in parts)

    @cached_property
    def _doors(self) -> frozenset[str]:
        """The names that lead to a secret place."""
        return frozenset(steps[0] for steps in self._places)

    @cached_property
    def _told(self) -> values.Told:
        return values.Told(self.secrets)

    @cached_property
    def _told_names(self) -> frozenset[str]:
        return self._lower_names.union(steps[-1].lower() for steps in self._places)


def _hidden(value: Any) -> Any:
    """What stands in place of a value of JSON; a yes, a no and nothing are no secrets."""
    if value is None or isinstance(value, bool):
        return value
    return values.mask(value if isinstance(value, str) else orjson.dumps(value).decode())


def _hide_at(box: list[Any], steps: tuple[str, ...]) -> None:
    holder: Any = box
    key: str | int = 0
    for step in steps:
        holder = holder[key]
        key = int(step) if isinstance(holder, list) and step.isdecimal() else step
        inside = key in holder if isinstance(holder, dict) else isinstance(key, int) and key < len(holder)
        if not inside:
            return
    holder[key] = _hidden(holder[key])


def _credential(value: str) -> str:
    """A credential without itself: only the word that says of what kind it is."""
    word, space, token = value.partition(" ")
    return f"{word} {values.mask(token)}" if space and word.lower() in _SCHEMES else values.mask(value)


def _learn(known: set[str], name: str) -> None:
    """Remember a name that needs no second look; whoever sends names without end starts the learning again."""
    if len(known) >= _LEARNED:
        known.clear()
    known.add(name)


def _crumb(cookie: str) -> str:
    name, equals, value = cookie.partition("=")
    return f"{name}={values.mask(value)}" if equals else values.mask(cookie)


def _header(headers: Headers, name: str) -> str:
    return next((value.strip().lower() for key, value in headers if key.lower() == name), "")
