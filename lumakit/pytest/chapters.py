"""What one test did to one provider, as the session keeps it, and as a worker hands it on to the main process.

Knows mocks and traffic. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from lumakit import strictjson
from lumakit.check import lines
from lumakit.check.hiding import redactor
from lumakit.check.traffic import Arrival, Traffic
from lumakit.check.verdict import Open
from lumakit.model import Basis, Edition, Exchange, Finding, Severity
from lumakit.pytest import diary
from lumakit.pytest.shelf import Target
from lumakit.pytest.witness import Origin

if TYPE_CHECKING:
    from lumakit.pytest.inbox import Arrived, Inbox
    from lumakit.pytest.mock import Mock


@dataclass(frozen=True, slots=True)
class Chapter:
    """What a test did to a provider; `allow` are the codes it expects, and `judge` is False where it expects any.

    `places` says of the requests that are wrong, by their numbers, where they were sent; `opens` is what could not be
    judged.
    """

    target: Target
    test: str
    traffic: Traffic
    judge: bool = True
    allow: tuple[str, ...] = ()
    places: Mapping[int, str] = field(default_factory=dict)
    opens: tuple[Open, ...] = ()

    def wrong(self) -> Iterator[tuple[Exchange, Finding]]:
        """What the application did wrong; what a mock answers on purpose is nobody's mistake."""
        for exchange in self.traffic.exchanges if self.judge else ():
            yield from ((exchange, each) for each in exchange.findings if each.code not in self.allow)


def chapter(mock: Mock, inbox: Inbox, opens: Iterable[Open] = ()) -> Chapter:
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
    places = {
        number: diary.place(mock.origins.get(each.number, Origin()), mock.test)
        for number, each in enumerate(seen, 1)
        if isinstance(each, Exchange) and each.findings
    }
    return Chapter(target, mock.test, traffic, choices.judge, choices.allow, places, tuple(opens))


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
    """Chapters with numbers that no two of them share, and one label for each key."""
    before = 0
    labels: dict[str, str] = {}
    for each in chapters:
        exchanges = [_labelled(one, labels) for one in each.traffic.exchanges]
        seen: list[Exchange | Arrival] = sorted((*exchanges, *each.traffic.arrivals), key=attrgetter("number"))
        places = {number + before: place for number, place in each.places.items()}
        yield replace(each, traffic=_numbered(seen, before + 1), places=places)
        before += len(seen)


def _labelled(exchange: Exchange, labels: dict[str, str]) -> Exchange:
    """With the label of its key as recorded traffic has them, not the mock's name for its owner."""
    if not exchange.owner:
        return exchange
    return replace(exchange, owner=labels.setdefault(exchange.owner, f"key {len(labels) + 1}"))


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
        "places": [list(each) for each in chapter.places.items()],
        "opens": [*map(asdict, chapter.opens)],
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
    return Chapter(
        Target(*told["target"]),
        told["test"],
        _numbered(ordered, 1),
        told["judge"],
        tuple(told["allow"]),
        dict(told["places"]),
        tuple(Open(**each) for each in told["opens"]),
    )


def _finding(told: Mapping[str, Any]) -> Finding:
    edition = Edition(told["edition"]) if told["edition"] else None
    severity, basis = Severity(told["severity"]), Basis(told["basis"])
    return Finding(
        **{**told, "severity": severity, "basis": basis, "edition": edition, "evidence": tuple(told["evidence"])}
    )
