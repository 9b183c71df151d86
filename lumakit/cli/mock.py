"""Run the mock server: all vendored providers, or the providers and OpenAPI documents that are named.

Several stand under /NAME and answer to their documented hosts; a single one stands at the root. Time runs ten times as
fast as with the provider, unless --speed says otherwise. Ctrl-C ends it.
"""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lumakit.cli import admin, deliveries, output, values
from lumakit.clock import SystemClock
from lumakit.contract.reading import Reading
from lumakit.errors import UsageError
from lumakit.model import Edition
from lumakit.report import printable
from mockserver.defaults import HOST, LOOPBACK, MAX_TASKS, PORT, SPEED

if TYPE_CHECKING:
    from mockserver.app import Choices
    from mockserver.control.plane import Control
    from mockserver.door.asgi import Door
    from mockserver.provider import MockProvider
    from mockserver.server import MockServer
    from mockserver.taking import Take


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    parser.add_argument(
        "targets", metavar="TARGET", nargs="*", help="a provider, a provider's folder, or an OpenAPI document"
    )
    _place_flags(parser)
    _time_flags(parser)
    _task_flags(parser)
    deliveries.flags(parser)
    admin.flags(parser)
    output.edition_flag(parser)
    output.specs_flag(parser)
    parser.add_argument("--watch", action="store_true", help="read documents again when they change; tasks are kept")
    parser.add_argument("--self-check", action="store_true", help="judge every answer by its own schema (slower)")


def _place_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "-p",
        "--port",
        type=values.port,
        default=PORT,
        help=f"0 takes any that is free, and prints it (default: {PORT})",
    )
    add("--host", default=HOST, help="the address to listen at (default: 127.0.0.1, this machine only)")
    add(
        "--public-url",
        type=values.address,
        metavar="URL",
        help="how clients reach it: the addresses of results begin with it",
    )
    words = "another name it may be called by; may be given again"
    add("--allowed-host", type=values.name, action="append", default=[], metavar="NAME", help=words)
    words = "an origin whose pages may call it, beside those of this machine; may be given again"
    add("--cors-origin", type=values.origin, action="append", default=[], metavar="URL", help=words)


def _time_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--speed", type=values.speed, default=SPEED, help=f"1 is the provider's own pace (default: {SPEED:g})")
    add("--clock", choices=("real", "frozen"), default="real", help="frozen: time stands still (default: real)")
    words = "looks: each fetch moves the task it looked at to its next word (default: time)"
    add("--progress", choices=("time", "looks"), default="time", help=words)


def _task_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--seed", default="0", help="what chance is drawn from: the same seed, the same ids and times (default: 0)")
    words = "success, fail, fail:REASON, stuck, slow, fast, flaky, expire, late, ..., or `95%% success, 5%% fail`"
    add("--scenario", action="append", default=[], metavar="[KEY=]SCENARIO", help=f"{words}; for all keys, or for one")
    add("--api-key", action="append", default=[], metavar="KEY", help="accept this key only; may be given again")
    add(
        "--credits",
        type=values.whole,
        metavar="N",
        help="what every key has to spend, where the provider tells an account",
    )
    words = "what goes wrong on purpose: `503 every 3rd`, `latency 0.5..3`, `reset 5%%`; may be given again"
    add("--fault", action="append", default=[], metavar="FAULT", help=words)
    words = "where tasks are kept: memory, sqlite:///mock.db, or redis://HOST:6379/0 for several (default: memory)"
    add("--store", default="memory", metavar="WHERE", help=words)
    add("--max-tasks", type=values.count, default=MAX_TASKS, metavar="N", help=f"keep so many (default: {MAX_TASKS})")


def execute(options: argparse.Namespace) -> int:
    """Serve until a signal comes."""
    from mockserver.app import build, control, door, follower, pump, turns
    from mockserver.door import tidy
    from mockserver.live import serve
    from mockserver.teller import Teller

    token = admin.token(options, needed=not _is_alone(options))
    chosen = choices(options, token.text)
    server = build(chosen)
    teller = Teller(server, _tell, time.monotonic)
    take = turns(chosen.backend)
    plane = control(server, chosen, take) if chosen.admin else None
    split = plane is not None and options.admin_port is not None
    shown = None if split else plane
    app = door(teller, pump(server, teller.say, take), follower(server, chosen, _tell), shown, take)

    with contextlib.ExitStack() as running:
        running.callback(chosen.backend.close)
        elsewhere = _apart(running, plane, options, take) if plane is not None and split else ""

        def ready(url: str) -> None:
            server.listen(url)
            tidy.leave_alone()
            place = f"{elsewhere or url}/__admin/" if plane is not None else ""
            _tell(greeting(server, url, options, [*_dashboard(place, token), *_store(chosen)]))
            _tell("\nCtrl-C ends it. Requests that are refused are told here, with the reason.")
            if options.open:
                admin.show(f"{elsewhere or url}/__admin/")

        serve(app, host=options.host, port=options.port, on_ready=ready)
    return 0


def _apart(running: contextlib.ExitStack, control: Control, options: argparse.Namespace, take: Take | None) -> str:
    """Serve the control plane on a port of its own, and say where that is."""
    from mockserver.app import apart
    from mockserver.live import LiveServer

    door: Door = apart(control, take)
    return running.enter_context(LiveServer(door, host=options.host, port=options.admin_port)).url


