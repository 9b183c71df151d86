"""What webhooks tell of a task: from the plan that polling reads, the deliveries of the moments that have come.

Pure: a task and now in, the task that remembers what was told and its deliveries out. What befalls deliveries -
lost, late, twice, in another order - is said by the task's scenario and happens here, so that it can be asked for like
any other scenario.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from lumakit.contract.reading import Webhook
from lumakit.model import Response
from mockserver import engine, kept
from mockserver.engine import Hook, Task
from mockserver.plan import NEVER
from mockserver.problems import Refused
from mockserver.render import Files, Renderer
from mockserver.scenario import LATE, LOST, SHUFFLED, TWICE
from mockserver.stores import NEVER_MS
from mockserver.webhooks import delivery, loops
from mockserver.webhooks.delivery import Delivery
from mockserver.webhooks.policy import Policy

LATE_MS = 30_000


def told(task: Task, renderer: Renderer, policy: Policy, now_ms: int) -> tuple[Task, tuple[Delivery, ...]]:
    """The task once everything that has come was told, and the deliveries that tell it."""
    plan, untold = task.plan.tell(task.since(now_ms))
    hook, webhook = task.hook, renderer.reading.tasks[task.kind].webhook
    if hook is None or webhook is None or not untold:
        return replace(task, plan=plan), ()
    numbers = [number for number in untold if is_told(task, webhook, number)]
    made = tuple(_befallen(_delivery(task, hook, renderer, policy, each), task, webhook) for each in numbers)
    return replace(task, plan=plan), made


def is_told(task: Task, webhook: Webhook, number: int) -> bool:
    """True for a moment that a webhook tells: of one of its words, and new or with progress where that is told too."""
    moments = task.plan.moments
    word = moments[number].word
    return word in webhook.on and (webhook.progress or number == 0 or moments[number - 1].word != word)


def first_ms(task: Task, webhook: Webhook) -> int | None:
    """When a task is told of first; None where that is not known."""
    return next(_times(task, webhook, 0), None)


def _times(task: Task, webhook: Webhook, first: int) -> Iterator[int]:
    for number in range(first, len(task.plan.moments)):
        if is_told(task, webhook, number) and task.plan.moments[number].at_ms < NEVER:
            yield task.made_ms + task.plan.moments[number].at_ms


def _delivery(task: Task, hook: Hook, renderer: Renderer, policy: Policy, number: int) -> Delivery:
    moment = task.plan.moments[number]
    facts = engine.facts_of(task, renderer.reading, moment)
    files = Files(hook.base, task.id, partial(kept.film, task))
    at_ms = task.made_ms + moment.at_ms
    try:
        response, trouble = renderer.webhook(facts, task.kind, files), ""
    except Refused as no:  # a fetch would be refused, too
        response, trouble = Response(501), no.reason
    made = Delivery(
        id=f"{task.id}-{number}",
        task=task.id,
        seq=number,
        event=moment.word,
        url=hook.url,
        method="POST",
        media_type=response.header("content-type") or "application/json",
        body=response.body.decode(),
        secret=hook.secret,
        owner=task.owner,
        made_ms=at_ms,
        due_ms=at_ms,
        tries=policy.attempts,
        kind=task.kind,
        depth=hook.depth,
    )
    trouble = trouble or (loops.TROUBLE if hook.depth > loops.DEEPEST else "")
    return made.blocked(trouble) if trouble else made


def _befallen(made: Delivery, task: Task, webhook: Webhook) -> Delivery:
    """The delivery with what its scenario does to it."""
    mishap = task.hook.mishap if task.hook and made.state == delivery.WAITING else ""
    if mishap == LOST:
        return replace(made, state=delivery.LOST, reason="the scenario lets it get lost", due_ms=NEVER_MS, tries=0)
    if mishap == LATE:
        return replace(made, due_ms=made.due_ms + LATE_MS)
    if mishap == TWICE:
        return replace(made, copies=2)
    if mishap == SHUFFLED and sum(is_told(task, webhook, number) for number in range(made.seq)) % 2 == 0:
        return replace(made, due_ms=next(_times(task, webhook, made.seq + 1), made.due_ms - 1) + 1)
    return made
