"""Where a server keeps everything: in memory, in a file, ... - chosen by a text, opened once, one store a provider.

The one room that knows which backends there are; each is imported when it is chosen.
"""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol
from urllib.parse import unquote

from lumakit.errors import UsageError
from mockserver.stores import Document, Store
from mockserver.stores.memory import MemoryStore
from mockserver.stores.memos import MemoryNotebook, Remembering

KINDS = ("memory", "sqlite", "redis", "rediss")


class Backend(Protocol):
    """Where the stores of one server are."""

    @property
    def name(self) -> str:
        """What people call it, without secrets."""
        ...

    @property
    def durable(self) -> str:
        """What is lost when the machine stops: `yes` (durable: nothing), `no` (everything), or up to how much."""
        ...

    @property
    def threads(self) -> int:
        """How many requests may wait for it at once; 0 where nobody ever waits."""
        ...

    @property
    def batch(self) -> int:
        """How many requests that wait may be answered in one step."""
        ...

    def step(self) -> AbstractContextManager[None]:
        """What is done inside is kept together when it ends; Down where it is not."""
        ...

    def check(self) -> None:
        """Raise Down where it can keep nothing now."""
        ...

    def hear(self, heard: Callable[[tuple[str, ...]], None]) -> None:
        """Have somebody told what other servers on this backend tell; no words at all: something was missed."""
        ...

    def tell(self, *words: str) -> bool:
        """Tell other servers on this backend; False where that failed."""
        ...

    def store(self, name: str, max_documents: int) -> Store:
        """The store of one provider."""
        ...

    def recall(self, name: str) -> Document | None:
        """What the server has remembered under a name."""
        ...

    def remember(self, name: str, document: Document) -> None:
        """Keep something for the server."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class Memory(Remembering):
    """Stores in memory."""

    name = "memory"
    durable = "no"
    threads = 0
    batch = 1

    def __init__(self) -> None:
        self._notebook = MemoryNotebook()

    def step(self) -> AbstractContextManager[None]:
        """Everything is kept at once."""
        return contextlib.nullcontext()

    def check(self) -> None:
        """Nothing can fail."""

    def hear(self, heard: Callable[[tuple[str, ...]], None]) -> None:
        """There is no other server."""

    def tell(self, *words: str) -> bool:  # noqa: ARG002  # the same for every backend
        """There is no other server."""
        return True

    def store(self, name: str, max_documents: int) -> Store:  # noqa: ARG002  # backends that share a place need it
        """A store of its own."""
        return MemoryStore(max_documents)

    def close(self) -> None:
        """Nothing is open."""


class Sqlite(Remembering):
    """Stores in one file."""

    durable = "yes"
    threads = 1  # it has one writer
    batch = 16  # a commit costs what a few requests cost; more of them would keep the first one waiting

    def __init__(self, path: str) -> None:
        from mockserver.stores.sqlite_file import SqliteFile

        self.name: str = f"sqlite:///{path}"
        self._file = self._notebook = SqliteFile(path)

    def step(self) -> AbstractContextManager[None]:
        """One commit for everything inside."""
        return self._file.step()

    def check(self) -> None:
        """Write something, as a request would."""
        self._file.remember("check", b"1")

    def hear(self, heard: Callable[[tuple[str, ...]], None]) -> None:
        """There is no other server."""

    def tell(self, *words: str) -> bool:  # noqa: ARG002  # the same for every backend
        """There is no other server."""
        return True

    def store(self, name: str, max_documents: int) -> Store:
        """The store of one provider in the file."""
        from mockserver.stores.sqlite import SqliteStore

        return SqliteStore(self._file, name, max_documents)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Redis(Remembering):
    """Stores in a Redis, which any number of servers share."""

    threads = 8
    batch = 1  # every answer waits for Redis by itself, and nobody waits for another

    def __init__(self, url: str) -> None:
        from mockserver.stores.redis_server import RedisServer

        self._server = self._notebook = RedisServer(url)
        self.name: str = self._server.name
        self.durable: str = self._server.durable

    def step(self) -> AbstractContextManager[None]:
        """Every script is a step of its own."""
        return contextlib.nullcontext()

    def check(self) -> None:
        """Write something, as a request would."""
        self._server.check()

    def hear(self, heard: Callable[[tuple[str, ...]], None]) -> None:
        """Have somebody told what other servers tell."""
        self._server.hear(heard)

    def tell(self, *words: str) -> bool:
        """Tell other servers."""
        return self._server.tell(*words)

    def store(self, name: str, max_documents: int) -> Store:
        """The store of one provider."""
        from mockserver.stores.redis import RedisStore

        return RedisStore(self._server, name, max_documents)

    def close(self) -> None:
        """Leave Redis; everything stays there."""
        self._server.close()


def opened(where: str) -> Backend:
    """The backend that a text chooses: `memory`, `sqlite:///mock.db`, or `redis://127.0.0.1:6379/0`."""
    kind, colon, rest = where.partition(":")
    if kind == "memory" and not colon:
        return Memory()
    if kind == "sqlite":
        return Sqlite(_path(where, rest))
    if kind in ("redis", "rediss"):
        return Redis(where)
    near = difflib.get_close_matches(kind, KINDS, n=1)
    hint = f"did you mean {near[0]}?" if near else "`memory`, `sqlite:///mock.db`, or `redis://127.0.0.1:6379/0`"
    raise UsageError(f"there is no store {kind!r}", code="store_not_found", hint=hint)


def _path(where: str, rest: str) -> str:
    """The path in `sqlite:///mock.db`, which is beside us, and in `sqlite:////var/mock.db`, which is not."""
    path = unquote(rest.removeprefix("///"))
    if not rest.startswith("///") or not path or "\0" in path:
        raise UsageError(
            f"{where!r} names no file", code="store_invalid", hint="`sqlite:///mock.db`, a file beside you"
        )
    return path
