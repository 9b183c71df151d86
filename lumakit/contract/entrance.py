"""The two ways in: `load` a contract, `lint` documents. A provider by its name, anything else by its path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lumakit.contract import folder
from lumakit.contract.compile import Contract, compile_contract
from lumakit.errors import UsageError
from lumakit.model import Edition, Finding

if TYPE_CHECKING:
    from pathlib import Path


def load(target: str | Path, edition: Edition | str = Edition.CORRECTED, specs: str | Path | None = None) -> Contract:
    """Compile the contract of a provider, or of a document of one's own."""
    return compile_contract(folder.find(target, specs), _edition(edition))


def lint(
    target: str | Path, edition: Edition | str = Edition.CORRECTED, specs: str | Path | None = None
) -> tuple[Finding, ...]:
    """Everything that is wrong with the documents of a provider, or with a document of one's own."""
    from lumakit.contract import lint as rules

    return rules.lint(folder.find(target, specs), _edition(edition))


def _edition(name: Edition | str) -> Edition:
    if name not in list(Edition):
        raise UsageError(f"there is no edition {name!r}", code="edition_not_found", hint=f"one of {', '.join(Edition)}")
    return Edition(name)
