"""What can be chosen, and what cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lumakit.errors import UsageError
from lumakit.pytest import Choices


def test_what_is_given_later_goes_before() -> None:
    chosen = Choices().but({"scenario": "fail", "seed": 7}, "the file").but({"scenario": "stuck"}, "the marker")
    assert (chosen.scenario, chosen.seed, chosen.progress) == ("stuck", "7", "looks")


def test_one_text_is_a_list_of_one_and_a_path_is_a_provider() -> None:
    chosen = Choices().but({"faults": "503 first 1", "provider": Path("jobs.yaml"), "calls": ["a", "b"]}, "here")
    assert (chosen.faults, chosen.provider, chosen.calls) == (("503 first 1",), "jobs.yaml", ("a", "b"))


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("scenarios", "fail", "choice_not_found"),
        ("judge", 1, "choice_invalid"),
        ("environment", "URL={url}", "choice_invalid"),
        ("environment", {"URL": 1}, "choice_invalid"),
        ("faults", [503], "choice_invalid"),
        ("calls", 3, "choice_invalid"),
        ("scenario", None, "choice_invalid"),
        ("edition", "newest", "choice_invalid"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(name: str, value: Any, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        Choices().but({name: value}, "the marker of test_it")
    assert (caught.value.code, caught.value.where) == (code, "the marker of test_it")
