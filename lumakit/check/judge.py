"""The judge: traffic and a contract come in, a verdict goes out.

Lets every rule look at what it is for, and puts together what they say: the same fault seen a hundred times is one
finding. What the traffic leaves undecided is told as open. Asks nobody, and knows no target.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from lumakit.check.identity import identity
from lumakit.check.packing import is_unread
from lumakit.check.rules import company, exchanges, facts, second, tales, webhooks
from lumakit.check.rules.rule import Over, Rule
from lumakit.check.scene import Scene
from lumakit.check.telling import Tale
from lumakit.check.traffic import Traffic, Unanswered
from lumakit.check.verdict import Judged, Open, Verdict
from lumakit.contract.compile import Contract
from lumakit.contract.messages import Body
from lumakit.contract.second_opinion import SecondOpinion
from lumakit.model import Basis, Finding, Severity

RULES: tuple[Rule, ...] = (*exchanges.RULES, *second.RULES, *tales.RULES, *facts.RULES, *company.RULES, *webhooks.RULES)
MAX_NUMBERS = 20  # exchanges that one finding names


def judge(  # noqa: PLR0913  # every choice has a name and a default
    contract: Contract,
    traffic: Traffic,
    *,
    beside: Contract | None = None,
    second_opinion: bool = False,
    target: str = "",
    own: bool = False,
    probing: bool = False,
    base: str = "",
) -> Verdict:
    """What traffic comes to.

    `beside` is the other edition, which fails nothing. `own` says that a mock of ours answered: what is only inferred
    weighs its full weight then. `probing` says that the checker itself asked, and broke the contract on purpose here
    and there: its requests are not judged, only that they were served. `base` is the path before every documented one.
    What of the contract was met, and what that says of the corrections, is `whole`'s to add.
    """
    scene = Scene(contract, traffic, probing, base, SecondOpinion(contract) if second_opinion else None)
    return Verdict(
        provider=contract.name,
        edition=contract.edition,
        target=target,
        judged=_judged(scene, own=own),
        beside=_judged(Scene(beside, traffic, probing, base), own=own) if beside else (),
        stories=tuple(tale.story for tale in scene.tales),
        opens=tuple(_opens(scene)),
        traffic=traffic,
        own=own,
        probing=probing,
        base=base,
    )


def _judged(scene: Scene, *, own: bool) -> tuple[Judged, ...]:
    return merged(replace(each, finding=_weighed(each.finding, own=own)) for each in _said(scene))


def _said(scene: Scene) -> Iterator[Judged]:
    subjects: Mapping[Over, Iterable[Any]] = MappingProxyType(
        {Over.EXCHANGE: scene.seen, Over.STORY: scene.tales, Over.WEBHOOK: scene.heard, Over.ALL: (scene,)}
    )
    for rule in RULES:
        for subject in subjects[rule.over]:
            yield from rule.judge(scene, subject)


def _weighed(finding: Finding, *, own: bool) -> Finding:
    """What is only inferred is no more than a note, unless a mock of ours is checked."""
    return finding if own or finding.basis is not Basis.INFERRED else finding.but(severity=Severity.NOTE)


def merged(said: Iterable[Judged]) -> tuple[Judged, ...]:
    """One of every fault, with the numbers of the exchanges that show it; the gravest first, then as they were seen."""
    found: dict[tuple[str, ...], Judged] = {}
    for each in said:
        known = found.get(_key(each))
        found[_key(each)] = each if known is None else _both(known, each)
    return tuple(sorted(found.values(), key=lambda each: (each.finding.severity.rank, each.finding.code, each.numbers)))


def _key(said: Judged) -> tuple[str, ...]:
    """What makes two findings the same in one verdict."""
    return *identity(said.finding), said.side


def _both(known: Judged, again: Judged) -> Judged:
    """The later one shows it; where there are too many exchanges, the first ones and the last are named."""
    numbers = tuple(dict.fromkeys((*known.numbers, *again.numbers)))
    if len(numbers) > MAX_NUMBERS:
        numbers = (*numbers[: MAX_NUMBERS - 1], numbers[-1])
    sent = tuple(dict.fromkeys((*known.sent, *again.sent)))[:MAX_NUMBERS]
    return replace(again, numbers=numbers, times=known.times + again.times, sent=sent)


# --- what stays open --------------------------------------------------------------------------------------------------


def _opens(scene: Scene) -> Iterator[Open]:
    for tale in scene.tales:
        told = tale.made or (not scene.probing and any(each.word for each in tale.tellings))
        if told and not tale.story.ended:
            yield _not_ended(tale)
    lost: dict[tuple[str, str], list[Unanswered]] = {}
    for each in scene.traffic.unanswered:
        lost.setdefault((_asked(scene, each), each.lost.reason), []).append(each)
    for (asked, reason), several in lost.items():
        yield Open(f"{asked} was not answered{_times(len(several))}", reason)
    for what, count in Counter(_unread(scene)).items():
        yield Open(f"{what} was not judged{_times(count)}", "its body is packed, or too long to be kept")


def _times(count: int) -> str:
    return f", {count} times" if count > 1 else ""


def _unread(scene: Scene) -> Iterator[str]:
    """What is documented to have a body, and whose body is not there to be judged."""
    for seen in scene.seen:
        operation, exchange = seen.operation, seen.exchange
        answer = operation.answer(exchange.response.status) if operation else None
        if operation and is_unread(exchange.request.body) and _documented(operation.content) and not scene.probing:
            yield f"what {operation.key} was sent"
        if operation and answer and is_unread(exchange.response.body) and _documented(answer.content):
            yield f"what {operation.key} answered"


def _documented(content: Mapping[str, Body]) -> bool:
    return any(body.schema for body in content.values())


def _not_ended(tale: Tale) -> Open:
    last = tale.tellings[-1]
    span_s = (last.at_ms - tale.tellings[0].at_ms) / 1000
    looks = f"{len(tale.tellings)} look{'' if len(tale.tellings) == 1 else 's'}"
    was = repr(last.word) if last.word else "not told to be anything"
    why = f"it was {was} when it was last seen, after {span_s:g} s and {looks}"
    return Open(f"the task {tale.story.id} was not seen to end", why, tale.story.id)


def _asked(scene: Scene, lost: Unanswered) -> str:
    operation = scene.route(lost.request).operation
    return operation.key if operation else f"{lost.request.method} {lost.request.path}"
