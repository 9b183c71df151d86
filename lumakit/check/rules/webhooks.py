"""Rules on webhooks (W4xx): whether they come, when, to whom, how often, and whether they tell what a look would.

Knows what is documented of deliveries. Where nothing is, no more is asked of them than that they come and are true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from lumakit.check.rules.rule import Over, Rule
from lumakit.check.rules.tales import legal
from lumakit.check.scene import Scene, is_address
from lumakit.check.telling import Heard, Tale, Telling
from lumakit.check.verdict import Judged, Via
from lumakit.contract import pointer as pointers
from lumakit.contract.reading import Webhook
from lumakit.model import Basis, Finding

PATIENCE_MS = 10 * 1000  # beyond what is documented, before a second attempt is missed
WHERE = "webhook"


# --- whether they come ------------------------------------------------------------------------------------------------


def end_is_not_told(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """W401: a webhook was asked for, the task has ended, and none came for that."""
    made, end = tale.made, next((each for each in tale.by(Via.FETCH, Via.FETCH_MANY) if each.done), None)
    webhook = scene.webhook(tale.story.kind)
    heard = scene.traffic.listened and made is not None and is_address(made.url) and not _is_nowhere(made.url)
    if not (heard and made and end and webhook and end.word in webhook.on):
        return
    if not any(each.done or each.word is None for each in tale.by(Via.WEBHOOK)):
        places = (f"{made.operation.pointer}/callbacks",) if made.operation else ()
        what = f"the task ended as {end.word!r}, and no webhook came for that"
        found = scene.finding("W401", made.operation.key if made.operation else WHERE, what, "end", "", places)
        yield Judged(found, (made.number, end.number), "request", tale.story.id)


def _is_nowhere(address: str) -> bool:
    """True for an address that nobody can have, such as who must give one and waits for nothing gives."""
    return (urlsplit(address).hostname or "").endswith(".invalid")


def failure_is_not_repeated(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """W406: the receiver did not take a webhook, and it did not come again as documented."""
    webhook = scene.webhook(tale.story.kind)
    attempts: dict[bytes, list[Heard]] = {}
    for heard in scene.calls.get(tale.story.id, ()):
        attempts.setdefault(heard.arrival.request.body, []).append(heard)
    for several in attempts.values():
        last, waits = several[-1].arrival, webhook.waits_s if webhook else None
        if webhook and waits and len(several) <= len(waits) and not _taken(last.status, webhook):
            due_ms = last.at_ms + round(waits[len(several) - 1] * 1000) + PATIENCE_MS
            if scene.last_ms > due_ms:
                what = f"the receiver answered {last.status}, and the webhook did not come again"
                yield _said(scene, "W406", several[-1], what, "retry")


def comes_again(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """W407: the receiver took a webhook, and the same came again."""
    webhook = scene.webhook(tale.story.kind)
    for first, second in pairwise(scene.calls.get(tale.story.id, ())):
        same = first.arrival.request.body == second.arrival.request.body
        if same and webhook and _taken(first.arrival.status, webhook):
            yield _said(scene, "W407", second, "the same webhook came again after it was taken", "twice", first)


def _taken(status: int, webhook: Webhook) -> bool:
    """True for an answer that counts as received."""
    success = webhook.success or ("2xx",)
    return str(status) in success or f"{status // 100}xx" in success


# --- when, and what of ------------------------------------------------------------------------------------------------


def order_is_lost(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """W402: a webhook tells what was before what another one has told already."""
    told = [each.telling for each in _once(scene.calls.get(tale.story.id, ()))]
    for before, after in pairwise(told):
        if before.word and after.word and _is_older(scene, before, after):
            what = f"{after.word!r} came after {before.word!r}"
            yield scene.judged("W402", after, what, subject="order", fact="status", earlier=(before,))


def _once(calls: tuple[Heard, ...]) -> Iterator[Heard]:
    """Each webhook when it first came."""
    known: set[bytes] = set()
    for each in calls:
        if each.arrival.request.body not in known:
            known.add(each.arrival.request.body)
            yield each


def _is_older(scene: Scene, before: Telling, after: Telling) -> bool:
    if before.word != after.word:
        return not legal(scene, before.word or "", after.word or "")
    share = before.facts.get("progress"), after.facts.get("progress")
    return share[0] is not None and share[1] is not None and share[1] < share[0]


def is_of_no_task(scene: Scene, heard: Heard) -> Iterator[Judged]:
    """W408: a webhook tells of a task that no answer has named, and no answer that should have named one is missing."""
    told, asked = heard.telling.told, heard.arrival.task
    known = told not in scene.strangers or len(scene.strangers) <= scene.nameless
    if told and not known and (not asked or asked == told) and scene.answered:
        yield _said(scene, "W408", heard, f"no answer has named the task {told[:80]}", "id")


def is_of_another_task(scene: Scene, heard: Heard) -> Iterator[Judged]:
    """W409: a webhook came to the address that one task gave, and tells of another."""
    told, asked = heard.telling.told, heard.arrival.task
    if told and asked and told != asked:
        what = f"the address was given for the task {asked[:80]}, and the webhook tells of {told[:80]}"
        yield _said(scene, "W409", heard, what, "id")


def comes_early(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """W410: a webhook came before the answer that names its task."""
    for heard in scene.calls.get(tale.story.id, ()):
        if tale.made and heard.arrival.number < tale.made.number:
            yield _said(scene, "W410", heard, "the webhook came before the answer that names its task", "early")


def was_not_asked_for(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """W411: a webhook came for a task that asked for none."""
    for heard in scene.calls.get(tale.story.id, ()):
        if tale.made and not tale.made.url:
            yield _said(scene, "W411", heard, "the request that made the task asked for no webhook", "asked")


def word_is_not_due(scene: Scene, heard: Heard) -> Iterator[Judged]:
    """W412: a webhook tells a word that none are documented for."""
    told = heard.telling
    webhook = scene.webhook(told.snapshot.kind if told.snapshot else "")
    known = scene.reading is not None and told.word is not None and scene.reading.lifecycle.phase(told.word) is not None
    if known and webhook and told.word not in webhook.on:
        what = f"a webhook came for {told.word!r}, and only {', '.join(webhook.on)} is documented"
        yield scene.judged("W412", told, what, subject=f"word {told.word}", fact="status")


# --- what they tell ---------------------------------------------------------------------------------------------------


def tells_otherwise(scene: Scene, tale: Tale) -> Iterator[Judged]:
    """W403: a webhook tells the end of a task otherwise than a look does."""
    looked = next((each for each in tale.by(Via.FETCH) if each.done), None)
    for heard in scene.calls.get(tale.story.id, ()):
        told = heard.telling
        if looked and told.done and told.word == looked.word and told.sound and looked.sound:
            for at in sorted(_differing(told.body, looked.body))[:5]:
                what = f"{at or 'the body'} is not what a look tells"
                found = scene.judged("W403", told, what, subject="view", basis=Basis.OBSERVED, earlier=(looked,))
                yield Judged(found.finding.but(pointer=at), found.numbers, found.side, found.task)


def _differing(one: Any, other: Any, at: str = "") -> Iterator[str]:
    """The pointers of what is not the same in two values; addresses may lead over another host, and be signed anew."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in {**one, **other}:
            place = at + pointers.join(name)
            if name in one and name in other:
                yield from _differing(one[name], other[name], place)
            else:
                yield place
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from _differing(*pair, f"{at}/{index}")
    elif _lasting(one) != _lasting(other):
        yield at


