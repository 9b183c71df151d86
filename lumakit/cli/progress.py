"""How far a task is, and how far a file: a bar that is drawn again on one line, or a line for each change.

Knows what a task tells and how wide a line is. Sends nothing, and waits for nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from lumakit.cli.terminal import Terminal
from lumakit.clock import Clock
from lumakit.flow.task import Task
from lumakit.report import printable

BEAT_S = 0.2  # how often a bar moves while nothing is heard
MAX_WORD = 24
MAX_ID = 80
LONGEST, SHORTEST = 30, 8  # letters between the brackets
_BLOCK = "<=>"
_CLEAR = "\r\x1b[K"
_GREEN, _PLAIN = "\x1b[32m", "\x1b[0m"


class Lines:
    """A line for each change, for whoever reads later."""

    def __init__(self, terminal: Terminal, hide: Callable[[str], str]) -> None:
        self._terminal = terminal
        self._hide = hide
        self._begun_ms = terminal.clock.now()

    @property
    def clock(self) -> Clock:
        """What the client waits on."""
        return self._terminal.clock

    def begin(self, what: str) -> None:
        """Nothing has changed yet."""

    def task(self, task: Task[Any]) -> None:
        """Tell what has changed."""
        passed = elapsed(self.clock.now() - self._begun_ms)
        line = f"{passed:>7}  {word(task)[:MAX_ID]:<12}  {percent(task.progress):>4}  {task.id[:MAX_ID]}"
        self._terminal.whisper(f"{printable(self._hide(line))}\n")

    def file(self, have: int, total: int | None) -> None:
        """A file comes down: its last byte is soon enough."""

    def close(self) -> None:
        """Nothing is open."""


class Bar:
    """One line that is drawn again: what the task does, how far it is, and for how long."""

    def __init__(self, terminal: Terminal, hide: Callable[[str], str]) -> None:
        self._terminal = terminal
        self._hide = hide
        self._begun_ms = self._drawn_ms = terminal.clock.now()
        self._shown: tuple[str, float | None, str] | None = None

    @property
    def clock(self) -> Clock:
        """What the client waits on: it moves the bar meanwhile."""
        return Metronome(self._terminal.clock, self._draw)

    def begin(self, what: str) -> None:
        """Draw what is about to be done, until something is known."""
        if self._shown is None:
            self._shown = (what, None, "")
            self._draw()

    def task(self, task: Task[Any]) -> None:
        """Draw what has changed."""
        self._shown = (word(task), task.progress, task.id)
        self._draw()

    def file(self, have: int, total: int | None) -> None:
        """Draw how much of a file is there."""
        size = f"{sized(have)} of {sized(total)}" if total else sized(have)
        self._shown = ("saving", have / total if total else None, size)
        if have == total or self._terminal.clock.now() - self._drawn_ms >= BEAT_S * 1000:
            self._draw()

    def close(self) -> None:
        """Leave the line as if nothing had stood on it."""
        if self._shown:
            self._terminal.whisper(_CLEAR)
        self._shown = None

    def _draw(self) -> None:
        if self._shown:
            self._drawn_ms = self._terminal.clock.now()
            what, share, about = self._shown
            passed_ms = self._drawn_ms - self._begun_ms
            words = tuple(printable(self._hide(text)) for text in (what, about[:MAX_ID]))
            line = drawn(words[0], share, passed_ms, words[1], self._terminal.width - 1)
            self._terminal.whisper(_CLEAR + (_coloured(line) if self._terminal.colours else line))


class Metronome:
    """A clock that beats while it waits."""

    def __init__(self, clock: Clock, beat: Callable[[], None]) -> None:
        self._clock = clock
        self._beat = beat

    def now(self) -> int:
        """As the clock says."""
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        """Wait, with a beat now and then."""
        left = seconds
        while left > 0:
            self._clock.sleep(min(left, BEAT_S))
            left -= BEAT_S
            self._beat()


def drawn(what: str, share: float | None, passed_ms: int, about: str, room: int) -> str:
    """A line with a bar that fits: first what it is about is left out, then the bar, then the end is cut off."""
    before, behind = f"{cut(what, MAX_WORD):<10}", f"{percent(share):>4}  {elapsed(passed_ms)}"
    free = room - wide(before) - wide(behind) - 4
    for rest in (f"  {about}" if about else "", ""):
        letters = min(LONGEST, free - 2 - wide(rest))
        if letters >= SHORTEST:
            return f"{before}  [{_bar(share, letters, passed_ms)}]  {behind}{rest}"
    return cut(f"{before}  {behind}", max(room, 1))


def _bar(share: float | None, letters: int, passed_ms: int) -> str:
    """As much of a bar as there is of a task; where nobody tells that, a block that goes to and fro."""
    if share is not None:
        done = round(min(max(share, 0.0), 1.0) * letters)
        return ("=" * (done - 1) + (">" if done < letters else "=") if done else "").ljust(letters)
    way = letters - len(_BLOCK)
    step = passed_ms // int(BEAT_S * 1000) % (2 * way)
    return (" " * min(step, 2 * way - step) + _BLOCK).ljust(letters)


def _coloured(line: str) -> str:
    """The bar alone has a colour."""
    before, bracket, rest = line.partition("[")
    bar, end, behind = rest.partition("]")
    return f"{before}{bracket}{_GREEN}{bar}{_PLAIN}{end}{behind}" if end else line


def word(task: Task[Any]) -> str:
    """The provider's word; ours, where it says none."""
    return task.status or (task.phase.value if task.phase else "unknown")


def percent(share: float | None) -> str:
    """How far, where that is known."""
    return "" if share is None else f"{share:.0%}"


def elapsed(milliseconds: int) -> str:
    """Minutes and seconds, and hours where there are some."""
    minutes, seconds = divmod(max(milliseconds, 0) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def sized(size: int) -> str:
    """A number of bytes, in a unit that people read."""
    if size < 1000:
        return "1 byte" if size == 1 else f"{size} bytes"
    amount, units = size / 1000, ["kB", "MB", "GB"]
    while amount >= 999.95 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.1f} {units[0]}"


def wide(text: str) -> int:
    """How many columns a text takes: some letters take two, some none."""
    return sum(_columns(letter) for letter in text)


def cut(text: str, columns: int) -> str:
    """As much of a text as fits."""
    text = text[: 4 * columns]
    while wide(text) > columns:
        text = text[:-1]
    return text


def _columns(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
