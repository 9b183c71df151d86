"""What traffic says of the corrections: each is taken away and put in alone, and the same messages are judged again.

A correction is confirmed where a message breaks the published edition and the correction is what makes it right;
refuted where a message keeps to the published edition and the correction is what makes it wrong. What a server sent
speaks for itself. What it was sent speaks by its answer: a request that was served was right. That one was refused may
have other reasons, so a refusal counts only where no served request says otherwise.

Pure: contracts and traffic come in, values go out. Knows no rule of the checker.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from lumakit.check.corrections import Editions, Thought
from lumakit.check.coverage import owning, rooted
from lumakit.check.packing import is_hidden
from lumakit.check.traffic import Traffic
from lumakit.check.verdict import Evidence, Story, Support
from lumakit.check.witness import Complaint, Complaints, Message, sides_of
from lumakit.contract.compile import Contract
from lumakit.contract.overlay import Action

_REFUSING = {"X207": (401, 403), "X204": (400, 415, 422)}
_NUMBERS = 20  # as many exchanges as a report names for one correction


def evidence(editions: Editions, traffic: Traffic, stories: Sequence[Story], *, base: str = "") -> tuple[Evidence, ...]:
    """Every correction in the order of the overlay, with what the traffic says of it.

    `base` is the path in front of every documented one.
    """
    found: dict[int, Evidence] = {}
    court = _Court(editions, rooted(traffic, base), stories)
    for thought in editions.thoughts:
        said = court.hear(thought)
        found.update({id(action): said.of(action) for action in thought.actions})
    return tuple(found[id(action)] for action in editions.corrected.actions if id(action) in found)


@dataclass
class _Said:
    """What was said of one thought, by the numbers of those who said it."""

    confirming: list[int] = field(default_factory=list)
    refuting: list[int] = field(default_factory=list)
    likely: list[int] = field(default_factory=list)
    unlikely: list[int] = field(default_factory=list)
    neither: list[int] = field(default_factory=list)
    met: int = 0
    silent: str = ""

    def of(self, action: Action) -> Evidence:
        """The same, said of one action."""
        support, numbers, why = self._weighed()
        told = tuple(dict.fromkeys(numbers))[:_NUMBERS]
        return Evidence(action.id or action.pointer, action.description, action.basis.value, support, told, why)

    def _weighed(self) -> tuple[Support, list[int], str]:
        if self.silent:
            return Support.UNTOUCHED, [], self.silent
        if self.confirming and self.refuting:
            why = f"confirmed by {_listed(self.confirming)}, refuted by {_listed(self.refuting)}"
            return Support.REFUTED, [*self.refuting, *self.confirming], why
        if self.refuting:
            return Support.REFUTED, self.refuting, "right by the published edition, wrong by this correction"
        if self.confirming:
            return Support.CONFIRMED, self.confirming, "wrong by the published edition, right by this correction"
        return self._by_refusals()

    def _by_refusals(self) -> tuple[Support, list[int], str]:
        if self.likely and self.unlikely:
            why = f"requests were refused both ways: {_listed(self.likely)} for it, {_listed(self.unlikely)} against it"
            return Support.REFUTED, [*self.unlikely, *self.likely], why
        if self.unlikely:
            return Support.REFUTED, self.unlikely, "a request that is right only by this correction was refused"
        if self.likely:
            return Support.CONFIRMED, self.likely, "a request that is wrong only by this correction was refused"
        if self.neither:
            return Support.UNTOUCHED, [], f"wrong by both editions, each in its own way: {_listed(self.neither)}"
        if self.met:
            messages = "one message" if self.met == 1 else f"{self.met} messages"
            return Support.UNTOUCHED, [], f"{messages} met it, and both editions say the same of each"
        return Support.UNTOUCHED, [], "no message met what it changes"


def _listed(numbers: Sequence[int]) -> str:
    told = tuple(dict.fromkeys(numbers))
    return ", ".join(f"#{number}" for number in told[:5]) + (", ..." if len(told) > 5 else "")


class _Court:
    """Two editions and the messages they disagree on; it hears one thought after the other."""

    def __init__(self, editions: Editions, traffic: Traffic, stories: Sequence[Story]) -> None:
        self.editions = editions
        self.published = editions.published
        self.corrected = editions.corrected
        self.traffic = traffic
        self.kinds = {story.id: story.kind for story in stories}

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        return tuple(self._messages())

    def _messages(self) -> Iterator[Message]:
        for exchange in self.traffic.exchanges:
            operation = owning(exchange, self.corrected) or owning(exchange, self.published)
            if operation is not None:
                for side, body, length in sides_of(exchange):
                    if length <= len(body) and not is_hidden(body):  # of a body that was cut nothing can be said
                        yield Message(exchange.number, side, exchange, operation.key)
        for arrival in self.traffic.arrivals:
            yield Message(arrival.number, "webhook", arrival, "")

    @cached_property
    def disputed(self) -> tuple[tuple[Message, Complaints, Complaints], ...]:
        """The messages that the editions disagree on, with what each has against them; of many alike the first few."""
        alike: dict[object, int] = {}
        found = []
        for message in self.messages:
            one, other = message.wrong(self.published, self.kinds), message.wrong(self.corrected, self.kinds)
            if one != other:
                key = (message.operation, message.side, message.status(), one, other)
                alike[key] = alike.get(key, 0) + 1
                if alike[key] <= _NUMBERS:
                    found.append((message, one, other))
        return tuple(found)

    def hear(self, thought: Thought) -> _Said:
        """What the traffic says of one thought."""
        if thought.silent:
            return _Said(silent=thought.silent)
        concerned = self.editions.concerned(thought)
        said = _Said(met=sum((message.operation, message.side) in concerned for message in self.messages))
        disputed = [
            each for each in self.disputed if not each[0].operation or (each[0].operation, each[0].side) in concerned
        ]
        if disputed:
            tried = self.editions.without(thought), self.editions.alone(thought)
            for message, one, other in disputed:
                self._weigh(said, message, (one, other), tried)
        return said

    def _weigh(
        self,
        said: _Said,
        message: Message,
        against: tuple[Complaints, Complaints],
        tried: tuple[Contract | None, Contract | None],
    ) -> None:
        """What one message says: which complaints the thought takes away, and which it brings."""
        published, corrected = against
        away = message.wrong(tried[0], self.kinds) if tried[0] else frozenset()
        alone = message.wrong(tried[1], self.kinds) if tried[1] else published | corrected
        cured = {each for each in published - corrected if each in away or each not in alone}
        brought = {
            each for each in corrected - published if (tried[0] and each not in away) or each in alone - published
        }
        cured = {each for each in cured if message.shows(each)}
        brought = {each for each in brought if message.shows(each)}
        if cured and brought:
            said.neither.append(message.number)
        if bool(cured) == bool(brought):
            return
        status = message.status()
        if status == 0 or 200 <= status < 300:
            (said.confirming if cured else said.refuting).append(message.number)
        elif cured and not corrected and self._refuses(status, cured):
            said.unlikely.append(message.number)
        elif brought and brought == corrected and self._refuses(status, brought):
            said.likely.append(message.number)

    def _refuses(self, status: int, complaints: set[Complaint]) -> bool:
        """True where a status is what a server answers to requests that are wrong in this way."""
        reading = self.corrected.reading
        invalid = (400, 422, *((reading.problems.get("invalid", 400),) if reading else ()))
        return all(status in _REFUSING.get(code, invalid) for code, *_ in complaints)
