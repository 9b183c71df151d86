"""lifecycle.yaml made into a Reading. Names, pointers and pairs only.

An unknown key is an error that names its path; so is every reference to an operation, an example or a status that the
document does not have (`check_against`). Does not open files: it is given the document.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from lumakit.contract import pointer as pointers
from lumakit.contract.document import Document
from lumakit.contract.frozen import freeze
from lumakit.contract.lens import CODECS, Fact, Lens
from lumakit.contract.lifecycle import Impossible, Lifecycle
from lumakit.contract.reading import (
    FACTS,
    LOCATIONS,
    PROBLEMS,
    Extend,
    Fetch,
    FetchMany,
    Place,
    Reading,
    Task,
    Webhook,
)
from lumakit.errors import DocumentError
from lumakit.model import Phase

FORMAT = 1


def read(document: Document) -> Reading:
    """Turn a lifecycle document into a Reading."""
    return _Reader(document).reading()


def _fail(document: Document, pointer: str, what: str, hint: str) -> NoReturn:
    line = document.line(pointer)
    where = f"{document.name}:{line}" if line else document.name
    raise DocumentError(f"{pointer or '/'}: {what}", code="lifecycle_invalid", where=where, hint=hint)


class _Reader:
    """Walks the document once; every step knows its pointer, so that every error can name it."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def fail(self, pointer: str, what: str, hint: str = "see specs/README.md for the format") -> NoReturn:
        _fail(self.document, pointer, what, hint)

    def reading(self) -> Reading:
        data = self.keys("", self.document.data, "lumakit words moves starts facts every_task tasks problems".split())
        version = data.get("lumakit")
        if isinstance(version, bool) or version != FORMAT:
            self.fail("/lumakit", f"the format is {version!r}, we read {FORMAT}", f"write `lumakit: {FORMAT}`")
        lifecycle = self.lifecycle(data)
        every = self.keys("/every_task", self.mapping("/every_task", data.get("every_task"), optional=True), _TASK_KEYS)
        tasks = {
            kind: self.task(f"/tasks{pointers.join(kind)}", kind, every, task, lifecycle)
            for kind, task in self.mapping("/tasks", data.get("tasks")).items()
        }
        self.check_parents(tasks)
        return Reading(lifecycle, self.lens(data, lifecycle), freeze(tasks), freeze(self.problems(data)))

    # the pieces, in the order of the file

    def lifecycle(self, data: Mapping[str, Any]) -> Lifecycle:
        phases = {word: self.phase(word, phase) for word, phase in self.mapping("/words", data.get("words")).items()}
        moves = tuple(self.move(index, move) for index, move in enumerate(self.list("/moves", data.get("moves"))))
        try:
            return Lifecycle(freeze(phases), moves, self.text("/starts", data.get("starts")))
        except Impossible as error:
            self.fail(f"/{error.key}", str(error))

    def phase(self, word: str, phase: Any) -> Phase:
        if phase not in list(Phase):
            self.fail(f"/words{pointers.join(word)}", f"{phase!r} is not a phase", f"one of {', '.join(Phase)}")
        return Phase(phase)

    def move(self, index: int, move: Any) -> tuple[str, str]:
        parts = [part.strip() for part in self.text(f"/moves/{index}", move).split(" > ")]
        if len(parts) != 2:
            self.fail(f"/moves/{index}", f"{move!r} is not a move", "write `pending > processing`")
        return parts[0], parts[1]

    def lens(self, data: Mapping[str, Any], lifecycle: Lifecycle) -> Lens:
        facts = self.keys("/facts", data.get("facts"), FACTS).items()
        return Lens(tuple(self.fact(f"/facts{pointers.join(name)}", name, fact, lifecycle) for name, fact in facts))

    def fact(self, at: str, name: str, fact: Any, lifecycle: Lifecycle) -> Fact:
        fact = self.keys(at, fact, ("at", "present"))
        places = tuple(self.mapping(f"{at}/at", fact.get("at"), optional=True).items())
        present = tuple(self.mapping(f"{at}/present", fact.get("present"), optional=True).items())
        for pointer, codec in places:
            self.pointer(f"{at}/at", pointer)
            self.one_of(f"{at}/at{pointers.join(pointer)}", codec, CODECS)
        for pointer, word in present:
            self.pointer(f"{at}/present", pointer)
            self.one_of(f"{at}/present{pointers.join(pointer)}", word, lifecycle.words)
        return Fact(name, places, present)

    def task(self, at: str, kind: str, every: Mapping[str, Any], task: Any, lifecycle: Lifecycle) -> Task:
        own = self.keys(at, task, _TASK_KEYS)
        task = {**every, **own}
        where = {key: at if key in own else "/every_task" for key in task}

        def part(key: str) -> tuple[str, Any]:
            return f"{where.get(key, at)}/{key}", task.get(key)

        made = Task(
            kind=kind,
            submit=tuple(self.operation(part("submit")[0], name) for name in self.list(*part("submit"), optional=True)),
            extend=tuple(self.extend(*each) for each in self.parts(*part("extend"))),
            fetch=tuple(self.fetch(*each) for each in self.parts(*part("fetch"))),
            fetch_many=tuple(self.fetch_many(*each) for each in self.parts(*part("fetch_many"))),
            webhook=self.webhook(*part("webhook"), lifecycle) if task.get("webhook") is not None else None,
            says=freeze(self.mapping(*part("says"), optional=True)),
            examples=freeze(self.by_word(*part("examples"), lifecycle)),
            timing=freeze({word: self.span(*each) for word, each in self.timing(*part("timing"), lifecycle)}),
        )
        if not made.submit and not made.extend:
            self.fail(at, "no operation makes this kind of task", "give it `submit` or `extend`")
        return made

    def parts(self, at: str, value: Any) -> list[tuple[str, str, Any]]:
        return [
            (f"{at}{pointers.join(name)}", self.operation(at, name), part)
            for name, part in self.mapping(at, value, optional=True).items()
        ]

    def extend(self, at: str, operation: str, part: Any) -> Extend:
        part = self.keys(at, part, ("parent", "of"))
        return Extend(operation, self.place(f"{at}/parent", part.get("parent")), self.texts(f"{at}/of", part.get("of")))

    def fetch(self, at: str, operation: str, part: Any) -> Fetch:
        return Fetch(operation, self.place(f"{at}/id", self.keys(at, part, ("id",)).get("id")))

    def fetch_many(self, at: str, operation: str, part: Any) -> FetchMany:
        part = self.keys(at, part, ("ids", "items"))
        items = part.get("items", "")
        self.pointer(f"{at}/items", items)
        return FetchMany(operation, self.place(f"{at}/ids", part.get("ids")), items)

    def webhook(self, at: str, part: Any, lifecycle: Lifecycle) -> Webhook:
        part = self.keys(at, part, ("url", "on", "progress", "view", "secret"))
        for word in (on := self.texts(f"{at}/on", part.get("on"))):
            self.one_of(f"{at}/on", word, lifecycle.words)
        secret = self.keys(f"{at}/secret", part.get("secret", {}), ("from", "header"))
        self.one_of(f"{at}/view", part.get("view", "fetch"), ("fetch",))
        return Webhook(
            url=self.place(f"{at}/url", part.get("url")),
            on=on,
            progress=self.flag(f"{at}/progress", part.get("progress", False)),
            view=part.get("view", "fetch"),
            secret=self.place(f"{at}/secret/from", secret["from"]) if "from" in secret else None,
            secret_header=self.text(f"{at}/secret/header", secret.get("header")) if secret else "",
        )

    def by_word(self, at: str, value: Any, lifecycle: Lifecycle) -> dict[str, str]:
        pairs = self.mapping(at, value, optional=True)
        for word, name in pairs.items():
            self.one_of(at, word, lifecycle.words)
            self.text(f"{at}{pointers.join(word)}", name)
        return dict(pairs)

    def timing(self, at: str, value: Any, lifecycle: Lifecycle) -> list[tuple[str, tuple[str, Any]]]:
        pairs = self.mapping(at, value, optional=True)
        for word in pairs:
            self.one_of(at, word, lifecycle.words)
        return [(word, (f"{at}{pointers.join(word)}", span)) for word, span in pairs.items()]

    def span(self, at: str, value: Any) -> tuple[float, float]:
        low, _, high = str(value).partition("..")
        try:
            span = (float(low), float(high or low))
        except ValueError:
            self.fail(at, f"{value!r} is not a span of seconds", "write `1..4`")
        if not 0 <= span[0] <= span[1] < 10**9:
            self.fail(
                at, f"{value!r} is not a span of seconds", "the first number is the smaller, and none is negative"
            )
        return span

    def problems(self, data: Mapping[str, Any]) -> dict[str, int]:
        problems = self.mapping("/problems", data.get("problems"), optional=True)
        for name, status in problems.items():
            self.one_of("/problems", name, PROBLEMS)
            if not isinstance(status, int) or isinstance(status, bool) or not 400 <= status <= 599:
                self.fail(
                    f"/problems{pointers.join(name)}", f"{status!r} is not an error status", "a number from 400 to 599"
                )
        return dict(problems)

    def check_parents(self, tasks: Mapping[str, Task]) -> None:
        for kind, task in tasks.items():
            for extend in task.extend:
                for parent in extend.of:
                    self.one_of(
                        f"/tasks{pointers.join(kind)}/extend{pointers.join(extend.operation)}/of", parent, tasks
                    )

    # small steps

    def keys(self, at: str, value: Any, known: Iterable[str]) -> Mapping[str, Any]:
        mapping = self.mapping(at, value)
        for key in mapping:
            if not key.startswith("x-"):
                self.one_of(at, key, tuple(known), "key")
        return mapping

    def one_of(self, at: str, value: Any, known: Iterable[str], noun: str = "name") -> None:
        if value not in (choices := list(known)):
            near = difflib.get_close_matches(str(value), choices, n=1)
            hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(choices)}"
            self.fail(at, f"{value!r} is not a known {noun}", hint)

    def mapping(self, at: str, value: Any, *, optional: bool = False) -> Mapping[str, Any]:
        if value is None and optional:
            return {}
        if not isinstance(value, Mapping):
            self.fail(at, "a mapping is needed here")
        return value

    def list(self, at: str, value: Any, *, optional: bool = False) -> list[Any]:
        if value is None and optional:
            return []
        if not isinstance(value, list):
            self.fail(at, "a list is needed here")
        return value

    def text(self, at: str, value: Any) -> str:
        if not isinstance(value, str):
            self.fail(at, "a text is needed here")
        return value

    def flag(self, at: str, value: Any) -> bool:
        if not isinstance(value, bool):
            self.fail(at, "true or false is needed here")
        return value

    def texts(self, at: str, value: Any) -> tuple[str, ...]:
        return tuple(self.text(f"{at}/{index}", item) for index, item in enumerate(self.list(at, value)))

    def operation(self, at: str, name: Any) -> str:
        method, _, path = self.text(at, name).partition(" ")
        if not (method.isupper() and path.startswith("/")):
            self.fail(at, f"{name!r} is not an operation", "write `POST /path/{name}`")
        return f"{method} {path}"

    def pointer(self, at: str, value: Any) -> None:
        try:
            pointers.split(self.text(at, value))
        except ValueError as error:
            self.fail(at, f"{value!r} is not a JSON pointer: {error}", "write `/data/task_id`")

    def place(self, at: str, value: Any) -> Place:
        pairs = list(self.keys(at, value, LOCATIONS).items())
        if len(pairs) != 1:
            self.fail(at, "exactly one place is needed", "write `{body: /ids}` or `{path: task_id}`")
        location, name = pairs[0]
        if location == "body":
            self.pointer(at, name)
        return Place(location, self.text(at, name))


