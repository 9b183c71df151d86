"""The callbacks of a document, honoured: an answer becomes the deliveries that its operation's callbacks ask for.

Of operations whose webhooks a lifecycle tells, nothing is made here. Pure: the exchange, chance and now come in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from lumakit.contract.compile import Contract
from lumakit.contract.dialect import Direction
from lumakit.contract.expressions import Expression, Happened, expression
from lumakit.contract.frozen import thaw
from lumakit.contract.operation import Callback
from lumakit.contract.sample import NoSample
from lumakit.draws import Draw
from lumakit.errors import UsageError
from mockserver import spelling
from mockserver.webhooks import loops
from mockserver.webhooks.delivery import Delivery
from mockserver.webhooks.policy import Policy


class Call(NamedTuple):
    """A callback with the expression of its address, or with the reason why that cannot be read."""

    callback: Callback
    address: Expression | None
    trouble: str = ""


class Callbacks:
    """The callbacks of one contract."""

    def __init__(self, contract: Contract) -> None:
        kinds = contract.reading.tasks.values() if contract.reading else ()
        told = {operation for kind in kinds if kind.webhook for operation in kind.operations}
        self._calls = {
            operation.key: tuple(map(_read, operation.callbacks))
            for operation in contract.operations.values()
            if operation.callbacks and operation.key not in told
        }

    def __contains__(self, operation: str) -> bool:
        """True for an operation whose callbacks are made here."""
        return operation in self._calls

    def made(self, operation: str, happened: Happened, draw: Draw, policy: Policy, now_ms: int) -> Iterator[Delivery]:
        """The deliveries that an exchange of an operation asks for; none where it was refused."""
        if happened.response.status >= 400:
            return
        depth = loops.depth_behind(happened.request)
        for number, call in enumerate(self._calls.get(operation, ())):
            url = call.address(happened) if call.address else None
            if url:
                made = _delivery(call.callback, url, draw.under(number), policy, now_ms)
                yield replace(made, depth=depth) if depth <= loops.DEEPEST else made.blocked(loops.TROUBLE)

    def trouble(self, operation: str) -> str:
        """What keeps callbacks of an operation from ever being made, in words."""
        return "; ".join(call.trouble for call in self._calls.get(operation, ()) if call.trouble)


def _read(callback: Callback) -> Call:
    try:
        return Call(callback, expression(callback.expression))
    except UsageError as error:
        return Call(callback, None, f"the callback {callback.name!r} is never made: {error.what}")


def _delivery(callback: Callback, url: str, draw: Draw, policy: Policy, now_ms: int) -> Delivery:
    media_type, body = _body(callback, draw)
    return Delivery(
        id=f"callback-{draw.digest('id').hex()[:16]}",
        task="",
        seq=0,
        event=callback.name,
        url=url,
        method=callback.operation.method,
        media_type=media_type,
        body=body,
        secret="",
        owner="",
        made_ms=now_ms,
        due_ms=now_ms,
        tries=policy.attempts,
    )


def _body(callback: Callback, draw: Draw) -> tuple[str, str]:
    """What the document shows of a callback's body, or a value made from its schema; none where there is neither."""
    body = next(iter(callback.operation.content.values()), None)
    if body is None:
        return "", ""
    try:
        value = thaw(next(iter(body.examples.values()))) if body.examples else None
        if value is None:
            value = callback.operation.sample(body, Direction.REQUEST, draw)
        return body.media_type, spelling.body(value, body.media_type, body).decode()
    except (NoSample, spelling.Unspeakable, UnicodeDecodeError):  # what is no UTF-8 is not kept
        return body.media_type, ""
