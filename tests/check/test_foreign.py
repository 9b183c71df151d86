"""A foreign server over HTTP: silent where it keeps the contract, and each defect found, alone and among others."""

from __future__ import annotations

import argparse

import pytest

pytest.importorskip("flask", reason="flask is not installed")

from lumakit.check.verdict import Verdict
from lumakit.cli import check, checking
from lumakit.clock import VirtualClock
from lumakit.model import Severity
from tests.check.foreign import DEFECTS, KEY, Foreign, served


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    check.configure(parser)
    return parser.parse_args(arguments)


def verdict_on(foreign: Foreign, *more: str) -> Verdict:
    with served(foreign) as url:
        given = options(url, "--provider", "apiframe", "--skip-phases", "documents", *more)
        with checking.prepared("apiframe", given, {"APIFRAME_API_KEY": KEY}, VirtualClock()) as run:
            return run.verdict()


def codes(verdict: Verdict) -> set[str]:
    return {each.code for each in verdict.findings}


def test_a_server_that_keeps_the_contract_is_left_alone() -> None:
    verdict = verdict_on(Foreign())
    assert [str(each) for each in verdict.findings] == []
    assert [each.what for each in verdict.opens] == []
    assert verdict.exit_code(Severity.NOTE) == 0
    assert len(verdict.traffic.arrivals) > 10


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_found_and_nothing_else(defect: str) -> None:
    verdict = verdict_on(Foreign(defect), "--phases", "free,examples,lifecycle,webhooks")
    assert codes(verdict) == {DEFECTS[defect]}, [str(each) for each in verdict.findings]


def test_seven_defects_are_seven_findings() -> None:
    verdict = verdict_on(Foreign(*DEFECTS))
    assert codes(verdict) == set(DEFECTS.values()), [str(each) for each in verdict.findings]
    assert verdict.exit_code(Severity.ERROR) == 1
