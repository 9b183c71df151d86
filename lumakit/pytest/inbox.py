"""A receiver of webhooks for a test: it takes what mocks send, hands it on to the application, and can be asked.

Deliveries to `inbox.url` stop here; those to addresses of the application go to the application, where it was named
with `to`. Nothing leaves the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lumakit.egress import Blocked, Failed
from lumakit.errors import UsageError
from lumakit.model import Request, Response, Snapshot
from lumakit.pytest import apps
from lumakit.pytest.steering import often
from lumakit.webhooks import Delivery, Receiver, Refused

if TYPE_CHECKING:
    from lumakit.clock import Clock
    from lumakit.contract.compile import Contract
    from mockserver.live import LiveServer

URL = "https://inbox.test/webhooks"
_FRAMES = 4  # of a traceback, the last: whoever has written the application knows the others


@dataclass(frozen=True, slots=True)
class Arrived:
    """A delivery that arrived: what was sent, what it was answered, what it tells, and why it is not believed."""

    url: str
    at_ms: int
    request: Request
    status: int
    delivery: Delivery | None
    refused: str

    @property
    def snapshot(self) -> Snapshot | None:
        """What it tells of a task; None where it tells none."""
        return self.delivery.snapshot if self.delivery else None


@dataclass(frozen=True, slots=True)
class Broken:
    """A delivery over which the application broke: its error, and what it had answered all the same."""

    url: str
    status: int
    error: Exception

    def __str__(self) -> str:
        lines = "".join(traceback.format_exception(self.error, limit=-_FRAMES)).rstrip()
        advice = "on purpose? lumakit_webhooks.broken.pop() takes it away, judge=False everything"
        what = f"the application broke over a webhook to {self.url}, which was answered {self.status}:"
        return f"{what}\n\n{lines}\n\n  {advice}"


class Inbox:
    """Where the webhooks of a test arrive."""

    def __init__(self, clock: Clock, contracts: Callable[[], Iterable[Contract]]) -> None:
        self.url = URL
        self.secret = ""
        self.arrived: list[Arrived] = []
        self.broken: list[Broken] = []
        self._clock = clock
        self._contracts = contracts
        self._apps: dict[str, Any] = {}
        self._answers: list[int] = []
        self._changed = threading.Condition()
        self._live: LiveServer | None = None

    def __iter__(self) -> Iterator[Arrived]:
        """What arrived, in order."""
        return iter(self.arrived)

    def __len__(self) -> int:
        return len(self.arrived)

    # what the test says

    def to(self, address: str, app: Any) -> None:
        """Hand deliveries to an address, and to everything below it, to an application: ASGI, WSGI, or a function of a
        Request that returns a Response or a status."""
        if urlsplit(address).scheme not in ("http", "https"):
            raise UsageError(f"{address!r} is no address", code="bad_address", hint="https://app.example/hooks")
        if not callable(app):
            raise UsageError(f"{app!r} is no application", code="bad_app", hint="an ASGI or WSGI app, or a function")
        self._apps[address.rstrip("/")] = app

    def answer(self, status: int, times: int = 1) -> None:
        """Answer the next deliveries to `url` with a status."""
        self._answers += [status] * times

    def clear(self) -> None:
        """Forget what arrived."""
        self.arrived.clear()
        self._answers.clear()

    @property
    def live_url(self) -> str:
        """An address on a real port, for a live server: opened when it is first asked for."""
        if self._live is None:
            from mockserver.door.asgi import Door
            from mockserver.live import LiveServer

            self._live = LiveServer(Door(self.take)).start()
        return f"{self._live.url}/webhooks"

    def close(self) -> None:
        """Free the port."""
        if self._live is not None:
            self._live.stop()

    # what the test asks

    def of(self, task: str) -> list[Arrived]:
        """What arrived about a task, in order."""
        return [each for each in self.arrived if each.snapshot and each.snapshot.id == task]

    def words(self, task: str) -> list[str | None]:
        """The words that arrived about a task, in order."""
        return [each.snapshot.status for each in self.of(task) if each.snapshot]

    def assert_arrived(self, task: str, word: str = "", times: int | None = None) -> list[Arrived]:
        """What arrived about a task, with one word or with any; an AssertionError where that is nothing, or not so
        often."""
        found = [each for each in self.of(task) if not word or (each.snapshot and each.snapshot.status == word)]
        if len(found) != times if times is not None else not found:
            wanted = f"{word!r} of the task {task}" if word else f"something of the task {task}"
            wished = "" if times is None else f" {often(times)}"
            raise AssertionError(f"{wanted} was to arrive{wished}, and {self._told(task)}")
        return found

    def wait_for(self, task: str, word: str = "", within_s: float = 10.0) -> Arrived:
        """The first that arrives about a task, with one word or with any: for a live server, which sends by itself."""

        def found() -> list[Arrived]:
            return [each for each in self.of(task) if not word or (each.snapshot and each.snapshot.status == word)]

        with self._changed:
            self._changed.wait_for(found, within_s)
        return self.assert_arrived(task, word)[0]

    def assert_order(self, task: str, words: list[str]) -> None:
        """An AssertionError where other words of a task arrived, or in another order."""
        if self.words(task) != words:
            raise AssertionError(f"of the task {task} {words} was to arrive, in this order, and {self._told(task)}")

    def assert_verified(self) -> None:
        """An AssertionError where a delivery was not believed, or nothing was there to verify it with."""
        for each in self.arrived:
            if each.refused or not (each.delivery and each.delivery.verified):
                why = each.refused or "no secret to verify it with was known: inbox.secret = ..."
                raise AssertionError(f"a delivery to {each.url} was not verified: {why}")
        if not self.arrived:
            raise AssertionError("nothing arrived, so nothing was verified; mock.deliver() sends what is due")

    def _told(self, task: str) -> str:
        words = self.words(task)
        if words:
            return f"{words} did"
        others = sorted({each.snapshot.id for each in self.arrived if each.snapshot})
        return f"nothing of it did; others: {', '.join(others)}" if others else "nothing did; mock.deliver() sends it"

    # what mocks send: the shape of a sender

    async def send(self, request: Request, *, total_s: float | None = None) -> Response:
        """Take a delivery, on the loop of who sends it."""
        app, address = self._wanted(request)
        status = await self._asked(app, request, total_s) if app else self._own()
        return self._taken(request, address, status)

    def send_now(self, request: Request, *, total_s: float | None = None) -> Response:
        """The same for who has no loop."""
        app, address = self._wanted(request)
        status = apps.run(lambda: self._asked(app, request, total_s)) if app else self._own()
        return self._taken(request, address, status)

    async def _asked(self, app: Any, request: Request, total_s: float | None) -> int:
        """What an application answers; where it breaks, that is remembered."""
        try:
            async with asyncio.timeout(total_s):
                status, error = await apps.asked(app, request)
        except TimeoutError:
            raise Failed("timeout", f"the application did not answer within {total_s} s") from None
        if error is not None:
            self.broken.append(Broken(request.origin + request.path, status, error))
        return status

    def breakages(self) -> list[str]:
        """Over what the application broke since the last time, told."""
        told = list(map(str, self.broken))
        self.broken.clear()
        return told

    def take(self, request: Request) -> Response:
        """Take a delivery that came to a port."""
        return self._taken(request, request.origin + request.path, self._own())

    def _own(self) -> int:
        return self._answers.pop(0) if self._answers else 200

    def _wanted(self, request: Request) -> tuple[Any, str]:
        address = request.origin + request.path
        for prefix, app in sorted(self._apps.items(), key=lambda each: -len(each[0])):
            if address == prefix or address.startswith(f"{prefix}/"):
                return app, address
        if address == self.url or address.startswith(f"{self.url}/"):
            return None, address
        hint = f'lumakit_webhooks.to("{address}", app), or use lumakit_webhooks.url'
        raise Blocked("not_routed", f"no application of this test is at {request.origin}", hint)

    def _taken(self, request: Request, address: str, status: int) -> Response:
        delivery, refused = self._read(request)
        with self._changed:
            self.arrived.append(Arrived(address, self._clock.now(), request, status, delivery, refused))
            self._changed.notify_all()
        return Response(status)

    def _read(self, request: Request) -> tuple[Delivery | None, str]:
        """What a delivery tells, by the first contract that can read it."""
        reason = "no provider that is mocked here sends webhooks"
        for contract in self._contracts():
            with contextlib.suppress(UsageError):
                try:
                    receiver = Receiver(contract, secret=self.secret or None)
                    return receiver.read(request.headers, request.body, now_s=self._clock.now() / 1000), ""
                except Refused as error:
                    reason = error.reason
        return None, reason
