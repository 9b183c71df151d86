"""The faults of a mock: added, removed and listed while it serves, and asked about each request.

What is counted is counted in the store, so by all servers that share one. Knows no clock but the one it is given.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lumakit.contract.compile import Contract
from lumakit.draws import Draw
from lumakit.errors import UsageError
from mockserver.faults import mapping, places
from mockserver.faults.fault import Fault
from mockserver.faults.kinds import Rate
from mockserver.faults.strike import Around, Hit, Struck, Visit, is_counted, strike
from mockserver.faults.windows import Windows
from mockserver.problems import Refused
from mockserver.stores import Full, Rates, Store, Taken

MAX_FAULTS = 100
Given = Fault | str | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Row:
    """A fault, when it was added, its number among all that there ever were, and what counts the requests it could
    strike; nothing where nobody asks.
    """

    fault: Fault
    added_ms: int
    serial: int
    counter: str


class Faults:
    """The faults of one mock. `rows` is empty where there are none, and then nothing else has to be asked."""

    def __init__(
        self,
        given: Iterable[Given],
        contract: Callable[[], Contract],
        now: Callable[[], int],
        draw: Draw,
        seconds_until: Callable[[int], float | None],
        store: Store,
    ) -> None:
        self.rows: tuple[_Row, ...] = ()
        self._contract = contract
        self._now = now
        self._around = Around(draw.under("faults"), self._take, seconds_until)
        self._lock = threading.Lock()
        self._given = self._checked([given] if isinstance(given, str) else given)
        self._refuse_too_many(len(self._given))
        self._changed: Callable[[], None] = lambda: None
        self._store = store
        self._windows: Rates = Windows() if store.rates is None else store.rates
        self._begin()

    def __len__(self) -> int:
        """How many there are."""
        return len(self.rows)

    def __iter__(self) -> Iterator[Fault]:
        """Every fault, in the order they strike."""
        return iter([row.fault for row in self.rows])

    def __getitem__(self, key: str) -> Fault:
        """One fault by its id."""
        return self._row(key).fault

    def follow(self, changed: Callable[[], None]) -> None:
        """Have somebody told of every change."""
        self._changed = changed

    def check(self, faults: Iterable[Given]) -> None:
        """Refuse faults that could not be put in the place of all others; changes nothing."""
        self._refuse_too_many(len(self._checked(faults)))

    # verbs

    def add(self, fault: Given) -> Fault:
        """Add a fault - a text, a mapping or a `Fault` - and return it with its id."""
        (made,) = self._checked([fault])
        with self._lock:
            self._refuse_too_many(len(self.rows) + 1)
            (row,) = self._new([made])
            self.rows = (*self.rows, row)
        self._changed()
        return row.fault

    def remove(self, key: str) -> Fault:
        """Take one fault away."""
        with self._lock:
            row = self._row(key)
            self.rows = tuple(each for each in self.rows if each is not row)
            self._windows.forget(row.fault.id)
        self._changed()
        return row.fault

    def clear(self) -> None:
        """Take every fault away, also those that were given at the start."""
        with self._lock:
            self.rows = ()
            self._windows.clear()
        self._changed()

    def replace(self, faults: Iterable[Given]) -> tuple[Fault, ...]:
        """Put these faults in the place of all others; where one of them is none, nothing changes."""
        made = self._checked(faults)
        self._refuse_too_many(len(made))
        with self._lock:
            self.rows = rows = self._new(made)
            self._windows.clear()
        self._changed()
        return tuple(row.fault for row in rows)

    def reset(self) -> None:
        """Forget what was counted and every fault that was added; those given at the start begin anew."""
        with self._lock:
            self._begin()
            self._windows.clear()
        self._changed()

    def _begin(self) -> None:
        self._numbers = itertools.count(1)
        self.rows = self._new(self._given)

    # what outlives the process

    def kept(self) -> list[dict[str, Any]]:
        """The faults as they stand: each with when it was added, and its number."""
        return [{"fault": row.fault.to_json(), "added_ms": row.added_ms, "serial": row.serial} for row in self.rows]

    def restore(self, kept: Iterable[Mapping[str, Any]]) -> None:
        """Go on where a process before this one, or another one beside it, stands."""
        rows = tuple(map(self._kept, kept))
        with self._lock:
            self.rows = rows
            self._numbers = itertools.count(1 + max((int(row.fault.id) for row in rows), default=0))

    def _checked(self, faults: Iterable[Given]) -> list[Fault]:
        made = [mapping.read(each) for each in faults]
        for each in made:
            places.check(each, [self._contract()])
        return made

    def _new(self, faults: list[Fault]) -> tuple[_Row, ...]:
        """Faults that begin now, with numbers that none before has had at any server."""
        last = self._count("faults", len(faults)) if faults else 0
        named = (replace(each, id=str(next(self._numbers))) for each in faults)
        return tuple(_row(each, self._now(), serial) for serial, each in enumerate(named, last - len(faults) + 1))

    def _kept(self, row: Mapping[str, Any]) -> _Row:
        """A fault that was kept; an older lumakit has kept no numbers."""
        serial = row.get("serial") or self._count("faults")
        return _row(mapping.read(row["fault"]), row["added_ms"], serial)

    def _row(self, key: str) -> _Row:
        for row in self.rows:
            if row.fault.id == key:
                return row
        raise UsageError(f"there is no fault {key!a:.40}", code="fault_not_found", hint="`mock.faults` lists them all")

    @staticmethod
    def _refuse_too_many(count: int) -> None:
        if count > MAX_FAULTS:
            what = f"a mock keeps {MAX_FAULTS} faults at most"
            raise UsageError(what, code="too_many_faults", hint="remove some, or clear them all")

    # the way of a request

    def before(self, visit: Visit) -> Hit | None:
        """What the faults do to a request; None where none of them strikes."""
        struck = tuple(self._struck(visit))
        return strike(struck, visit, self._around) if struck else None

    def _struck(self, visit: Visit) -> Iterator[Struck]:
        contract = visit.problems.contract
        for row in self.rows:
            fault, when = row.fault, row.fault.when
            if (
                (when.for_s is not None and visit.now_ms >= row.added_ms + when.for_s * 1000)
                or (visit.owner is None and places.needs_key(fault))
                or when.owner not in ("", visit.owner)
                or not places.struck(fault, visit.request, visit.operation, contract)
            ):
                continue
            nth = self._count(row.counter) if row.counter else 0
            if when.counts(nth) and self._chosen(fault, nth):
                yield Struck(fault, nth)

    def _count(self, name: str, by: int = 1) -> int:
        try:
            return self._store.count(name, by)
        except Full as full:
            raise Refused("unavailable", f"no fault can be counted: {full}") from None

    def _chosen(self, fault: Fault, nth: int) -> bool:
        percent = fault.when.percent
        return percent == 100 or self._around.draw.under(fault.id).under(nth).fraction("chance") * 100 < percent

    def _take(self, fault: Fault, rate: Rate, visit: Visit) -> Taken:
        whose = "" if rate.in_all else visit.owner or ""
        window_ms = max(1, round(rate.window_s * 1000))
        with self._lock:
            return self._windows.take((fault.id, whose), rate.count, window_ms, visit.now_ms, sliding=rate.sliding)


def _row(fault: Fault, added_ms: int, serial: int) -> _Row:
    return _Row(fault, added_ms, serial, f"fault/{serial}" if is_counted(fault) else "")
