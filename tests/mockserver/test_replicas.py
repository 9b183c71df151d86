"""Several servers on one Redis: one mock, whichever of them is asked, and one that goes on when Redis is back."""

from __future__ import annotations

import contextlib
import itertools
import json
import uuid
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

import httpx
import pytest

from lumakit.clock import SystemClock
from lumakit.model import Request, Response
from mockserver import LiveServer
from mockserver.app import Choices, create_app
from mockserver.door.asgi import Door
from mockserver.stores.backend import opened
from tests.mockserver.stores import real_redis

KEY = {"Authorization": "Bearer any"}
SUBMIT = "/luma/generations"
BODY = {"user_prompt": "a gust of wind"}
PATIENCE_S = 20.0


@pytest.fixture(scope="module")
def place() -> Iterator[str]:
    with real_redis.somewhere() as url:
        yield url.partition("?")[0]


class Replicas:
    """Servers on one place of a Redis."""

    def __init__(self, url: str, count: int = 2, **choices: Any) -> None:
        self.backends = [opened(url) for _ in range(count)]
        chosen = [Choices(("chainhub",), backend=each, clock=SystemClock(10), **choices) for each in self.backends]
        self.servers = [LiveServer(create_app(choices=each)).start() for each in chosen]
        self.asked = [httpx.Client(base_url=each.url, headers=KEY, timeout=PATIENCE_S) for each in self.servers]

    def end(self) -> None:
        for client, server, backend in zip(self.asked, self.servers, self.backends, strict=True):
            client.close()
            server.stop()
            backend.close()

    def everywhere(self, path: str) -> list[Any]:
        return [each.get(f"/__admin/{path}").json() for each in self.asked]


@pytest.fixture
def replicas(place: str) -> Iterator[Callable[..., Replicas]]:
    made: list[Replicas] = []
    url = f"{place}?prefix=test-{uuid.uuid4().hex}"

    def make(**choices: Any) -> Replicas:
        made.append(Replicas(url, **choices))
        return made[-1]

    yield make
    server: Any = made[0].backends[0]
    client, prefix = server._server._client, server._server._prefix
    for key in client.scan_iter(f"{prefix}*", count=1000):
        client.unlink(key)
    for each in made:
        each.end()


def until(came: Callable[[], bool]) -> None:
    """Ask again and again: whoever is asked is a server, and takes its time."""
    end = monotonic() + PATIENCE_S
    while not came():
        assert monotonic() < end, "it did not come"


def test_a_task_is_there_whichever_server_is_asked_and_no_id_is_given_twice(
    replicas: Callable[..., Replicas],
) -> None:
    one, two = replicas().asked
    ids = [each.post(SUBMIT, json=BODY).json()["id"] for each in (one, two, one, two)]
    assert len(set(ids)) == 4
    assert [each.get(f"{SUBMIT}/{ids[0]}").status_code for each in (one, two)] == [200, 200]
    listed = [[row["id"] for row in each.get("/__admin/tasks").json()["tasks"]] for each in (one, two)]
    assert listed[0] == listed[1] == ids[::-1]
    assert two.get("/__admin/requests/count").status_code == 405
    noted = two.post("/__admin/requests/count", json={"operation": f"POST {SUBMIT}"}).json()
    assert noted == {"count": 4}


def test_clock_scenario_and_faults_are_those_of_all(replicas: Callable[..., Replicas]) -> None:
    both = replicas()
    one, two = both.asked
    one.put("/__admin/clock", json={"frozen": True})
    until(lambda: two.get("/__admin/clock").json()["speed"] == 0)
    two.put("/__admin/clock", json={"advance_s": 10_000})
    until(lambda: len({each["now"] for each in both.everywhere("clock")}) == 1)
    two.put("/__admin/scenario", json={"scenario": "fail"})
    until(lambda: both.everywhere("scenario")[0]["scenarios"] == {"chainhub": "fail"})
    one.post("/__admin/faults", json={"text": "503 every 3rd"})
    until(lambda: len(both.everywhere("faults")[1]["faults"]) == 1)
    task = two.post(SUBMIT, json=BODY).json()["id"]
    one.put("/__admin/clock", json={"advance_s": 10_000})
    until(lambda: two.get(f"/__admin/tasks/{task}").json()["status"] == "failed")
    two.post("/__admin/reset", json={})
    until(lambda: both.everywhere("faults")[0]["faults"] == [])
    assert [each["tasks"] for each in both.everywhere("health")] == [0, 0]


