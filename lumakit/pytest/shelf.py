"""The contracts that a session has compiled: every test mocks the same few, and compiling one takes its time.

Knows how a contract is found, and when a document of the user's own has changed.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lumakit.contract import folder
from lumakit.contract.entrance import load

if TYPE_CHECKING:
    from lumakit.contract.compile import Contract

_Stamp = tuple[tuple[int, int] | None, ...]


class Target(NamedTuple):
    """Which contract is meant: a provider's name or a path, the edition, and the folder of providers."""

    provider: str
    edition: str
    specs: str

    def contract(self) -> Contract:
        """The contract, compiled once."""
        if not self.specs and self.provider in _vendored():
            return _loaded(self, "", ())
        path = Path(self.specs, self.provider)
        documents = (path, path / folder.ENTRY, *path.parent.glob("*.yaml"), *path.glob("*.yaml"))
        return _loaded(self, str(Path.cwd()), folder.stamp(documents))


@lru_cache(maxsize=1)
def _vendored() -> tuple[str, ...]:
    return folder.providers()


@lru_cache(maxsize=64)
def _loaded(target: Target, _: str, __: _Stamp) -> Contract:
    return load(target.provider, target.edition, target.specs or None)
