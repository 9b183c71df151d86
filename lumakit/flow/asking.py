"""What a call says becomes a request: each name finds its place by the contract, and the whole is checked.

A name is one of those that every provider shares (`prompt`, `image`, `webhook`, ...), where the reading has a place for
it, or one that the operation documents. The key is not put in here: requests of flows carry none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlencode

from lumakit import strictjson
from lumakit.call_errors import InvalidRequest
from lumakit.contract import media
from lumakit.contract import pointer as pointers
from lumakit.contract.messages import Body
from lumakit.contract.operation import Operation
from lumakit.contract.parameters import Parameter
from lumakit.contract.reading import Place
from lumakit.contract.reading import Task as Kind
from lumakit.draws import Draw
from lumakit.flow import spelling
from lumakit.flow.refusing import refused, strange, twice
from lumakit.model import Request

_TEMPLATE = re.compile(r"\{([^{}/]+)\}")
_IDEMPOTENCY = "idempotency-key"


class Ask(NamedTuple):
    """A request with what it is for: `makes` a task of a kind, or is about one; `repeatable` where it does no harm.

    `key` is how to say it again by hand, where it was given a key of idempotency that its caller does not know.
    """

    operation: Operation
    request: Request
    kind: str = ""
    about: str = ""
    makes: bool = False
    repeatable: bool = False
    key: str = ""


@dataclass(frozen=True)
class Asker:
    """Makes the requests of one operation."""

    operation: Operation
    origin: str
    base: str

    def request(self, values: Mapping[str, Any], shared: Mapping[str, Place], extra: Mapping[str, Any]) -> Request:
        """The request that says these values, each at its place; `extra` goes into the body unasked."""
        made = _Made()
        for name, value in values.items():
            if value is not None:
                self._put(made, name, value, shared)
        made.members.update(extra)
        if "body" in made.whole:
            body, kind = made.whole["body"], self._body.media_type if self._body else media.FORM
        else:
            body, kind = made.members, self._body.media_type if self._body else ""
        wanted = bool(made.members or made.whole) or (self.operation.body_required and self._body is not None)
        raw = self._spelled(body, kind) if wanted else b""
        headers = (("Content-Type", kind), *made.headers) if raw else tuple(made.headers)
        request = Request(self.operation.method, self._path(made.path), "&".join(made.query), headers, raw, self.origin)
        findings = self.operation.take(request, {name: unquote(text) for name, text in made.path.items()}).findings
        if findings:
            ours = {at.name.strip("/"): name for name, at in shared.items()}
            ours |= {at: name for name, at in made.used.items()}
            raise refused(self.operation, findings, ours, self._members)
        return request

    def takes_key_of_idempotency(self, values: Mapping[str, Any]) -> bool:
        """True where a request may be repeated because the operation documents a key for that, and one is given."""
        given = (value for name, value in values.items() if value is not None and _plain(name) == self._key_named)
        return bool(self._key_named) and any(True for _ in given)

    def key_of_idempotency(self, values: Mapping[str, Any], draw: Callable[[], Draw]) -> dict[str, str]:
        """A key under its name, where the operation documents one and none is given; nothing where it is not wanted."""
        if not self._key_named or self.takes_key_of_idempotency(values):
            return {}
        wanted, digits = self._parameters[self._key_named], draw().digest(_IDEMPOTENCY).hex()
        fitting = (text for text in (_as_uuid(digits), digits[:32]) if self.operation.admits(wanted, text))
        text = next(fitting, None)
        return {} if text is None else {self._key_named: text}

    def _put(self, made: _Made, name: str, value: Any, shared: Mapping[str, Place]) -> None:
        place = shared.get(name)
        if place is None or (place.location == "body" and not self._admits(place)):
            place = self._documented(name)
        if place is None:
            known = [each for each, at in shared.items() if at.location != "body" or self._admits(at)]
            raise strange(self.operation, name, [*self._parameters, *self._members, *known])
        if place in made.taken:
            raise twice(self.operation, made.taken[place], name)
        made.taken[place] = name
        made.used[name] = place.name.strip("/") if place.location == "body" else place.name
        if place.location == "body":
            made.member(place.name, value)
        else:
            parameter = self._at[place.location, place.name]
            try:
                self._put_parameter(made, parameter, value)
            except UnicodeEncodeError:
                what = f"{parameter.name} has half a letter in it"
                where = self.operation.key
                raise InvalidRequest(what, code="letter_form", operation=where, parameter=parameter.name) from None

    def _put_parameter(self, made: _Made, parameter: Parameter, value: Any) -> None:
        if parameter.location == "path":
            made.path[parameter.name] = self._segment(parameter, value)
        elif parameter.location == "query":
            made.query.extend(spelling.in_query(parameter, value))
        else:
            text = spelling.in_header(parameter, value)
            if not text.isascii() or not text.isprintable():
                what = f"{parameter.name} cannot stand in a header"
                raise InvalidRequest(what, code="header_form", operation=self.operation.key, parameter=parameter.name)
            cookie = ("Cookie", f"{parameter.name}={quote(text)}")
            made.headers.append(cookie if parameter.location == "cookie" else (parameter.name, text))

    def _segment(self, parameter: Parameter, value: Any) -> str:
        text = spelling.in_path(parameter, value)
        if text in ("", ".", ".."):
            what = f"{parameter.name} cannot stand in a path"
            hint = "an id as the provider gave it"
            where = self.operation.key
            raise InvalidRequest(what, code="path_form", operation=where, parameter=parameter.name, hint=hint)
        return text

    def _path(self, values: Mapping[str, str]) -> str:
        missing = [name for name in _TEMPLATE.findall(self.operation.path) if name not in values]
        if missing:
            what = f"{missing[0]} is missing"
            raise InvalidRequest(what, code="missing", operation=self.operation.key, parameter=missing[0])
        return self.base + _TEMPLATE.sub(lambda found: values[found[1]], self.operation.path)

    def _spelled(self, body: Any, kind: str) -> bytes:
        try:
            if media.is_json(kind):
                return strictjson.dumps(body)
            if kind == media.FORM:
                fields = {
                    name: value if isinstance(value, str) else spelling.text(value) for name, value in body.items()
                }
                return urlencode(fields).encode()
        except (TypeError, ValueError, AttributeError, RecursionError):
            raise self._no_body("a value is none that JSON or a form has", "texts, numbers, lists, dicts") from None
        if isinstance(body, bytes):
            return body
        what = f"a body of {kind or 'no documented type'} cannot be put together here"
        raise self._no_body(what, "give it as body=b'...'")

    def _no_body(self, what: str, hint: str) -> InvalidRequest:
        return InvalidRequest(what, code="body_form", operation=self.operation.key, parameter="body", hint=hint)

    # what is documented

    @cached_property
    def _body(self) -> Body | None:
        content = self.operation.content
        fitting = (body for name, body in content.items() if media.is_json(media.essence(name)))
        return next(fitting, content.get(media.FORM) or next(iter(content.values()), None))

    @cached_property
    def _members(self) -> dict[str, Mapping[str, Any]]:
        """The members of the body, by the schema and else by its examples."""
        if self._body is None:
            return {}
        named = dict(self.operation.members(self._body))
        if named:
            return named
        shown = (value for value in self._body.examples.values() if isinstance(value, Mapping))
        return {name: {} for value in shown for name in value}

    @cached_property
    def _is_open(self) -> bool:
        """True where the document does not say what the body holds."""
        return self._body is not None and not self.operation.members(self._body)

    @cached_property
    def _parameters(self) -> dict[str, Parameter]:
        return {_plain(each.name): each for each in self.operation.parameters}

    @cached_property
    def _key_named(self) -> str:
        """What the key of idempotency is called among the values; '' where the operation documents none."""
        wanted = self.operation.idempotency_key
        return _plain(wanted.name) if wanted else ""

    @cached_property
    def _at(self) -> dict[tuple[str, str], Parameter]:
        return {(each.location, each.name): each for each in self.operation.parameters}

    def _admits(self, place: Place) -> bool:
        return self._body is not None and (self._is_open or pointers.split(place.name)[0] in self._members)

    def _documented(self, name: str) -> Place | None:
        for each in (name, name.rstrip("_")):
            parameter = self._parameters.get(_plain(each))
            if parameter is not None:
                return Place(parameter.location, parameter.name)
            if each in self._members:
                return Place("body", pointers.join(each))
        if name == "body" and self._body is not None:
            return Place("body", "")
        return Place("body", pointers.join(name)) if self._is_open else None


@dataclass
class _Made:
    """A request as it comes to be."""

    path: dict[str, str] = field(default_factory=dict)
    query: list[str] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)
    members: dict[str, Any] = field(default_factory=dict)
    whole: dict[str, Any] = field(default_factory=dict)
    used: dict[str, str] = field(default_factory=dict)
    taken: dict[Place, str] = field(default_factory=dict)

    def member(self, pointer: str, value: Any) -> None:
        """Put a value into the body."""
        if not pointer:
            self.whole["body"] = value
            return
        *steps, last = pointers.split(pointer)
        holder = self.members
        for step in steps:
            holder = holder.setdefault(step, {})
        holder[last] = value


def shared_places(kind: Kind | None, parent: Place | None = None) -> dict[str, Place]:
    """The names that every provider shares, with their places for a kind of task."""
    if kind is None:
        return {}
    places = dict(kind.asks)
    if kind.webhook:
        places["webhook"] = kind.webhook.url
        if kind.webhook.secret:
            places["webhook_secret"] = kind.webhook.secret
    if parent is not None:
        places["parent"] = parent
    return places


def _as_uuid(digits: str) -> str:
    """Hexadecimal digits as a random UUID has them."""
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")
