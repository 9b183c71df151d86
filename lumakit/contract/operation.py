"""One operation: what it takes, what it answers, and whether a request or a response keeps to that.

Judges values against schemas and says what is wrong as Findings (X2xx), never repeating a value that may be a secret.
Does not know lifecycles, and does not find the operation for a request: `Contract.route` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NamedTuple

from lumakit.contract import media
from lumakit.contract.dialect import Direction
from lumakit.contract.forms import form
from lumakit.contract.members import members
from lumakit.contract.messages import Answer, Body, not_offered
from lumakit.contract.parameters import MISSING, Parameter, Texts
from lumakit.contract.schema import Problem, Schemas
from lumakit.contract.security import Security
from lumakit.contract.shape import Fits
from lumakit.contract.unlisted import Unlisted, unlisted
from lumakit.draws import Draw
from lumakit.model import Basis, Edition, Finding, Request, Response, Severity


@dataclass(frozen=True)
class Book:
    """What every operation of a contract looks things up in: its schemas, and how each place is known."""

    schemas: Schemas
    edition: Edition
    basis: Callable[[str], tuple[Basis, tuple[str, ...]]]

    def weakest(self, places: Iterable[str]) -> tuple[Basis, tuple[str, ...]]:
        """How the least certain of some places is known: what rests on them is no more certain than that."""
        known = [self.basis(place) for place in places]
        return known[0] if len(known) == 1 else max(known, key=lambda each: list(Basis).index(each[0]))


@dataclass(frozen=True, slots=True)
class Callback:
    """A documented callback: the expression its address comes from, and the operation the receiver serves."""

    name: str
    expression: str
    operation: Operation


class Taken(NamedTuple):
    """What a request carries: the value of its body, MISSING where there is none to read; and what is wrong with it."""

    body: Any
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Operation:
    """A documented operation."""

    key: str
    method: str
    path: str
    id: str
    summary: str
    parameters: tuple[Parameter, ...]
    content: Mapping[str, Body]
    body_required: bool
    answers: Mapping[str, Answer]
    security: Security
    callbacks: tuple[Callback, ...]
    pointer: str
    _book: Book = field(repr=False, compare=False)

    def answer(self, status: int) -> Answer | None:
        """What is documented for a status: itself, its range, or the default."""
        text = str(status)
        return self.answers.get(text) or self.answers.get(f"{text[0]}XX") or self.answers.get("default")

    @cached_property
    def success(self) -> tuple[int, Answer | None]:
        """The status and the answer of a request that is served: the first documented one of the twos."""
        found = sorted(status for status in self.answers if status.startswith("2"))
        status = int(found[0].replace("XX", "00")) if found else 200
        return status, self.answer(status)

    def check_request(self, request: Request, path_values: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
        """Everything that is wrong with a request for this operation."""
        return (*self._check_security(request), *self.take(request, path_values).findings)

    def take(self, request: Request, path_values: Mapping[str, str] | None = None) -> Taken:
        """What a request for this operation carries, and what is wrong with that; of credentials it says nothing."""
        body, wrong = self._take_body(request)
        if self.parameters:
            texts = Texts(request, path_values or {})
            wrong = (*(each for part in self.parameters for each in self._check_parameter(part, texts)), *wrong)
        return Taken(body, tuple(wrong))

    @cached_property
    def idempotency_key(self) -> Parameter | None:
        """The documented header by whose value the provider knows a request that it has taken before."""
        named = (each for each in self.parameters if each.name.lower() == "idempotency-key")
        return next((each for each in named if each.location == "header"), None)

    def admits(self, header: Parameter, text: str) -> bool:
        """True where a documented header of a request may say this."""
        return not any(self._check_parameter(header, Texts(Request("", "", headers=((header.name, text),)), {})))

    def check_response(self, response: Response) -> tuple[Finding, ...]:
        """Everything that is wrong with a response of this operation."""
        return self.receive(response).findings

    def receive(self, response: Response) -> Taken:
        """What a response of this operation carries, and what is wrong with it."""
        answer = self.answer(response.status)
        if answer is None:
            known = ", ".join(self.answers) or "none"
            what = f"the status {response.status} is not documented, only {known}"
            return Taken(MISSING, (self._finding("X211", what, "status"),))
        body, wrong = self._receive_body(answer, response)
        if answer.headers:
            texts = Texts(Request("", "", headers=response.headers), {})
            headers = (self._check_header(header, texts) for header in answer.headers)
            wrong = (*(finding for each in headers for finding in each), *wrong)
        return Taken(body, tuple(wrong))

    def members(self, body: Body) -> Mapping[str, Mapping[str, Any]]:
        """The members that a documented body names, each with its schema; none where it names none."""
        return members(self._book.schemas, body.schema) if body.schema else {}

    def check_body(self, response: Response) -> tuple[Finding, ...]:
        """What is wrong with the body of a response; of its headers it says nothing."""
        answer = self.answer(response.status)
        return tuple(self._receive_body(answer, response)[1]) if answer else ()

    def unlisted(self, response: Response, value: Any) -> tuple[Unlisted, ...]:
        """What the body of a response has that its schema does not list."""
        answer = self.answer(response.status)
        body = self._content(answer.content, response.header("content-type") or "") if answer else None
        return tuple(unlisted(self._book.schemas, body.schema, value)) if body and body.schema else ()

    def accepts(self, body: Body, value: Any) -> bool:
        """True where a value fits a documented body of a response."""
        return body.schema is None or self._fits(Direction.RESPONSE, body.schema, value)

    def sample(self, body: Body, direction: Direction, draw: Draw, *, dynamic: bool = False) -> Any:
        """A valid value for a documented body, plain or drawn; raises NoSample where none is found."""
        from lumakit.contract.sample import Sampler  # not at the top: who never asks for one loads nothing

        if body.schema is None:
            return {}
        return Sampler(self._book.schemas).body(body.schema, direction, draw, dynamic=dynamic)

    def sample_parameter(self, parameter: Parameter, draw: Draw) -> Any:
        """A valid value for a parameter; raises NoSample where none is found."""
        from lumakit.contract.sample import Sampler

        if parameter.schema is None:
            return ""
        return Sampler(self._book.schemas).body(parameter.schema, Direction.REQUEST, draw)

    # requests

    def _check_security(self, request: Request) -> Iterator[Finding]:
        if not self.security.satisfied(request):
            message = f"no credentials: {self.security.described()} is needed"
            yield self._finding("X207", message, "security", f"{self.pointer}/security")

    def _check_parameter(self, parameter: Parameter, texts: Texts) -> Iterable[Finding]:
        subject = f"{parameter.location} {parameter.name}"
        value, misread = _value(parameter, texts, self._fits_request)
        if parameter.location == "query" and self._left_empty(parameter, texts):
            return ()
        if misread:
            return (self._finding("X202", misread, subject, parameter.pointer),)
        if value is MISSING:
            missing = (f"{subject} is missing", subject, f"{parameter.pointer}/required")
            return (self._finding("X201", *missing),) if parameter.required else ()
        if parameter.schema:
            return self._against("X202", subject, parameter.schema, value, Direction.REQUEST)
        return ()

    def _left_empty(self, parameter: Parameter, texts: Texts) -> bool:
        """True for `name=` where the document allows it."""
        return (
            texts.in_query(parameter.name) == [""]
            and self._book.schemas.resolve(parameter.pointer).get("allowEmptyValue") is True
        )

    def _take_body(self, request: Request) -> tuple[Any, Iterable[Finding]]:
        if not request.body:
            return MISSING, self._check_absence()
        if not self.content:
            return MISSING, ()
        content_type = request.header("content-type") or ""
        body = self._content(self.content, content_type)
        if body is None:
            message = not_offered(content_type, self.content)
            return MISSING, (self._finding("X204", message, "body", f"{self.pointer}/requestBody"),)
        return self._judged_body(("X205", "X206"), body, request.body, content_type, Direction.REQUEST)

    def _check_absence(self) -> tuple[Finding, ...]:
        if not self.body_required:
            return ()
        where = self._book.schemas.resolved_pointer(f"{self.pointer}/requestBody")
        return (self._finding("X203", "the body is missing", "body", f"{where}/required"),)

    # responses

    def _check_header(self, header: Parameter, texts: Texts) -> Iterator[Finding]:
        subject = f"header {header.name}"
        value, misread = _value(header, texts, partial(self._fits, Direction.RESPONSE))
        if misread:
            yield self._finding("X216", misread, subject, header.pointer)
        elif value is MISSING and header.required:
            yield self._finding("X215", f"{subject} is missing", subject, f"{header.pointer}/required")
        elif value is not MISSING and header.schema:
            yield from self._against("X216", subject, header.schema, value, Direction.RESPONSE)

    def _receive_body(self, answer: Answer, response: Response) -> tuple[Any, Iterable[Finding]]:
        if not answer.content or self.method == "HEAD" or response.status in (204, 304):
            return MISSING, ()
        content_type = response.header("content-type") or ""
        body = self._content(answer.content, content_type)
        if body is None:
            message = not_offered(content_type, answer.content)
            return MISSING, (self._finding("X212", message, f"{response.status} body", answer.pointer),)
        return self._judged_body(("X213", "X214"), body, response.body, content_type, Direction.RESPONSE)

    # both

    @staticmethod
    def _content(content: Mapping[str, Body], content_type: str) -> Body | None:
        body = content.get(content_type)
        if body is not None:
            return body
        name = media.best(content, content_type)
        return content[name] if name is not None else None

    def _judged_body(
        self, codes: tuple[str, str], body: Body, raw: bytes, content_type: str, direction: Direction
    ) -> tuple[Any, Iterable[Finding]]:
        """The value of a body, and what is wrong with it."""
        kind = media.essence(content_type)
        try:
            value = media.decode(raw, content_type)
        except media.Undecodable as error:
            return MISSING, (self._finding(codes[0], f"the body is {error}", "body", body.pointer),)
        if media.is_text(kind) and body.shape.is_structured:
            value = media.OPAQUE  # a format of its own, such as a stream of events, and the schema speaks of its parts
        if value is media.OPAQUE or body.schema is None:
            return value, ()
        if kind in (media.FORM, media.MULTIPART):
            value = form(value, body.shape, body.codings, partial(self._fits, direction))
        return value, self._against(codes[1], "body", body.schema, value, direction)

    def _fits(self, direction: Direction, schema: str, value: Any) -> bool:
        return self._book.schemas.at(schema, direction).accepts(value)

    @cached_property
    def _fits_request(self) -> Fits:
        return partial(self._fits, Direction.REQUEST)

    def _against(self, code: str, subject: str, schema: str, value: Any, direction: Direction) -> tuple[Finding, ...]:
        problems = self._book.schemas.at(schema, direction).problems(value)
        return tuple([self._judged(code, subject, problem) for problem in problems]) if problems else ()

    def _judged(self, code: str, subject: str, problem: Problem) -> Finding:
        at = f"{subject} {problem.pointer}" if problem.pointer else subject
        code = "X220" if problem.undecided else code
        found = self._finding(code, f"{at}: {problem.message}", subject, *problem.places, pointer=problem.pointer)
        return found.but(severity=Severity.WARNING) if problem.undecided else found

    def _finding(self, code: str, message: str, subject: str, *places: str, pointer: str = "") -> Finding:
        """A finding, as certain as the least certain of the places it rests on."""
        basis, evidence = self._book.weakest(places or (self.pointer,))
        return Finding(
            code=code,
            where=self.key,
            message=message,
            pointer=pointer,
            edition=self._book.edition,
            basis=basis,
            evidence=evidence,
            subject=subject,
        )


def _value(parameter: Parameter, texts: Texts, fits: Fits) -> tuple[Any, str]:
    """The value of a parameter, or why its text cannot be read."""
    try:
        return parameter.read(texts, fits), ""
    except ValueError as error:
        return MISSING, f"{parameter.location} {parameter.name} is {error}"
