"""Webhooks, sent: what has fallen due becomes deliveries, and of each delivery one attempt after the other.

Nothing is locked while something is sent: a receiver may ask the mock from inside its handler. A claim ends by itself,
so that what was due when a process stopped is sent by the next one. Knows the store and the clock; the network is
behind a sender that it is given.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from urllib.parse import unquote

from lumakit.clock import Clock
from lumakit.egress import Blocked, Failed, request_to
from lumakit.errors import UsageError
from lumakit.model import Headers, Request, Response
from lumakit.redaction import Redactor
from mockserver import kept
from mockserver.defaults import ADMIN
from mockserver.engine import Task
from mockserver.render import Renderer
from mockserver.stores import Changed, Down, Full, Store
from mockserver.taking import Take, at_once
from mockserver.webhooks import outbox
from mockserver.webhooks.delivery import STATES, Answered, Attempt, Delivery
from mockserver.webhooks.habits import Habits
from mockserver.webhooks.manners import HIDDEN, Manners
from mockserver.webhooks.policy import Policy

LEASE_S = 60.0  # of the sender's own time: an attempt is over long before that
AT_ONCE = 64
_ANSWERED_CHARS = 16 * 1024
_log = logging.getLogger(__name__)


class Webhooks:
    """The deliveries of one provider: listed, sent when they are due, sent again when somebody asks for it."""

    def __init__(
        self,
        renderer: Renderer | None,
        store: Store,
        clock: Clock,
        redactor: Redactor,
        habits: Habits,
        changed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._renderer = renderer
        self._changed = changed  # told the id of every delivery that is made or altered
        self._in_hand: set[str] = set()  # what is being sent here is not sent twice, however long it takes
        self._store = store
        self._clock = clock
        self._redactor = redactor
        self._habits = habits
        self._manners = Manners(renderer.reading if renderer else None, habits)

    @property
    def policy(self) -> Policy:
        """When deliveries count as received, and when they are tried again."""
        return self._manners.policy

    # what there is

    def __len__(self) -> int:
        return len(self._store.outbox)

    def __iter__(self) -> Iterator[Delivery]:
        """Every delivery, the newest first, without its secrets."""
        return (row for _, row in self.pages())

    def __getitem__(self, key: str) -> Delivery:
        """The delivery with an id, without its secrets."""
        return self._shown(self._found(key))

    def __contains__(self, key: str) -> bool:
        return self._store.outbox.get(key) is not None

    def rows(self, limit: int = 100, before: int | None = None, *, state: str = "", task: str = "") -> list[Delivery]:
        """Deliveries, the newest first, without their secrets."""
        return [row for _, row in itertools.islice(self.pages(before, state=state, task=task), limit)]

    def pages(self, before: int | None = None, *, state: str = "", task: str = "") -> Iterator[tuple[int, Delivery]]:
        """Every delivery that is asked for, with its number, the newest first."""
        if state and state not in STATES:
            hint = f"one of {', '.join(STATES)}"
            raise UsageError(f"a delivery is never {state!r}", code="state_unknown", hint=hint)
        while page := self._store.outbox.newest(500, before):
            rows = ((each.number, Delivery.from_json(each.document)) for each in page)
            yield from ((n, self._shown(row)) for n, row in rows if state in ("", row.state) and task in ("", row.task))
            before = page[-1].number

    def due_ms(self) -> int:
        """When something is to be done next, on the mock's clock; NEVER_MS where nothing is."""
        return min(self._store.due_ms(), self._store.outbox.due_ms())

    def _found(self, key: str) -> Delivery:
        document = self._store.outbox.get(key)
        if document is None:
            hint = "`mock.webhooks.rows()` lists them all"
            raise UsageError(f"there is no delivery {key!r}", code="delivery_not_found", hint=hint)
        return Delivery.from_json(document)

    def _shown(self, row: Delivery) -> Delivery:
        hide = self._redactor
        base, mark, query = row.url.partition("?")
        attempts = tuple(self._told(each, row.secret) for each in row.attempts)
        url = hide.text(base) + mark + (hide.query(query) if query else "")
        body = hide.body(row.body.encode()).decode()
        return replace(row, url=url, body=body, secret=HIDDEN if row.secret else "", attempts=attempts)

    def _told(self, attempt: Attempt, secret: str) -> Attempt:
        """An attempt as it is shown: a receiver may answer with what it was sent."""
        error, body = self._redactor.text(attempt.error), self._redactor.text(attempt.body)
        for each in (secret, *self._habits.signing.secrets):
            body = body.replace(each, HIDDEN) if each else body
        return attempt._replace(error=error, body=body)

    def headers(self, row: Delivery) -> Headers:
        """The headers of the last attempt, or those that it would go out with now; without their secrets."""
        if row.attempts:
            return row.attempts[-1].headers
        return self._manners.hidden(row, self._manners.headers(row, self._clock.now()))

    # what is due

    def deliver_due(self) -> list[Delivery]:
        """Send everything that is due, until nothing is; every delivery that was attempted, as it stands then."""
        done: dict[str, Delivery] = {}
        while chains := self.claim():
            waiting = list(itertools.chain.from_iterable(chains))
            try:
                while waiting:
                    row = waiting[0]
                    done[row.id] = self._settled(row, self._attempt_now(row))
                    self.let_go([waiting.pop(0)])
            finally:
                self.let_go(waiting)
        return [self._shown(row) for row in done.values()]

    def claim(self, limit: int = AT_ONCE) -> list[list[Delivery]]:
        """The deliveries that are due now, nobody else's for a while, by task: each task's in their order."""
        self.tell_due(limit)
        now_ms = self._clock.now()
        chains: dict[str, list[Delivery]] = {}
        for each in self._store.outbox.claim(now_ms, self._lease_ms(now_ms), limit):
            row = Delivery.from_json(each.document)
            if row.id not in self._in_hand:
                self._in_hand.add(row.id)
                chains.setdefault(row.task or row.id, []).append(row)
        return list(chains.values())

    def tell_due(self, limit: int = AT_ONCE) -> bool:
        """Make deliveries of what has come to tasks, and send none; True where something had come."""
        now_ms = self._clock.now()
        claimed = self._store.claim(now_ms, self._lease_ms(now_ms), limit)
        told = [self._tell(each.key, now_ms) for each in claimed]
        return any(told)

    def _lease_ms(self, now_ms: int) -> int:
        lease_s = max(LEASE_S, 2 * self._manners.longest_s)
        return now_ms + round(lease_s * 1000 * max(1.0, getattr(self._clock, "speed", 1.0)))

    async def follow(self, chain: list[Delivery], take: Take = at_once) -> AsyncIterator[Delivery]:
        """Send claimed deliveries, one after the other, on an event loop; what was attempted leaves the chain."""
        while chain:
            row = chain[0]
            settled = await take(partial(self._settled, row, await self._attempt(row)))
            self.let_go([chain.pop(0)])
            yield self._shown(settled)

    def let_go(self, rows: Iterable[Delivery]) -> None:
        """Say that deliveries which were claimed are nobody's any more, whatever became of them."""
        self._in_hand.difference_update(row.id for row in rows)

    def post(self, rows: Iterable[Delivery]) -> None:
        """Put deliveries into the outbox."""
        now_ms = self._clock.now()
        for row in rows:
            self._store.outbox.add(row.id, row.to_json(), row.settles_ms, now_ms, row.due_ms)
            self._changed(row.id)

    def redeliver(self, key: str) -> Delivery:
        """Have a delivery sent once more, whatever became of it."""
        now_ms = self._clock.now()
        self._found(key)
        if key in self._in_hand:
            hint = "its outcome stands in its row soon"
            raise UsageError(f"the delivery {key!r} is being sent", code="delivery_under_way", hint=hint)
        return self._shown(self._altered(key, lambda row: row.again(self._policy(row), now_ms)) or self._found(key))

    def _tell(self, key: str, now_ms: int) -> bool:
        """Make deliveries of what has come to a task, in the step in which the task remembers that."""
        posted: list[str] = []

        def told(document: dict[str, object]) -> Changed:
            task, made = self._made(Task.from_json(document), now_ms)
            posted[:] = [row.id for row in made]
            return kept.changed(task, tuple(row.posted(now_ms) for row in made))

        try:
            self._store.update(key, told)
        except Full:  # what waits to be sent has taken all the room: the task is asked again when its claim ends
            return False
        except Down:
            raise
        except Exception:  # noqa: BLE001  # the last net: one task that cannot be told of must not keep all others back
            _log.exception("a webhook could not be made: a bug of the mock server")
            return False
        for each in posted:
            self._changed(each)
        return True

    def _made(self, task: Task, now_ms: int) -> tuple[Task, tuple[Delivery, ...]]:
        if self._renderer is None:
            return replace(task, hook=None), ()
        return outbox.told(task, self._renderer, self._manners.of(task.kind).policy, now_ms)

    # one attempt

    def _attempt_now(self, row: Delivery) -> Answered:
        asked = self._asked(row)
        if isinstance(asked, Answered):
            return asked
        began_s = self._habits.ticks()
        try:
            answered = _read(self._habits.sender.send_now(asked, total_s=self._policy(row).timeout_s))
        except (Blocked, Failed) as error:
            answered = _unanswered(error)
        return self._timed(row, asked, answered, began_s)

    async def _attempt(self, row: Delivery) -> Answered:
        asked = self._asked(row)
        if isinstance(asked, Answered):
            return asked
        began_s = self._habits.ticks()
        try:
            answered = _read(await self._habits.sender.send(asked, total_s=self._policy(row).timeout_s))
        except (Blocked, Failed) as error:
            answered = _unanswered(error)
        return self._timed(row, asked, answered, began_s)

    def _asked(self, row: Delivery) -> Request | Answered:
        """The delivery as it leaves; or why it does not."""
        try:
            return self._request(row)
        except (Blocked, UsageError) as error:
            return _unanswered(error)

    def _timed(self, row: Delivery, asked: Request, answered: Answered, began_s: float) -> Answered:
        took_ms = round((self._habits.ticks() - began_s) * 1000)
        return answered._replace(took_ms=took_ms, sent=self._manners.hidden(row, asked.headers))

    def _policy(self, row: Delivery) -> Policy:
        return self._manners.of(row.kind).policy

    def _settled(self, row: Delivery, answered: Answered) -> Delivery:
        now_ms = self._clock.now()

        def after(each: Delivery) -> Delivery:
            known = len(each.attempts) != len(row.attempts)  # it was noted when the store seemed to be down
            return each if known else each.after(self._policy(each), now_ms, answered)

        return self._altered(row.id, after) or after(row)

    def _altered(self, key: str, how: Callable[[Delivery], Delivery]) -> Delivery | None:
        """A delivery, changed where it is kept; None where it is not kept any more: the mock was reset meanwhile."""

        def change(document: dict[str, object]) -> Changed:
            row = how(Delivery.from_json(document))
            return Changed(row.to_json(), row.settles_ms, row.due_ms)

        document = self._store.outbox.update(key, change)
        if document is None:
            return None
        self._changed(key)
        return Delivery.from_json(document)

    def _request(self, row: Delivery) -> Request:
        """The delivery as it leaves."""
        headers = self._manners.headers(row, self._clock.now())
        request = request_to(row.url, method=row.method, headers=headers, body=row.body.encode())
        if ADMIN in unquote(request.path):  # a client must not steer a mock by its webhooks, wherever that is mounted
            raise Blocked("own_admin", "a webhook may not call a control API")
        return request


def _read(response: Response) -> Answered:
    """What an answer says of an attempt."""
    body = response.body[:_ANSWERED_CHARS].decode(errors="replace")
    error = "a redirect, and none is followed" if 300 <= response.status < 400 else ""
    return Answered(response.status, error, body, response.header("retry-after") or "")


def _unanswered(error: Blocked | Failed | UsageError) -> Answered:
    """What the lack of an answer says of an attempt."""
    if isinstance(error, UsageError):
        return Answered(error=error.what, blocked=True)
    if isinstance(error, Blocked):
        return Answered(error="; ".join(filter(None, (error.reason, error.hint))), blocked=True)
    return Answered(error=error.reason)
