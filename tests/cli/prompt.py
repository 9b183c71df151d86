"""The client's commands at a prompt that is not there: a mock on a real port, a clock that nobody waits for."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lumakit.cli import Parser
from lumakit.cli.terminal import Terminal
from lumakit.clock import VirtualClock
from lumakit.model import Edition
from mockserver import MockProvider
from mockserver.live import LiveServer
from tests.calling import EDITIONS, example

KEY = "canary-51f0-of-the-prompt"
COMMANDS = ("submit", "extend", "fetch", "wait", "run")


class Screen(io.StringIO):
    """A stream that is a terminal, if it is said to be."""

    def __init__(self, *, is_terminal: bool = False) -> None:
        super().__init__()
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal


class Ended(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What it printed, line by line."""
        return self.out.splitlines()


@dataclass
class Prompt:
    """A mock of a provider, and somebody who types."""

    mock: MockProvider
    url: str
    clock: VirtualClock
    environment: dict[str, str] = field(default_factory=dict)
    columns: int = 80

    def __call__(
        self, line: str, *more: str, draws: bool = False, clock: Any = None, err: Screen | None = None
    ) -> Ended:
        """Type a command; PROVIDER stands for the provider, at the address of the mock."""
        words = [self.mock.contract.name if word == "PROVIDER" else word for word in line.split()]
        return self.typed([*words, *more, "--base-url", self.url], draws=draws, clock=clock, err=err)

    def typed(
        self, words: Sequence[str], *, draws: bool = False, clock: Any = None, err: Screen | None = None
    ) -> Ended:
        """The same, word by word."""
        name, *rest = words
        out, err = Screen(), err or Screen(is_terminal=draws)
        environment = {f"{self.mock.contract.name.upper()}_API_KEY": KEY, **self.environment}
        terminal = Terminal(out, err, clock or self.clock, environment, lambda: self.columns, "a seed")
        code = perform(name, rest, terminal)
        return Ended(code, out.getvalue(), err.getvalue())

    def asking(self) -> list[str]:
        """What the document itself asks for, as flags."""
        reading = self.mock.contract.reading
        assert reading is not None
        submit = next(iter(reading.tasks.values())).submit[0]
        shown = example(self.mock.contract, submit)
        return [submit, *(f"-p{name}={json.dumps(value)}" for name, value in shown.items() if "secret" not in name)]

    def submitted(self, **values: str) -> str:
        """The id of a new task."""
        ended = self("submit PROVIDER", *(f"--{name}={value}" for name, value in {"prompt": "a", **values}.items()))
        assert ended.code == 0, ended.err
        return ended.out.split()[0]

    def asked(self, method: str = "POST") -> int:
        """How many requests of a method have come."""
        return sum(each.request.method == method for each in self.mock.journal.entries())

    def made(self) -> int:
        """How many tasks there are."""
        return len(list(self.mock.tasks))


def parser_of(name: str) -> Parser:
    """What reads the flags of a command."""
    parser = Parser(prog=f"lumakit {name}")
    importlib.import_module(f"lumakit.cli.{name}").configure(parser)
    return parser


def perform(name: str, arguments: Sequence[str], terminal: Terminal) -> int:
    """A command at some terminal."""
    performed: Callable[..., int] = importlib.import_module(f"lumakit.cli.{name}").perform
    return performed(parser_of(name).read(arguments), terminal)


@contextlib.contextmanager
def prompt(provider: str = "chainhub", edition: Edition = Edition.CORRECTED, **mocked: Any) -> Iterator[Prompt]:
    """A mock on a port, whose time passes when the client waits."""
    clock = VirtualClock()
    mock = MockProvider(EDITIONS[provider, edition], clock=clock, **mocked)
    with LiveServer(mock) as live:
        yield Prompt(mock, live.url, clock)
