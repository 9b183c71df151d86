"""What a session writes: every exchange as JSON lines (`--lumakit-record`), a report (`--lumakit-report`).

One file for each contract that was mocked: where there are several, each bears the name of its provider. Knows
chapters, and the rules and reports of the checker.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from operator import attrgetter
from pathlib import Path

from lumakit.check import lines
from lumakit.check.coverage import coverage
from lumakit.check.judge import merged
from lumakit.check.reports import render
from lumakit.check.traffic import Traffic
from lumakit.check.verdict import Judged, Verdict
from lumakit.contract.compile import Contract
from lumakit.errors import SurroundingsError, UsageError
from lumakit.pytest.chapters import Chapter, joined
from lumakit.pytest.figures import stories_of
from lumakit.pytest.shelf import Target

FORMS = {".html": "html", ".json": "json", ".md": "markdown", ".sarif": "sarif", ".xml": "junit"}
TARGET = "the tests of the session"


def check(record: str | None, report: str | None) -> None:
    """Refuse what cannot be written before the first test has run."""
    if report and Path(report).suffix not in FORMS:
        hint = f"a file that ends in {', '.join(FORMS)}"
        raise UsageError(f"a report cannot be written as {report}", code="report_format", hint=hint)
    for path in filter(None, (record, report)):
        if not Path(path).parent.is_dir():
            raise UsageError(f"there is no folder {Path(path).parent}", code="folder_missing", hint="make it first")


def record(path: str, chapters: Iterable[Chapter]) -> Iterator[str]:
    """Write every exchange; the names of the files."""
    return _each(path, chapters, _lines)


def report(path: str, chapters: Iterable[Chapter]) -> Iterator[str]:
    """Write what the application did wrong, and what of the contract was met; the names of the files."""
    form = FORMS[Path(path).suffix]
    return _each(path, chapters, lambda target, mine: render(verdict(target.contract(), mine), form))


def verdict(contract: Contract, chapters: Sequence[Chapter]) -> Verdict:
    """What all tests together come to."""
    traffic = _together(chapters)
    stories = tuple(story for each in chapters for story in stories_of(contract, each.traffic))
    return Verdict(
        provider=contract.name,
        edition=contract.edition,
        target=TARGET,
        judged=merged(said for each in chapters for said in _said(each)),
        stories=stories,
        opens=tuple(question for each in chapters for question in each.opens),
        coverage=coverage(contract, traffic, stories, {}),
        traffic=traffic,
    )


def _said(chapter: Chapter) -> Iterator[Judged]:
    """What is wrong with what the application sent, and from where it was."""
    for exchange, finding in chapter.wrong():
        yield Judged(finding, (exchange.number,), "request", sent=(chapter.places[exchange.number],))


def _lines(target: Target, chapters: Sequence[Chapter]) -> str:
    return lines.write(_together(chapters), provider=target.contract().name)


def _together(chapters: Iterable[Chapter]) -> Traffic:
    seen = [each.traffic for each in chapters]
    exchanges = tuple(each for traffic in seen for each in traffic.exchanges)
    return Traffic(exchanges, (), tuple(each for traffic in seen for each in traffic.arrivals))


def _each(path: str, chapters: Iterable[Chapter], text: Callable[[Target, Sequence[Chapter]], str]) -> Iterator[str]:
    ordered = sorted(chapters, key=attrgetter("test"))  # workers hand theirs on in any order
    targets = sorted({each.target for each in ordered})
    for target in targets:
        mine = list(joined(each for each in ordered if each.target == target))
        yield _write(_named(Path(path), target, targets), text(target, mine))


def _named(path: Path, target: Target, targets: Collection[Target]) -> Path:
    if len(targets) == 1:
        return path
    alike = [each for each in targets if each.provider == target.provider]
    edition = f"-{target.edition}" if len(alike) > 1 else ""
    return path.with_name(f"{path.stem}-{Path(target.provider).stem}{edition}{path.suffix}")


def _write(path: Path, text: str) -> str:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        what = f"{path} cannot be written: {error.strerror}"
        raise SurroundingsError(what, code="not_written", hint="another file") from None
    return str(path)
