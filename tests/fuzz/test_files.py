"""The files a user keeps beside his work: settings, baselines, prices, and the ledger of what was spent."""

from __future__ import annotations

import argparse
import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from lumakit.check import baseline, ledger, prices
from lumakit.check.ledger import Bounds, Entry, Ledger
from lumakit.cli import settings
from lumakit.contract import document
from lumakit.errors import InputError, OverBudget
from lumakit.model import Edition
from tests.calling import EDITIONS
from tests.fuzz.matter import law, outcome, spoiled_bytes, spoiled_texts, told

CONTRACT = EDITIONS["apiframe", Edition.CORRECTED]
PAID = next(key for key in CONTRACT.operations if key.startswith("POST"))
BASELINE = 'lumakit_baseline = 1\n[[known]]\nfingerprint = "0123456789abcdef"\ncode = "X201"\nwhere = "GET /x"\n'
PRICES = [f'"{PAID}" = 0.35\n', f'# prices\n"{PAID}" = 1_000\n']
PRICED = [f'"{PAID}": 0.35\n'.encode(), f'{{"{PAID}": 1e2}}'.encode()]
SETTINGS = ['edition = "published"\nfail-on = ["warning"]\nport = 4010\n', "second_opinion = true\nedition = 'draft'\n"]
SHARED = [f"[project]\nname = 'x'\n[tool.lumakit]\n{each}" for each in SETTINGS]
NAMES = ["LUMAKIT_EDITION", "LUMAKIT_PORT", "LUMAKIT_", "LUMAKIT_\x00"]
BOOK = ledger.HEADER + (
    b'{"at":1,"event":"reserve","run":"r","target":"t","operation":"POST /x","price":"0.35"}\n'
    b'{"at":2,"event":"accepted","of":33}\n'
    b'{"at":3,"event":"reserve","run":"r","target":"t","operation":"POST /x"}\n{"at":4,"event":"mended"}\n'
)
BOUNDS = Bounds(5, 9, Decimal(3))


@law
@given(spoiled_texts([BASELINE]))
def test_any_text_is_a_baseline_or_is_refused(text: str) -> None:
    told(baseline.read, text, "baseline.toml")


@law
@given(spoiled_texts(PRICES))
def test_any_text_is_a_table_of_prices_or_is_refused(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "prices.toml")
        path.write_bytes(text.encode(errors="surrogateescape"))
        found = told(prices.read, path, CONTRACT)
    assert isinstance(found, InputError) or all(0 <= price <= prices.MOST for price in found.values())


@law
@given(spoiled_bytes(PRICED))
def test_any_bytes_are_a_table_of_prices_or_are_refused(raw: bytes) -> None:
    found = told(document.parse, raw, "prices.yaml")
    if not isinstance(found, InputError):
        told(prices.prices, found, CONTRACT)


@law
@given(
    spoiled_texts(SETTINGS),
    spoiled_texts(SHARED),
    st.dictionaries(
        st.sampled_from(NAMES),
        spoiled_texts(["4010", "published"]),
        max_size=2,
    ),
)
def test_any_settings_become_arguments_or_are_refused(own: str, shared: str, environment: dict[str, str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--edition", choices=("published", "corrected"))
    parser.add_argument("--port", action="append")
    parser.add_argument("--second-opinion", action="store_true")
    for name, text in (("lumakit.toml", own), ("pyproject.toml", shared)):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, name).write_bytes(text.encode(errors="surrogateescape"))
            found = told(settings.arguments, parser, lambda: [parser], environment, Path(folder))
        assert isinstance(found, InputError) or all(each.startswith("--") for each in found)


@law
@given(spoiled_bytes([BOOK]))
def test_any_bytes_are_a_book_that_is_kept_on_or_are_refused(raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "spent.jsonl")
        path.write_bytes(raw)
        path.chmod(0o600)
        book = Ledger(path, lambda: 86_400_000, sync=lambda _: None)
        line = outcome(OverBudget, lambda: book.reserve(Entry("r", "t", "POST /x", Decimal(1)), BOUNDS))
        assert line.code if isinstance(line, OverBudget) else len(book.check().spent("r")) <= BOUNDS.run
        assert path.read_bytes().startswith(raw)
