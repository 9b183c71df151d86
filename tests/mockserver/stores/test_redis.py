"""The store in Redis: everything a store does."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

import pytest

from lumakit.errors import SurroundingsError, UsageError
from mockserver.stores import NEVER_MS, Down, Posted, Store
from mockserver.stores.redis import RedisStore
from mockserver.stores.redis_server import TTL_S, RedisServer
from tests.mockserver.stores import real_redis, suite

_NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with real_redis.somewhere() as url:
        server = RedisServer(url)
        yield server
        for key in server._client.scan_iter(f"{server._prefix}*", count=1000):
            server._client.unlink(key)
        server.close()


@pytest.fixture
def make(server: RedisServer) -> suite.Make:
    def made(*bounds: Any, **named: Any) -> Store:
        return RedisStore(server, f"some-{next(_NUMBERS)}", *bounds, **named)

    return made


@pytest.mark.parametrize("behaviour", suite.behaviours, ids=lambda each: each.__name__)
def test_the_store_in_redis_does_what_stores_do(behaviour: Callable[[suite.Make], None], make: suite.Make) -> None:
    behaviour(make)


def test_it_does_what_a_dict_would(make: suite.Make) -> None:
    suite.machine(make, max_examples=20, stateful_step_count=30)("runTest").runTest()


# the place


def test_every_key_has_the_prefix_and_goes_by_itself_some_day(server: RedisServer) -> None:
    store = RedisStore(server, f"some-{next(_NUMBERS)}")
    store.add("task", {}, NEVER_MS, 0, 5)
    store.update("task", suite.to({}, 0, 9, Posted("task-0", {}, 0, 5, 5)))
    store.count("made")
    store.note(("x",), 1)
    store.remember("scenario", {})
    keys = list(server._client.scan_iter(f"{store.base}*"))
    assert len(keys) == 20
    assert all(0 < server._client.ttl(key) <= TTL_S for key in keys)
    store.reset()
    left = {key for key in keys if server._client.exists(key)}
    assert left == set()
    assert 0 < server._client.ttl(f"{store.base}epoch") <= TTL_S


def test_what_is_used_stays(server: RedisServer) -> None:
    store = RedisStore(server, f"some-{next(_NUMBERS)}")
    store.add("task", {}, NEVER_MS, 0)
    server._client.expire(f"{store.base}0:d:ids", 5)
    server._touched = 0
    store.due_ms()
    assert server._client.ttl(f"{store.base}0:d:ids") > 1000


def test_two_servers_on_one_place_have_one_store_and_each_task_is_claimed_once(server: RedisServer) -> None:
    name = f"some-{next(_NUMBERS)}"
    stores = [RedisStore(server, name) for _ in range(2)]
    for n in range(200):
        stores[n % 2].add(str(n), {}, NEVER_MS, 0, 5)
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda n: [each.key for each in stores[n % 2].claim(5, 60_000, 7)], range(60))
        keys = [key for claimed in found for key in claimed]
    assert sorted(keys, key=int) == [str(n) for n in range(200)]


# what cannot be


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("redis://127.0.0.1:1/0", "store_failed"),
        ("redis://127.0.0.1:port/0", "store_invalid"),
        ("redis://127.0.0.1:99999/0", "store_invalid"),
        ("redis://[::1", "store_invalid"),
        ("redis://[::1:6379/0", "store_invalid"),
        ("redis://b\u00fccher\udcff/0", "store_invalid"),
        ("redis://127.0.0.1:6379/?prefix=a:b", "store_invalid"),
        ("redis://127.0.0.1:6379/?timeout=5", "store_invalid"),
    ],
)
def test_a_place_that_cannot_be_is_told_without_its_password(url: str, code: str) -> None:
    with pytest.raises((SurroundingsError, UsageError)) as error:
        RedisServer(url.replace("//", "//:canary-of-a-password@"))
    assert error.value.code == code
    assert "canary" not in str(error.value)


@pytest.mark.parametrize("mark", ["/", "#", "[", "?"])
def test_a_password_that_makes_an_address_of_it_that_is_none_is_not_repeated(mark: str) -> None:
    with pytest.raises((SurroundingsError, UsageError)) as error:
        RedisServer(f"redis://:canary{mark}canary@127.0.0.1:1/0")
    assert "canary" not in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "durable"),
    [
        (("--appendonly", "no"), "no"),
        (("--appendfsync", "everysec"), "up to 1 s"),
        ((), "yes"),
        (("--rename-command", "CONFIG", "''"), "up to 1 s"),
    ],
)
def test_it_is_told_what_is_lost_when_redis_stops(arguments: tuple[str, ...], durable: str) -> None:
    with real_redis.private(*arguments) as redis:
        server = RedisServer(redis.url)
        assert server.durable == durable
        server.close()


def test_a_wrong_password_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with real_redis.private("--requirepass", "right") as redis:
        with pytest.raises(SurroundingsError, match=r"password|AUTH"):
            RedisServer(redis.url.replace("//", "//:wrong-canary@"))
        server = RedisServer(redis.url.replace("//", "//:right@"))
        assert "right" not in server.name
        server.close()
    assert "canary" not in capsys.readouterr().err


# while it is down


def test_whoever_asks_a_redis_that_is_gone_is_told_soon_and_it_goes_on_when_it_is_back() -> None:
    with real_redis.private() as redis:
        ticks = [0.0]
        server = RedisServer(redis.url, patience_s=0.2, ticks=lambda: ticks[0])
        store = RedisStore(server, "some")
        store.add("task", {"n": 1}, NEVER_MS, 0)
        redis.end()
        began = monotonic()
        for _ in range(100):
            with pytest.raises(Down):
                store.get("task")
        assert monotonic() - began < 2
        redis.start()
        ticks[0] += 1
        assert store.get("task") == {"n": 1}
        server.close()


def test_a_redis_that_hangs_keeps_nobody_longer_than_its_patience() -> None:
    with real_redis.private() as redis:
        ticks = [0.0]
        server = RedisServer(redis.url, patience_s=0.2, ticks=lambda: ticks[0])
        store = RedisStore(server, "some")
        redis.pause()
        began = monotonic()
        with pytest.raises(Down, match=r"[Tt]imeout|timed out"):
            store.add("task", {}, NEVER_MS, 0)
        assert monotonic() - began < 2
        redis.go_on()
        ticks[0] += 1
        store.add("other", {}, NEVER_MS, 0)
        assert "other" in {each.key for each in store.newest(9)}
        server.close()


@pytest.mark.parametrize(
    ("order", "cure"),
    [
        (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")),
        (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
    ],
    ids=["out of memory", "read-only"],
)
def test_a_redis_that_takes_nothing_is_down_for_changes(order: tuple[str, ...], cure: tuple[str, ...]) -> None:
    with real_redis.private() as redis:
        ticks = [0.0]
        server = RedisServer(redis.url, ticks=lambda: ticks[0])
        store = RedisStore(server, "some")
        store.add("task", {"n": 1}, NEVER_MS, 0)
        server._client.execute_command(*order)
        for ask in (lambda: store.add("other", {}, 0, 0), server.check):
            with pytest.raises(Down):
                ask()
            ticks[0] += 1
        server._client.execute_command(*cure)
        assert (store.get("task"), store.add("other", {}, 0, 0)) == ({"n": 1}, True)
        server.close()


# news


def test_what_one_server_remembers_the_others_hear_and_nobody_hears_himself(server: RedisServer) -> None:
    other = RedisServer(f"{server._url}?prefix={server._prefix.split(':')[1]}")
    heard: list[list[tuple[str, ...]]] = [[], []]
    came = threading.Event()
    both = [threading.Event(), threading.Event()]

    def hear(place: int, words: tuple[str, ...]) -> None:
        heard[place].append(words)
        both[place].set()
        if words == ("changed", "clock"):
            came.set()

    server.hear(lambda words: hear(0, words))
    other.hear(lambda words: hear(1, words))
    assert all(each.wait(10) for each in both)
    other.remember("clock", b"{}")
    assert came.wait(10)
    assert [each for each in heard[1] if each != ("still",)] == [()]
    other.close()
