"""The shop: orders, what is heard of them, and the mail that goes out once."""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from postcards.pictures import Pictures, State, Told, told

EVERY_S = 20.0
PATIENCE_S = 1800.0
_log = logging.getLogger(__name__)


class Unknown(LookupError):
    """Nobody has ordered this."""


class NotOurs(PermissionError):
    """A webhook without the secret that was agreed on."""


@dataclass
class Order:
    """A postcard that somebody wants."""

    text: str
    to: str
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    task: str = ""
    state: State = State.MAKING
    address: str = ""
    reason: str = ""
    ordered_s: float = field(default_factory=time.monotonic)


class Shop:
    """Takes orders, and brings each to its end once."""

    def __init__(
        self,
        pictures: Pictures,
        mail: Callable[[str, str], None],
        hook: str,
        secret: str,
        read: Callable[[Mapping[str, Any]], Told] = told,
    ) -> None:
        self.orders: dict[str, Order] = {}
        self._pictures = pictures
        self._mail = mail
        self._hook = hook
        self._secret = secret
        self._read = read
        self._by_task: dict[str, Order] = {}
        self._early: dict[str, Told] = {}  # what was heard of pictures whose order has not been answered yet

    async def take(self, text: str, to: str) -> Order:
        """Take an order."""
        order = Order(text, to)
        self.orders[order.id] = order
        order.task = await self._pictures.order(text, self._hook, self._secret)
        self._by_task[order.task] = order
        if early := self._early.pop(order.task, None):
            self.settle(order, early)
        return order

    def hear(self, secret: str, body: Mapping[str, Any]) -> None:
        """Take a webhook. It may come twice, out of order, and before the answer to the order it belongs to."""
        if not hmac.compare_digest(secret, self._secret):
            raise NotOurs
        heard = self._read(body)
        order = self._by_task.get(heard.task)
        if order is not None:
            self.settle(order, heard)
        elif any(not each.task for each in self.orders.values()):
            self._early[heard.task] = heard
        else:
            raise Unknown(heard.task)

    def settle(self, order: Order, heard: Told) -> None:
        """Bring an order to its end; the first end it comes to is the one."""
        if order.state is not State.MAKING or heard.state is State.MAKING:
            return
        order.state, order.address, order.reason = heard.state, heard.address, heard.reason
        text = f"Your postcard: {order.address}" if order.address else f"There is no postcard: {order.reason}"
        self._mail(order.to, text)

    async def watch(self) -> None:
        """Ask, now and then, what has become of everything that is being made."""
        while True:
            await asyncio.sleep(EVERY_S)
            for order in [each for each in self.orders.values() if each.task and each.state is State.MAKING]:
                await self._ask(order)

    async def _ask(self, order: Order) -> None:
        try:
            self.settle(order, self._read(await self._pictures.look(order.task)))
        except httpx.HTTPError as error:
            _log.warning("no word of %s: %r", order.task, error)  # the next round asks again
        if time.monotonic() - order.ordered_s > PATIENCE_S:
            self.settle(order, Told(order.task, State.FAILED, reason="it took too long"))
