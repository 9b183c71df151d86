"""Documents that change while they are served: what is told of them, and that looking never ends by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from lumakit.errors import DocumentError, UsageError
from mockserver.watch import Follower, Watch


class Shelf:
    """Two documents whose stamps are set by hand; what is read again is written down."""

    def __init__(self) -> None:
        self.stamps: dict[str, object] = {"acme": 1, "zebra": 1}
        self.read: list[str] = []
        self.broken: set[str] = set()
        self.watch = Watch(self.stamps, self.stamp, self.reload)

    def stamp(self, name: str) -> object:
        if self.stamps[name] is None:
            raise UsageError("the folder is gone", code="specs_not_found")
        return self.stamps[name]

    def reload(self, name: str) -> None:
        self.read.append(name)
        if name in self.broken:
            raise DocumentError("line 3 is no YAML", code="yaml_invalid", where=name)


def test_what_has_not_changed_is_not_read_again() -> None:
    shelf = Shelf()
    assert list(shelf.watch.look()) == []
    assert shelf.read == []


def test_what_has_changed_is_read_once_and_told() -> None:
    shelf = Shelf()
    shelf.stamps["zebra"] = 2
    assert list(shelf.watch.look()) == ["zebra has changed and is served; its tasks are kept"]
    assert list(shelf.watch.look()) == []
    assert shelf.read == ["zebra"]


def test_what_cannot_be_read_is_told_once_and_read_when_it_is_mended() -> None:
    shelf = Shelf()
    shelf.broken, shelf.stamps["acme"] = {"acme"}, 2
    (said,) = shelf.watch.look()
    assert said.startswith("acme has changed and is not served: acme: line 3 is no YAML [yaml_invalid]")
    assert list(shelf.watch.look()) == []
    shelf.broken, shelf.stamps["acme"] = set(), 1
    assert list(shelf.watch.look()) == ["acme has changed and is served; its tasks are kept"]


def test_what_is_gone_is_told_and_looked_for_again() -> None:
    shelf = Shelf()
    shelf.broken, shelf.stamps["acme"] = {"acme"}, None
    assert len(list(shelf.watch.look())) == 1
    assert list(shelf.watch.look()) == []
    shelf.broken, shelf.stamps["acme"] = set(), 1
    assert len(list(shelf.watch.look())) == 1


# as long as a server runs


def followed(shelf: Shelf, tell: Callable[[str], None], change: Callable[[], None], rounds: int = 3) -> None:
    """Follow a shelf over some looks, and change something after each."""

    async def life() -> None:
        follower = Follower(shelf.watch, tell, every_s=0)
        await follower.start()
        for _ in range(rounds):
            for _ in range(5):
                await asyncio.sleep(0)
            change()
        for _ in range(5):
            await asyncio.sleep(0)
        await follower.stop()

    asyncio.run(life())


def test_a_follower_tells_every_change_until_it_is_stopped() -> None:
    shelf = Shelf()
    told: list[str] = []

    def change() -> None:
        shelf.stamps["acme"] = len(told) + 2

    followed(shelf, told.append, change)
    assert told == ["acme has changed and is served; its tasks are kept"] * 3
    change()
    assert len(told) == 3


def test_a_follower_goes_on_when_nobody_reads_what_it_tells() -> None:
    shelf = Shelf()

    def tell(_: str) -> None:
        raise BrokenPipeError

    def change() -> None:
        shelf.stamps["acme"] = len(shelf.read) + 2

    followed(shelf, tell, change)
    assert shelf.read == ["acme"] * 3


def test_a_follower_that_was_not_started_may_be_stopped() -> None:
    asyncio.run(Follower(Shelf().watch, print).stop())
