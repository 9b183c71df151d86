"""Events as a stream: what happens is told as it happens, a stream goes on where it broke off, and it always ends."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple

import httpx
import pytest

from lumakit.clock import SystemClock, VirtualClock
from lumakit.model import Request, Response
from mockserver import LiveServer
from mockserver.control import stream
from mockserver.control.stream import Pace
from mockserver.door.asgi import Door
from mockserver.door.beside import Streamed
from tests.mockserver.control.desk import HERE, NAME, TOKEN, Desk

HASTY = Pace(heartbeat_s=30, pause_s=0, gap_s=0)
PATIENCE_S = 20.0


class Said(NamedTuple):
    """An event as a client reads it."""

    kind: str
    id: int
    data: Any


def read(text: str) -> list[Said]:
    """The events in a piece of a stream."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in fields:
            found.append(Said(fields["event"], int(fields["id"]), json.loads(fields["data"])))
    return found


class Listener:
    """Somebody who reads a stream in process."""

    def __init__(self, desk: Desk, last_seen: str | None = None) -> None:
        seen = () if last_seen is None else (("Last-Event-ID", last_seen),)
        request = Request("GET", "/__admin/events", "", (("Host", NAME), *seen), b"", f"http://{NAME}")
        answer = desk.control(request, HERE)
        assert isinstance(answer, Streamed)
        assert answer.head.header("content-type") == "text/event-stream"
        assert answer.head.header("cache-control") == "no-store"
        self._answer = answer
        self._found: list[Said] = []
        self.first = b""

    async def opened(self) -> Listener:
        """Once the stream has begun."""
        self.first = await anext(self._answer.pieces)
        self._found += read(self.first.decode())
        return self

    async def next(self) -> Said:
        """The next event."""
        async with asyncio.timeout(PATIENCE_S):
            while not self._found:
                self._found += read((await anext(self._answer.pieces)).decode())
        return self._found.pop(0)

    async def rest(self) -> bytes:
        """Everything that still comes."""
        async with asyncio.timeout(PATIENCE_S):
            return b"".join([piece async for piece in self._answer.pieces])

    def close(self) -> None:
        self._answer.close()


def run(scene: Callable[[Desk], Awaitable[None]], **choices: Any) -> None:
    """Play a scene on an event loop."""
    asyncio.run(_played(scene, Desk(pace=choices.pop("pace", HASTY), **choices)))


async def _played(scene: Callable[[Desk], Awaitable[None]], desk: Desk) -> None:
    await scene(desk)


# what is told


def test_whatever_is_done_is_told() -> None:
    async def scene(desk: Desk) -> None:
        listener = await Listener(desk).opened()
        desk.mock.tasks.seed("generation", id="one")
        assert (told := await listener.next()).kind == "task"
        assert told.data == desk.get("/tasks")["tasks"][0]
        desk.server(Request("GET", "/nowhere"))
        assert (told := await listener.next()).kind == "request"
        assert told.data == desk.get("/requests")["requests"][0]
        desk.mock.scenario = "fail"
        assert (await listener.next())[::2] == ("scenario", desk.get("/scenario"))
        desk.mock.faults.add("latency 1s")
        assert (await listener.next())[::2] == ("faults", desk.get("/faults"))
        desk.mock.reset()
        assert [(await listener.next()).kind for _ in range(2)] == ["faults", "reset"]
        listener.close()

    run(scene)


def test_a_clock_that_is_moved_in_python_is_told() -> None:
    async def scene(desk: Desk) -> None:
        listener = await Listener(desk).opened()
        assert isinstance(desk.clock, VirtualClock)
        desk.clock.advance(60)
        assert (await listener.next())[::2] == ("clock", desk.get("/clock"))
        listener.close()

    run(scene)


def test_a_task_that_the_clock_moves_is_told_when_it_moves() -> None:
    async def scene(desk: Desk) -> None:
        desk.mock.tasks.seed("generation", id="before")
        listener = await Listener(desk).opened()
        desk.mock.tasks.seed("generation", id="after")
        desk.ask("PUT", "/clock", {"speed": 1000})
        words: dict[str, list[str]] = {"before": [], "after": []}
        while not all(told[-1:] == ["completed"] for told in words.values()):
            told = await listener.next()
            if told.kind == "task" and told.data["status"] not in words[told.data["id"]]:
                words[told.data["id"]].append(told.data["status"])
        assert words["after"][-2:] == ["processing", "completed"]
        listener.close()

    run(scene, clock=SystemClock(0))


