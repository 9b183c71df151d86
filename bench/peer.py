"""What a peer is: a server, its settings, and what it is said to do.

Knows how a peer is installed and asked for its version. Does not know any one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from bench import tweaks
from bench.work import Work

FOLDER = "BENCH_PEERS"


class Kind(StrEnum):
    """Why a server is in the table."""

    OURS = "ours"
    PEER = "peer"
    FLOOR = "floor"


class Does(StrEnum):
    """What a server does with a request; each is asked about before it is measured."""

    TOKEN = "token"  # noqa: S105 - a word of the table, no secret
    BODY = "body"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Peer:
    """One server with one set of settings."""

    name: str
    settings: str
    start: tuple[str, ...]
    version: tuple[str, ...]
    does: frozenset[Does]
    work: Work
    kind: Kind = Kind.PEER
    home: str = ""
    install: str = ""
    needs: tuple[str, ...] = ()
    prepare: Callable[[dict[str, Any], Path], None] = tweaks.nothing
    tweaks: str = "none"
    warm_ups: int = 1
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """How it is called in the tables."""
        return f"{self.name}, {self.settings}"


def npm(folder: str, *packages: str) -> str:
    """How a person fills the folder of a Node peer."""
    return f'npm install --prefix "${FOLDER}/{folder}" {" ".join(packages)}'


def pip(folder: str, package: str) -> str:
    """How a person fills the folder of a Python peer."""
    venv = f'"${FOLDER}/{folder}"'
    return f"python3 -m venv {venv} && {venv}/bin/pip install '{package}'"


def npm_version(package: str) -> tuple[str, ...]:
    """Ask a Node package for its version."""
    return ("node", "-p", f"JSON.parse(fs.readFileSync('{{home}}/node_modules/{package}/package.json')).version")


def pip_version(package: str) -> tuple[str, ...]:
    """Ask a Python package for its version; a peer's own environment comes first on the path."""
    return ("python", "-c", f"import importlib.metadata as m; print(m.version('{package}'))")