def test_a_rate_counts_what_all_servers_take(replicas: Callable[..., Replicas]) -> None:
    both = replicas(faults=("rate 5/1000s",))
    statuses = [both.asked[n % 2].get(f"{SUBMIT}/none").status_code for n in range(10)]
    assert (statuses.count(404), statuses.count(429)) == (5, 5)


def statuses(both: Replicas, count: int) -> list[int]:
    """What requests are answered, each by the next server."""
    asked = itertools.cycle(both.asked)
    return [next(asked).get(f"{SUBMIT}/none").status_code for _ in range(count)]


def test_what_a_fault_counts_is_one_count_whoever_is_asked_and_since_when(replicas: Callable[..., Replicas]) -> None:
    both = replicas(faults=("503 every 3rd",))
    assert statuses(both, 7) == [404, 404, 503] * 2 + [404]
    later = replicas(faults=("503 every 3rd",))
    assert statuses(later, 5) == [404, 503, 404, 404, 503]
    both.asked[0].put("/__admin/faults", json={"faults": ["429 first 2"]})
    until(lambda: [len(each["faults"]) for each in later.everywhere("faults")] == [1, 1])
    until(lambda: {each["faults"][0]["text"] for each in later.everywhere("faults")} == {"429 first 2"})
    assert statuses(later, 4) == [429, 429, 404, 404]
    assert statuses(both, 2) == [404, 404]
    both.asked[0].post("/__admin/reset", json={})
    until(lambda: {each["faults"][0]["text"] for each in later.everywhere("faults")} == {"503 every 3rd"})
    assert statuses(later, 3) == [404, 404, 503]


def test_no_request_id_is_given_twice(replicas: Callable[..., Replicas]) -> None:
    clients = [*replicas().asked, *replicas().asked]
    ids = [each.get(f"{SUBMIT}/none").headers["x-request-id"] for each in clients for _ in range(5)]
    assert len(set(ids)) == 20


def told(client: httpx.Client, *last_seen: str) -> Generator[tuple[str, str, Any]]:
    """Kind, id and data of every event of a stream."""
    headers = {"Last-Event-ID": last_seen[0]} if last_seen else {}
    end = monotonic() + PATIENCE_S
    with client.stream("GET", "/__admin/events", headers=headers) as events:
        fields: dict[str, str] = {}
        for line in events.iter_lines():
            assert monotonic() < end, "it was not told"
            name, _, value = line.partition(": ")
            fields[name] = value
            if not line:
                if "event" in fields:
                    yield fields["event"], fields["id"], json.loads(fields["data"])
                fields = {}


def test_who_comes_back_to_another_server_is_told_to_look_again(replicas: Callable[..., Replicas]) -> None:
    one, two = replicas().asked
    seen = {}
    for client in (one, two):
        with contextlib.closing(told(client)) as events:
            assert any(kind == "gap" for kind, *_ in events)  # the other one has told nobody until now
            client.put("/__admin/scenario", json={"scenario": "stuck"})
            seen[client] = next(each[1] for each in events if each[0] == "scenario")
    with contextlib.closing(told(two, seen[one])) as events:
        assert next(events)[0] == "gap"
    two.put("/__admin/scenario", json={"scenario": "slow"})
    with contextlib.closing(told(two, seen[two])) as events:
        assert next(events)[2]["scenarios"] == {"chainhub": "slow"}


