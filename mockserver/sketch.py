"""An answer without a task: a documented example, or a value made from the schema, in a form the client takes.

Serves documents without a lifecycle, operations that play no part in one, and wishes such as `Prefer: code=429`. An
answer keeps the contract, or there is none. Remembers nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lumakit.contract import media
from lumakit.contract.dialect import Direction
from lumakit.contract.frozen import thaw
from lumakit.contract.messages import Answer, Body
from lumakit.contract.operation import Operation
from lumakit.contract.parameters import Parameter
from lumakit.contract.sample import NoSample
from lumakit.draws import Draw
from lumakit.model import Response
from mockserver import negotiation, spelling
from mockserver.prefer import Wishes

_FAMILIES = {  # what is sent where only a range of media types is documented
    "*": "application/json",
    "application": "application/json",
    "audio": "audio/mpeg",
    "image": "image/png",
    "text": "text/plain",
    "video": "video/mp4",
}
_RANGES = {"2XX": 200, "3XX": 302, "default": 200}
_BODILESS = (204, 304)
_STREAMS = ("text/event-stream", *spelling.LINES)
_BYTES = b"\x00mock\xff"
_HOP_BY_HOP = ("connection", "content-encoding", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade")
_USUAL = {  # a plain word would be read wrongly here
    "location": "https://example.com/",
    "content-location": "https://example.com/",
    "retry-after": "1",
    "etag": '"mock"',
    "last-modified": "Mon, 15 Jan 2024 09:30:00 GMT",
    "expires": "Mon, 15 Jan 2024 09:30:00 GMT",
    "cache-control": "no-store",
    "content-disposition": "attachment",
    "content-language": "en",
}


class NoAnswer(Exception):
    """Nothing that is documented can be answered; says why."""


class NotAcceptable(Exception):
    """The client takes none of the documented media types; says which there are."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """An answer, the wishes that it fulfils by their names, and where it comes from in words."""

    response: Response
    applied: tuple[str, ...]
    reason: str


def sketch(operation: Operation, accept: str | None, wishes: Wishes, draw: Draw) -> Sketch:
    """The answer of an operation as far as its document alone tells it."""
    status = _status(operation, wishes.code)
    answer = operation.answer(status)
    if answer is None:
        return Sketch(Response(status), (), f"nothing is documented for {operation.key}")
    return _Easel(operation, status, answer, wishes, draw).sketch(accept)


def _status(operation: Operation, wished: int | None) -> int:
    known = ", ".join(operation.answers) or "none"
    if wished is not None:
        if operation.answer(wished) is None:
            raise NoAnswer(f"the status {wished} is not documented for {operation.key}; documented: {known}")
        if wished < 200:
            raise NoAnswer(f"the status {wished} is only said on the way to an answer")
        return wished
    if not operation.answers:
        return 204
    likely = (status for first in ("2", "3", "default") for status in operation.answers if status.startswith(first))
    status = next(likely, None)
    if status is None:
        raise NoAnswer(f"no success is documented for {operation.key}; `Prefer: code=` asks for one of {known}")
    return _RANGES.get(status) or int(status)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A value that might be answered, the wishes it would fulfil, and where it comes from."""

    value: Any
    applied: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class _Easel:
    """Where one documented answer is sketched."""

    operation: Operation
    status: int
    answer: Answer
    wishes: Wishes
    draw: Draw
    troubles: list[str] = field(default_factory=list)

    def sketch(self, accept: str | None) -> Sketch:
        """The first draft that keeps the contract."""
        for body in self._bodies(accept):
            content_type = _sendable(body.media_type, accept) if body else ""
            for draft in self._drafts(body, media.essence(content_type)):
                response = self._response(draft, body, content_type)
                if response is not None:
                    return Sketch(response, (*self._applied(), *draft.applied), draft.reason)
        why = "; ".join(dict.fromkeys(self.troubles))
        raise NoAnswer(f"no valid {self.status} of {self.operation.key} could be made: {why}")

    def _applied(self) -> tuple[str, ...]:
        """The wishes that every draft fulfils."""
        code = ("code",) if self.wishes.code is not None else ()
        return (*code, "dynamic") if self.wishes.dynamic is False else code

    def _bodies(self, accept: str | None) -> Iterator[Body | None]:
        """The documented bodies that the client takes, what it wants most first; None where there is none to take."""
        content, name = self.answer.content, self.wishes.example
        offered = [each for each in content if name is None or name in content[each].examples]
        if not offered and name is not None:
            raise NoAnswer(self._without_example(name))
        if not offered:
            yield None
        elif negotiation.choose(offered, accept) is None:
            if self.status < 400:
                raise NotAcceptable(f"the client does not accept what is documented: {', '.join(offered)}")
            accept = None  # an error is told in any form rather than not at all
        while (chosen := negotiation.choose(offered, accept)) is not None:
            offered.remove(chosen)
            yield content[chosen]

    def _without_example(self, name: str) -> str:
        known = _examples(self.answer)
        elsewhere = [status for status, answer in self.operation.answers.items() if name in _examples(answer)]
        advice = f"; {elsewhere[0]} has one, and `Prefer: code=` asks for that" if elsewhere else ""
        return f"{self.status} has no example {name!r}, only {', '.join(known) or 'none with a name'}{advice}"

    # drafts

    def _drafts(self, body: Body | None, kind: str) -> Iterator[_Draft]:
        """Everything that might be answered, the best first."""
        if body is None or self.operation.method == "HEAD" or self.status in _BODILESS:
            yield _Draft(b"", ("example",) if self.wishes.example is not None else (), f"{self.status} has no body")
        elif self.wishes.example is not None:
            reason = f"the example {self.wishes.example!r} of {self.status}"
            yield _Draft(thaw(body.examples[self.wishes.example]), ("example",), reason)
        else:
            yield from self._drawn(body, kind) if self.wishes.dynamic else ()
            yield from self._documented(body)
            yield from self._plain(body, kind)

    def _documented(self, body: Body) -> Iterator[_Draft]:
        for name, value in body.examples.items():
            named = f"the example {name!r}" if name else "the example"
            yield _Draft(thaw(value), (), f"{named} of {self.status}")

    def _drawn(self, body: Body, kind: str) -> Iterator[_Draft]:
        if body.schema is None or kind in _STREAMS or not _is_spelled(kind):
            return
        applied = ("dynamic", "seed") if self.wishes.seed is not None else ("dynamic",)
        for value in self._sampled(body, dynamic=True):
            yield _Draft(value, applied, f"drawn from the schema of {self.status}")

    def _plain(self, body: Body, kind: str) -> Iterator[_Draft]:
        """What is answered without an example: of streams and files next to nothing."""
        if kind in _STREAMS:
            yield _Draft(b"", (), "an empty stream")
        if not _is_spelled(kind):
            yield _Draft(b"" if body.shape.is_structured else _BYTES, (), f"a stand-in for {kind}")
        elif body.schema is None:
            yield _Draft("" if media.is_text(kind) else {}, (), f"no schema is documented for {self.status}")
        else:
            for value in self._sampled(body, dynamic=False):
                yield _Draft(value, (), f"made from the schema of {self.status}")

    def _sampled(self, body: Body, *, dynamic: bool) -> Iterator[Any]:
        try:
            yield self.operation.sample(body, Direction.RESPONSE, self.draw.under("body"), dynamic=dynamic)
        except NoSample as error:
            self.troubles.append(error.reason)

    # messages

    def _response(self, draft: _Draft, body: Body | None, content_type: str) -> Response | None:
        """The response of a draft, where it keeps the contract."""
        for habits in (_USUAL, {}):
            try:
                raw = spelling.body(draft.value, content_type, body) if body else b""
                response = Response(self.status, tuple(self._headers(content_type, len(raw), habits)), raw)
            except (spelling.Unspeakable, NoSample) as error:
                self.troubles.append(str(error))
                return None
            findings = self.operation.check_response(response)
            if not findings:
                return response
            self.troubles.append(f"{findings[0].message} ({draft.reason})")
        return None

    def _headers(self, content_type: str, length: int, habits: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """The headers that must be there, or tell when to come again; what steers the connection is for others."""
        if content_type and self.status not in _BODILESS:
            yield "Content-Type", content_type
        for header in self.answer.headers:
            name = header.name.lower()
            if header.required and name == "content-length":
                yield header.name, str(length)
            elif (header.required or name == "retry-after") and name not in _HOP_BY_HOP:
                yield header.name, habits.get(name) or self._header(header)

    def _header(self, header: Parameter) -> str:
        if header.schema is None:
            return "string"
        body = Body("", header.schema, {}, header.shape, header.pointer)
        draw = self.draw.under(f"header {header.name}")
        dynamic = self.wishes.dynamic is True
        return spelling.header(self.operation.sample(body, Direction.RESPONSE, draw, dynamic=dynamic), header)


def _examples(answer: Answer) -> list[str]:
    """The names of an answer's examples."""
    return [name for body in answer.content.values() for name in body.examples if name]


def _sendable(media_type: str, accept: str | None) -> str:
    """A media type, where a range is documented one of it."""
    family = media.essence(media_type).partition("/")[0]
    return negotiation.concrete(media_type, accept, _FAMILIES.get(family, f"{family}/octet-stream"))


def _is_spelled(kind: str) -> bool:
    """True for the media types in which values can be written."""
    return media.is_json(kind) or media.is_text(kind) or spelling.is_structured(kind)
