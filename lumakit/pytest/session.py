"""What the tests of a session did together: what is judged, what of the contracts they touched, what is written.

Workers of xdist hand what they have to the main process, which puts it together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lumakit.check.reports.digest import plural
from lumakit.check.verdict import Open
from lumakit.pytest import chapters, diary, figures
from lumakit.pytest.chapters import Chapter
from lumakit.pytest.figures import Figures
from lumakit.pytest.shelf import Target
from lumakit.report import printable

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
        self._left: dict[int, list[Open]] = {}  # mock -> what a report tells as left open
        self._wrong: dict[str, list[str]] = {}  # test -> what it has sent wrongly, until all of it is reported
        self._expected: set[str] = set()  # tests that were expected to fail, and did
        self._hidden: list[str] = []  # what such tests have sent wrongly
        self._chapters: list[Chapter] = []
        self._taken: list[Chapter] = []  # of workers, who have counted them
        self._figures: dict[Target, Figures] = {}
        self._files: list[str] = []  # that were written

    # judging

    def judge(self, source: Mocks | Server, *, ended: bool = False) -> list[str]:
        """What is wrong with what was sent since the last time, and where the test has come to its end, with what was
        not; nothing where the test does not want to know."""
        mocks = list(source)
        told = [text for mock in mocks for text in self._since(mock)] + (self._uncalled(mocks) if ended else [])
        strays = [*source.strays]
        source.strays.clear()
        if not source.choices.judge:
            return []
        for mock in sorted(mocks, key=_was_not_asked)[:1]:
            self._left.setdefault(id(mock), []).extend(map(diary.left_open, dict.fromkeys(strays)))
        return told + diary.strayed(strays, (address for mock in mocks for address in mock.addresses))

    def _since(self, mock: Mock) -> list[str]:
        after = self._judged.get(id(mock), 0)
        self._judged[id(mock)] = mock.provider.journal.last
        return diary.broken(mock, after) if mock.choices.judge else []

    def _uncalled(self, mocks: list[Mock]) -> list[str]:
        missing = diary.uncalled(mock for mock in mocks if mock.choices.judge)
        for each in missing:
            told = Open(f"{each.operation} was to be called", f"it was not, by {each.mock.test}")
            self._left.setdefault(id(each.mock), []).append(told)
        return [each.told for each in missing]

    def close(self, item: pytest.Item, source: Mocks | Server, inbox: Inbox) -> None:
        """End the part of a test: what it did is kept, and what came after the test itself is judged."""
        import pytest

        late = self.judge(source)
        for mock in source:
            self._judged.pop(id(mock), None)
            chapter = chapters.chapter(mock, inbox, self._left.pop(id(mock), ()))
            self._wrong.setdefault(item.nodeid, []).extend(_lines(chapter))
            self._keep(chapter)
            item.user_properties.append((f"lumakit {mock.contract.name}", _told(mock)))
        if late:
            pytest.fail("\n\n".join(late), pytrace=False)

    def reported(self, report: pytest.TestReport) -> None:
        """Keep for the summary what the report of a test hides, because it was expected to fail."""
        if report.skipped and hasattr(report, "wasxfail"):
            self._expected.add(report.nodeid)
        if report.when == "teardown":
            wrong = self._wrong.pop(report.nodeid, [])
            self._hidden += wrong if report.nodeid in self._expected else []

    def _keep(self, chapter: Chapter) -> None:
        if chapter.traffic.seen or chapter.opens:
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
        busy = [each for each in self._chapters if each.traffic.seen]
        for target in {each.target for each in busy}:
            mine = [each for each in busy if each.target == target]
            self._figures.setdefault(target, Figures()).add(figures.counted(target.contract(), mine))
        if not self._kept:
            self._chapters.clear()

    def take(self, told: Mapping[str, Any]) -> None:
        """Take what a worker has."""
        for target, met in figures.unpacked(told["figures"]):
            self._figures.setdefault(target, Figures()).add(met)
        self._taken += map(chapters.unpacked, told["chapters"])
        self._hidden += told["hidden"]

    def finish(self) -> None:
        """Hand on what there is, where this is a worker; write what was asked for, where it is not."""
        self._count()
        output = getattr(self._config, "workeroutput", None)
        if output is None:
            self._write()
            return
        kept = self._chapters if self._kept else []
        output["lumakit"] = {
            "figures": figures.packed(self._figures),
            "chapters": [*map(chapters.packed, kept)],
            "hidden": self._hidden,
        }

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
        if self._hidden:
            yield "wrong too, in tests that were expected to fail:"
            yield from (f"  {each}" for each in sorted(self._hidden))
        yield from (f"written: {each}" for each in self._files)


def _was_not_asked(mock: Mock) -> bool:
    return not mock.provider.journal.last


def _lines(chapter: Chapter) -> Iterator[str]:
    """What is wrong in a chapter, a line each."""
    wrong = (
        f"{each.code} {each.where}: {each.message}; sent {chapter.places[exchange.number]}"
        for exchange, each in chapter.wrong()
    )
    lines = (*wrong, *(f"{each.what}: {each.why}" for each in chapter.opens))
    return (printable(each) for each in dict.fromkeys(lines))


def _told(mock: Mock) -> str:
    asked = mock.requests()
    broken = sum(bool(diary.found(mock, each)) for each in asked)
    told = plural(len(asked), "request")
    if not broken:
        return told
    return f"{told}, {'which' if len(asked) == 1 else f'{broken} of them'} broke the contract"
