"""Documents that change while they are served: looked at again and again, and read again when they did.

A document that cannot be read, or that forgets a word some task says, is told and not served: the old one goes on.
Knows neither files nor contracts: it is given what tells a change, and what reads again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lumakit.errors import LumakitError

EVERY_S = 0.5


class Watch:
    """The stamps of some documents as they were when last looked at."""

    def __init__(self, names: Iterable[str], stamp: Callable[[str], Any], reload: Callable[[str], None]) -> None:
        self._stamp = stamp
        self._reload = reload
        self._seen = {name: self._looked(name) for name in names}

    def look(self) -> Iterator[str]:
        """Read again what has changed, and say how that went."""
        for name, seen in self._seen.items():
            found = self._looked(name)
            if found != seen:
                self._seen[name] = found
                yield self._read(name)

    def _looked(self, name: str) -> Any:
        """What stands there now; that nothing can be seen any more is a change too."""
        try:
            return self._stamp(name)
        except LumakitError as error:
            return str(error)

    def _read(self, name: str) -> str:
        try:
            self._reload(name)
        except LumakitError as error:
            return f"{name} has changed and is not served: {error}"
        return f"{name} has changed and is served; its tasks are kept"


class Follower:
    """Looks at a watch as long as a server runs."""

    def __init__(self, watch: Watch, tell: Callable[[str], None], every_s: float = EVERY_S) -> None:
        self._watch = watch
        self._tell = tell
        self._every_s = every_s
        self._following: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._following = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """End."""
        if self._following is not None:
            self._following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._following

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            for line in self._watch.look():
                with contextlib.suppress(OSError):  # nobody reads any more what is told: that is no reason to stop
                    self._tell(line)
