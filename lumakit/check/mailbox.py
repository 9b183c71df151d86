"""Where webhooks of a run arrive: one address for each task, so that every delivery is known by where it came.

Knows requests and how deliveries are verified. Opens no port: a porch brings requests here, from a server, through a
tunnel, or straight from a mock in this process.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

from lumakit import strictjson
from lumakit.check.requests import Hook
from lumakit.check.traffic import Arrival, Record
from lumakit.clock import Clock
from lumakit.contract import reader
from lumakit.draws import Draw
from lumakit.model import Request, Response
from lumakit.redaction import Redactor
from lumakit.webhooks import Receiver, Refused

PATH = "/hooks/"
_PLAIN = (("Content-Type", "text/plain; charset=utf-8"),)


@dataclass
class Box:
    """One address: whose it is, how many deliveries it is to fail, and what came."""

    hook: Hook
    task: str = ""
    failing: int = 0
    receiver: Receiver | None = None
    arrivals: list[Arrival] = field(default_factory=list)
    ended: bool = False


class Mailbox:
    """Addresses under one base, and everything that came to them."""

    def __init__(self, plain: Receiver, record: Record, clock: Clock, redactor: Redactor, draw: Draw) -> None:
        self._plain = plain
        self.record = record
        self._clock = clock
        self._redactor = redactor
        self._draw = draw
        self._boxes: dict[str, Box] = {}
        self._strays: list[Arrival] = []
        self._lock = threading.Lock()
        self.base = "http://127.0.0.1"

    def box(self, name: str) -> Box:
        """A new address; the secret is one that nobody else has."""
        token = self._draw.digest(f"address {name} {len(self._boxes)}").hex()[:24]
        secret = self._draw.digest(f"secret {token}").hex()[:32]
        keyed = None if self._plain.verifies else self._echoed(secret)
        box = Box(Hook(f"{self.base}{PATH}{token}", secret if keyed else ""), receiver=keyed)
        self._boxes[token] = box
        self.record.listened = True
        return box

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Every address that was given out."""
        return tuple(self._boxes.values())

    def _echoed(self, secret: str) -> Receiver | None:
        """Who verifies what comes with a secret that was sent along, where the contract documents that."""
        reading = self._plain.contract.reading
        hooks = [task.webhook for task in reading.tasks.values() if task.webhook] if reading else []
        if any(hook.secret and hook.secret_header for hook in hooks):
            return Receiver(self._plain.contract, secret=secret)
        return None

    # what comes

    def __call__(self, request: Request) -> Response:
        """Take a delivery, and answer it."""
        box = self._boxes.get(request.path.rpartition("/")[2])
        receiver = (box and box.receiver) or self._plain
        refused, ended = self._read(receiver, request)
        with self._lock:
            status = 500 if box and box.failing else 200
            if box and box.failing:
                box.failing -= 1
            self._note(box, request, status, refused, expected=receiver.verifies)
            if box and status == 200:
                box.ended = box.ended or ended
        return Response(status, _PLAIN, b"" if status == 200 else b"once more, please\n")

    def too_large(self, request: Request) -> Response:
        """Take a delivery whose body was not read."""
        with self._lock:
            self._note(self._boxes.get(request.path.rpartition("/")[2]), request, 413, "the body is too large")
        return Response(413, _PLAIN, b"too large\n")

    def _read(self, receiver: Receiver, request: Request) -> tuple[str, bool]:
        """Why a delivery is not verified, and whether it tells an end."""
        try:
            delivery = receiver.read(request.headers, request.body, now_s=self._clock.now() / 1000)
        except Refused as error:
            return (error.reason if error.status == 401 else ""), self._tells_end(request)
        return "", delivery.snapshot.done

    def _tells_end(self, request: Request) -> bool:
        """Whether a delivery that was not taken tells an end all the same: then nobody waits for another."""
        reading = self._plain.contract.reading
        try:
            told = reader.snapshot(reading, strictjson.loads(request.body)) if reading else None
        except strictjson.JsonProblem:
            return False
        return told is not None and told.done

    def _note(self, box: Box | None, request: Request, status: int, refused: str, *, expected: bool = False) -> None:
        shown = self._redactor.request(request)
        arrival = Arrival(self.record.number(), self._clock.now(), shown, status, expected=expected, refused=refused)
        (box.arrivals if box else self._strays).append(arrival)

    # what came

    def hand_over(self) -> None:
        """Put everything into the record, now that it is known whose each address was."""
        with self._lock:
            for box in self._boxes.values():
                self.record.add(*(replace(each, task=box.task) for each in box.arrivals))
                box.arrivals.clear()
            self.record.add(*self._strays)
            self._strays.clear()
