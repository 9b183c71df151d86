"""What a test has chosen, for each of several providers: what names a place belongs to the provider that has it.

Knows contracts, and the places of faults and operations. Mocks nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from lumakit.contract import folder
from lumakit.errors import UsageError
from lumakit.pytest.choices import Choices
from lumakit.pytest.steering import key_of
from mockserver import scenario
from mockserver.faults import mapping, places

if TYPE_CHECKING:
    from lumakit.contract.compile import Contract

_SHOWN = 10


def shares(choices: Choices) -> dict[str, Choices]:
    """What each provider that is to be mocked gets: the one that is chosen everything, or each of all its own.

    Refused is what none of them has a place for.
    """
    if choices.provider:
        return {choices.provider: choices}
    with choices.blamed("specs"):
        names = folder.providers(choices.specs or None)
    if choices.bases:
        hint = 'choose a provider, or say it of one: lumakit_mock("...", bases=[...])'
        with choices.blamed("bases"):
            raise UsageError("bases are of one provider, and none is chosen", code="which_provider", hint=hint)
    contracts = {name: _contract(replace(choices, provider=name)) for name in names}
    _check(choices, contracts.values())
    return {name: _share(choices, name, each) for name, each in contracts.items()}


def for_another(choices: Choices, provider: str) -> Choices:
    """What another provider gets of what was said of one: nothing that names a place."""
    placeless = tuple(text for text in choices.faults if not mapping.read(text).when.on)
    return replace(choices, provider=provider, faults=placeless, bases=(), calls=())


def checked(choices: Choices) -> Contract:
    """The contract of the provider that is chosen, which has a place for all that was chosen with it."""
    contract = _contract(choices)
    _check(choices, [contract])
    return contract


def _contract(choices: Choices) -> Contract:
    with choices.blamed("provider", "specs", "edition"):
        return choices.target.contract()


def _check(choices: Choices, contracts: Collection[Contract]) -> None:
    with choices.blamed("scenario"):
        scenario.parse(choices.scenario)
    with choices.blamed("faults"):
        for text in choices.faults:
            places.check(mapping.read(text), contracts)
    with choices.blamed("calls"):
        for name in choices.calls:
            if not any(key_of(each, name) for each in contracts):
                raise _uncallable(name, contracts)


def _share(choices: Choices, name: str, contract: Contract) -> Choices:
    faults = tuple(text for text in choices.faults if places.known(mapping.read(text), contract))
    calls = tuple(each for each in choices.calls if key_of(contract, each))
    return replace(choices, provider=name, faults=faults, calls=calls)


def _uncallable(name: str, contracts: Collection[Contract]) -> UsageError:
    names, keys = [each.name for each in contracts], [key for each in contracts for key in each.operations]
    what = f"{names[0]} has no operation {name!r}" if len(names) == 1 else f"nobody has an operation {name!r}"
    near = difflib.get_close_matches(name, keys, n=1)
    hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(keys[:_SHOWN])}"
    return UsageError(what, code="operation_not_found", hint=hint)
