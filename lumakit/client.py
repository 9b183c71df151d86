"""Client and AsyncClient: two short drivers of the same flows.

Here is what flows do not have: the connection, the clock and files. What is asked, and what is made of the answers, is
not known here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from lumakit import wire
from lumakit.caller import Caller
from lumakit.egress import Blocked, files
from lumakit.flow import saving
from lumakit.flow.steps import Download, Flow, Heard, Pause, Step
from lumakit.flow.task import OnBytes, Task, Video
from lumakit.flow.verbs import BUDGET_S
from lumakit.flow.watching import OnTask
from lumakit.model import Lost, Response
from lumakit.part import Part
from lumakit.post import Begin, Sink

if TYPE_CHECKING:
    import ssl

    import httpx

Result = TypeVar("Result")


class Client(Caller[Path]):
    """Calls a provider."""

    @staticmethod
    def _opened(transport: Any, timeout_s: float, trust: ssl.SSLContext | bool) -> httpx.Client:
        return wire.client(transport, timeout_s, trust)

    def _guarded(self, trust: ssl.SSLContext | bool) -> httpx.BaseTransport:
        return files.transport(self._policy, trust)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; those of an `http` that was given are its owner's."""
        if self._owns:
            self._http.close()
            self._files.close()

    def submit(self, kind: str = "", **values: Any) -> Task[Path]:
        """Make a task. It is never sent twice once it may have arrived."""
        return self._drive(self._verbs.submit(kind, values))

    def extend(self, parent: Task[Path] | str, kind: str = "", **values: Any) -> Task[Path]:
        """Make a task out of one that has succeeded."""
        return self._drive(self._verbs.extend(parent, kind, values))

    def fetch(self, task: Task[Path] | str, kind: str = "") -> Task[Path]:
        """Look at a task."""
        return self._drive(self._verbs.fetch(task, kind))

    def fetch_many(self, tasks: Iterable[Task[Path] | str], kind: str = "") -> dict[str, Task[Path]]:
        """Look at several tasks at once; those that the provider does not know are not among them."""
        return self._drive(self._verbs.fetch_many(tasks, kind))

    def wait(
        self,
        task: Task[Path] | str,
        kind: str = "",
        *,
        every_s: float | None = None,
        budget_s: float | None = BUDGET_S,
        on_progress: OnTask | None = None,
    ) -> Task[Path]:
        """Look at a task until it has succeeded; TaskFailed where it does not, WaitTimeout where the budget ends."""
        now_ms = self._clock.now()
        flow = self._verbs.wait(task, kind, now_ms, every_s=every_s, budget_s=budget_s, on_progress=on_progress)
        return self._drive(flow)

    def run(
        self,
        kind: str = "",
        *,
        every_s: float | None = None,
        budget_s: float | None = BUDGET_S,
        on_progress: OnTask | None = None,
        **values: Any,
    ) -> Task[Path]:
        """Make a task and wait for it."""
        now_ms = self._clock.now()
        flow = self._verbs.run(kind, values, now_ms, every_s=every_s, budget_s=budget_s, on_progress=on_progress)
        return self._drive(flow)

    def call(self, operation: str, /, **values: Any) -> Any:
        """Make any documented call, and return the value of the answer's body."""
        return self._drive(self._verbs.call(operation, values))

    def save(
        self, video: Video[Path] | str, path: str | Path, *, overwrite: bool = False, on_progress: OnBytes | None = None
    ) -> Path:
        """Save a video, or what stands at an address, to a file."""
        with Part(path, overwrite=overwrite) as part:
            self._drive(saving.save(_url(video), self._patience, self._draw()), part, on_progress)
            return part.keep()

    def _drive(self, flow: Flow[Result], part: Part | None = None, on_bytes: OnBytes | None = None) -> Result:
        try:
            step = next(flow)
            while True:
                step = flow.send(self._act(step, part, on_bytes))
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]  # what a flow returns
        finally:
            flow.close()

    def _act(self, step: Step, part: Part | None, on_bytes: OnBytes | None) -> Heard:
        """Do a step. What came of it stands in no frame that an error passes: an answer may repeat a key."""
        answer: Response | Lost | None = None
        if isinstance(step, Pause):
            self._clock.sleep(step.seconds)
        elif isinstance(step, Download):
            try:
                files.check(self._policy, step.request)
                answer = _measured(self._post.download(step.request, _into(step, part, on_bytes)), part)
            except Blocked as error:
                answer = Lost(error.reason, unsent=True, blocked=error.code)
        else:
            answer = self._post.send(step.request, self._shows(step.operation))
        return Heard(self._clock.now(), answer)


