"""What one test did to one provider, as the session keeps it, and as a worker hands it on to the main process.

Knows mocks and traffic. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from lumakit import strictjson
from lumakit.check import lines
from lumakit.check.hiding import redactor
from lumakit.check.traffic import Arrival, Traffic
from lumakit.model import Basis, Edition, Exchange, Finding, Severity
from lumakit.pytest import diary
from lumakit.pytest.shelf import Target

if TYPE_CHECKING:
    from lumakit.pytest.inbox import Arrived, Inbox
    from lumakit.pytest.mock import Mock


@dataclass(frozen=True, slots=True)
class Chapter:
    """What a test did to a provider; `allow` are the codes it expects, and `judge` is False where it expects any."""

    target: Target
    test: str
    traffic: Traffic
    judge: bool = True
    allow: tuple[str, ...] = ()


def chapter(mock: Mock, inbox: Inbox) -> Chapter:
    """The chapter of a mock, with the webhooks of it that arrived."""
    choices, contract = mock.choices, mock.contract
    target = choices.target if choices.provider else Target(contract.name, choices.edition, choices.specs)
    arrived = [each for each in inbox if each.delivery and each.delivery.provider == contract.name]
    hide = redactor(contract, [inbox.secret])
    asked = [replace(each, findings=diary.found(mock, each)) for each in mock.requests()]
    seen: list[Exchange | Arrival] = [
        *asked,
        *(_arrival(each, hide.request(each.request)) for each in arrived),
    ]
    seen.sort(key=attrgetter("at_ms"))  # of one moment the requests come first: a look brings on what is told
    traffic = _numbered(seen, 1)
    return Chapter(target, mock.test, traffic, choices.judge, choices.allow)


def _arrival(arrived: Arrived, request: Any) -> Arrival:
    task = arrived.snapshot.id if arrived.snapshot else ""
    expected = bool(arrived.delivery and arrived.delivery.verified)
    return Arrival(0, arrived.at_ms, request, arrived.status, task, expected, arrived.refused)


def _numbered(seen: Iterable[Exchange | Arrival], first: int) -> Traffic:
    exchanges: list[Exchange] = []
    arrivals: list[Arrival] = []
    for number, each in enumerate(seen, first):
        if isinstance(each, Arrival):
            arrivals.append(replace(each, number=number))
        else:
            exchanges.append(replace(each, number=number))
    return Traffic(tuple(exchanges), (), tuple(arrivals))


def joined(chapters: Iterable[Chapter]) -> Iterator[Chapter]:
    """Chapters with numbers that no two of them share."""
    first = 1
    for each in chapters:
        seen: list[Exchange | Arrival] = sorted(
            (*each.traffic.exchanges, *each.traffic.arrivals), key=attrgetter("number")
        )
        yield replace(each, traffic=_numbered(seen, first))
        first += len(seen)


def packed(chapter: Chapter) -> Mapping[str, Any]:
    """A chapter as a worker hands it on: of plain values."""
    return {
        "target": list(chapter.target),
        "test": chapter.test,
        "lines": lines.write(chapter.traffic),
        "findings": strictjson.dumps(
            {str(each.number): [*map(asdict, each.findings)] for each in chapter.traffic.exchanges}
        ),
        "judge": chapter.judge,
        "allow": list(chapter.allow),
    }


def unpacked(told: Mapping[str, Any]) -> Chapter:
    """The chapter that a worker has handed on."""
    findings = strictjson.loads(told["findings"])
    ordered: list[Exchange | Arrival] = []
    for each in lines.read(told["lines"].encode(), "a worker").seen:
        if isinstance(each, Exchange):
            ordered.append(replace(each, findings=tuple(map(_finding, findings[str(each.number)]))))
        elif isinstance(each, Arrival):
            ordered.append(each)
    return Chapter(Target(*told["target"]), told["test"], _numbered(ordered, 1), told["judge"], tuple(told["allow"]))


def _finding(told: Mapping[str, Any]) -> Finding:
    edition = Edition(told["edition"]) if told["edition"] else None
    severity, basis = Severity(told["severity"]), Basis(told["basis"])
    return Finding(
        **{**told, "severity": severity, "basis": basis, "edition": edition, "evidence": tuple(told["evidence"])}
    )
