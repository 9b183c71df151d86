"""lifecycle.yaml made into a Reading. Names, pointers and pairs only.

An unknown key is an error that names its path; so is every reference to an operation, an example or a status that the
document does not have (`lifecycle_check`). Does not open files: it is given the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lumakit.contract import pointer as pointers
from lumakit.contract.document import Document
from lumakit.contract.frozen import freeze
from lumakit.contract.lens import CODECS, Fact, Lens
from lumakit.contract.lifecycle import Impossible, Lifecycle
from lumakit.contract.lifecycle_steps import Steps
from lumakit.contract.reading import (
    ASKS,
    FACTS,
    FILE_FACTS,
    FILES,
    MAX_ATTEMPTS,
    MAX_TIMEOUT_S,
    PROBLEMS,
    RECEIVED,
    Account,
    Extend,
    Fetch,
    FetchMany,
    File,
    Place,
    Reading,
    Task,
    Webhook,
)
from lumakit.errors import UsageError
from lumakit.model import Phase
from lumakit.signing import Signing

FORMAT = 1


def read(document: Document) -> Reading:
    """Turn a lifecycle document into a Reading."""
    return _Reader(document).reading()


class _Reader(Steps):
    """Walks the document once."""

    def reading(self) -> Reading:
        data = self.keys("", self.document.data, _KEYS)
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
        return Reading(
            lifecycle=lifecycle,
            lens=self.lens(data, lifecycle),
            tasks=freeze(tasks),
            problems=freeze(self.problems(data)),
            files=tuple(self.files(data)),
            failures=freeze(self.failures(data)),
            account=self.account(data),
        )

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
            asks=freeze(self.asks(*part("asks"))),
            cost=self.whole(part("cost")[0], task.get("cost", 0)),
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
        part = self.keys(at, part, _WEBHOOK_KEYS)
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
            success=self.success(f"{at}/success", part["success"]) if "success" in part else None,
            timeout_s=self.timeout(f"{at}/timeout", part["timeout"]) if "timeout" in part else None,
            waits_s=self.waits(f"{at}/waits", part["waits"]) if "waits" in part else None,
            signing=self.signing(f"{at}/signing", part["signing"]) if "signing" in part else None,
        )

    def success(self, at: str, value: Any) -> tuple[str, ...]:
        given = tuple(str(each).lower() for each in self.list(at, value))
        wrong = [each for each in given if not RECEIVED.fullmatch(each)]
        if wrong or not given:
            self.fail(
                at, f"{wrong[0] if wrong else given!r} is no status that a receiver answers", "write `[2xx, 304]`"
            )
        return given

    def timeout(self, at: str, value: Any) -> float:
        seconds = self.seconds(at, value)
        if not 0 < seconds <= MAX_TIMEOUT_S:
            self.fail(at, f"{value!r} is no time that an attempt may take", f"above 0, and up to {MAX_TIMEOUT_S:g}")
        return seconds

    def waits(self, at: str, value: Any) -> tuple[float, ...]:
        waits = tuple(self.seconds(f"{at}/{index}", each) for index, each in enumerate(self.list(at, value)))
        if len(waits) >= MAX_ATTEMPTS:
            self.fail(at, f"{len(waits)} more attempts are too many", f"fewer than {MAX_ATTEMPTS}")
        return waits

    def signing(self, at: str, value: Any) -> str:
        text = self.text(at, value)
        try:
            Signing.parse(text)
        except UsageError as error:
            self.fail(at, error.what, f"such as `{error.hint}`")
        return text

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

    def asks(self, at: str, value: Any) -> dict[str, Place]:
        asked = self.keys(at, self.mapping(at, value, optional=True), ASKS)
        return {name: self.place(f"{at}/{name}", place) for name, place in asked.items()}

    def files(self, data: Mapping[str, Any]) -> Iterator[File]:
        files = self.keys("/files", self.mapping("/files", data.get("files"), optional=True), FILES)
        for kind, facts in files.items():
            at = f"/files/{kind}"
            places = {
                name: self.texts(f"{at}/{name}", given) for name, given in self.keys(at, facts, FILE_FACTS).items()
            }
            for name, given in places.items():
                for index, pointer in enumerate(given):
                    self.pointer(f"{at}/{name}/{index}", pointer)
            yield File(kind, freeze(places))

    def failures(self, data: Mapping[str, Any]) -> dict[str, str]:
        failures = self.mapping("/failures", data.get("failures"), optional=True)
        return {reason: self.text(f"/failures{pointers.join(reason)}", text) for reason, text in failures.items()}

    def account(self, data: Mapping[str, Any]) -> Account | None:
        if data.get("account") is None:
            return None
        part = self.keys("/account", data["account"], ("fetch", "credits"))
        self.pointer("/account/credits", part.get("credits"))
        return Account(self.operation("/account/fetch", part.get("fetch")), part["credits"])

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


_KEYS = "lumakit words moves starts facts every_task tasks files failures account problems".split()
_WEBHOOK_KEYS = "url on progress view secret success timeout waits signing".split()
_TASK_KEYS = "submit extend fetch fetch_many says examples timing asks cost webhook".split()
