"""The mock server as an ASGI application, for any ASGI server; and everything that is chosen when one is built.

Knows which providers are wanted and how they are to behave. Does not know flags, ports or sockets.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import urlsplit

from lumakit.clock import Clock, SystemClock
from lumakit.contract import folder
from lumakit.contract.compile import Contract, compile_contract
from lumakit.errors import SurroundingsError, UsageError
from lumakit.model import Edition
from mockserver import lasting
from mockserver.control.lock import Lock
from mockserver.control.plane import Control
from mockserver.defaults import MAX_TASKS, SPEED
from mockserver.door.asgi import Door, nobody
from mockserver.door.beside import Beside
from mockserver.events import Events
from mockserver.faults import mapping, places
from mockserver.faults.fault import Fault
from mockserver.faults.listed import Given
from mockserver.provider import MockProvider, Read
from mockserver.refusal import problem
from mockserver.server import MockServer, mount
from mockserver.stores import Down
from mockserver.stores.backend import Backend, Memory
from mockserver.taking import Take, at_once
from mockserver.teller import Mock
from mockserver.together import Together
from mockserver.turns import Turns
from mockserver.watch import Follower, Watch
from mockserver.webhooks.habits import Habits
from mockserver.webhooks.pump import Pump


@dataclass(frozen=True)
class Choices:
    """How a server is to be: which providers, on which clock, with which scenario, for whom."""

    targets: tuple[str, ...] = ()
    specs: str | None = None
    edition: Edition = Edition.CORRECTED
    clock: Clock = field(default_factory=lambda: SystemClock(SPEED))
    seed: str = "0"
    scenario: str = "success"
    scenarios: Mapping[str, str] = field(default_factory=dict)
    progress: str = "time"
    api_keys: tuple[str, ...] = ()
    credits_given: int | None = None
    max_tasks: int = MAX_TASKS
    backend: Backend = field(default_factory=Memory)
    public_url: str = ""
    self_check: bool = False
    faults: tuple[Given, ...] = ()
    hosts: Collection[str] = ()
    cors_origins: Collection[str] = ()
    watched: bool = False
    webhooks: Habits | str = ""
    admin: bool = True
    admin_token: str = ""
    admin_hosts: Collection[str] = ()


def create_app(*targets: str, choices: Choices | None = None, tell: Callable[[str], None] = print) -> Door:
    """An ASGI application that serves some providers, or all: `uvicorn --factory mockserver.app:create_app`."""
    chosen = choices or Choices()
    chosen = replace(chosen, targets=targets) if targets else chosen
    server = build(chosen)
    take = turns(chosen.backend)
    plane = control(server, chosen, take) if chosen.admin else None
    return door(server, pump(server, take=take), follower(server, chosen, tell), plane, take)


def turns(backend: Backend) -> Take | None:
    """How a backend that may be waited for is asked; None where nobody ever waits."""
    return Turns(backend.threads, backend.batch, backend.step) if backend.threads else None


def control(server: MockServer, choices: Choices, take: Take | None = None) -> Control:
    """The control plane of a server."""
    lock = Lock(choices.admin_token, choices.admin_hosts, _public_origins(choices))
    return Control(server, lock, Events(choices.clock.now()), take=take or at_once)


def apart(control: Beside, take: Take | None = None) -> Door:
    """A door to a control plane only."""
    return Door(lambda _: problem(404, "only the control API is here, under /__admin"), control=control, take=take)


def pump(server: MockServer, tell: Callable[[str], None] | None = None, take: Take | None = None) -> Pump:
    """What sends the webhooks of a server while its door is open."""
    return Pump(server.providers.values, tell, take or at_once)


def served(mock: MockProvider | MockServer) -> Door:
    """The door to a mock that there is already, with all that a server has."""
    server = mock if isinstance(mock, MockServer) else MockServer({mock.contract.name: mock})
    return door(server, pump(server), control=Control(server))


def follower(server: MockServer, choices: Choices, tell: Callable[[str], None]) -> Follower | None:
    """What reads documents again while the door is open, where that is chosen."""
    return Follower(watch(server, choices), tell) if choices.watched else None


def door(
    mock: Mock,
    pump: Pump | None = None,
    follower: Follower | None = None,
    control: Beside | None = None,
    take: Take | None = None,
) -> Door:
    """The ASGI door to a mock, with what runs while it is open, and the control plane beside it.

    A mock whose store may be waited for is asked beside the loop, by `take`.
    """
    running = [each for each in (pump, follower) if each]

    async def start() -> None:
        for each in running:
            await each.start()

    async def stop() -> None:
        for each in reversed(running):
            await each.stop()

    ahead = pump.flush if pump else nobody
    return Door(
        mock,
        too_large=mock.too_large,
        unavailable=mock.unavailable,
        on_start=start,
        on_stop=stop,
        ahead=ahead,
        control=control,
        take=take,
    )


def watch(server: MockServer, choices: Choices) -> Watch:
    """A watch over the documents of a server: what changes is served at once, and the tasks stay."""

    names = choices.targets or folder.providers(choices.specs)
    paths = {name: folder.files(name, choices.specs) for name in names}

    def reload(name: str) -> None:
        server.reload(compiled(name, choices))
        paths[name] = folder.files(name, choices.specs)

    return Watch(names, lambda name: folder.stamp(paths[name]), reload)


def build(choices: Choices) -> MockServer:
    """The providers of a server, ready to answer."""
    documents = _documents(choices)
    choices = replace(choices, faults=_faults(choices.faults, [contract for contract, _ in documents.values()]))
    base = choices.public_url.rstrip("/")
    bases = {name: f"{base}{mount(name)}" if base and len(documents) > 1 else base for name in documents}
    try:
        clock = lasting.OneClock(choices.backend, choices.clock)
        providers = {name: provider(each, choices, bases[name]) for name, (each, _) in documents.items()}
        lasting.reach(choices.clock, providers.values())
    except Down as down:
        hint = "it was there a moment ago: `--store` says where"
        raise SurroundingsError(str(down), code="store_failed", where=choices.backend.name, hint=hint) from None
    for name, (_, read) in documents.items():
        providers[name].read = read
    origins = (*choices.cors_origins, *_public_origins(choices))
    server = MockServer(providers, choices.hosts, origins, choices.backend)
    Together(server, clock, choices.backend)
    return server


def _documents(choices: Choices) -> dict[str, tuple[Contract, Read]]:
    """What is to be served, by its name: the contract, and what reads it again."""
    found: dict[str, tuple[Contract, Read]] = {}
    for target in choices.targets or folder.providers(choices.specs):
        read = partial(compiled, target, choices)
        contract = read()
        if contract.name in found:
            what, hint = f"two documents are called {contract.name!r}", "give their files or folders different names"
            raise UsageError(what, code="name_taken", hint=hint)
        found[contract.name] = contract, read
    if not found:
        raise UsageError("there is no provider to serve", code="nothing_served", hint="name one, or a document")
    return found


def _public_origins(choices: Choices) -> tuple[str, ...]:
    """The origin of our own pages where a proxy stands before us: it may speak TLS, and we do not see that."""
    parts = urlsplit(choices.public_url)
    return (f"{parts.scheme}://{parts.netloc}".lower(),) if parts.netloc else ()


def _faults(given: Iterable[Given], contracts: Collection[Contract]) -> tuple[Fault, ...]:
    """The faults that were given, where at least one of the contracts has a place for each."""
    faults = tuple(map(mapping.read, given))
    for each in faults:
        places.check(each, contracts)
    return faults


def compiled(name: str, choices: Choices) -> Contract:
    """The contract that a name or a path stands for."""
    return compile_contract(folder.find(name, choices.specs), choices.edition)


def provider(contract: Contract, choices: Choices, base: str) -> MockProvider:
    """One provider, as chosen; `base` is where clients reach it, empty where it is wherever they call.

    Of the faults it gets those that its contract has a place for.
    """
    faults = [each for each in map(mapping.read, choices.faults) if places.known(each, contract)]
    return MockProvider(
        contract,
        clock=choices.clock,
        seed=choices.seed,
        scenario=choices.scenario,
        scenarios=choices.scenarios,
        progress=choices.progress,
        api_keys=choices.api_keys,
        credits_given=choices.credits_given,
        store=choices.backend.store(contract.name, choices.max_tasks),
        public_url=base,
        self_check=choices.self_check,
        faults=faults,
        webhooks=choices.webhooks,
    )
