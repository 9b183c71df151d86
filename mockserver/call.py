"""A checked request on its way to what it does, and what came of it: the two values that acts take and give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lumakit.contract.operation import Operation
from lumakit.contract.places import Reader
from lumakit.model import Request, Response
from mockserver.prefer import Wishes


class Call(NamedTuple):
    """A request that keeps the contract, with what was read from it."""

    operation: Operation
    request: Request
    path_values: Mapping[str, str]
    body: Any
    owner: str
    wishes: Wishes
    now_ms: int
    base: str

    def at(self, read: Reader) -> Any:
        """What stands at a place of the request."""
        return read(self.request, self.path_values, self.body)


class Done(NamedTuple):
    """The answer to a call, the tasks it was about, the wishes it kept, and what is to be said of it.

    `again` is true where nothing was done, because it had been done before.
    """

    response: Response
    tasks: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    reason: str = ""
    again: bool = False


Act = Callable[[Call], Done]
