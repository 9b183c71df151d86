"""Requests made out of a contract: an operation's documented examples where they fit it, else what its schemas allow.

Addresses of webhooks are taken out of what the document shows, for nobody of ours listens there. Puts in no key and
sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from lumakit import strictjson
from lumakit.call_errors import InvalidRequest
from lumakit.check.target import Cost
from lumakit.contract import media
from lumakit.contract import pointer as pointers
from lumakit.contract.compile import Contract
from lumakit.contract.dialect import Direction
from lumakit.contract.frozen import thaw
from lumakit.contract.messages import Body
from lumakit.contract.operation import Operation
from lumakit.contract.reading import Place, Task
from lumakit.contract.sample import NoSample
from lumakit.draws import Draw
from lumakit.flow.asking import Asker
from lumakit.model import Request

SAFE = ("GET", "HEAD", "OPTIONS")
NOWHERE = "https://lumakit.invalid/hooks"
PROMPT = "A paper boat drifts down a quiet stream"


class Unmakeable(ValueError):
    """No request can be made of an operation, and why."""


class Hook(NamedTuple):
    """Where webhooks of a task are to go, and the secret that they are to come with."""

    url: str
    secret: str = ""


@dataclass(frozen=True)
class Maker:
    """Makes the requests of one contract for one address."""

    contract: Contract
    origin: str
    base: str
    draw: Draw
    nowhere: str = NOWHERE  # where webhooks are sent that nobody waits for, where an address must be given

    # what there is

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Every kind of task."""
        return tuple(self.contract.reading.tasks.values()) if self.contract.reading else ()

    def looks(self, operation: Operation) -> bool:
        """True where a request of an operation makes no task, whatever its body says."""
        looking = {part.operation for task in self.tasks for part in task.fetch}
        looking |= {part.operation for task in self.tasks for part in task.fetch_many}
        account = self.contract.reading.account if self.contract.reading else None
        looking |= {account.operation} if account else set()
        return operation.key in looking or (operation.method in SAFE and not self._makes(operation))

    def cost(self, operation: Operation) -> Cost:
        """What a request with a valid key may cost."""
        return Cost.FREE if self.looks(operation) else Cost.PAID

    def _makes(self, operation: Operation) -> bool:
        makers = {key for task in self.tasks for key in (*task.submit, *(part.operation for part in task.extend))}
        return operation.key in makers

    def id_place(self, operation: Operation) -> Place | None:
        """Where an operation names one task, or several."""
        named = (place for task in self.tasks for key, place in task.places if key == operation.key)
        return next(named, None)

    def names_many(self, operation: Operation) -> bool:
        """True where it names several tasks at once."""
        return any(part.operation == operation.key for task in self.tasks for part in task.fetch_many)

    # requests

    def request(self, operation: Operation, task: Any = None, body: Any = None, hook: Hook | None = None) -> Request:
        """A request that fits the contract; `task` is the id that it names, or the ids, where it names any."""
        place = self.id_place(operation)
        given = task if task is not None else self.no_task(operation)
        values = {each.name: self._value(operation, each) for each in operation.parameters if each.required}
        if place and place.location != "body":
            values[place.name] = given
        if operation.content:
            made = self._body(operation) if body is None else thaw(body)
            if place and place.location == "body" and isinstance(made, dict):
                made = _put(made, place.name, given)
            values["body"] = self._hooked(operation, made, hook)
        try:
            return Asker(operation, self.origin, self.base).request(values, {}, {})
        except InvalidRequest as error:
            raise Unmakeable(f"{operation.key}: {error.what}") from None

    def with_body(self, operation: Operation, request: Request, body: Any) -> Request:
        """The same request with another body, whether that fits the contract or not."""
        return _bodied(request, strictjson.dumps(self._hooked(operation, thaw(body), None)))

    def cheapest(self, operation: Operation, kind: Task, hook: Hook | None = None) -> Request:
        """A request that asks for as little as will do."""
        place = kind.asks.get("prompt")
        if place and place.location == "body":
            try:
                return self.request(operation, body=_put({}, place.name, PROMPT), hook=hook)
            except Unmakeable:
                pass  # more than a prompt is needed
        return self.request(operation, hook=hook)

    def no_task(self, operation: Operation) -> Any:
        """An id that nobody has given, in the shape in which an operation takes it; a list where it takes several."""
        ids = [_like_an_id(self.draw.digest(f"nobody {each}").hex()) for each in range(2)]
        return ids if self.names_many(operation) else ids[0]

    def examples(self, operation: Operation) -> Iterator[tuple[str, Any]]:
        """The documented bodies of requests in JSON, by their names."""
        for name, body in operation.content.items():
            if media.is_json(media.essence(name)):
                yield from body.examples.items()

    # parts

    def _value(self, operation: Operation, parameter: Any) -> Any:
        try:
            value = operation.sample_parameter(parameter, self.draw.under(operation.key))
        except NoSample as error:
            raise Unmakeable(f"{operation.key}: {error.what}") from None
        return "1" if parameter.location == "path" and value == "" else value

    def _body(self, operation: Operation) -> Any:
        """The first documented body that fits, or one that is made from the schema."""
        body = self._documented(operation)
        for value in body.examples.values():
            if not self._objections(operation, body, value):
                return thaw(value)
        try:
            return operation.sample(body, Direction.REQUEST, self.draw.under(operation.key))
        except NoSample as error:
            raise Unmakeable(f"{operation.key}: {error.what}") from None

    @staticmethod
    def _documented(operation: Operation) -> Body:
        content = operation.content
        in_json = (body for name, body in content.items() if media.is_json(media.essence(name)))
        return next(in_json, next(iter(content.values())))

    @staticmethod
    def _objections(operation: Operation, body: Body, value: Any) -> frozenset[str]:
        """What the contract has against a body."""
        kind = body.media_type
        if not media.is_json(media.essence(kind)):
            return frozenset(("it is not JSON",))
        request = Request(
            operation.method, operation.path, "", (("Content-Type", kind),), strictjson.dumps(thaw(value))
        )
        findings = operation.take(request).findings
        return frozenset(each.message for each in findings if each.subject == "body")

    def _hooked(self, operation: Operation, body: Any, hook: Hook | None) -> Any:
        """The body with an address of ours for webhooks, or with none where the contract lets it be left out."""
        if not isinstance(body, dict):
            return body
        for url, secret in self._hooks(operation):
            bare = _without(_without(body, url), secret) if secret else _without(body, url)
            if hook:
                body = _put(bare, url, hook.url)
                return _put(body, secret, hook.secret) if secret and hook.secret else body
            documented = self._documented(operation)
            needed = self._objections(operation, documented, bare) - self._objections(operation, documented, body)
            return _put(bare, url, self.nowhere) if needed else bare
        return body

    def _hooks(self, operation: Operation) -> Iterable[tuple[str, str]]:
        """Where bodies of an operation name the address and the secret of webhooks."""
        for task in self.tasks:
            makers = (*task.submit, *(part.operation for part in task.extend))
            if task.webhook and operation.key in makers and task.webhook.url.location == "body":
                secret = task.webhook.secret
                yield task.webhook.url.name, secret.name if secret and secret.location == "body" else ""
                return

    def unhooked(self, operation: Operation, request: Request) -> Request:
        """A valid request of somebody else without the address for webhooks that he has made up."""
        try:
            body = strictjson.loads(request.body)
        except strictjson.JsonProblem:
            return request
        held = self._hooked(operation, thaw(body), None)
        return request if held == body else _bodied(request, strictjson.dumps(held))


def _like_an_id(digest: str) -> str:
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def _put(body: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """The body with a value at a place, whatever it takes to get there."""
    first, *rest = pointers.split(pointer)
    if not rest:
        return {**body, first: value}
    inner = body.get(first)
    return {**body, first: _put(inner if isinstance(inner, dict) else {}, pointers.join(*rest), value)}


def _without(body: dict[str, Any], pointer: str) -> dict[str, Any]:
    """The body without what stands at a place."""
    first, *rest = pointers.split(pointer)
    inner = body.get(first)
    if not rest:
        return {name: value for name, value in body.items() if name != first}
    return {**body, first: _without(inner, pointers.join(*rest))} if isinstance(inner, dict) else body


def _bodied(request: Request, raw: bytes) -> Request:
    return Request(request.method, request.path, request.query, request.headers, raw, request.origin)
