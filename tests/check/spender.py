"""A process that spends: many threads ask one server through probes that share a ledger. Started by the tests of money.

    python -m tests.check.spender LEDGER SERVER BUDGET THREADS ASKS [DIES]

The server is a file: each paid request that it accepts is one byte more in it, whatever it answers. DIES names the
moment at which the process kills itself, as `kill -9` would. Each request that is through is a point on stdout.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import lumakit
from lumakit.check.guard import Budgeted, Limits
from lumakit.check.ledger import Ledger
from lumakit.check.probe import Probe
from lumakit.check.target import Cost
from lumakit.check.traffic import Record
from lumakit.clock import SystemClock
from lumakit.errors import OverBudget
from lumakit.model import Lost, Request, Response
from lumakit.redaction import Redactor
from lumakit.secret import Key

MOMENTS = ("reserving", "reserved", "accepted", "settling")
SUBMIT = Request("POST", "/luma/generations", "", (("Content-Type", "application/json"),), b"{}")


@dataclass
class Server:
    """Accepts, and then answers, stumbles or hangs up, in turn."""

    file: Path
    die: str = ""
    name: str = "server"
    origin: str = "http://server.test"
    base: str = ""
    own: bool = False
    clock: SystemClock = field(default_factory=SystemClock)
    _turns: itertools.count[int] = field(default_factory=itertools.count)

    def send(self, request: Request) -> Response | Lost:
        assert request.header("authorization")
        turn = next(self._turns) % 5
        if turn == 0:
            return Response(422)
        self.moment("reserved")
        file = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(file, b".")
        os.close(file)
        self.moment("accepted")
        return (Response(200), Lost("hung up"), Response(500), Response(202))[turn - 1]

    def moment(self, name: str) -> None:
        if name == self.die:
            os.kill(os.getpid(), signal.SIGKILL)

    def reset(self) -> None:
        raise AssertionError


def main(ledger: str, server: str, budget: int, threads: int, asks: int, dies: str = "") -> None:
    """Spend as much as one is let."""
    target, times = Server(Path(server), dies), itertools.count()

    def now_ms() -> int:
        """The time, which a ledger asks for once in each line that it writes."""
        target.moment("reserving" if next(times) % 2 == 0 else "settling")
        return target.clock.now()

    book = Ledger(ledger, now_ms)
    limits = Limits(budget=budget, requests=10**6, apart_s=0, at_once=threads)
    guard = Budgeted(limits, book, target.clock, run="shared", target="server")
    contract = lumakit.load("chainhub")
    hidden = Redactor()

    def spend() -> None:
        probe = Probe(contract, target, guard, key=Key("canary-7f3a-of-a-spender"), redactor=hidden, record=Record())
        with contextlib.suppress(OverBudget):
            for _ in range(asks):
                probe.ask(SUBMIT, cost=Cost.PAID)
                os.write(1, b".")

    workers = [threading.Thread(target=spend) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    given = sys.argv[1:]
    main(given[0], given[1], int(given[2]), int(given[3]), int(given[4]), *given[5:])
