"""Kill mock servers at random moments under load, and count what is lost: `bench/torture.py --help`.

Every task that was accepted must be found again, no state may go back, and every webhook must arrive, whoever fails.
Prints the figures; `--markdown` writes them into a page. Exit code 1 where anything was lost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.crowd import Line, Told, load, look_for_all
from bench.figures import table, write
from bench.inbox import Inbox, secret
from bench.victims import PATIENCE_S, Server, redis, servers

LONGEST_S = 10.0  # between two kills
DEAD_S = (0.05, 0.2)  # until it is started again
QUIET_S = 2.0  # nothing is on its way any more
ADVANCE_S = 3 * 3600  # past every plan, every schedule and every claim
SHARE = 0.01  # of the webhooks may come once more than they must


@dataclass
class Figures:
    """What was counted."""

    name: str
    kills: int = 0
    accepted: int = 0
    polls: int = 0
    refused: int = 0
    unanswered: int = 0
    lost: int = 0
    went_back: int = 0
    webhooks_missing: int = 0
    webhooks_refused: int = 0
    webhooks_after_a_kill: int = 0
    webhooks_twice: int = 0
    webhooks_differing: int = 0
    slowest_start_s: float = 0.0
    took_s: int = 0

    @property
    def is_clean(self) -> bool:
        """True where nothing was lost and something was tried."""
        lost = self.lost or self.went_back or self.webhooks_missing or self.webhooks_differing
        return self.accepted > 0 and not lost

    @property
    def is_sparing(self) -> bool:
        """True where few webhooks came again that were taken already, and none without a kill."""
        return not self.webhooks_twice and self.webhooks_after_a_kill <= SHARE * self.accepted


@dataclass(frozen=True)
class Plan:
    """At least so many kills, and so many tasks."""

    kills: int
    tasks: int
    seed: str = "0"
    longest_s: float = LONGEST_S
    quiet_s: float = QUIET_S


class Torture:
    """Some servers on a store, their clients, and a receiver of webhooks."""

    def __init__(self, name: str, plan: Plan, every: Sequence[Server]) -> None:
        self.figures = Figures(name, slowest_start_s=max(each.start_s for each in every))
        self._plan = plan
        self._chance = random.Random(plan.seed)  # noqa: S311  # a seed, so that a run can be had again
        self._every = every
        self._ports = [each.port for each in every]
        self._told = Told()
        self._inbox = Inbox(plan.seed, [0] * len(every))

    async def run(self) -> Figures:
        """Kill until there were kills and tasks enough, and look what is left."""
        began = time.monotonic()
        async with self._inbox.opened() as hook:
            while self.figures.kills < self._plan.kills or self._told.accepted < self._plan.tasks:
                await self._round(hook)
            await self._settle()
        self.figures.took_s = round(time.monotonic() - began)
        return self._counted()

    async def _round(self, hook: str) -> None:
        """One of the servers is killed under load, and started again: where it is not the only one, under load too."""
        number = self._chance.randrange(len(self._every))
        is_alone = len(self._every) == 1
        async with load(self._ports, hook, self._told, f"{self._plan.seed}/{self.figures.kills}"):
            await asyncio.sleep(self._chance.uniform(0.05, self._plan.longest_s))
            self._every[number].kill()
            if not is_alone:
                await self._restart(number)
        if is_alone:
            await self._restart(number)
        self.figures.kills += 1

    async def _restart(self, number: int) -> None:
        """Start a server that was killed, once all has been read that it had sent."""
        await asyncio.sleep(self._chance.uniform(*DEAD_S))
        self._inbox.lives[number] += 1
        start_s = await asyncio.to_thread(self._every[number].start)
        self.figures.slowest_start_s = max(self.figures.slowest_start_s, start_s)

    async def _settle(self) -> None:
        """Look for every task, and wait until every webhook has arrived.

        The clock is moved when nothing is on its way: whatever is claimed then was claimed by a server that is dead.
        """
        await look_for_all(self._ports, self._told)
        line, end = Line(self._ports[0]), time.monotonic() + PATIENCE_S
        await self._inbox.until_quiet(self._plan.quiet_s)
        while self._missing() and time.monotonic() < end:
            await line.ask("PUT", "/__admin/clock", json.dumps({"advance_s": ADVANCE_S}).encode())
            await self._inbox.until_quiet(self._plan.quiet_s)
        line.close()

    def _missing(self) -> int:
        return len(self._told.states.keys() - self._inbox.taken)

    def _counted(self) -> Figures:
        figures, told, inbox = self.figures, self._told, self._inbox
        for name in ("accepted", "polls", "refused", "unanswered", "lost", "went_back"):
            setattr(figures, name, getattr(told, name))
        figures.webhooks_missing = self._missing()
        figures.webhooks_refused, figures.webhooks_twice = inbox.refused, inbox.twice
        figures.webhooks_after_a_kill = inbox.after_a_kill
        figures.webhooks_differing = inbox.differing + inbox.unsigned
        figures.slowest_start_s = round(figures.slowest_start_s, 2)
        return figures


def torture(name: str, store: str, count: int, plan: Plan) -> Figures:
    """So many servers on a store, one of them killed again and again."""
    with tempfile.TemporaryDirectory() as folder, servers(store, _signing(Path(folder), count)) as every:
        return asyncio.run(Torture(name, plan, every).run())


def _signing(folder: Path, count: int) -> list[tuple[str, ...]]:
    """The flags of some servers, each of which signs with a secret of its own."""
    files = [folder / f"{number}.secret" for number in range(count)]
    for number, file in enumerate(files):
        file.write_text(secret(number), encoding="ascii")
    return [("--webhook-signing", "standard", "--webhook-secret-file", str(file)) for file in files]


def on_sqlite(plan: Plan) -> Figures:
    """One server on a file, killed and started again."""
    with tempfile.TemporaryDirectory() as folder:
        return torture("SQLite, one server", f"sqlite:///{folder}/mock.db", 1, plan)


def on_redis(count: int, plan: Plan, url: str) -> Figures:
    """Some servers on one Redis, one of them killed and started again."""
    return torture(f"Redis, {count} servers", url, count, plan)


def main() -> int:
    """Torture everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=24, help="of each kind of store, at least")
    parser.add_argument("--tasks", type=int, default=100_000, help="to be accepted by all together, at least")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--markdown", type=Path, help="a page with a place for the figures")
    options = parser.parse_args()
    every = [on_sqlite(Plan(options.kills, options.tasks * 6 // 10, options.seed))]
    for count in (2, 3):
        with redis() as url:
            every.append(on_redis(count, Plan(options.kills, options.tasks * 2 // 10, options.seed), url))
    print(table(every))
    if options.markdown:
        command = f"bench/torture.py --kills {options.kills} --tasks {options.tasks} --seed {options.seed}"
        write(options.markdown, table(every), command)
    return 0 if all(each.is_clean and each.is_sparing for each in every) else 1


if __name__ == "__main__":
    sys.exit(main())
