"""How a check is put together: the contract, the target, the key, the guard over money, and who listens for webhooks.

Here, because only the porch knows the checker and the mock. Sends nothing itself.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from lumakit import wire
from lumakit.caller import key_variable
from lumakit.check import hiding
from lumakit.check.consent import Consent, consent
from lumakit.check.endpoint import HttpTarget
from lumakit.check.guard import Guard, Unlimited
from lumakit.check.mailbox import Mailbox
from lumakit.check.phases.phase import Choices
from lumakit.check.plan import plan_text
from lumakit.check.probe import Probe
from lumakit.check.run import PHASES, Run, chosen
from lumakit.check.target import Player, Target
from lumakit.check.traffic import Record
from lumakit.check.verdict import Verdict
from lumakit.cli import deliveries, judging, keys, money
from lumakit.clock import Clock, SystemClock, VirtualClock
from lumakit.contract import folder
from lumakit.contract.compile import Contract, compile_contract
from lumakit.draws import Draw
from lumakit.errors import NoConsent, SurroundingsError, UsageError
from lumakit.model import Edition, Lost, Request, Response
from lumakit.redaction import Redactor
from lumakit.secret import Key

if TYPE_CHECKING:
    from mockserver.provider import MockProvider

KEY, SECOND = "lumakit-key-of-the-check", "lumakit-key-of-another"  # of mocks in this process, which have no others
NO_BUDGET = "it may cost, and no budget is given: --budget 1 lets one request out"


@contextlib.contextmanager
def prepared(
    name: str, options: argparse.Namespace, environment: Mapping[str, str], clock: Clock | None = None
) -> Iterator[Run]:
    """A run that can begin, with everything that it needs for as long as it lasts; `clock` is an endpoint's."""
    sources = folder.find(name, options.specs)
    contract = compile_contract(sources, Edition(options.edition))
    parts = Parts(contract, options, environment)
    phases = chosen(options.phases, options.skip_phases, thrifty=bool(options.paid_budget))
    costly = any(phase.costs for phase in phases)
    with contextlib.ExitStack() as running:
        target = parts.mock() if options.target == "mock" else parts.endpoint(clock or SystemClock(1.0))
        listened = {phase.name for phase in phases} & {"lifecycle", "webhooks"}
        mailbox = parts.mailbox(target.clock, running) if listened else None
        key = parts.key(needed=costly and not options.dry_run)
        withheld = dict.fromkeys((each for each, phase in PHASES.items() if phase.costs), NO_BUDGET)
        yield Run(
            Probe(contract, target, parts.guard(target), key=key, redactor=parts.hide, record=parts.record),
            Choices(
                seed=options.seed,
                own=target.own,
                careful=parts.live,
                second_key=parts.second(),
                sources=sources,
                mailbox=mailbox,
                wait_s=options.wait,
                every_s=options.every,
                picked=frozenset(options.phases),
                player=parts.player,
            ),
            phases,
            withheld if parts.live and not options.paid_budget else {},
            beside=judging.other(contract, name, options.specs),
            second_opinion=options.second_opinion,
        )


def plan(run: Run, options: argparse.Namespace) -> str:
    """What a run would ask, and what that may cost."""
    contract = run.probe.contract
    return plan_text(run.planned(), money.limits(options, live=run.choices.careful), money.prices(options, contract))


def refuse_nothing(verdict: Verdict) -> None:
    """Nothing was checked, which is not nothing found."""
    if not verdict.traffic.seen and "skipped" in verdict.phases.get("documents", "skipped"):
        reasons = "; ".join(f"{name} is {told}" for name, told in verdict.phases.items())
        raise UsageError(f"nothing was checked: {reasons}", code="nothing_checked", hint="other --phases")


