"""The flags of money: what they come to, and which are refused."""

from __future__ import annotations

import argparse
import stat
from decimal import Decimal
from pathlib import Path

import pytest

import lumakit
from lumakit.check.guard import Budgeted, Guard, Limits, Unlimited
from lumakit.check.ledger import Outcome
from lumakit.check.target import Cost
from lumakit.cli import Parser, money
from lumakit.cli.targets import MockTarget
from lumakit.clock import VirtualClock
from lumakit.errors import OverBudget, SurroundingsError, UsageError
from mockserver import MockProvider

CONTRACT = lumakit.load("chainhub")
SUBMIT = "POST /luma/generations"


def options(*flags: str) -> argparse.Namespace:
    parser = Parser(prog="lumakit check")
    money.flags(parser)
    return parser.parse_args(flags)


def guard(folder: Path, *flags: str, live: bool = False) -> Guard:
    clock = VirtualClock()
    target = MockTarget(MockProvider(CONTRACT, clock=clock), clock)
    state = {"XDG_STATE_HOME": str(folder), "LOCALAPPDATA": str(folder)}
    return money.guard(options(*flags), CONTRACT, target, live=live, run="r", environment=state)


@pytest.mark.parametrize(
    ("flags", "live", "limits"),
    [
        ((), False, None),
        ((), True, Limits()),
        (("--budget", "3"), True, Limits(budget=3)),
        (("--budget", "3"), False, Limits(budget=3, apart_s=0)),
        (("--rate", "1/5"), True, Limits(apart_s=5)),
        (("--rate", "4"), True, Limits(apart_s=0.25)),
        (("--rate", "0.5"), True, Limits(apart_s=2)),
        (("--max-requests", "9", "--max-time", "60"), True, Limits(requests=9, seconds=60)),
        (("--max-requests", "9"), False, Limits(None, None, 9, 10**9, 0, 10**9)),
        (
            ("--budget", "3", "--budget-day", "5", "--max-cost", "2.50", "--prices", "p.yaml"),
            True,
            Limits(budget=3, budget_day=5, cost=Decimal("2.5")),
        ),
    ],
)
def test_flags_come_to_limits(flags: tuple[str, ...], live: bool, limits: Limits | None) -> None:
    assert money.limits(options(*flags), live=live) == limits


@pytest.mark.parametrize(
    "flags",
    [
        ("--budget", "-1"),
        ("--budget", "1.5"),
        ("--budget", "all"),
        ("--max-requests", "0"),
        ("--max-time", "0"),
        ("--rate", "0"),
        ("--rate", "1/0"),
        ("--rate", "fast"),
        ("--budget", "1", "--max-cost", "-1"),
        ("--budget", "1", "--max-cost", "1e9"),
        ("--budget", "1", "--max-cost", "nan"),
        ("--budget", "1", "--max-cost", "5"),
        ("--budget-day", "5"),
        ("--max-cost", "5", "--prices", "p.yaml"),
        ("--ledger", "x"),
    ],
)
def test_flags_that_cannot_be_meant_are_refused(flags: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as no:
        money.limits(options(*flags), live=True)
    assert no.value.exit_code == 2


def test_a_mock_needs_no_budget_and_no_ledger(tmp_path: Path) -> None:
    assert isinstance(guard(tmp_path), Unlimited)
    assert list(tmp_path.iterdir()) == []


def test_what_is_live_costs_nothing_until_a_budget_is_given(tmp_path: Path) -> None:
    chosen = guard(tmp_path, live=True)
    with pytest.raises(OverBudget):
        chosen.reserve(SUBMIT, Cost.PAID)
    assert list(tmp_path.iterdir()) == []


def test_runs_share_a_ledger_that_is_their_users_alone(tmp_path: Path) -> None:
    for _ in range(2):
        guard(tmp_path, "--budget", "2", "--budget-day", "2", live=True).reserve(SUBMIT, Cost.PAID)
    with pytest.raises(OverBudget):
        guard(tmp_path, "--budget", "2", "--budget-day", "2", live=True).reserve(SUBMIT, Cost.PAID)
    path = tmp_path / "lumakit" / "ledger.jsonl"
    assert path.read_text().count('"reserve"') == 2
    assert not stat.S_IMODE(path.stat().st_mode) & 0o077


def test_a_ledger_may_be_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    guard(tmp_path, "--budget", "1", "--ledger", str(path)).reserve(SUBMIT, Cost.PAID)
    assert [each.name for each in tmp_path.iterdir()] == ["mine.jsonl"]


def test_a_ledger_that_cannot_be_used_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("dear diary\n")
    (tmp_path / "diary.txt").chmod(0o600)
    with pytest.raises(OverBudget) as no:
        guard(tmp_path, "--budget", "1", "--ledger", str(tmp_path / "diary.txt"))
    assert (no.value.code, no.value.exit_code) == ("ledger_foreign", 4)
    (tmp_path / "lumakit").write_text("in the way")
    with pytest.raises(SurroundingsError):
        guard(tmp_path, "--budget", "1")


def test_prices_are_read_for_the_contract(tmp_path: Path) -> None:
    table = tmp_path / "prices.toml"
    table.write_text(f'"{SUBMIT}" = 0.4\n')
    chosen = guard(tmp_path, "--budget", "9", "--max-cost", "1", "--prices", str(table))
    assert isinstance(chosen, Budgeted)
    chosen.reserve(SUBMIT, Cost.PAID).settle(Outcome.SETTLED)
    assert chosen.spent().cost == pytest.approx(0.4)
    with pytest.raises(OverBudget, match="nobody has said"):
        chosen.reserve("POST /else", Cost.PAID)