def test_a_clock_that_somebody_moves_moves_tasks_at_once() -> None:
    async def scene(desk: Desk) -> None:
        desk.mock.tasks.seed("generation", id="one")
        listener = await Listener(desk).opened()
        await asyncio.sleep(0)
        desk.ask("PUT", "/clock", {"advance_s": 10_000})
        told = [await listener.next(), await listener.next()]
        assert {each.kind for each in told} == {"clock", "task"}
        assert next(each.data["status"] for each in told if each.kind == "task") == "completed"
        listener.close()

    run(scene)


def test_of_several_events_about_a_task_only_the_last_is_told() -> None:
    async def scene(desk: Desk) -> None:
        listener = await Listener(desk).opened()
        desk.mock.tasks.seed("generation", id="one")
        desk.mock.tasks.hold("one")
        desk.mock.tasks.fail("one")
        told = await listener.next()
        assert told.data["phase"] == "failed"
        desk.mock.scenario = "slow"
        assert (await listener.next()).kind == "scenario"
        listener.close()

    run(scene)


def test_what_is_forgotten_before_it_is_told_is_passed_over() -> None:
    async def scene(desk: Desk) -> None:
        listener = await Listener(desk).opened()
        desk.mock.tasks.seed("generation")
        desk.server(Request("GET", "/nowhere"))
        desk.mock.store.reset()
        desk.mock.scenario = "slow"
        assert (await listener.next()).kind == "scenario"
        listener.close()

    run(scene)


def test_a_quiet_stream_says_that_it_is_there() -> None:
    async def scene(desk: Desk) -> None:
        request = Request("GET", "/__admin/events", "", (("Host", NAME),), b"", f"http://{NAME}")
        answer = desk.control(request, HERE)
        assert isinstance(answer, Streamed)
        await anext(answer.pieces)
        assert await anext(answer.pieces) == b": still here\n\n"
        answer.close()

    run(scene, pace=Pace(heartbeat_s=0))


def test_a_delivery_is_told() -> None:
    async def scene(desk: Desk) -> None:
        listener = await Listener(desk).opened()
        body = b'{"user_prompt": "x", "notify_hook": "https://app.example/done"}'
        headers = (("Authorization", "Bearer any"), ("Content-Type", "application/json"))
        desk.server(Request("POST", "/luma/generations", "", headers, body))
        desk.ask("PUT", "/clock", {"advance_s": 10_000})
        desk.mock.webhooks.tell_due()
        while (told := await listener.next()).kind != "webhook":
            pass
        assert told.data == desk.get("/webhooks")["deliveries"][0]
        listener.close()

    run(scene)


def test_whatever_a_clock_skips_while_much_happens_is_told() -> None:
    async def scene(desk: Desk) -> None:
        desk.mock.tasks.seed("generation", id="first")
        listener = await Listener(desk).opened()
        desk.ask("PUT", "/clock", {"advance_s": 10_000})
        while (await listener.next()).kind != "task":
            pass
        for number in range(700):  # more tasks than are looked at in one go, more events than are kept
            desk.mock.tasks.seed("generation", id=f"task-{number}")
            for _ in range(3):
                desk.mock.tasks.hold(f"task-{number}")
                desk.mock.tasks.release(f"task-{number}")
        while (await listener.next()).kind != "gap":
            pass
        desk.ask("PUT", "/clock", {"advance_s": 10_000})
        ended: set[str] = set()
        while len(ended) < 700:
            told = await listener.next()
            if told.kind == "task" and told.data["status"] == "completed":
                ended.add(told.data["id"])
        listener.close()

    run(scene)


# going on where it broke off


def test_a_stream_begins_with_where_it_stands_and_goes_on_from_there() -> None:
    async def scene(desk: Desk) -> None:
        listener = await Listener(desk).opened()
        assert listener.first == b"retry: 1000\nid: 0\n\n"
        desk.mock.tasks.seed("generation", id="one")
        seen = await listener.next()
        listener.close()
        desk.mock.scenario = "slow"
        desk.mock.tasks.fail("one")
        again = await Listener(desk, str(seen.id)).opened()
        assert [(await again.next()).kind for _ in range(2)] == ["scenario", "task"]
        again.close()

    run(scene)


@pytest.mark.parametrize("last_seen", ["", "nonsense", "-1", "-0", "00", "other-0", "7", "9" * 40, "1.5", "\u0664"])
def test_an_id_that_was_never_told_is_a_gap(last_seen: str) -> None:
    async def scene(desk: Desk) -> None:
        listener = await Listener(desk, last_seen).opened()
        assert (await listener.next())[::2] == ("gap", {})
        desk.mock.scenario = "slow"
        assert (await listener.next()).kind == "scenario"
        listener.close()

    run(scene)