class Parts:
    """What a check of one contract is made of."""

    def __init__(self, contract: Contract, options: argparse.Namespace, environment: Mapping[str, str]) -> None:
        self.contract = contract
        self.options = options
        self.record: Record = Record(source=options.target)
        self._environment = environment
        self._mock: MockProvider | None = None
        self._consent: Consent | None = None
        self.player: Player | None = None
        self.hide: Redactor = hiding.redactor(contract, (KEY, SECOND))

    @property
    def live(self) -> bool:
        """True where somebody may have to pay."""
        return self._consent is not None and self._consent.live

    # who is asked

    def mock(self) -> Target:
        """A mock in this process, on a clock that is moved by waiting."""
        from lumakit.cli.targets import MockTarget
        from mockserver.provider import MockProvider
        from mockserver.webhooks.habits import habits

        scenario = self.options.scenario
        if len(scenario) > 1:
            raise UsageError("--scenario is given twice", code="usage", hint="a mixture is `95% success, 5% fail`")
        clock, self._letters = VirtualClock(), _Letters()
        self._mock = mock = MockProvider(
            self.contract,
            clock=clock,
            seed=self.options.seed,
            api_keys=(KEY, SECOND),
            scenario=scenario[0] if scenario else "success",
            faults=self.options.fault,
            webhooks=habits(receiver=self._letters),
        )

        def deliver() -> None:
            mock.webhooks.deliver_due()

        clock.follow(deliver)
        target = MockTarget(mock, clock)
        self.player = None if scenario else target  # a scenario that was asked for is what happens
        return target

    def endpoint(self, clock: Clock) -> Target:
        """What answers at an address, looked at by a clock of ours."""
        for flag in ("scenario", "fault"):
            if getattr(self.options, flag):
                raise UsageError(
                    f"--{flag} is for `lumakit check mock`", code="usage", hint="give it to `lumakit mock`"
                )
        wire.need_httpx()
        self._consent = agreed = consent(self.options.target, self.options.live)
        if agreed.live and agreed.origin.startswith("http://"):
            what = f"{agreed.host} would be sent keys that everybody on the way can read"
            raise NoConsent(what, code="not_https", hint=f"https://{agreed.origin.partition('://')[2]}{agreed.base}")
        return FirstContact(HttpTarget(agreed, clock, own=self.options.own))

    # whose key

    def key(self, *, needed: bool) -> Key | None:
        """The key that is shown; a mock in this process has one of its own."""
        if self._mock is not None:
            return Key(KEY)
        name = key_variable(self.contract.name)
        text = keys.chosen(self.options, self._environment, name)
        asked = (each.security.alternatives for each in self.contract.operations.values())
        if text is None and needed and any(each and () not in each for each in asked):
            what = f"{self.contract.name} asks for a key, and none is given"
            raise UsageError(what, code="key_missing", hint=f"{name} in the environment, {keys.WAYS}")
        return Key(text) if text is not None else None

    def second(self) -> Key | None:
        """Somebody else's key."""
        if self._mock is not None:
            return Key(SECOND)
        name = self.options.second_key_env
        if name and name not in self._environment:
            what = "--second-key-env names a variable that is not set"
            raise UsageError(what, code="key_missing", hint="it takes the name of a variable, not the key")
        return Key(self._environment[name]) if name else None

    # what it may cost

    def guard(self, target: Target) -> Guard:
        """Who lets requests out; of a plan that is only told, nothing is written down."""
        if self.options.dry_run:
            return Unlimited(target.clock.now)
        run = f"{self.contract.name}-{SystemClock(1.0).now()}"
        return money.guard(self.options, self.contract, target, live=self.live, run=run, environment=self._environment)

    # who listens

    def mailbox(self, clock: Clock, running: contextlib.ExitStack) -> Mailbox | None:
        """Where webhooks arrive; None where none are sent, or none can come here."""
        from lumakit.webhooks import Receiver

        hooks = (kind.webhook for kind in self.contract.reading.tasks.values()) if self.contract.reading else ()
        if not any(hooks) or (self.live and not self.options.webhook_url):
            return None
        secrets = deliveries.secrets(self.options)
        hide = hiding.redactor(self.contract, secrets)
        receiver = Receiver(self.contract, secret=secrets or None)
        mailbox = Mailbox(receiver, self.record, clock, hide, Draw(self.options.seed))
        if self._mock is not None:
            self._letters.take = mailbox
        elif not self.options.dry_run:
            mailbox.base = self._listened(mailbox, running)
        return mailbox

    def _listened(self, mailbox: Mailbox, running: contextlib.ExitStack) -> str:
        """Listen on this machine; where that is reached from where the target is."""
        from lumakit.webhooks import MAX_BODY_BYTES
        from mockserver.door.asgi import Door
        from mockserver.door.limits import Limits as DoorLimits
        from mockserver.live import LiveServer

        door = Door(mailbox, too_large=mailbox.too_large, limits=DoorLimits(body_bytes=MAX_BODY_BYTES))
        live = running.enter_context(LiveServer(door, port=self.options.hook_port))
        return self.options.webhook_url or live.url


class _Letters:
    """Takes the webhooks of a mock to whoever stands ready by then."""

    def __init__(self) -> None:
        self.take: Mailbox | None = None

    def __call__(self, request: Request) -> Response:
        return self.take(request) if self.take else Response(204)


class FirstContact:
    """A target at an address: where nobody answers the first request, there is nothing to check."""

    def __init__(self, inner: HttpTarget) -> None:
        self._inner = inner
        self._met = False
        self.name: str = inner.name
        self.origin: str = inner.origin
        self.base: str = inner.base
        self.clock: Clock = inner.clock
        self.own: bool = inner.own

    def send(self, request: Request) -> Response | Lost:
        """The answer, or why there is none."""
        answer = self._inner.send(request)
        if not self._met and isinstance(answer, Lost) and answer.unsent:
            hint = "is it running, and is this its address?"
            raise SurroundingsError(answer.reason, code="unreachable", where=self.name, hint=hint)
        self._met = True
        return answer

    def reset(self) -> None:
        """Nothing, as at every address."""
        self._inner.reset()