def _lasting(value: Any) -> Any:
    return urlsplit(value).path if isinstance(value, str) and is_address(value) else value


def body_does_not_fit(scene: Scene, heard: Heard) -> Iterator[Judged]:
    """W404: the body is not what the view of a task has."""
    for each in heard.findings:
        found = scene.finding("W404", WHERE, each.message, each.subject, each.pointer, basis=each.basis)
        yield _judged(found.but(evidence=each.evidence, severity=each.severity), heard)


def is_not_verified(scene: Scene, heard: Heard) -> Iterator[Judged]:
    """W405: a secret or a signature was due, and is not there or another."""
    if heard.arrival.refused:
        yield _said(scene, "W405", heard, heard.arrival.refused, "signature")


def _said(scene: Scene, code: str, heard: Heard, what: str, subject: str, *earlier: Heard) -> Judged:
    view = heard.telling.operation
    found = scene.finding(code, WHERE, what, subject, "", (view.pointer,) if view else ())
    return _judged(found, *earlier, heard)


def _judged(found: Finding, *heard: Heard) -> Judged:
    return Judged(found, tuple(each.arrival.number for each in heard), "request", heard[-1].telling.task)


RULES = (
    Rule(("W401",), Over.STORY, end_is_not_told),
    Rule(("W402",), Over.STORY, order_is_lost),
    Rule(("W403",), Over.STORY, tells_otherwise),
    Rule(("W404",), Over.WEBHOOK, body_does_not_fit),
    Rule(("W405",), Over.WEBHOOK, is_not_verified),
    Rule(("W406",), Over.STORY, failure_is_not_repeated),
    Rule(("W407",), Over.STORY, comes_again),
    Rule(("W408",), Over.WEBHOOK, is_of_no_task),
    Rule(("W409",), Over.WEBHOOK, is_of_another_task),
    Rule(("W410",), Over.STORY, comes_early),
    Rule(("W411",), Over.STORY, was_not_asked_for),
    Rule(("W412",), Over.WEBHOOK, word_is_not_due),
)
