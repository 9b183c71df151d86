"""What the tests of a session did together: what is judged, what of the contracts they touched, what is written.

Workers of xdist hand what they have to the main process, which puts it together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lumakit.pytest import chapters, diary, figures
from lumakit.pytest.chapters import Chapter
from lumakit.pytest.figures import Figures
from lumakit.pytest.shelf import Target

if TYPE_CHECKING:
    import pytest

    from lumakit.pytest.inbox import Inbox
    from lumakit.pytest.mock import Mock
    from lumakit.pytest.mocks import Mocks
    from lumakit.pytest.server import Server

_AT_ONCE = 5000  # exchanges that are kept, where nobody wants them written


class Session:
    """What one process knows."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._judged: dict[int, int] = {}  # mock -> the number of the last exchange that was judged
        self._chapters: list[Chapter] = []
        self._taken: list[Chapter] = []  # of workers, who have counted them
        self._figures: dict[Target, Figures] = {}
        self._files: list[str] = []  # that were written

    # judging

    def judge(self, source: Mocks | Server) -> list[str]:
        """What is wrong with what was sent since the last time; nothing where the test does not want to know."""
        fresh = [mock for mock in source if id(mock) not in self._judged and mock.choices.judge]
        told = [text for mock in source for text in self._since(mock)] + diary.uncalled(fresh)
        told += diary.strayed(source.strays, (address for mock in source for address in mock.addresses))
        source.strays.clear()
        return told if source.choices.judge else []

    def _since(self, mock: Mock) -> list[str]:
        after = self._judged.get(id(mock), 0)
        self._judged[id(mock)] = mock.provider.journal.last
        return diary.broken(mock, after) if mock.choices.judge else []

    def close(self, item: pytest.Item, source: Mocks | Server, inbox: Inbox) -> None:
        """End the part of a test: what it did is kept, and what came after the test itself is judged."""
        import pytest

        late = self.judge(source)
        for mock in source:
            self._judged.pop(id(mock), None)
            self._keep(chapters.chapter(mock, inbox))
            item.user_properties.append((f"lumakit {mock.contract.name}", _told(mock)))
        if late:
            pytest.fail("\n\n".join(late), pytrace=False)

    def _keep(self, chapter: Chapter) -> None:
        if chapter.traffic.seen:
            self._chapters.append(chapter)
        if not self._kept and sum(each.traffic.seen for each in self._chapters) > _AT_ONCE:
            self._count()

    # figures

    @property
    def _kept(self) -> bool:
        """True where chapters are needed after they are counted."""
        return bool(self._option("record") or self._option("report"))

    def _option(self, name: str) -> str:
        return self._config.getoption(f"lumakit_{name}") or ""

    def _count(self) -> None:
        """Count what is kept, and let it go where nobody wants it written."""
        for target in {each.target for each in self._chapters}:
            mine = [each for each in self._chapters if each.target == target]
            self._figures.setdefault(target, Figures()).add(figures.counted(target.contract(), mine))
        if not self._kept:
            self._chapters.clear()

    def take(self, told: Mapping[str, Any]) -> None:
        """Take what a worker has."""
        for target, met in figures.unpacked(told["figures"]):
            self._figures.setdefault(target, Figures()).add(met)
        self._taken += map(chapters.unpacked, told["chapters"])

    def finish(self) -> None:
        """Hand on what there is, where this is a worker; write what was asked for, where it is not."""
        self._count()
        output = getattr(self._config, "workeroutput", None)
        if output is None:
            self._write()
            return
        kept = self._chapters if self._kept else []
        output["lumakit"] = {"figures": figures.packed(self._figures), "chapters": [*map(chapters.packed, kept)]}

    def _write(self) -> None:
        if self._kept:
            from lumakit.pytest import written

            told = [*self._chapters, *self._taken]
            for name in ("record", "report"):
                if path := self._option(name):
                    self._files += getattr(written, name)(path, told)

    def summary(self) -> Iterator[str]:
        """What was met, for people, and what was written."""
        yield from figures.lines(self._figures)
        yield from (f"written: {each}" for each in self._files)


def _told(mock: Mock) -> str:
    asked = mock.requests()
    broken = sum(bool(diary.found(mock, each)) for each in asked)
    return f"{len(asked)} requests, {broken} of them broke the contract"
