"""The store in Redis: all that the one in memory does, for every server that uses the same place there.

Every operation is one script, so no server is special and none waits for another; a change is made here and put there
only if nobody else has changed the document meanwhile. Does not know how Redis fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from mockserver.stores import NEVER_MS, Change, Document, Down, Entry, Full, Kept, Posted, Taken
from mockserver.stores import redis_scripts as scripts
from mockserver.stores.memos import Remembering
from mockserver.stores.packing import pack, reread
from mockserver.stores.redis_server import RedisServer

_LEAST_ROOM = 256 * 1024 * 1024
_USUAL = 2048
_TRIES = 10_000  # a change that somebody else is quicker with so often is no change any more
_DOCUMENTS, _OUTBOX = "d", "o"


class _Room(NamedTuple):
    """How much a shelf keeps."""

    documents: int
    bytes: int


def _room(documents: int) -> _Room:
    return _Room(documents, max(_LEAST_ROOM, _USUAL * documents))


def _nobody() -> None:
    """Who is told of what falls due, until somebody listens."""


class RedisShelf:
    """Documents of one space."""

    def __init__(self, server: RedisServer, base: str, name: str, room: _Room, posted: _Room) -> None:
        self.server = server
        self.base = base
        self.heard: Callable[[], None] = _nobody
        self._shelf = name
        self._room = room
        self._posted = posted

    def _run(self, script: str, *given: Any) -> Any:
        return self.server.run(script, self.base, *given)

    def __len__(self) -> int:
        return int(self._run(scripts.LENGTH, self._shelf))

    def get(self, key: str) -> Document | None:
        """The document with this key."""
        found = self._run(scripts.GET, self._shelf, _spelled(key))
        return reread(found[1]) if found else None

    def add(self, key: str, document: Document, settles_ms: int, now_ms: int, due_ms: int = NEVER_MS) -> bool:
        """Keep a new document; False where the key is taken, Full where nothing may go for it."""
        given = (_spelled(key), pack(document), _time(settles_ms), now_ms, _time(due_ms), *self._room)
        return self._settled(self._run(scripts.ADD, self._shelf, *given))

    def update(self, key: str, change: Change) -> Document | None:
        """Change a document in one step; the document as it now stands."""
        for _ in range(_TRIES):
            found = self._run(scripts.GET, self._shelf, _spelled(key))
            if not found:
                return None
            changed = change(reread(found[1]))
            if changed is None:
                return reread(found[1])  # type: ignore[no-any-return]  # bodies hold what documents were packed into
            if changed.posted and self._shelf == _OUTBOX:
                raise ValueError("an outbox posts nothing")
            body = pack(changed.document)
            given = (_spelled(key), *found, body, _time(changed.settles_ms), _time(changed.due_ms), *self._posted)
            if self._settled(self._run(scripts.UPDATE, self._shelf, *given, *_flat(changed.posted))):
                return reread(body)  # type: ignore[no-any-return]
        raise Down(f"{key!a:.60} is changed by others all the time")

    def _settled(self, said: list[Any]) -> bool:
        """True where a script has done it, False where it could not; who listens is told."""
        if said[0] < 0:
            until_ms = _number(said[1]) if said[1] else NEVER_MS
            what = f"{said[2]} documents are kept, and every one is unfinished"
            raise Full(what, until_ms if until_ms < NEVER_MS else None)
        if said[0] and said[1]:
            self.heard()
        return bool(said[0])

    def newest(self, limit: int, before: int | None = None) -> list[Kept]:
        """A page of documents, the last added first."""
        end = "+" if before is None else f"({before:016}"
        return _rows(self._run(scripts.NEWEST, self._shelf, end, limit))

    def claim(self, now_ms: int, until_ms: int, limit: int = 100) -> list[Kept]:
        """Documents that are due, the longest due first; each is due again at `until_ms`."""
        again_ms = _time(max(until_ms, now_ms + 1))
        return _rows(self._run(scripts.CLAIM, self._shelf, now_ms, again_ms, limit))

    def due_ms(self) -> int:
        """When the next document falls due."""
        self.server.touch(self.base)
        found = self._run(scripts.DUE, self._shelf)
        return _number(found[1]) if found else NEVER_MS


class RedisRates:
    """How many requests were taken in a window of time, by all servers."""

    def __init__(self, server: RedisServer, base: str) -> None:
        self._server = server
        self._base = base

    def take(self, name: tuple[str, str], count: int, window_ms: int, now_ms: int, *, sliding: bool) -> Taken:
        """Take one request, unless that would be more than `count` in a window."""
        window_began = now_ms - now_ms % window_ms
        begun_ms = now_ms - window_ms if sliding else window_began - 1
        given = (*map(_spelled, name), begun_ms, count, now_ms)
        allowed, taken, first = self._server.run(scripts.TAKE, self._base, *given)
        free_ms = (int(first) if sliding else window_began) + window_ms
        return Taken(bool(allowed), count - taken, max(1, free_ms - now_ms))

    def forget(self, rule: str) -> None:
        """Forget the windows of one rule."""
        self._server.run(scripts.FORGET, self._base, _spelled(rule))

    def clear(self) -> None:
        """Forget every window."""
        self._server.run(scripts.FORGET, self._base, b"")


class RedisStore(Remembering, RedisShelf):
    """Documents, an outbox, counters and a log of one provider."""

    def __init__(
        self,
        server: RedisServer,
        name: str,
        max_documents: int = 100_000,
        max_notes: int = 10_000,
        max_note_bytes: int = 64 * 1024 * 1024,
        max_counters: int = 1_000_000,
        *,
        max_posted: int = 100_000,
    ) -> None:
        base, posted = server.base(name), _room(max_posted)
        super().__init__(server, base, _DOCUMENTS, _room(max_documents), posted)
        self._outbox = RedisShelf(server, base, _OUTBOX, posted, posted)
        self._bounds = (max_notes, max_note_bytes)
        self._max_counters = max_counters
        self._notebook, self._mine = server, f"{name}/"

    @property
    def outbox(self) -> RedisShelf:
        """What is to be sent."""
        return self._outbox

    @property
    def mark(self) -> str:
        """What tells this server from all others."""
        return self.server.mark

    @property
    def epoch(self) -> int:
        """How often the store was reset."""
        return int(self._run(scripts.EPOCH))

    def reset(self) -> None:
        """Forget everything."""
        self._run(scripts.RESET)

    @property
    def rates(self) -> RedisRates:
        """The windows of rates of all servers."""
        return RedisRates(self.server, self.base)

    def listen(self, heard: Callable[[], None]) -> None:
        """Have somebody told whenever something falls due earlier than all there was; of other servers nothing is."""
        self.heard = self._outbox.heard = heard

    # counters

    def count(self, name: str, by: int = 1) -> int:
        """Add to a counter and tell its new value."""
        return self._add(name, by, "")[0]

    def spend(self, name: str, amount: int, limit: int) -> bool:
        """Add to a counter only where it stays within the limit."""
        return self._add(name, amount, limit)[1]

    def _add(self, name: str, by: int, limit: int | str) -> tuple[int, bool]:
        value, added = self._run(scripts.COUNT, _spelled(name), by, limit, self._max_counters)
        if added < 0:
            raise Full(f"{self._max_counters} counters are kept, and a counter is never dropped")
        return int(value), bool(added)

    def counters(self) -> Mapping[str, int]:
        """Every counter that was ever added to."""
        found = self._run(scripts.COUNTERS)
        return {_read(name): int(value) for name, value in zip(found[::2], found[1::2], strict=True)}

    # the log

    @property
    def noted(self) -> int:
        """How many entries were ever noted: the number of the last one."""
        return int(self._run(scripts.NOTED))

    def note(self, entry: Entry, size: int) -> int:
        """Write an entry into the log; the oldest go where there are too many, or too large ones."""
        return int(self._run(scripts.NOTE, pack(entry), size, *self._bounds))

    def notes(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Entry]]:
        """The first entries that are still kept and stand after a number, the oldest first."""
        if limit <= 0:
            return []
        found = self._run(scripts.NOTES, f"{max(after, 0) + 1}-0", limit)
        return [(int(bytes(number).partition(b"-")[0]), _entry(reread(fields[1]))) for number, fields in found]


def _flat(posted: tuple[Posted, ...]) -> list[Any]:
    texts = (
        (_spelled(each.key), pack(each.document), _time(each.settles_ms), each.now_ms, _time(each.due_ms))
        for each in posted
    )
    return [value for each in texts for value in each]


def _rows(found: list[bytes]) -> list[Kept]:
    threes = zip(found[::3], found[1::3], found[2::3], strict=True)
    return [Kept(int(number), _read(key), reread(body)) for number, key, body in threes]


def _spelled(text: str) -> bytes:
    """A text as it is kept: whatever a client has written, halves of surrogates and zero bytes too."""
    return text.encode("utf-8", "surrogatepass")


def _read(spelled: bytes) -> str:
    return spelled.decode("utf-8", "surrogatepass")


def _time(at_ms: int) -> int:
    """A time as it is kept: never is never."""
    return min(at_ms, NEVER_MS)


def _number(score: bytes) -> int:
    return int(float(score))


def _entry(value: object) -> Entry:
    return tuple(_entry(each) for each in value) if isinstance(value, list) else value  # type: ignore[return-value]
