"""Rules on the facts of one task (L308 to L318): ids, kinds, times, results, reasons.

Knows where facts stand. Compares what one message tells with what was asked, and with what others told before.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from lumakit.check.rules.rule import Over, Rule
from lumakit.check.scene import Scene, is_address
from lumakit.check.telling import Tale, Telling
from lumakit.check.verdict import Judged, Via
from lumakit.model import Basis, Phase

FUTURE_MS = 5 * 60 * 1000  # clocks differ by so much
STEP_MS = 1000  # some places tell whole seconds
MAKING = (Via.SUBMIT, Via.EXTEND)


# --- ids and kinds ----------------------------------------------------------------------------------------------------


def another_task_is_told(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L308: one id was asked for, and the answer names another."""
    for told in tale.by(Via.FETCH, Via.FETCH_MANY):
        if told.wanted and told.told and told.told not in told.wanted:
            what = f"the task {_short(', '.join(told.wanted))} was asked for, and {_short(told.told)} is told"
            yield scene.judged("L308", told, what, subject="id", fact="id", basis=Basis.OBSERVED)


def no_task_is_named(scene: Scene) -> Iterator[Judged]:
    """L309: a request that makes a task was served, and the answer names none."""
    for told in scene.tellings:
        if told.via in MAKING and told.sound and not told.told:
            what = "the request was served, and the answer names no task"
            yield scene.judged("L309", told, what, subject="id", fact="id")


def two_are_one(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L310: two requests that make a task were given the same id, and did not say that they are one."""
    made = [each for each in tale.by(*MAKING) if each.parent != each.task]
    for first, second in pairwise(made):
        if not second.unique or second.unique != first.unique:
            what = f"two requests were given the same task {_short(second.task)}"
            yield scene.judged("L310", second, what, subject="id", fact="id", basis=Basis.OBSERVED, earlier=(first,))


def child_is_parent(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L311: a task made from another one has the id of that one."""
    for told in tale.by(Via.EXTEND):
        if told.parent and told.parent == told.told:
            what = f"the task {_short(told.parent)} was extended, and the answer names that same task"
            yield scene.judged("L311", told, what, subject="id", fact="id", basis=Basis.OBSERVED)


def kind_is_another(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L312: a task is told to be of another kind than it was made as."""
    made = tale.made
    tasks = scene.reading.tasks if scene.reading else {}
    said = tasks[made.kind].says.get("kind") if made and made.kind in tasks else None
    for told in tale.tellings if made and said is not None else ():
        kind = told.facts.get("kind")
        if kind is not None and kind != str(said) and told.sound:
            what = f"the task was made as {said!r}, and is told to be {kind!r}"
            yield scene.judged("L312", told, what, subject="kind", fact="kind", earlier=(made,) if made else ())


# --- times ------------------------------------------------------------------------------------------------------------


def birth_moves(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L313: when a task was made is told in two ways."""
    told = [each for each in tale.tellings if "created_at" in each.facts]
    for first, later in ((told[0], later) for later in told[1:]):
        if abs(later.facts["created_at"] - first.facts["created_at"]) > STEP_MS:
            what = "when the task was made is not what it was before"
            yield scene.judged(
                "L313", later, what, subject="created_at", fact="created_at", basis=Basis.OBSERVED, earlier=(first,)
            )


def change_goes_back(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L314: when a task last changed is earlier than it was before."""
    told = [each for each in tale.by(*MAKING, Via.FETCH) if "updated_at" in each.facts]
    for before, after in pairwise(told):
        if before.facts["updated_at"] - after.facts["updated_at"] > STEP_MS:
            what = "when the task last changed is earlier than it was before"
            yield scene.judged(
                "L314", after, what, subject="updated_at", fact="updated_at", basis=Basis.OBSERVED, earlier=(before,)
            )


def time_cannot_be(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L315: a time lies ahead of the message that tells it, or a task changed before it was made."""
    for told in tale.tellings:
        created, updated = (told.facts.get(name) for name in ("created_at", "updated_at"))
        for name, time_ms in (("created_at", created), ("updated_at", updated)):
            if time_ms is not None and time_ms - told.at_ms > FUTURE_MS:
                ahead_s = (time_ms - told.at_ms) // 1000
                what = f"{name} lies {ahead_s} seconds ahead of the message that tells it"
                yield scene.judged("L315", told, what, subject=f"future {name}", fact=name, basis=Basis.OBSERVED)
        if created is not None and updated is not None and created - updated > STEP_MS:
            what = f"the task changed {(created - updated) // 1000} seconds before it was made"
            yield scene.judged("L315", told, what, subject="order", fact="updated_at", basis=Basis.OBSERVED)


# --- results and reasons ----------------------------------------------------------------------------------------------


def nothing_came_of_it(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L316: a task has succeeded, and no result is told where one could be."""
    for told in tale.by(Via.FETCH, Via.FETCH_MANY):
        if _is(told, Phase.SUCCEEDED) and not told.results and told.sound and _could_tell(scene, told, "results"):
            yield scene.judged("L316", told, f"the task is {told.word!r}, and no result is told", subject="results")


def no_reason_is_given(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L317: a task has failed, and no reason is told where one could be."""
    for told in tale.by(Via.FETCH, Via.FETCH_MANY):
        if _is(told, Phase.FAILED) and not told.facts.get("error") and told.sound and _could_tell(scene, told, "error"):
            yield scene.judged("L317", told, f"the task is {told.word!r}, and no reason is told", subject="error")


def result_is_no_address(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L318: a result is told that nobody can ask for: a relative address, or one that is none of HTTP."""
    for told in tale.tellings:
        wrong = [each for each in told.results if not is_address(each)]
        if wrong and told.sound:
            what = f"a result is no absolute address of HTTP: {_short(wrong[0])}"
            yield scene.judged("L318", told, what, subject="results", fact="results")


def _is(told: Telling, phase: Phase) -> bool:
    return told.snapshot is not None and told.snapshot.phase is phase


def _could_tell(scene: Scene, told: Telling, fact: str) -> bool:
    """True where the contract has a place for a fact in the view of a task."""
    teller = scene.teller
    return teller is not None and teller.has_place(fact, told)


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."


RULES = (
    Rule(("L308",), Over.STORY, another_task_is_told),
    Rule(("L309",), Over.ALL, lambda scene, _: no_task_is_named(scene)),
    Rule(("L310",), Over.STORY, two_are_one),
    Rule(("L311",), Over.STORY, child_is_parent),
    Rule(("L312",), Over.STORY, kind_is_another),
    Rule(("L313",), Over.STORY, birth_moves),
    Rule(("L314",), Over.STORY, change_goes_back),
    Rule(("L315",), Over.STORY, time_cannot_be),
    Rule(("L316",), Over.STORY, nothing_came_of_it),
    Rule(("L317",), Over.STORY, no_reason_is_given),
    Rule(("L318",), Over.STORY, result_is_no_address),
)
