"""Everything that is made of one contract when it is served: its problems, tasks, acts, diary, webhooks and gate.

A reload makes another one over the same ground. Knows how the rooms fit together, and nothing of requests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from lumakit.clock import Clock
from lumakit.contract.compile import Contract
from lumakit.redaction import Redactor
from mockserver.acts import Acts
from mockserver.files import TaskFiles
from mockserver.gate import Gate
from mockserver.journal import Journal
from mockserver.making import Maker
from mockserver.problems import Problems
from mockserver.render import Renderer
from mockserver.rules import Rules
from mockserver.serving import Serving
from mockserver.stores import Store
from mockserver.tasks import Rim, Tasks
from mockserver.webhooks.callbacks import Callbacks
from mockserver.webhooks.habits import Habits
from mockserver.webhooks.sending import Webhooks


class Ground(NamedTuple):
    """What stays when the contract changes; `base` tells where files are for who asks at an origin, and `say` who
    listens that something of a kind has changed."""

    store: Store
    clock: Clock
    habits: Habits
    rules: Callable[[], Rules]
    base: Callable[[Contract, str], str]
    self_check: bool
    api_keys: tuple[str, ...]
    secrets: frozenset[str]
    say: Callable[[str, str], None]


@dataclass(frozen=True)
class Book:
    """What is made of one contract."""

    contract: Contract
    problems: Problems
    tasks: Tasks
    serving: Serving
    journal: Journal
    webhooks: Webhooks
    gate: Gate


def opened(contract: Contract, ground: Ground) -> Book:
    """The book of a contract."""
    renderer = Renderer(contract, contract.reading) if contract.reading else None
    redactor = redactor_of(contract, ground.secrets)
    changed = partial(ground.say, "task")
    webhooks = Webhooks(renderer, ground.store, ground.clock, redactor, ground.habits, partial(ground.say, "webhook"))
    acts = None
    if renderer:
        maker = Maker(contract.name, renderer, ground.store, ground.rules, webhooks.tell_due)
        acts = Acts(renderer, ground.store, ground.rules, maker, changed)
    base = partial(ground.base, contract)
    rim = Rim(ground.clock, partial(base, ""), ground.rules, changed, webhooks.tell_due)
    files = TaskFiles(contract.reading.lifecycle if contract.reading else None, ground.store)
    callbacks = Callbacks(contract)
    return Book(
        contract=contract,
        problems=Problems(contract),
        tasks=Tasks(contract, renderer, ground.store, rim),
        serving=Serving(
            contract, acts, files, callbacks, webhooks, ground.store, ground.rules, base, ground.self_check
        ),
        journal=Journal(ground.store, redactor),
        webhooks=webhooks,
        gate=Gate(ground.api_keys),
    )


def redactor_of(contract: Contract, secrets: frozenset[str]) -> Redactor:
    """What hides the secrets that a contract speaks of, and those that were given."""
    schemes = (scheme for each in contract.operations.values() for scheme in each.security.schemes)
    hooks = (kind.webhook for kind in contract.reading.tasks.values()) if contract.reading else ()
    places = {hook.secret for hook in hooks if hook and hook.secret}
    named = (each.name for each in places if each.location != "body")
    return Redactor(
        names=frozenset((*(scheme.name for scheme in schemes), *named)),
        pointers=tuple(each.name for each in places if each.location == "body"),
        secrets=secrets,
    )
