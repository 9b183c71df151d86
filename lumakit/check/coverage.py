"""What of a contract was met: operation x status x state x member of an enum x webhook, seen or not, and why not.

Counts what is in the traffic and in the stories; sends nothing and judges nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from lumakit.check.enums import listed, values_at
from lumakit.check.scene import routed
from lumakit.check.traffic import Traffic
from lumakit.check.verdict import Covered, Reach, Story, Via
from lumakit.contract.compile import Contract
from lumakit.contract.messages import Body
from lumakit.contract.operation import Operation
from lumakit.contract.parameters import MISSING, Parameter, Texts
from lumakit.model import Exchange

AXES = ("operation", "status", "state", "enum", "webhook")


def coverage(
    contract: Contract, traffic: Traffic, stories: Sequence[Story], unreachable: Mapping[str, str], *, base: str = ""
) -> tuple[Covered, ...]:
    """Everything that the contract documents, each with how often it was met.

    `base` is the path in front of every documented one.
    `unreachable` says what kept things out of reach: by an axis (`webhook`), by an operation (`POST /jobs`: everything
    of it), or by an axis and a name (`state job failed`).
    """
    count = _Count(contract, rooted(traffic, base), stories)
    rows = (count.operations(), count.statuses(), count.states(), count.members(), count.webhooks())
    return tuple(
        _row(axis, name, times, unreachable) for axis, row in zip(AXES, rows, strict=True) for name, times in row
    )


def totals(covered: Iterable[Covered]) -> dict[str, dict[str, int]]:
    """How many of each axis were seen, were not, and could not be."""
    counts = Counter((each.axis, each.reach) for each in covered)
    return {axis: {reach.value: counts[axis, reach] for reach in Reach} for axis in AXES}


def rooted(traffic: Traffic, base: str) -> Traffic:
    """The same traffic as if the documented paths began at the root."""
    if not base:
        return traffic
    plain = (
        replace(each, request=replace(each.request, path=each.request.path.removeprefix(base)))
        for each in traffic.exchanges
    )
    return replace(traffic, exchanges=tuple(plain))


def owning(exchange: Exchange, contract: Contract) -> Operation | None:
    """The operation that an exchange is for: the one it is noted under, or else the one its path leads to."""
    return contract.operations.get(exchange.operation) or routed(contract, exchange.request).operation


def _row(axis: str, name: str, times: int, unreachable: Mapping[str, str]) -> Covered:
    if times:
        return Covered(axis, name, Reach.SEEN, times)
    operation = " ".join(name.split(" ")[:2])  # names of what belongs to an operation begin with its key
    why = next((unreachable[key] for key in (f"{axis} {name}", axis, operation) if key in unreachable), "")
    return Covered(axis, name, Reach.NOT_REACHABLE if why else Reach.NOT_SEEN, 0, why)


Row = Iterator[tuple[str, int]]


@dataclass(frozen=True)
class _Count:
    """One contract, and what was seen of it."""

    contract: Contract
    traffic: Traffic
    stories: Sequence[Story]

    @cached_property
    def exchanges(self) -> Mapping[str, list[Exchange]]:
        """Every exchange, by the key of its operation."""
        found: dict[str, list[Exchange]] = {key: [] for key in self.contract.operations}
        for exchange in self.traffic.exchanges:
            operation = owning(exchange, self.contract)
            if operation is not None:
                found[operation.key].append(exchange)
        return found

    def operations(self) -> Row:
        for key, exchanges in self.exchanges.items():
            yield key, len(exchanges)

    def statuses(self) -> Row:
        for key, operation in self.contract.operations.items():
            met = Counter(map(_answered(operation), self.exchanges[key]))
            for status in operation.answers:
                yield f"{key} {status}", met[status]

    # tasks

    def states(self) -> Row:
        reading = self.contract.reading
        met = Counter((story.kind, word) for story in self.stories for word in _words(story))
        for kind in reading.tasks if reading else ():
            for word in reading.lifecycle.words if reading else ():
                yield f"{kind} {word}", met[kind, word]

    def webhooks(self) -> Row:
        reading = self.contract.reading
        met = Counter((story.kind, word) for story in self.stories for word in _words(story, Via.WEBHOOK))
        for kind, task in reading.tasks.items() if reading else ():
            for word in task.webhook.on if task.webhook else ():
                yield f"{kind} {word}", met[kind, word]

    # members of enums

    @cached_property
    def document(self) -> Mapping[str, Any]:
        return self.contract.bundled()

    def members(self) -> Row:
        for key, operation in self.contract.operations.items():
            accepted = [each for each in self.exchanges[key] if 200 <= each.response.status < 300]
            yield from self.parameters(operation, accepted)
            for body in _distinct(operation.content.values()):
                values = [operation.take(each.request).body for each in accepted]
                yield from self.of_body(f"{key} request", body, values)
            for status, answer in operation.answers.items():
                met = [each for each in self.exchanges[key] if _answered(operation)(each) == status]
                for body in _distinct(answer.content.values()):
                    values = [operation.receive(each.response).body for each in met]
                    yield from self.of_body(f"{key} {status}", body, values)

    def of_body(self, owner: str, body: Body, values: Sequence[Any]) -> Row:
        for place, members in listed(self.document, body.schema or "").items() if body.schema else ():
            met = Counter(_spelled(value) for each in values if each is not MISSING for value in values_at(each, place))
            for member in members:
                yield f"{owner} {place or '/'} = {_spelled(member)}", met[_spelled(member)]

    def parameters(self, operation: Operation, accepted: Sequence[Exchange]) -> Row:
        for parameter in operation.parameters:
            members = listed(self.document, parameter.schema).get("", ()) if parameter.schema else ()
            met = Counter(_spelled(self.read(parameter, each)) for each in (accepted if members else ()))
            for member in members:
                name = f"{operation.key} {parameter.location} {parameter.name} = {_spelled(member)}"
                yield name, met[_spelled(member)]

    def read(self, parameter: Parameter, exchange: Exchange) -> Any:
        """The value of a parameter; MISSING also where its text cannot be read."""
        try:
            match = routed(self.contract, exchange.request, exchange.operation)
            return parameter.read(Texts(exchange.request, match.path_values))
        except ValueError:
            return MISSING


def _answered(operation: Operation) -> Callable[[Exchange], str]:
    """What an exchange was answered with, as the document calls it."""

    def status(exchange: Exchange) -> str:
        answer = operation.answer(exchange.response.status)
        return answer.status if answer else ""

    return status


def _words(story: Story, via: Via | None = None) -> set[str]:
    """The words that were said of a task; by one way, or by any."""
    return {look.word for look in story.looks if look.word is not None and via in (None, look.via)}


def _distinct(bodies: Iterable[Body]) -> Iterator[Body]:
    """The bodies that look different: several media types often share one schema."""
    yield from {body.schema: body for body in bodies if body.schema}.values()


def _spelled(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, _JSON) else ""


_JSON = (str, int, float, bool, list, dict, tuple, type(None))
