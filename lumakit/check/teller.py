"""What messages tell of tasks: each exchange and each webhook read once, by the contract and its lens.

Knows which operation plays which part. Judges nothing, and puts no stories together: the scene does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lumakit import strictjson
from lumakit.check.telling import Heard, Seen, Telling
from lumakit.check.traffic import Arrival
from lumakit.check.verdict import Via
from lumakit.contract import pointer as pointers
from lumakit.contract import reader
from lumakit.contract.compile import Contract
from lumakit.contract.operation import Operation
from lumakit.contract.parameters import MISSING
from lumakit.contract.places import reader as place_reader
from lumakit.contract.reading import FetchMany, Place, Reading, Task
from lumakit.model import Response


@dataclass(frozen=True)
class Teller:
    """Reads what is told, as one contract is read."""

    contract: Contract
    reading: Reading

    # what an exchange tells

    def told(self, seen: Seen) -> Iterator[Telling]:
        if seen.operation is None or not seen.served:
            return
        for task in self.reading.tasks.values():
            parts = list(self._part(task, seen))
            yield from parts
            if parts:
                return  # several kinds may share an operation: one of them speaks for all

    def _part(self, task: Task, seen: Seen) -> Iterator[Telling]:
        key = seen.operation.key if seen.operation else ""
        if key in task.submit:
            yield self._telling(seen, Via.SUBMIT, kind=self._made_kind(key), url=self._url(task, seen))
        for extend in task.extend:
            if extend.operation == key:
                parent = self.at(extend.parent, seen)
                made = {"parent": parent, "kind": self._made_kind(key), "url": self._url(task, seen)}
                yield self._telling(seen, Via.EXTEND, **made)
        for fetch in task.fetch:
            if fetch.operation == key:
                asked = self.at(fetch.id, seen)
                yield self._telling(seen, Via.FETCH, asked=asked, wanted=(asked,) if asked else ())
        for many in task.fetch_many:
            if many.operation == key:
                yield from self._listed(seen, many)

    def _listed(self, seen: Seen, many: FetchMany) -> Iterator[Telling]:
        listed = pointers.look(seen.told.body, many.items, None)
        wanted = self._value(many.ids, seen)
        ids = tuple(str(each) for each in wanted) if isinstance(wanted, (list, tuple)) else ()
        for index, item in enumerate(listed if isinstance(listed, list) else ()):
            yield self._telling(seen, Via.FETCH_MANY, at=f"{many.items}/{index}", body=item, wanted=ids)

    def asked(self, seen: Seen) -> str:
        """The id of the one task that a request asks for; empty where it is for something else."""
        key = seen.operation.key if seen.operation else ""
        parts = (part for task in self.reading.tasks.values() for part in task.fetch if part.operation == key)
        part = next(parts, None)
        return self.at(part.id, seen) if part else ""

    def _telling(self, seen: Seen, via: Via, *, at: str = "", body: Any = MISSING, **known: Any) -> Telling:
        exchange = seen.exchange
        value = seen.told.body if body is MISSING else body
        if value is MISSING:  # of an answer that is not documented the document does not say how it is read
            value = _decoded(exchange.response.body)
        new = via in (Via.SUBMIT, Via.EXTEND)
        return self._made(
            value,
            new=new,
            sound=seen.sound,
            number=exchange.number,
            at_ms=exchange.at_ms,
            via=via,
            operation=seen.operation,
            owner=exchange.owner,
            at=at,
            unique=exchange.request.header("idempotency-key") or "",
            **known,
        )

    def _made(self, body: Any, *, new: bool, asked: str = "", kind: str = "", **more: Any) -> Telling:
        facts = reader.facts_of(self.reading, body)
        snapshot = reader.snapshot(self.reading, body, about=asked, default_kind=kind, new=new)
        return Telling(body=body, facts=facts, snapshot=snapshot, asked=asked, kind=kind, **more)

    def _made_kind(self, operation: str) -> str:
        tasks = self.reading.tasks.values()
        kinds = [each.kind for each in tasks if operation in (*each.submit, *(part.operation for part in each.extend))]
        return kinds[0] if len(kinds) == 1 else ""

    def _url(self, task: Task, seen: Seen) -> str:
        return self.at(task.webhook.url, seen) if task.webhook else ""

    def at(self, place: Place, seen: Seen) -> str:
        """What stands at a place of a request, as a text; empty where nothing does."""
        value = self._value(place, seen)
        return str(value) if isinstance(value, (str, int)) else ""

    @staticmethod
    def _value(place: Place, seen: Seen) -> Any:
        body = None if seen.asked.body is MISSING else seen.asked.body
        return place_reader(place)(seen.exchange.request, seen.match.path_values, body)

    # what a webhook tells

    def heard(self, arrival: Arrival) -> Heard:
        body = _decoded(arrival.request.body)
        told = str(reader.facts_of(self.reading, body).get("id", ""))
        view = self.view(self.kind_told(body))
        findings = view.check_body(_as_answer(view, arrival)) if view else ()
        telling = self._made(
            body,
            new=False,
            asked=arrival.task if arrival.task and not told else "",
            sound=body is not MISSING and not findings,
            number=arrival.number,
            at_ms=arrival.at_ms,
            via=Via.WEBHOOK,
            operation=view,
            owner="",
            at="",
        )
        return Heard(arrival, telling, findings)

    def kind_told(self, body: Any) -> str:
        """The kind of task that a body tells of."""
        return reader.kind_of(self.reading.tasks, reader.facts_of(self.reading, body))

    def view(self, kind: str) -> Operation | None:
        """The operation whose answer a webhook of a kind shows."""
        tasks = self.reading.tasks
        told = [tasks[kind]] if kind in tasks else [task for task in tasks.values() if task.webhook]
        fetch = next((task.fetch[0].operation for task in told if task.fetch), None)
        return self.contract.operations[fetch] if fetch else None

    def has_place(self, fact: str, told: Telling) -> bool:
        """True where the document shows a task of this word with a place for a fact, or has a field for it."""
        kind = self.reading.tasks.get(told.snapshot.kind if told.snapshot else "")
        view = self.view(kind.kind if kind else "")
        answer = view.success[1] if view else None
        body = answer.body() if answer else None
        if view is None or body is None:
            return False
        example = body.examples.get(kind.examples.get(told.word or "", "")) if kind else None
        if example is not None:
            return fact in self.reading.lens.places_in(example)
        named = view.members(body)
        places = (place for each in self.reading.lens.facts if each.name == fact for place, _ in each.places)
        return any(pointers.split(place)[:1] and pointers.split(place)[0] in named for place in places)


def _decoded(raw: bytes) -> Any:
    try:
        return strictjson.loads(raw)
    except strictjson.JsonProblem:
        return MISSING


def _as_answer(view: Operation, arrival: Arrival) -> Response:
    status, _ = view.success
    return Response(status, arrival.request.headers, arrival.request.body)
