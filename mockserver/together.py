"""Several servers on one store act as one mock: what one of them is told, the others go on with, and tell who listens.

Tasks, webhooks, counters and the diary are the store's already; here are the clock, scenarios, faults and events.
Events travel only while somebody listens, and whoever may have missed some is told of a gap. Knows what the news mean,
not how they travel.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Protocol

from mockserver.events import Events
from mockserver.lasting import OneClock
from mockserver.provider import MockProvider
from mockserver.server import MockServer
from mockserver.stores import Down

PATIENCE = 3  # so often nobody says that he listens, until nobody does
_log = logging.getLogger(__name__)


class Backend(Protocol):
    """What carries news between servers."""

    def hear(self, heard: Heard) -> None:
        """Have somebody told what other servers tell."""
        ...

    def tell(self, *words: str) -> bool:
        """Tell other servers; False where that failed."""
        ...


class Heard(Protocol):
    """Who is told the news."""

    def __call__(self, words: tuple[str, ...]) -> None:
        """Somebody has told this; nothing at all: something was missed."""
        ...


class Together:
    """One of the servers on a store."""

    def __init__(self, server: MockServer, clock: OneClock, backend: Backend) -> None:
        self._server = server
        self._clock = clock
        self._backend = backend
        self._silence = PATIENCE  # how often nobody elsewhere has said that he listens
        backend.hear(self.heard)

    def heard(self, words: tuple[str, ...]) -> None:
        """Go on with what another server tells."""
        try:
            self._heard(words)
        except Down as down:
            _log.warning("what another server has told waits: %s", down)

    def _heard(self, words: tuple[str, ...]) -> None:
        kind, *rest = words or ("lost",)
        events = self._events()
        if kind == "changed":
            self._changed(rest[0])
        elif kind == "event":
            events.say(*rest, here=True)
        elif kind == "listening":
            self._go_on_telling(events)
        elif kind == "missed":
            events.skip()
        elif kind == "lost":
            self._changed("")
            events.skip()
        elif kind == "still":
            self._still(events)

    def _go_on_telling(self, events: Events) -> None:
        """Somebody listens elsewhere; where that is new he has not been told all that has happened."""
        were_silent, self._silence = self._silence >= PATIENCE, 0
        events.hear_others(True)
        if were_silent:
            self._backend.tell("missed")

    def _still(self, events: Events) -> None:
        """Say again who listens here; tell nobody who has not said so for long."""
        self._silence += 1
        events.hear_others(self._silence < PATIENCE)
        if events.listeners:
            self._backend.tell("listening")

    def _spread(self, events: Events, *words: str) -> None:
        """Tell what happens here; where it cannot be told, whoever still listens then has missed something."""
        if not self._backend.tell("event", *words):
            self._silence = PATIENCE
            events.hear_others(False)

    def _changed(self, name: str) -> None:
        """Look again at what was remembered under a name; at everything where none is told."""
        provider, _, what = name.rpartition("/")
        if what in ("", "clock"):
            self._clock.join()
            self._say("clock")
        for key, mock in self._server.providers.items():
            if provider in ("", key) and what in ("", "scenario", "faults"):
                mock.look_again()
                self._say("scenario")
                self._say("faults", key)

    def _say(self, kind: str, provider: str = "") -> None:
        events = self._events()
        if events.awake:
            events.say(kind, provider, here=True)

    def _events(self) -> Events:
        """The log that all providers share once there is a control plane."""
        some: MockProvider = next(iter(self._server.providers.values()))
        events = some.events
        events.spread(partial(self._spread, events), partial(self._backend.tell, "listening"))
        return events
