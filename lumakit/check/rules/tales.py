"""Rules on one task's story (L3xx): what is told of it, one time after the other, and whether that hangs together.

Knows the lifecycle. What an endpoint says against itself rests on no document: the basis of that is what was observed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from lumakit.check.rules.rule import Over, Rule
from lumakit.check.scene import Scene, plain
from lumakit.check.telling import Tale, Telling
from lumakit.check.verdict import Judged, Via
from lumakit.contract.lens import Lens, Misspelled
from lumakit.model import Basis, Phase

POLLED, LISTED = (Via.SUBMIT, Via.EXTEND, Via.FETCH), (Via.FETCH_MANY,)


def lines(tale: Tale) -> Iterator[tuple[Telling, Telling]]:
    """What was told one after the other by the same way: alone, or in lists."""
    for vias in (POLLED, LISTED):
        yield from pairwise(tale.by(*vias))


def _ends(tale: Tale) -> Iterator[tuple[Telling, Telling]]:
    """An end, and what was told after it by the same way."""
    for vias in (POLLED, LISTED):
        told = tale.by(*vias)
        first = next((index for index, each in enumerate(told) if each.done), len(told))
        yield from ((told[first], later) for later in told[first + 1 :])


# --- words ------------------------------------------------------------------------------------------------------------


def word_is_unknown(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L301: a word that the lifecycle does not have, and that no schema refused."""
    for told in tale.tellings:
        if told.word is not None and told.sound and scene.reading and scene.reading.lifecycle.phase(told.word) is None:
            known = ", ".join(scene.reading.lifecycle.words)
            what = f"the task is {told.word!r}, and the known words are {known}"
            yield scene.judged("L301", told, what, subject=f"word {told.word}", fact="status")


def move_is_not_legal(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L302: a word after another one from which no move leads there."""
    for before, after in lines(tale):
        if before.word and after.word and not before.done and not legal(scene, before.word, after.word):
            what = f"the task was {before.word!r} and is {after.word!r}: no move leads there"
            subject = f"move {before.word} > {after.word}"
            yield scene.judged(
                "L302", after, what, subject=subject, fact="status", basis=Basis.INFERRED, earlier=(before,)
            )


def legal(scene: Scene, before: str, after: str) -> bool:
    """True where both words are known and one may follow the other; a word that is not known is another rule's."""
    lifecycle = scene.reading.lifecycle if scene.reading else None
    if lifecycle is None or lifecycle.phase(before) is None or lifecycle.phase(after) is None:
        return True
    return lifecycle.legal(before, after)


def end_is_left(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L303: a task had ended, and another word is told of it."""
    for end, later in _ends(tale):
        if later.word != end.word and later.word is not None:
            what = f"the task had ended as {end.word!r} and is {later.word!r}"
            subject = f"end {end.word}"
            yield scene.judged(
                "L303", later, what, subject=subject, fact="status", basis=Basis.OBSERVED, earlier=(end,)
            )


# --- facts ------------------------------------------------------------------------------------------------------------


def end_changes(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L304: a task has ended, and its results or the reason why it failed are others than before."""
    for end, later in _ends(tale):
        if later.word == end.word:
            for fact in ("results", "error"):
                if lasting(end, fact) != lasting(later, fact):
                    what = f"the task had ended, and its {fact} is no longer what it was"
                    yield scene.judged(
                        "L304", later, what, subject=fact, fact=fact, basis=Basis.OBSERVED, earlier=(end,)
                    )


def lasting(told: Telling, fact: str) -> object:
    """What stays of a fact: an address may be signed anew with every look."""
    return tuple(map(plain, told.results)) if fact == "results" else told.facts.get(fact)


def progress_falls(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L305: progress is less than before, and the task has not begun anew."""
    for vias in (POLLED, LISTED):
        best: Telling | None = None
        for told in tale.by(*vias):
            if best is not None and best.done:
                break
            if told.snapshot is not None and told.snapshot.phase is Phase.WAITING:
                best = None
            elif "progress" in told.facts:
                if best is not None and told.facts["progress"] < best.facts["progress"]:
                    what = f"progress is {told.facts['progress']:g}, and was {best.facts['progress']:g}"
                    yield scene.judged(
                        "L305", told, what, subject="progress", fact="progress", basis=Basis.OBSERVED, earlier=(best,)
                    )
                best = told


def progress_is_no_share(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L306: progress is less than nothing or more than all."""
    for told in tale.tellings:
        progress = told.facts.get("progress")
        if progress is not None and not 0 <= progress <= 100 and told.sound:
            what = f"progress is {progress:g}, which is no share of a hundred"
            yield scene.judged("L306", told, what, subject="progress", fact="progress")


def fact_is_misspelled(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L307: a fact stands at its place and cannot be read there."""
    for told in tale.tellings:
        for fact in scene.reading.lens.facts if scene.reading and told.sound else ():
            try:
                Lens((fact,)).read(told.body)
            except Misspelled as error:
                yield scene.judged("L307", told, str(error), subject=fact.name, fact=fact.name)


RULES = (
    Rule(("L301",), Over.STORY, word_is_unknown),
    Rule(("L302",), Over.STORY, move_is_not_legal),
    Rule(("L303",), Over.STORY, end_is_left),
    Rule(("L304",), Over.STORY, end_changes),
    Rule(("L305",), Over.STORY, progress_falls),
    Rule(("L306",), Over.STORY, progress_is_no_share),
    Rule(("L307",), Over.STORY, fact_is_misspelled),
)
