"""Bodies: a task's facts written through the lens over the document's own example.

The template of a body is the word's named example, or another example that fits, or a value made from the schema;
it is looked for once. Knows the contract and what a lens writes; does not know stores, clocks or how a task came to be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

from lumakit import strictjson
from lumakit.contract import pointer as pointers
from lumakit.contract.compile import Contract
from lumakit.contract.dialect import Direction
from lumakit.contract.frozen import thaw
from lumakit.contract.lens import Misspelled
from lumakit.contract.messages import Body
from lumakit.contract.operation import Operation
from lumakit.contract.reading import Account, FetchMany, Reading
from lumakit.contract.reading import Task as Kind
from lumakit.contract.sample import NoSample
from lumakit.contract.stencil import Spot, Stencil
from lumakit.draws import Draw
from lumakit.model import Headers, Response
from mockserver import media
from mockserver.problems import Refused

_CODECS = {"width": "number", "height": "number", "duration": "number"}


@dataclass(frozen=True)
class Renderer:
    """The bodies of one contract with a lifecycle."""

    contract: Contract
    reading: Reading
    _views: dict[tuple[str, str, str], _View] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)

    def task(self, operation: Operation, facts: Mapping[str, Any], kind: str, files: Files) -> Response:
        """One task as this operation tells it."""
        view = self._view(operation, None, kind, facts["status"])
        return Response(view.status, view.headers, strictjson.written(view.told(facts, files)))

    def tasks(
        self, operation: Operation, part: FetchMany, tasks: Iterable[tuple[Mapping[str, Any], str, Files]]
    ) -> Response:
        """Several tasks as this operation tells them."""
        told = [self._view(operation, part, kind, facts["status"]).told(facts, files) for facts, kind, files in tasks]
        if not part.items:
            return _response(operation, told)
        body = thaw(next(_examples(_body(operation)), {}))
        holder = pointers.look(body, pointers.parent(part.items), None)
        if not isinstance(holder, dict):
            raise Refused("not_mocked", f"{operation.key} has no example that holds a list at {part.items}")
        holder[pointers.split(part.items)[-1]] = told
        return _response(operation, body)

    def webhook(self, facts: Mapping[str, Any], kind: str, files: Files) -> Response:
        """One task as a webhook tells it: as the operation does that tells one task."""
        part = self.reading.tasks[kind].fetch[0]
        return self.task(self.contract.operations[part.operation], facts, kind, files)

    def results(self, kind: str, word: str, files: Files) -> tuple[str, ...]:
        """The addresses of a task's results, as the operation that tells one task tells them."""
        for part in self.reading.tasks[kind].fetch:
            view = self._view(self.contract.operations[part.operation], None, kind, word)
            return files.addresses("video", view.stencil.counts.get("results", 0))
        return ()

    def account(self, part: Account, credits_left: int) -> Response:
        """An account with what is left on it."""
        operation = self.contract.operations[part.operation]
        return _response(operation, put(self._account_shown(part), part.credits, credits_left))

    def credits_shown(self, part: Account) -> int | None:
        """The credits on the account that the document shows."""
        shown = pointers.look(self._account_shown(part), part.credits, None)
        return shown if isinstance(shown, int) else None

    def _account_shown(self, part: Account) -> Any:
        return thaw(next(_examples(_body(self.contract.operations[part.operation])), {}))

    def id_shown(self, kind: Kind) -> str:
        """An id as the document shows it, of which all others take their form."""
        if kind.kind not in self._ids:
            self._ids[kind.kind] = self._id_found(kind)
        return self._ids[kind.kind]

    def _id_found(self, kind: Kind) -> str:
        for operation in kind.operations:
            for example in _examples(_body(self.contract.operations[operation])):
                told = self._read(example).get("id")
                if told:
                    return str(told)
        return ""

    def _read(self, value: Any) -> Mapping[str, Any]:
        """What an example tells; nothing where it breaks its own reading, as lint says."""
        try:
            return self.reading.lens.read(value)
        except Misspelled:
            return {}

    def _view(self, operation: Operation, part: FetchMany | None, kind: str, word: str) -> _View:
        key = (operation.key, kind, word)
        view = self._views.get(key)
        if view is None:
            headers = (("Content-Type", _body(operation).media_type),)
            view = _View(self._found(operation, part, kind, word), operation.success[0], headers)
            self._views[key] = view
        return view

    def _found(self, operation: Operation, part: FetchMany | None, kind: str, word: str) -> Stencil:
        """The first template that fits the schema once it says this word."""
        said = {"status": word, **self.reading.tasks[kind].says}
        for template in self._templates(operation, part, kind, word):
            stencil = Stencil(template, self.reading.lens, self._spots(template))
            body = stencil.fill(said)
            whole = body if part is None else _listed(part, body)
            if operation.accepts(_body(operation), whole):
                return stencil
        raise Refused("not_mocked", f"{operation.key} has no example for a task that is {word!r}, and none can be made")

    def _templates(self, operation: Operation, part: FetchMany | None, kind: str, word: str) -> Iterator[Any]:
        body = _body(operation)
        name = self.reading.tasks[kind].examples.get(word, "")
        if part is None:
            if name in body.examples:
                yield body.examples[name]
            yield from self._fitting(_examples(body), kind, word)
            yield from self._told_elsewhere(operation, kind, word)
            yield from _examples(body)
        else:
            items = [item for each in _examples(body) for item in pointers.look(each, part.items, ())]
            yield from self._fitting(items, kind, word)
            for fetch in self.reading.tasks[kind].fetch:
                yield from self._templates(self.contract.operations[fetch.operation], None, kind, word)
        yield from _sampled(operation, body, part)

    def _told_elsewhere(self, operation: Operation, kind: str, word: str) -> Iterator[Any]:
        """Where an operation tells words, but shows no task in this one: what is shown where a task is fetched."""
        if any("status" in self._read(example) for example in _examples(_body(operation))):
            for fetch in self.reading.tasks[kind].fetch:
                if fetch.operation != operation.key:
                    yield from self._templates(self.contract.operations[fetch.operation], None, kind, word)

    def _fitting(self, values: Iterable[Any], kind: str, word: str) -> Iterator[Any]:
        """The examples that tell a task of this kind in this word."""
        says = self.reading.tasks[kind].says
        for value in values:
            told = self._read(value)
            if told.get("status") == word and all(told.get(name) == fact for name, fact in says.items()):
                yield value

    def _spots(self, template: Any) -> Iterator[Spot]:
        for file in self.reading.files:
            for name, places in file.places.items():
                for place in places:
                    many = isinstance(pointers.look(template, place, None), (list, tuple))
                    yield place, f"{file.kind}/{name}", _CODECS.get(name, "list" if many else "one")


