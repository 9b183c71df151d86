"""The table of prices: read, or refused with its place."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import lumakit
from lumakit.check import prices
from lumakit.errors import DocumentError

CONTRACT = lumakit.load("chainhub")
KEY = next(iter(CONTRACT.operations))
NAME = CONTRACT.operations[KEY].id or KEY


def table(folder: Path, text: str, name: str = "prices.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("prices.yaml", f"{KEY}: 0.35\n"),
        ("prices.yaml", f"{NAME}: 0.35\n"),
        ("prices.json", f'{{"{KEY}": 0.35}}'),
        ("prices.toml", f'"{KEY}" = 0.35\n'),
    ],
)
def test_a_price_is_read_exactly(tmp_path: Path, name: str, text: str) -> None:
    assert prices.read(table(tmp_path, text, name), CONTRACT) == {KEY: Decimal("0.35")}


def test_nothing_may_cost_nothing_where_that_is_written_down(tmp_path: Path) -> None:
    assert prices.read(table(tmp_path, f"{KEY}: 0\n"), CONTRACT) == {KEY: 0}


@pytest.mark.parametrize(
    "value", ["-0.1", "free", "0.35 USD", "true", ".nan", ".inf", "1000001", "[1]", "null", "{a: 1}"]
)
def test_what_is_no_price_is_refused_at_its_line(tmp_path: Path, value: str) -> None:
    with pytest.raises(DocumentError) as no:
        prices.read(table(tmp_path, f"# ours\n{KEY}: {value}\n"), CONTRACT)
    assert no.value.exit_code == 2
    assert no.value.where.startswith("prices.yaml")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("prices.yaml", "POST /no-such-operation: 1\n"),
        ("prices.yaml", f"{KEY}: 1\n{NAME}: 2\n"),
        ("prices.yaml", "- 1\n"),
        ("prices.toml", "POST /x = 1\n"),
        ("prices.toml", f'"{KEY}" = nan\n'),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(DocumentError) as no:
        prices.read(table(tmp_path, text, name), CONTRACT)
    assert no.value.hint


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError):
        prices.read(tmp_path / "none.yaml", CONTRACT)
    with pytest.raises(DocumentError):
        prices.read(tmp_path / "none.toml", CONTRACT)
