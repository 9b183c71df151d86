"""Faults over the control API: listed, added, taken away, and all of them put in the place of all others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lumakit.errors import UsageError
from lumakit.model import Response
from mockserver.control.office import Asked, Office
from mockserver.control.replies import reply
from mockserver.faults.fault import Fault


def listed(office: Office, asked: Asked) -> Response:
    """Every fault, in the order they strike."""
    return reply(what_goes_wrong(office, asked))


def what_goes_wrong(office: Office, asked: Asked) -> dict[str, Any]:
    """Every fault of the providers that are asked for."""
    chosen = office.chosen(asked)
    return {"faults": [_told(name, each) for name, mock in chosen.items() for each in mock.faults]}


def added(office: Office, asked: Asked) -> Response:
    """Add one fault."""
    mock = office.only(asked)
    fault = mock.faults.add(_given(asked.values))
    return reply(_told(mock.contract.name, fault), 201)


def replaced(office: Office, asked: Asked) -> Response:
    """Put these faults in the place of all others; where one of them is none, nothing changes."""
    by_provider: dict[str, list[Mapping[str, Any]]] = {name: [] for name in office.providers}
    orders = [{"text": each} if isinstance(each, str) else each for each in asked.values["faults"]]
    for each in orders:
        by_provider[office.only(Asked(each)).contract.name].append(_given(each))
    for name, faults in by_provider.items():
        office.providers[name].faults.check(faults)
    for name, faults in by_provider.items():
        office.providers[name].faults.replace(faults)
    return reply(what_goes_wrong(office, Asked({})))


def cleared(office: Office, asked: Asked) -> Response:
    """Take every fault away, of one provider or of all."""
    for mock in office.chosen(asked).values():
        mock.faults.clear()
    return reply(what_goes_wrong(office, Asked({})))


def removed(office: Office, asked: Asked) -> Response:
    """Take one fault away."""
    key = asked.values["id"]
    chosen = office.chosen(asked)
    holding = {name: mock for name, mock in chosen.items() if key in {each.id for each in mock.faults}}
    if not holding:
        raise UsageError(f"there is no fault {key!r}", code="fault_not_found", hint="GET faults lists them all")
    mock = office.alone(holding, f"several providers have a fault {key!r}")
    mock.faults.remove(key)
    return reply(what_goes_wrong(office, Asked({})))


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "provider"}


def _told(provider: str, fault: Fault) -> dict[str, Any]:
    return {"provider": provider, **fault.to_json()}