def test_a_slow_listener_is_told_of_a_gap_and_goes_on() -> None:
    async def scene(desk: Desk) -> None:
        listener = await Listener(desk).opened()
        for _ in range(5000):
            desk.server(Request("GET", "/nowhere"))
        assert (await listener.next()).kind == "gap"
        desk.mock.scenario = "slow"
        assert (await listener.next()).kind == "scenario"
        listener.close()

    run(scene)


# ends


def test_too_many_streams_are_refused() -> None:
    async def scene(desk: Desk) -> None:
        open_now = [await Listener(desk).opened() for _ in range(stream.MAX_STREAMS)]
        refused = desk.ask("GET", "/events")
        assert (refused.status, refused.code) == (409, "too_many_listeners")
        open_now.pop().close()
        open_now.append(Listener(desk))
        for each in open_now:
            each.close()

    run(scene)


def test_a_server_that_stops_ends_every_stream() -> None:
    async def scene(desk: Desk) -> None:
        listeners = [await Listener(desk).opened() for _ in range(3)]
        desk.control.hurry()
        assert [await each.rest() for each in listeners] == [b""] * 3
        for each in listeners:
            each.close()
        assert desk.ask("GET", "/events").response.body.startswith(b"retry:")
        desk.control.begin()
        again = await Listener(desk).opened()
        again.close()

    run(scene)


def test_nobody_is_listened_for_when_all_have_left() -> None:
    async def scene(desk: Desk) -> None:
        listener = await Listener(desk).opened()
        assert desk.mock.events.listeners >= 1
        listener.close()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert desk.mock.events.listeners == 0
        assert len(asyncio.all_tasks()) <= 2

    run(scene)


def test_without_an_event_loop_what_is_there_is_told() -> None:
    desk = Desk()
    answer = desk.ask("GET", "/events").response
    assert (answer.status, answer.body) == (200, b"retry: 1000\nid: 0\n\n")


# at a door


async def _messages(door: Door, leaves: asyncio.Event, seen: list[Any]) -> None:
    async def receive() -> dict[str, Any]:
        if not seen:
            seen.append(None)
            return {"type": "http.request"}
        await leaves.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        seen.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/__admin/events",
        "query_string": b"",
        "scheme": "http",
        "headers": [(b"host", NAME.encode())],
        "server": HERE,
    }
    await door(scope, receive, send)


def test_a_client_that_leaves_ends_its_stream() -> None:
    async def scene(desk: Desk) -> None:
        leaves, seen = asyncio.Event(), [None]
        async with asyncio.timeout(PATIENCE_S):
            asked = asyncio.create_task(_messages(Door(lambda _: Response(404), control=desk.control), leaves, seen))
            while len(seen) < 3:  # noqa: ASYNC110  # there is no event to wait for
                await asyncio.sleep(0)
            assert desk.mock.events.listeners >= 1
            leaves.set()
            await asked
        head = dict(seen[1]["headers"])  # type: ignore[index]
        assert head[b"content-type"] == b"text/event-stream"
        assert b"content-length" not in head
        assert not seen[-1].get("more_body")  # type: ignore[attr-defined]

    run(scene)


async def _lines(url: str) -> AsyncIterator[str]:
    async with (
        httpx.AsyncClient(timeout=PATIENCE_S) as client,
        client.stream("GET", url, headers={"Authorization": f"Bearer {TOKEN}"}) as answer,
    ):
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            yield line


def test_a_stream_on_a_port_ends_with_the_server() -> None:
    desk = Desk(token=TOKEN)
    live = LiveServer(Door(desk.server, control=desk.control)).start()

    async def scene() -> list[str]:
        seen: list[str] = []
        async for line in _lines(f"{live.url}/__admin/events"):
            seen.append(line)
            if len(seen) == 1:
                desk.mock.tasks.seed("generation")
            if line.startswith("event: task"):
                await asyncio.to_thread(live.stop)
        return seen

    assert "event: task" in asyncio.run(scene())


def test_a_listener_that_does_not_read_holds_up_neither_others_nor_the_end() -> None:
    desk = Desk()
    live = LiveServer(Door(desk.server, control=desk.control)).start()
    with socket.create_connection(("127.0.0.1", live.port)) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(f"GET /__admin/events HTTP/1.1\r\nHost: 127.0.0.1:{live.port}\r\n\r\n".encode())
        assert deaf.recv(1)
        for _ in range(3000):
            desk.server(Request("GET", "/nowhere"))
        assert httpx.get(f"{live.url}/__admin/health").status_code == 200
        live.stop()
    assert desk.mock.events.listeners == 0
