"""Something that is awaited, done for somebody who awaits nothing: in a thread with a loop of its own.

Who waits for it can be interrupted at any time, and leaves at once: the errand is called off behind him. An event
loop in his own thread would have to be wound up first, and one that is interrupted twice may never be. Knows threads
and event loops; does not know what the errand is.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What comes of it; what it raises is raised here."""
    errand = _Errand(work)
    try:
        errand.thread.start()
        errand.busy.acquire()  # a bare lock: an event that is interrupted twice forgets that it holds its own
    except BaseException:
        errand.call_off()
        raise
    return errand.outcome()


class _Errand(Generic[T]):
    """One piece of work, and what has come of it."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._work = work
        self._left = False
        self._task: asyncio.Task[Any] | None = None
        self._came: list[T] = []
        self._error: BaseException | None = None
        self.busy = threading.Lock()
        self.busy.acquire()
        self.thread = threading.Thread(target=self._run, name="lumakit-egress", daemon=True)

    def outcome(self) -> T:
        """What has come of it."""
        if self._error is not None:
            raise self._error
        return self._came[0]

    def call_off(self) -> None:
        """Let nobody wait for it: it ends as soon as it can, and what has not begun does not begin."""
        self._left = True
        if self._task is not None:
            with contextlib.suppress(RuntimeError):  # its loop has ended: so has it
                self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    def _run(self) -> None:
        try:
            self._came.append(asyncio.run(self._whole()))
        except BaseException as error:  # noqa: BLE001  # it is raised again where somebody waits
            self._error = error
        finally:
            self.busy.release()

    async def _whole(self) -> T:
        self._task = asyncio.current_task()
        if self._left:
            raise asyncio.CancelledError
        return await self._work()