def choices(options: argparse.Namespace, admin_token: str = "") -> Choices:
    """What the flags have chosen."""
    from mockserver.app import Choices
    from mockserver.stores.backend import opened

    own = [each.rpartition("=") for each in options.scenario if "=" in each]
    common = [each for each in options.scenario if "=" not in each]
    if len(common) > 1:
        hint = "`KEY=SCENARIO` is for one key; a mixture is `95% success, 5% fail`"
        raise UsageError("--scenario is given twice for all keys", code="usage", hint=hint)
    return Choices(
        targets=tuple(options.targets),
        specs=options.specs,
        edition=Edition(options.edition),
        clock=_clock(options),
        seed=options.seed,
        scenario=common[0] if common else "success",
        scenarios={key: scenario for key, _, scenario in own},
        progress=options.progress,
        api_keys=tuple(options.api_key),
        credits_given=options.credits,
        max_tasks=options.max_tasks,
        backend=opened(options.store),
        public_url=options.public_url or "",
        self_check=options.self_check,
        faults=tuple(options.fault),
        hosts=_names(options),
        cors_origins=tuple(options.cors_origin),
        watched=options.watch,
        webhooks=deliveries.chosen(options, alone=_is_alone(options)),
        admin=not options.no_admin,
        admin_token=admin_token,
        admin_hosts=_admin_names(options, admin_token),
    )


def _admin_names(options: argparse.Namespace, admin_token: str) -> tuple[str, ...]:
    """What the control plane may be called; anything where it listens to other machines and nobody says more."""
    host = options.host.strip("[]")
    if admin_token and not _is_of_this_machine(host) and not options.allowed_host:
        return ("*",)
    return (host, *options.allowed_host)


def _names(options: argparse.Namespace) -> tuple[str, ...]:
    """What it may be called; anything where it listens to other machines too and nobody says more."""
    host = options.host.strip("[]")
    if not options.allowed_host and not _is_alone(options):
        return ()
    public = urlsplit(options.public_url or "").hostname
    return (*LOOPBACK, host, *options.allowed_host, *([public] if public else ()))


def _clock(options: argparse.Namespace) -> SystemClock:
    """The clock; one that is frozen goes on, when somebody lets it, at the speed that was chosen."""
    clock = SystemClock(options.speed)
    if options.clock == "frozen":
        clock.freeze()
    return clock


def _is_alone(options: argparse.Namespace) -> bool:
    """True where only this machine can reach the server."""
    return _is_of_this_machine(options.host.strip("[]"))


def _is_of_this_machine(host: str) -> bool:
    try:
        return host in LOOPBACK or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# --- the greeting -----------------------------------------------------------------------------------------------------


def _tell(text: str) -> None:
    """Print at once; that nobody reads is no reason to end."""
    with contextlib.suppress(OSError):
        print("\n".join(map(printable, text.splitlines())), flush=True)


def _dashboard(place: str, token: admin.Token) -> list[str]:
    """Where the dashboard is; a token is shown once, and only one that nobody has seen."""
    shown = [f"admin token: {token.text}"] if token.is_new else []
    return [f"dashboard: {place}", *shown] if place else []


def _store(choices: Choices) -> list[str]:
    """Where tasks are kept, where that is not memory."""
    backend = choices.backend
    if not backend.threads:
        return []
    warning = "what it keeps is gone when it stops: `appendonly yes` and `appendfsync always` make it durable"
    return [f"store: {backend.name} (durable: {backend.durable})", *([warning] if backend.durable == "no" else [])]


def greeting(server: MockServer, url: str, options: argparse.Namespace, dashboard: Iterable[str] = ()) -> str:
    """Where it is, where its dashboard and each operation is, and how tasks live."""
    from mockserver.server import mount

    base = options.public_url or url
    lines = [base, *([f"port: {url.rpartition(':')[2]}"] if options.port == 0 else []), *dashboard]
    for name, provider in server.providers.items():
        lines += ["", *_provider(provider, base if len(server.providers) == 1 else base + mount(name), options)]
    return "\n".join(lines)


def _provider(provider: MockProvider, base: str, options: argparse.Namespace) -> Iterator[str]:
    contract = provider.contract
    yield f"{contract.name}, {contract.edition} edition" if contract.actions else contract.name
    shown = {each.security.described() for each in contract.operations.values()} - {""}
    if shown:
        yield f"  {_keys(options)} in {', or '.join(sorted(shown))}"
    for operation in contract.operations.values():
        yield f"  {operation.method:<5} {base}{operation.path}"
    if contract.reading:
        yield from (f"  {line}" for line in contract.reading.lifecycle.text().splitlines())
        yield f"  {_pace(contract.reading, options)}"
    yield from (f"  fault {each.id}: {each}" for each in provider.faults)
    if deliveries.unsigned(contract, options):
        yield "  webhooks are documented as signed, and go unsigned: --webhook-secret-file gives the secret"


def _keys(options: argparse.Namespace) -> str:
    return "one of the keys given" if options.api_key else "any key"


def _pace(reading: Reading, options: argparse.Namespace) -> str:
    """How tasks move, and how long one takes from its first word to its last."""
    if options.progress == "looks":
        return "each fetch moves its task to the next word"
    if options.clock == "frozen" or not options.speed:
        return "the clock is frozen: no task moves by itself"
    seconds = _usual_s(reading) / options.speed
    about = f"about {seconds:.0f} s" if seconds >= 1 else "less than a second"
    usual = "a usual task takes" if options.scenario else "a task takes"
    return f"{usual} {about} at --speed {options.speed:g}; --speed 1 is the provider's own pace"


def _usual_s(reading: Reading) -> float:
    """How long a task that succeeds takes, on average over the kinds."""
    from mockserver.scenario import SCENARIOS, outline

    usual, _ = SCENARIOS["success"]
    kinds = [outline(reading, kind, usual) for kind in reading.tasks.values()]
    return sum(2 * stage.low_ms + stage.span_ms for stages in kinds for stage in stages) / 2000 / len(kinds)
