"""The tree of errors: what a message says, and which exit code it means."""

from __future__ import annotations

import pytest

from lumakit import errors
from lumakit.errors import LumakitError


def test_a_message_says_what_where_and_what_to_try() -> None:
    error = LumakitError("no paths", code="spec_shape", where="x.yaml:3", hint="add `paths`")
    assert str(error) == "x.yaml:3: no paths [spec_shape]\n  try: add `paths`"


def test_of_an_endless_quotation_only_the_beginning_is_told() -> None:
    error = LumakitError(f"{'x' * 10_000} is no name", code="c", hint="h")
    assert (len(error.what), error.what[-4:]) == (2003, "x...")
    assert len(str(error)) < 2_100


def test_place_and_hint_may_be_absent() -> None:
    assert str(LumakitError("no paths", code="spec_shape")) == "no paths [spec_shape]"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.LumakitError, 5),
        (errors.InputError, 2),
        (errors.UsageError, 2),
        (errors.DocumentError, 2),
        (errors.UnknownVersion, 2),
        (errors.OverlayError, 2),
        (errors.SurroundingsError, 3),
        (errors.SafetyStop, 4),
        (errors.OverBudget, 4),
        (errors.NoConsent, 4),
    ],
)
def test_the_kind_decides_the_exit_code(kind: type[LumakitError], code: int) -> None:
    assert kind("x", code="y").exit_code == code


@pytest.mark.parametrize("kind", [errors.UsageError, errors.DocumentError, errors.UnknownVersion, errors.OverlayError])
def test_what_was_given_is_one_family(kind: type[LumakitError]) -> None:
    assert issubclass(kind, errors.InputError)
    assert not issubclass(errors.SurroundingsError, errors.InputError)
