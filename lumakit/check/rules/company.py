"""Rules on a task in company (L319 to L324): its files, what else tells of it, and who else asks for it.

Knows the whole scene. An address is only judged where somebody asked for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from lumakit.check.rules.exchanges import what_it_is
from lumakit.check.rules.rule import Over, Rule
from lumakit.check.rules.tales import lasting, legal
from lumakit.check.scene import Scene, plain
from lumakit.check.telling import Seen, Tale, Telling
from lumakit.check.traffic import WRONG_KEY
from lumakit.check.verdict import Judged, Via
from lumakit.contract import media
from lumakit.model import Basis, Exchange

SOON_MS = 60 * 1000  # an address that was told works at least so long
_NO_FILM = ("text/", "application/json", "application/xml", "application/problem")
_OTHER_REASONS = (401, 402, 403, 406, 413, 415, 429)  # why a request may be refused before an id is looked for


# --- files ------------------------------------------------------------------------------------------------------------


def result_is_not_there(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L319: a result was asked for soon after it was told, and was never given."""
    for told, asked in _asked_for(scene, tale):
        last_ms = max(each.at_ms for each in tale.tellings if each.results and each.number < asked[0].number)
        status = asked[0].response.status
        if all(each.response.status >= 400 for each in asked) and asked[0].at_ms - last_ms <= SOON_MS:
            what = f"a result was told, and the answer to {asked[0].request.method} at its address is {status}"
            numbers = (told.number, *(each.number for each in asked))
            yield _about_file(scene, "L319", told, what, "results", numbers)


def result_is_no_film(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L320: what stands at the address of a result is a text, and no film or picture."""
    for told, asked in _asked_for(scene, tale):
        for each in (each for each in asked if 200 <= each.response.status < 300):
            kind = media.essence(each.response.header("content-type") or "")
            looks = what_it_is(each.response.body)
            if kind.startswith(_NO_FILM) or looks in ("HTML", "JSON"):
                said = kind if kind.startswith(_NO_FILM) else looks
                what = f"what stands at the address of a result is {said}"
                yield _about_file(scene, "L320", told, what, "type of results", (told.number, each.number))


def _asked_for(scene: Scene, tale: Tale) -> Iterator[tuple[Telling, list[Exchange]]]:
    """For every address of a result, who told it first, and every exchange that asked for it since."""
    first: dict[str, Telling] = {}
    for told in tale.tellings:
        for address in map(plain, told.results):
            first.setdefault(address, told)
    for address, told in first.items():
        asked = [each for each in scene.files.get(address, ()) if each.number > told.number]
        if asked:
            yield told, asked


def _about_file(scene: Scene, code: str, told: Telling, what: str, subject: str, numbers: tuple[int, ...]) -> Judged:
    said = scene.judged(code, told, what, subject=subject, fact="results", basis=Basis.OBSERVED)
    return Judged(said.finding, numbers, said.side, said.task)


# --- what else tells of it --------------------------------------------------------------------------------------------


def list_differs(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L321: a list tells of a task what cannot be between what it told alone before and after."""
    for listed in tale.by(Via.FETCH_MANY):
        before, after = tale.around(listed.number)
        if before and after and not _follows(scene, before, after):
            continue
        for one, other, poll in ((before, listed, before), (listed, after, after)):
            if one and other and poll and not _follows(scene, one, other):
                what = f"the list tells {listed.word!r}, and alone the task is {poll.word!r}"
                yield scene.judged(
                    "L321", listed, what, subject="status", fact="status", basis=Basis.OBSERVED, earlier=(poll,)
                )
                break
        else:
            yield from _other_end(scene, "L321", listed, next(filter(None, (before, after)), None))


def webhook_differs(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L322: a webhook tells of a task what it cannot have been before it was what a later look tells."""
    for called in tale.by(Via.WEBHOOK):
        before, after = tale.around(called.number)
        if before and after and not _follows(scene, before, after):
            continue
        poll = before if before and before.done and called.done else after
        wrong = poll and (poll.word != called.word if poll is before else not _follows(scene, called, poll))
        if poll and wrong and called.word and poll.word:
            what = f"the webhook tells {called.word!r}, and asked for the task is {poll.word!r}"
            yield scene.judged(
                "L322", called, what, subject="status", fact="status", basis=Basis.OBSERVED, earlier=(poll,)
            )


def _follows(scene: Scene, before: Telling, after: Telling) -> bool:
    return before.word is None or after.word is None or legal(scene, before.word, after.word)


def _other_end(scene: Scene, code: str, told: Telling, poll: Telling | None) -> Iterator[Judged]:
    for fact in ("results", "error") if poll and poll.done and poll.word == told.word else ():
        if poll and lasting(told, fact) != lasting(poll, fact):
            what = f"{fact} of the task differ from those that it tells alone"
            yield scene.judged(code, told, what, subject=fact, fact=fact, basis=Basis.OBSERVED, earlier=(poll,))


# --- who else asks ----------------------------------------------------------------------------------------------------


def unknown_is_known(scene: Scene, seen: Seen) -> Iterator[Judged]:
    """L323: an id was asked for that nobody was given, and the answer is no proper refusal."""
    key = scene.teller.asked(seen) if scene.teller else ""
    broken = seen.asked.findings or not seen.keyed or seen.exchange.owner == WRONG_KEY
    if not scene.probing or not key or key in scene.given or broken:
        return
    if seen.asked.findings:
        return  # it may have been refused for something else
    status, operation = seen.exchange.response.status, seen.operation
    wanted = scene.reading.problems.get("unknown_task") if scene.reading else None
    proper = 400 <= status < 500 and (wanted is None or status in (wanted, *_OTHER_REASONS))
    if operation and not proper:
        basis = Basis.INFERRED if 400 <= status < 500 else Basis.OBSERVED
        refusal = f"; {wanted} would be" if wanted else ""
        what = f"{status} is no answer for an id that nobody was given{refusal}"
        found = scene.finding("L323", operation.key, what, f"unknown id {status}", basis=basis)
        yield Judged(found, (seen.exchange.number,), "response", key)


def stranger_sees_it(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """L324: a task is told to another key than the one that made it."""
    made = tale.made
    for told in tale.by(Via.FETCH, Via.FETCH_MANY):
        if made and made.owner and told.owner not in ("", WRONG_KEY, made.owner):
            what = "the task is told to another key than the one that made it"
            yield scene.judged("L324", told, what, subject="owner", basis=Basis.OBSERVED, earlier=(made,))


RULES = (
    Rule(("L319",), Over.STORY, result_is_not_there),
    Rule(("L320",), Over.STORY, result_is_no_film),
    Rule(("L321",), Over.STORY, list_differs),
    Rule(("L322",), Over.STORY, webhook_differs),
    Rule(("L323",), Over.EXCHANGE, unknown_is_known),
    Rule(("L324",), Over.STORY, stranger_sees_it),
)
