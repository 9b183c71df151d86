"""What a run would ask, before it asks anything: by phase and operation, with the worst that it can cost.

Sends nothing and spends nothing. What each phase would ask, the phases say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lumakit.check.guard import Limits

_HEAD = ("phase", "operation", "requests", "paid", "why")


@dataclass(frozen=True, slots=True)
class Planned:
    """So many requests of one operation in one phase, and how many of them may cost; `why` says what for.

    `requests` is the most that there can be, those that may cost among them.
    """

    phase: str
    operation: str
    requests: int
    paid: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst that can come of a plan: requests, paid ones that are let out and that are not, time and money.

    `cost` is None where a price is missing: what it costs is not known, and certainly not nothing.
    """

    requests: int
    paid: int
    refused: int
    seconds: float
    cost: Decimal | None


def worst(planned: Iterable[Planned], limits: Limits | None, prices: Mapping[str, Decimal] | None = None) -> Worst:
    """The worst case, within the limits where there are any."""
    rows = list(planned)
    requests, paid = sum(each.requests for each in rows), sum(each.paid for each in rows)
    if limits is None:
        return Worst(requests, paid, 0, 0.0, _dearest(rows, paid, prices or {}))
    let_out = min(each for each in (paid, limits.budget, limits.budget_day) if each is not None)
    cost = _dearest(rows, let_out, prices or {})
    if limits.cost is not None:
        cost = limits.cost if cost is None else min(cost, limits.cost)
    sent = min(requests - paid + let_out, limits.requests)
    seconds = min(max(sent - 1, 0) * limits.apart_s, limits.seconds)
    return Worst(sent, let_out, paid - let_out, seconds, cost)


def _dearest(rows: Sequence[Planned], count: int, prices: Mapping[str, Decimal]) -> Decimal | None:
    """What so many of the paid requests cost at most; None where one of them has no price."""
    operations = [each.operation for each in rows for _ in range(each.paid)]
    if count and any(operation not in prices for operation in operations):
        return None
    known = (prices.get(operation, Decimal(0)) for operation in operations)
    return sum(sorted(known, reverse=True)[:count], Decimal(0))


def plan_text(
    planned: Iterable[Planned], limits: Limits | None = None, prices: Mapping[str, Decimal] | None = None
) -> str:
    """A plan for people: a table, and under it the worst case."""
    rows = list(planned)
    cells = [_HEAD, *((each.phase, each.operation, str(each.requests), str(each.paid), each.why) for each in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(_HEAD))]
    table = ["  ".join(_aligned(row, widths)).rstrip() for row in cells]
    return "\n".join([*table, "", *_sums(worst(rows, limits, prices), limits)]) + "\n"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        text.rjust(width) if at in (2, 3) else text.ljust(width)
        for at, (text, width) in enumerate(zip(row, widths, strict=True))
    ]


def _sums(most: Worst, limits: Limits | None) -> list[str]:
    told = [f"at most {_counted(most.requests, 'request')}, {most.paid} of them may cost"]
    if limits is None:
        return [*told, "nothing limits it: what is asked costs nothing, or nobody has set a budget"]
    if most.refused:
        told.append(f"if those were accepted, {most.refused} more would not go out: the budget is {limits.budget}")
    if most.paid:
        cost = "not known: --prices has no price for some of it" if most.cost is None else f"{most.cost:f}"
        told.append(f"worst-case cost: {cost}")
    if most.seconds:
        told.append(f"at least {most.seconds:g} s, for they go out {limits.apart_s:g} s apart")
    return told


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
