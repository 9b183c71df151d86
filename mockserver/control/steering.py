"""What holds for the whole server, over the control API: health, settings, the clock, scenarios, a reset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lumakit import __version__
from lumakit.clock import Clock, SystemClock
from lumakit.errors import UsageError
from lumakit.model import Response
from mockserver.control import told
from mockserver.control.office import Asked, Office
from mockserver.control.replies import reply
from mockserver.scenario import SCENARIOS
from mockserver.stores import Down


def health(office: Office, _: Asked) -> Response:
    """Say that the server is there."""
    return reply(how_it_is(office))


def how_it_is(office: Office) -> dict[str, Any]:
    """How the server is."""
    trouble, tasks = _trouble(office)
    return {
        "status": "store_unavailable" if trouble else "ok",
        "ready": not trouble,
        **({"reason": trouble} if trouble else {}),
        "durable": office.server.backend.durable,
        "tasks": tasks,
        "uptime_s": round(office.uptime_s(), 3),
    }


def _trouble(office: Office) -> tuple[str, int]:
    """What keeps the server from taking tasks, if anything does; and how many it has."""
    try:
        office.server.backend.check()
        return "", sum(len(each.tasks) for each in office.providers.values())
    except Down as down:
        return str(down), 0


def settings(office: Office, asked: Asked) -> Response:
    """What is served and how."""
    providers = [told.provider(each, office.base(each, asked.origin)) for each in office.providers.values()]
    scenarios = [{"name": name, "text": text} for name, (_, text) in SCENARIOS.items()]
    admin = {"token": office.needs_token}
    return reply({"version": __version__, "providers": providers, "scenarios": scenarios, "admin": admin})


def reset(office: Office, _: Asked) -> Response:
    """Forget tasks, counters and the diary."""
    for mock in office.providers.values():
        mock.reset()
    return reply(how_it_is(office))


def reload(office: Office, asked: Asked) -> Response:
    """Read the documents of a provider again."""
    ((name, mock),) = office.chosen(asked).items()
    office.server.read_again(name)
    return reply(told.provider(mock, office.base(mock, asked.origin)))


# --- the clock --------------------------------------------------------------------------------------------------------


def clock(office: Office, _: Asked) -> Response:
    """The clock as it is now."""
    return reply(told.clock(office.clock))


def set_clock(office: Office, asked: Asked) -> Response:
    """Carry out one order to the clock."""
    ((order, value),) = asked.values.items()
    for each in office.clocks():
        _ORDERS[order](each, value)
    return clock(office, asked)


def _run(clock: Clock, speed: float) -> None:
    _running(clock).run(speed)


def _freeze(clock: Clock, frozen: bool) -> None:
    if not frozen:
        _running(clock).resume()
    elif isinstance(clock, SystemClock):
        clock.freeze()


def _advance(clock: Clock, seconds: float) -> None:
    step: Callable[[float], None] = getattr(clock, "advance", clock.sleep)
    step(seconds)


def _reset(clock: Clock, _: bool) -> None:
    if isinstance(clock, SystemClock):
        clock.reset()


def _running(clock: Clock) -> SystemClock:
    if not isinstance(clock, SystemClock):
        hint = "`advance_s` moves it"
        raise UsageError("this clock stands still until somebody moves it", code="clock_stands", hint=hint)
    return clock


_ORDERS: dict[str, Callable[[Clock, Any], None]] = {
    "speed": _run,
    "frozen": _freeze,
    "advance_s": _advance,
    "reset": _reset,
}

# --- scenarios --------------------------------------------------------------------------------------------------------


def scenarios(office: Office, _: Asked) -> Response:
    """What becomes of tasks."""
    return reply(what_becomes(office))


def what_becomes(office: Office) -> dict[str, Any]:
    """For each provider its scenario, and those of single keys."""
    by_key = {name: dict(each.scenarios) for name, each in office.providers.items() if each.scenarios}
    return {"scenarios": {name: each.scenario for name, each in office.providers.items()}, "by_key": by_key}


def set_scenario(office: Office, asked: Asked) -> Response:
    """Say what becomes of the tasks that are made from now on: of one provider or all, of one key or all."""
    text, key, owner = asked.values["scenario"] or "", asked.get("api_key", ""), asked.get("owner", "")
    for mock in office.chosen(asked).values():
        mock.play(text, api_key=key, owner=owner)
    return scenarios(office, asked)