_TASK_KEYS = "submit extend fetch fetch_many says examples timing webhook".split()


def check_against(reading: Reading, document: Document, operations: Mapping[str, Any]) -> None:
    """Refuse a reading that names an operation, an example or a status that the contract does not have."""
    for kind, task in reading.tasks.items():
        at = f"/tasks{pointers.join(kind)}"
        for name in task.operations:
            _known(document, at, "operation", name, operations)
        named = dict.fromkeys(_examples(operations[name] for name in task.operations))
        for word, name in task.examples.items():
            _known(document, f"{at}/examples{pointers.join(word)}", "example", name, named)
        for name, place in task.places:
            if place.location != "body":
                given = (each.name for each in operations[name].parameters if each.location == place.location)
                _known(document, at, f"{place.location} parameter of {name} called", place.name, tuple(given))
    for problem, status in reading.problems.items():
        if not any(operation.answer(status) for operation in operations.values()):
            what = f"no operation documents the status {status}"
            _fail(document, f"/problems{pointers.join(problem)}", what, "declare it in the additions, or leave it out")


def _examples(operations: Iterable[Any]) -> Iterable[str]:
    return (
        name
        for operation in operations
        for answer in operation.answers.values()
        for body in answer.content.values()
        for name in body.examples
    )


def _known(document: Document, at: str, noun: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, list(known), n=1)
        hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(known) or 'none'}"
        _fail(document, at, f"the document has no {noun} {name!r}", hint)