class AsyncClient(Caller[Awaitable[Path]]):
    """Calls a provider from inside an event loop."""

    _closes = "aclose"

    @staticmethod
    def _opened(transport: Any, timeout_s: float, trust: ssl.SSLContext | bool) -> httpx.AsyncClient:
        return wire.async_client(transport, timeout_s, trust)

    def _guarded(self, trust: ssl.SSLContext | bool) -> httpx.AsyncBaseTransport:
        return files.async_transport(self._policy, trust)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections; those of an `http` that was given are its owner's."""
        if self._owns:
            await self._http.aclose()
            await self._files.aclose()

    async def submit(self, kind: str = "", **values: Any) -> Task[Awaitable[Path]]:
        """Make a task. It is never sent twice once it may have arrived."""
        return await self._drive(self._verbs.submit(kind, values))

    async def extend(self, parent: Task[Awaitable[Path]] | str, kind: str = "", **values: Any) -> Task[Awaitable[Path]]:
        """Make a task out of one that has succeeded."""
        return await self._drive(self._verbs.extend(parent, kind, values))

    async def fetch(self, task: Task[Awaitable[Path]] | str, kind: str = "") -> Task[Awaitable[Path]]:
        """Look at a task."""
        return await self._drive(self._verbs.fetch(task, kind))

    async def fetch_many(
        self, tasks: Iterable[Task[Awaitable[Path]] | str], kind: str = ""
    ) -> dict[str, Task[Awaitable[Path]]]:
        """Look at several tasks at once; those that the provider does not know are not among them."""
        return await self._drive(self._verbs.fetch_many(tasks, kind))

    async def wait(
        self,
        task: Task[Awaitable[Path]] | str,
        kind: str = "",
        *,
        every_s: float | None = None,
        budget_s: float | None = BUDGET_S,
        on_progress: OnTask | None = None,
    ) -> Task[Awaitable[Path]]:
        """Look at a task until it has succeeded; TaskFailed where it does not, WaitTimeout where the budget ends."""
        now_ms = self._clock.now()
        flow = self._verbs.wait(task, kind, now_ms, every_s=every_s, budget_s=budget_s, on_progress=on_progress)
        return await self._drive(flow)

    async def run(
        self,
        kind: str = "",
        *,
        every_s: float | None = None,
        budget_s: float | None = BUDGET_S,
        on_progress: OnTask | None = None,
        **values: Any,
    ) -> Task[Awaitable[Path]]:
        """Make a task and wait for it."""
        now_ms = self._clock.now()
        flow = self._verbs.run(kind, values, now_ms, every_s=every_s, budget_s=budget_s, on_progress=on_progress)
        return await self._drive(flow)

    async def call(self, operation: str, /, **values: Any) -> Any:
        """Make any documented call, and return the value of the answer's body."""
        return await self._drive(self._verbs.call(operation, values))

    async def save(
        self,
        video: Video[Awaitable[Path]] | str,
        path: str | Path,
        *,
        overwrite: bool = False,
        on_progress: OnBytes | None = None,
    ) -> Path:
        """Save a video, or what stands at an address, to a file."""
        with Part(path, overwrite=overwrite) as part:
            await self._drive(saving.save(_url(video), self._patience, self._draw()), part, on_progress)
            return part.keep()

    async def _drive(self, flow: Flow[Result], part: Part | None = None, on_bytes: OnBytes | None = None) -> Result:
        try:
            step = next(flow)
            while True:
                step = flow.send(await self._act(step, part, on_bytes))
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]  # what a flow returns
        finally:
            flow.close()

    async def _act(self, step: Step, part: Part | None, on_bytes: OnBytes | None) -> Heard:
        """Do a step. What came of it stands in no frame that an error passes: an answer may repeat a key."""
        answer: Response | Lost | None = None
        if isinstance(step, Pause):
            await wire.pause(self._clock, step.seconds)
        elif isinstance(step, Download):
            try:
                files.check(self._policy, step.request)
                answer = _measured(await self._post.download_async(step.request, _into(step, part, on_bytes)), part)
            except Blocked as error:
                answer = Lost(error.reason, unsent=True, blocked=error.code)
        else:
            answer = await self._post.send_async(step.request, self._shows(step.operation))
        return Heard(self._clock.now(), answer)


def _into(step: Download, part: Part | None, on_bytes: OnBytes | None) -> Begin:
    """Where the body of a download goes."""

    def begin(head: Response) -> Sink | None:
        at = saving.begins_at(step, head)
        if part is None or at is None:
            return None
        part.seek(at)
        total = saving.length(step, head)

        def write(piece: bytes) -> None:
            part.write(piece)
            if on_bytes:
                on_bytes(part.have, total)

        return write

    return begin


def _measured(answer: Response | Lost, part: Part | None) -> Response | Lost:
    return replace(answer, have=part.have) if isinstance(answer, Lost) and part else answer


def _url(video: Video[Any] | str) -> str:
    return video.url if isinstance(video, Video) else video
