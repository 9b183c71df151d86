"""A Redis that servers share: asked by scripts within a bounded time, and the news that one server has for the others.

The one room that knows redis-py, and how Redis fails. Does not know what a script does, nor what the news are about.
Whoever finds Redis gone is told at once, and for a moment everybody else without asking; nothing is tried twice,
because what timed out may have been done.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lumakit import strictjson
from lumakit.errors import SurroundingsError, UsageError
from mockserver.stores import Down
from mockserver.stores.redis_refusal import refusal

TTL_S = 7 * 24 * 3600  # after the last server has ended
TOUCH_S = 3600.0
PATIENCE_S = 1.0  # for Redis to answer
PAUSE_S = 0.5  # in which nobody asks a Redis that has just failed
STILL_S = 3.0
CONNECTIONS = 64
_DATABASE = re.compile(r"(/[0-9]{0,9})?")
DURABILITY = {(True, "always"): "yes", (True, "everysec"): "up to 1 s"}


class RedisServer:
    """A place in a Redis: every key there begins with `lumakit:PREFIX:`."""

    def __init__(self, url: str, patience_s: float = PATIENCE_S, ticks: Callable[[], float] = time.monotonic) -> None:
        self._library = _library()
        self._url, prefix = _split(url)
        self._prefix = f"lumakit:{prefix}:"
        self.name: str = _shown(self._url, prefix)
        self._ticks = ticks
        self._down_until = self._touched = 0.0
        self.mark: str = secrets.token_hex(6)  # who said what: nobody hears himself
        self._client = self._connected(patience_s)
        self._following: threading.Thread | None = None
        self._ended = threading.Event()
        self._script = lru_cache(maxsize=64)(self._client.register_script)
        try:
            self.durable: str = self._durability()
        except self._library.RedisError as error:
            raise refusal(self.name, self._url, error) from None

    def _connected(self, patience_s: float) -> Any:
        library = self._library
        try:
            return library.Redis.from_url(
                self._url,
                socket_timeout=patience_s,
                socket_connect_timeout=patience_s,
                max_connections=CONNECTIONS,
                retry=library.retry.Retry(library.backoff.NoBackoff(), 0),
            )
        except ValueError:  # what it says may be a part of the password
            raise _nameless() from None

    def _durability(self) -> str:
        """How much is lost when Redis stops; where it does not tell how often it syncs, a second is believed."""
        persists = bool(self._client.info("persistence").get("aof_enabled"))
        syncs: object = "everysec"
        with contextlib.suppress(self._library.ResponseError):
            syncs = self._client.config_get("appendfsync").get("appendfsync", syncs)
        return DURABILITY.get((persists, str(syncs)), "no")

    def close(self) -> None:
        """Leave it."""
        self._ended.set()
        if self._following is not None:
            self._following.join()
        self._client.close()

    def base(self, space: str) -> str:
        """What the keys of a space begin with."""
        return f"{self._prefix}{space}:"

    # asking

    def run(self, script: str, base: str, *given: Any) -> Any:
        """What a script says."""
        return self._asked(lambda: self._script(script)(keys=[base], args=[TTL_S, *given]))

    def recall(self, name: str) -> bytes | None:
        """What was kept under a name."""
        memo: bytes | None = self._asked(lambda: self._client.get(self._memo(name)))
        return memo

    def remember(self, name: str, body: bytes) -> None:
        """Keep something under a name, and tell the others."""
        self._asked(lambda: self._client.set(self._memo(name), body, ex=TTL_S))
        self.tell("changed", name)

    def _memo(self, name: str) -> str:
        return f"{self._prefix}memo:{name}"

    def check(self) -> None:
        """Write something, as a request would."""
        self._asked(lambda: self._client.set(f"{self._prefix}check", b"1", ex=60))

    def touch(self, base: str) -> None:
        """Have what is there stay, now and then."""
        if self._ticks() - self._touched > TOUCH_S or not self._touched:
            from mockserver.stores.redis_scripts import TOUCH

            self._touched = self._ticks()
            self.run(TOUCH, base)

    def _asked(self, ask: Callable[[], Any]) -> Any:
        if self._ticks() < self._down_until:
            raise Down(f"the store {self.name} cannot be asked: it has just failed")
        try:
            return ask()
        except self._library.RedisError as error:
            self._down_until = self._ticks() + PAUSE_S
            raise Down(f"the store {self.name} cannot be asked: {error}") from error

    # news

    def tell(self, *words: str) -> bool:
        """Tell every other server, or False; who does not listen then looks when it listens again."""
        try:
            self._asked(lambda: self._client.publish(f"{self._prefix}news", strictjson.dumps([self.mark, *words])))
        except Down:
            return False
        return True

    def hear(self, heard: Callable[[tuple[str, ...]], None]) -> None:
        """Have somebody told what other servers tell, and, with no words, that news may have been missed.

        Every few seconds it is `still`: who listens may say so again.
        """
        self._following = threading.Thread(target=self._follow, args=(heard,), name="lumakit-news", daemon=True)
        self._following.start()

    def _follow(self, heard: Callable[[tuple[str, ...]], None]) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(self._library.RedisError, Down), self._client.pubsub() as channel:
                channel.subscribe(f"{self._prefix}news")
                self._listen(channel, heard)
            self._ended.wait(PAUSE_S)

    def _listen(self, channel: Any, heard: Callable[[tuple[str, ...]], None]) -> None:
        told_s = self._ticks()
        while not self._ended.is_set():
            said = channel.get_message(timeout=PAUSE_S)
            if self._ticks() - told_s > STILL_S:
                told_s = self._ticks()
                heard(("still",))
            if said is not None and said["type"] == "subscribe":
                heard(())
            elif said is not None and said["type"] == "message":
                who, *words = strictjson.loads(said["data"])
                if who != self.mark:
                    heard(tuple(words))


def _library() -> Any:
    try:
        import redis
    except ImportError:
        what, hint = "a store in Redis needs redis-py, which is not installed", "pip install 'lumakit[redis]'"
        raise SurroundingsError(what, code="extra_missing", hint=hint) from None
    return redis


def _split(url: str) -> tuple[str, str]:
    """The address, and the prefix of the keys: `?prefix=team-a`."""
    address, _, query = url.partition("?")
    try:
        parts = urlsplit(address)
    except ValueError:
        raise _nameless() from None
    is_whole = parts.hostname and not parts.fragment and _DATABASE.fullmatch(parts.path)
    if not (is_whole and address.isascii() and address.isprintable()):
        raise _nameless()
    given = parse_qs(query)
    prefix = given.pop("prefix", ["mock"])[-1]
    if given or not prefix.replace("-", "").replace("_", "").isalnum() or len(prefix) > 60:
        hint = "`redis://127.0.0.1:6379/0?prefix=team-a`"
        raise UsageError("only `prefix`, a short word, can be said of a Redis", code="store_invalid", hint=hint)
    return address, prefix


def _nameless() -> UsageError:
    hint = "`redis://127.0.0.1:6379/0`, or `rediss://` with TLS; `/ # ? @` in a password as `%2F %23 %3F %40`"
    return UsageError("this names no Redis", code="store_invalid", hint=hint)


def _shown(url: str, prefix: str) -> str:
    """The address without the password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}?prefix={prefix}"
