"""A user of any provider: makes the requests that its reading names out of the document's own examples."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from lumakit.contract import pointer as pointers
from lumakit.contract.compile import Contract
from lumakit.contract.frozen import thaw
from lumakit.contract.reading import Place, Reading
from lumakit.contract.reading import Task as Kind
from lumakit.model import Headers, Request, Response

KEY = "key-of-the-user"


@dataclass
class User:
    """Somebody who knows a contract, has a key, and asks something that answers."""

    contract: Contract
    answer: Callable[[Request], Response]
    key: str = KEY
    headers: Headers = field(default=())

    @property
    def reading(self) -> Reading:
        assert self.contract.reading is not None
        return self.contract.reading

    def ask(
        self, operation: str, path: dict[str, str] | None = None, body: Any = None, headers: Headers = ()
    ) -> Response:
        """Make a request of an operation."""
        method, _, template = operation.partition(" ")
        raw = b"" if body is None else json.dumps(body).encode()
        kind: Headers = (("Content-Type", "application/json"),) if raw else ()
        scheme = self.contract.operations[operation].security.schemes[0]
        shown = (scheme.name, f"{scheme.word.title()} {self.key}".strip())
        request = Request(method, template.format(**(path or {})), "", (shown, *kind, *self.headers, *headers), raw)
        return self.answer(request)

    def example(self, operation: str, **changes: Any) -> Any:
        """The document's own example of a request body."""
        body = next(iter(self.contract.operations[operation].content.values()))
        return {**thaw(next(iter(body.examples.values()))), **changes}

    def submit(self, kind: Kind, headers: Headers = (), **changes: Any) -> Response:
        """Make a task of a kind, from a parent if there is no other way."""
        if not kind.submit:
            parent = self.finished(self.reading.tasks[kind.extend[0].of[0]])
            return self.extend(kind, parent, headers)
        return self.ask(kind.submit[0], None, self.example(kind.submit[0], **changes), headers)

    def extend(self, kind: Kind, parent: str, headers: Headers = ()) -> Response:
        """Make a task from a parent."""
        part = kind.extend[0]
        return self._placed(part.operation, part.parent, parent, headers)

    def finished(self, kind: Kind) -> str:
        """The id of a task that has succeeded, made here and now."""
        done = next(word for word, phase in self.reading.lifecycle.words.items() if phase == "succeeded")
        answer = self.submit(kind, (("Prefer", f"status={done}"),))
        assert answer.status == 200, answer
        return str(self.read(answer)["id"])

    def fetch(self, kind: Kind, key: str, headers: Headers = ()) -> Response:
        """Look at a task."""
        return self._placed(kind.fetch[0].operation, kind.fetch[0].id, key, headers)

    def fetch_many(self, kind: Kind, keys: Iterable[str]) -> Response:
        """Look at several tasks."""
        part = kind.fetch_many[0]
        return self._placed(part.operation, part.ids, list(keys), ())

    def _placed(self, operation: str, place: Place, value: Any, headers: Headers) -> Response:
        if place.location == "path":
            body = self.example(operation) if self.contract.operations[operation].content else None
            return self.ask(operation, {place.name: value}, body, headers)
        return self.ask(operation, None, {**self.example(operation), pointers.split(place.name)[0]: value}, headers)

    def read(self, answer: Response) -> dict[str, Any]:
        """The facts that an answer tells."""
        return self.reading.lens.read(json.loads(answer.body))