@dataclass(frozen=True, slots=True)
class _View:
    """How an operation tells a task of one kind in one word."""

    stencil: Stencil
    status: int
    headers: Headers

    def told(self, facts: Mapping[str, Any], files: Files) -> Any:
        """The body for these facts."""
        counts = self.stencil.counts
        return self.stencil.fill({**facts, **files.facts(counts)} if counts else facts)


class Files(NamedTuple):
    """The files of one task: where those of all tasks are, whose these are, and what is true of them."""

    base: str
    task: str
    film: Callable[[], media.Film]

    def facts(self, counts: Mapping[str, int]) -> dict[str, Any]:
        """The addresses that a template has room for, and the measures of what is found there."""
        base = f"{self.base}{quote(self.task, safe='')}/"
        told: dict[str, Any] = {name: tuple([base + end for end in _ends(name, counts[name])]) for name in counts}
        return {**told, **_measures(self.film())}

    def addresses(self, kind: str, count: int) -> tuple[str, ...]:
        """Where the files of a kind are."""
        return self.facts({kind: count})[kind]  # type: ignore[no-any-return]  # addresses, for they are counted


@lru_cache(maxsize=256)
def _ends(fact: str, count: int) -> tuple[str, ...]:
    """How the addresses end that a fact is told with."""
    kind, _, how = fact.partition("/")
    names = (media.name("video" if fact == "results" else kind, number) for number in range(1, count + 1))
    return tuple(f"{name}?download=1" if how == "download" else name for name in names)


@lru_cache(maxsize=256)
def _measures(film: media.Film) -> Mapping[str, float]:
    """What is true of every file of a film."""
    sides = {f"{kind}/{side}": getattr(film, side) for kind in media.KINDS for side in ("width", "height")}
    return {**sides, "video/duration": film.duration_s}


def _body(operation: Operation) -> Body:
    _, answer = operation.success
    body = answer.body() if answer else None
    if body is None:
        raise Refused("not_mocked", f"{operation.key} documents no body for success")
    return body


def _examples(body: Body) -> Iterator[Any]:
    yield from body.examples.values()


def _sampled(operation: Operation, body: Body, part: FetchMany | None) -> Iterator[Any]:
    try:
        made = operation.sample(body, Direction.RESPONSE, Draw("template"))
    except NoSample:
        return
    yield from (made,) if part is None else pointers.look(made, part.items, ())


def _listed(part: FetchMany, item: Any) -> Any:
    return [item] if not part.items else put({}, part.items, [item])


def put(body: Any, pointer: str, value: Any) -> Any:
    """A body with a value at a pointer; mappings on the way are made."""
    holder = body
    *path, last = pointers.split(pointer)
    for part in path:
        holder = holder.setdefault(part, {})
    holder[last] = value
    return body


def _response(operation: Operation, body: Any) -> Response:
    headers = (("Content-Type", _body(operation).media_type),)
    return Response(operation.success[0], headers, strictjson.dumps(body))