def test_every_request_at_one_server_is_told_once_to_who_listens_at_another(replicas: Callable[..., Replicas]) -> None:
    one, two = replicas().asked
    one.put("/__admin/scenario", json={"scenario": "slow"})
    until(lambda: two.get("/__admin/scenario").json()["scenarios"] == {"chainhub": "slow"})  # it hears
    with contextlib.closing(told(two)) as events:
        assert next(events)[0] == "gap"
        sent = [one.get(f"{SUBMIT}/{n}").request.url.path for n in range(20)]
        noted = (each[2]["path"] for each in events if each[0] == "request")
        assert list(itertools.islice(noted, 20)) == sent


def test_what_happens_at_one_server_is_told_to_who_listens_at_another(replicas: Callable[..., Replicas]) -> None:
    one, two = replicas().asked
    with two.stream("GET", "/__admin/events") as events:
        lines = events.iter_lines()
        assert next(lines).startswith("retry: ")
        one.put("/__admin/scenario", json={"scenario": "stuck"})
        assert any(line == "event: scenario" for line in lines)


class Receiver:
    """Notes what arrives."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def __call__(self, request: Request) -> Response:
        body = json.loads(request.body)
        self.ids.append(f"{body['id']} {body['state']}")
        return Response(200)


def test_each_webhook_is_sent_by_one_of_them(replicas: Callable[..., Replicas]) -> None:
    receiver, both = Receiver(), replicas()
    with LiveServer(Door(receiver)) as there:
        for n in range(20):
            told = {**BODY, "notify_hook": f"{there.url}/hook"}
            assert both.asked[n % 2].post(SUBMIT, json=told).status_code == 200
        both.asked[0].put("/__admin/clock", json={"advance_s": 10_000})
        until(lambda: delivered(both.asked[1]) == {"delivered"})
    assert len(receiver.ids) == len(set(receiver.ids)) == 20


def delivered(client: httpx.Client) -> set[str]:
    return {each["state"] for each in client.get("/__admin/webhooks").json()["deliveries"]}


def test_a_reset_between_many_requests_is_before_or_after_each_of_them(replicas: Callable[..., Replicas]) -> None:
    both = replicas()

    def work(n: int) -> set[int]:
        asked = both.asked[n % 2]
        if n % 40 == 7:
            return {asked.post("/__admin/reset", json={}).status_code}
        made = asked.post(SUBMIT, json=BODY)
        return {made.status_code, asked.get(f"{SUBMIT}/{made.json()['id']}").status_code}

    with ThreadPoolExecutor(8) as pool:
        found = set[int]().union(*pool.map(work, range(400)))
    assert 200 in found
    assert found <= {200, 404}


def test_a_client_that_leaves_has_a_whole_task_or_none(replicas: Callable[..., Replicas]) -> None:
    both = replicas()
    for n in range(20):
        with contextlib.suppress(httpx.TransportError):
            both.asked[n % 2].post(SUBMIT, json=BODY, timeout=httpx.Timeout(5, read=0.0005 * (1 + n % 8)))
    until(lambda: len({each["tasks"] for each in both.everywhere("health")}) == 1)
    for task in both.asked[0].get("/__admin/tasks").json()["tasks"]:
        assert both.asked[1].get(f"/__admin/tasks/{task['id']}").status_code == 200


def test_without_redis_they_refuse_soon_are_alive_and_go_on_with_all_that_it_kept() -> None:
    with real_redis.private() as redis:
        both = Replicas(redis.url, faults=("rate 1000/1s", "at most 900 running"))
        assert [each["durable"] for each in both.everywhere("health")] == ["yes", "yes"]
        kept = both.asked[0].post(SUBMIT, json=BODY).json()["id"]
        redis.end()
        began = monotonic()
        refused = [each.post(SUBMIT, json=BODY) for each in both.asked for _ in range(20)]
        assert {(each.status_code, each.headers["retry-after"]) for each in refused} == {(503, "5")}
        assert [each["ready"] for each in both.everywhere("health")] == [False, False]
        assert monotonic() - began < 10
        redis.start()
        until(lambda: all(each["ready"] for each in both.everywhere("health")))
        until(lambda: both.asked[1].get(f"{SUBMIT}/{kept}").status_code == 200)
        assert both.asked[0].post(SUBMIT, json=BODY).status_code == 200
        both.end()
