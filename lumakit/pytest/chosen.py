"""What a test has chosen, from where pytest keeps it: its file, a fixture, markers, the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lumakit.errors import UsageError
from lumakit.pytest.choices import Choices

if TYPE_CHECKING:
    import pytest


def of(item: pytest.Item, fixture: Mapping[str, Any], ini: Sequence[str], options: Sequence[str]) -> Choices:
    """The choices of a test: what is nearer to the command line goes before what is further away."""
    config = item.config
    choices = Choices().but(_from_file(config, ini), "the configuration file of pytest")
    choices = choices.but(fixture, "the fixture lumakit_config")
    for mark in reversed(list(item.iter_markers("lumakit"))):
        if mark.args:
            hint = '@pytest.mark.lumakit(provider="...")'
            raise UsageError("the marker lumakit takes names", code="marker_arguments", where=item.nodeid, hint=hint)
        choices = choices.but(mark.kwargs, f"@pytest.mark.lumakit of {item.nodeid}")
    given = {name: config.getoption(f"lumakit_{name}") for name in options}
    return choices.but({name: value for name, value in given.items() if value is not None}, "the command line")


def _from_file(config: pytest.Config, ini: Sequence[str]) -> dict[str, Any]:
    found = {name: value for name in ini if (value := config.getini(f"lumakit_{name}"))}
    lines = config.getini("lumakit_environment")
    if lines:
        pairs = (line.partition("=") for line in lines)
        found["environment"] = {name.strip(): text.strip() for name, _, text in pairs}
    return found
