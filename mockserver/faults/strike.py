"""A request struck by faults: what they answer in its place, how long they hold it back, what they do to its answer.

Pure. Which faults strike has been decided; what is counted comes with the visit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from lumakit.contract.operation import Operation
from lumakit.draws import Draw
from lumakit.model import Break, Ending, Headers, Request
from mockserver.call import Done
from mockserver.faults import spoil
from mockserver.faults.fault import Fault
from mockserver.faults.kinds import MAX_WAIT_S, Latency, LogNormal, OutOfCredits, Rate, Reset, Running, Status
from mockserver.faults.numbers import said
from mockserver.problems import Problems, Refused
from mockserver.refusal import problem, whole_seconds
from mockserver.stores import Taken

LOST_STATUS = 444  # what servers write into their log where a connection ended without an answer


class Visit(NamedTuple):
    """A request on its way, and what is known of it; `owner` is None where it shows no key that is taken."""

    request: Request
    operation: Operation | None
    owner: str | None
    now_ms: int
    problems: Problems
    unfinished: Callable[[str | None, int], int]
    """How many tasks of an owner are unfinished, counted up to a number; of everybody for None."""


class Around(NamedTuple):
    """What the faults of a mock are told of the world: its chance, its windows, and a client's time."""

    draw: Draw
    take: Callable[[Fault, Rate, Visit], Taken]
    seconds_until: Callable[[int], float | None]


class Struck(NamedTuple):
    """A fault that strikes a request, the nth that it could strike; 0 where that is not counted."""

    fault: Fault
    nth: int

    @property
    def reason(self) -> str:
        """What is said of it."""
        return f"fault {self.fault.id}: {self.fault}"

    def draw(self, around: Around) -> Draw:
        """The chance of this one."""
        return around.draw.under(self.fault.id).under(self.nth)


class Hit(NamedTuple):
    """What faults do to one request: an answer in place of its own, time, headers, and changes to the answer."""

    visit: Visit
    around: Around
    done: Done | None
    delay_s: float
    headers: Headers
    reasons: tuple[str, ...]
    spoilers: tuple[Struck, ...]

    def after(self, done: Done) -> Done:
        """The answer as the faults leave it, with what they were."""
        done = self.done or done
        response, reasons = done.response, [done.reason, *self.reasons]
        visit, is_json = self.visit, spoil.is_plain_json(done.response)
        for struck in self.spoilers:
            made = spoil.Made(response, visit.request, visit.operation, struck.draw(self.around), is_json)
            response, unchanged = spoil.spoiled(struck.fault.does, made)
            reasons.append(f"{struck.reason} ({unchanged})" if unchanged else struck.reason)
        told = "; ".join(dict.fromkeys(filter(None, reasons)))
        own = tuple(each for each in response.headers if not told or each[0].lower() != "mock-reason")
        delayed = replace(response, headers=(*own, *self.headers), delay_s=response.delay_s + self.delay_s)
        return done._replace(response=delayed, reason=told)


def strike(struck: tuple[Struck, ...], visit: Visit, around: Around) -> Hit:
    """What some faults do to a request, in their order; where one has answered, no other that would is asked."""
    done: Done | None = None
    delay_s, reasons, spoilers = 0.0, list[str](), list[Struck]()
    headers: Headers = ()
    for each in struck:
        does = each.fault.does
        if spoil.spoils(does):
            spoilers.append(each)
        elif isinstance(does, Latency | LogNormal):
            delay_s += _latency(does, each.draw(around))
            reasons.append(each.reason)
        elif done is None:
            done, more = _BEFORE[type(does)](does, each, visit, around)
            headers += more
    return Hit(visit, around, done, min(delay_s, MAX_WAIT_S), headers, tuple(reasons), tuple(spoilers))


Before = tuple[Done | None, Headers]


def _latency(does: Latency | LogNormal, draw: Draw) -> float:
    if isinstance(does, Latency):
        return does.low_s + (does.high_s - does.low_s) * draw.fraction("latency")
    radius = math.sqrt(-2 * math.log(1 - draw.fraction("radius")))
    return min(MAX_WAIT_S, does.median_s * math.exp(does.sigma * radius * math.cos(math.tau * draw.fraction("angle"))))


def _status(does: Status, struck: Struck, visit: Visit, _: Around) -> Before:
    own = visit.problems.of_status(does.status, visit.operation, does.example)
    response = own or problem(does.status, struck.reason)
    again = () if does.retry_after_s is None else (("Retry-After", str(does.retry_after_s)),)
    return Done(replace(response, headers=(*response.headers, *again)), reason=struck.reason), ()


def _rate(does: Rate, struck: Struck, visit: Visit, around: Around) -> Before:
    taken = around.take(struck.fault, does, visit)
    wait_s = around.seconds_until(taken.wait_ms)
    reset = () if wait_s is None else (("X-RateLimit-Reset", whole_seconds(wait_s)),)
    headers = (("X-RateLimit-Limit", str(does.count)), ("X-RateLimit-Remaining", str(taken.left)), *reset)
    if taken.allowed:
        return None, headers
    again = () if wait_s is None else (("Retry-After", whole_seconds(wait_s)),)
    whose = "all keys" if does.in_all else "this key"
    why = f"{struck.reason}: {does.count} requests of {whose} in {said(does.window_s)} s are taken"
    return _refused("too_many_requests", why, visit, again), headers


def _running(does: Running, struck: Struck, visit: Visit, _: Around) -> Before:
    if visit.unfinished(None if does.in_all else visit.owner, does.count) < does.count:
        return None, ()
    whose = "of all keys" if does.in_all else "of this key"
    return _refused("too_many_requests", f"{struck.reason}: {does.count} tasks {whose} are unfinished", visit), ()


def _credits(_: OutOfCredits, struck: Struck, visit: Visit, __: Around) -> Before:
    return _refused("out_of_credits", struck.reason, visit), ()


def _reset(_: Reset, struck: Struck, __: Visit, ___: Around) -> Before:
    gone = problem(LOST_STATUS, struck.reason, "The connection is reset")
    return Done(replace(gone, breaks=Break(Ending.RESET)), reason=struck.reason), ()


def _refused(name: str, why: str, visit: Visit, headers: Headers = ()) -> Done:
    return Done(visit.problems.response(Refused(name, why, headers), visit.operation), reason=why)


_BEFORE: Mapping[type[Any], Callable[[Any, Struck, Visit, Around], Before]] = {
    Status: _status,
    Rate: _rate,
    Running: _running,
    OutOfCredits: _credits,
    Reset: _reset,
}


def is_counted(fault: Fault) -> bool:
    """True where it matters the how many-eth request it is: to whether the fault strikes, or to what is drawn then."""
    when = fault.when
    return bool(when.nth or when.every or when.first) or when.percent != 100 or type(fault.does) not in _BEFORE
