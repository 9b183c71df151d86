"""What may stand behind a flag, and what is said of what may not."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import pytest

from lumakit.cli import values


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (values.whole, "0", 0),
        (values.port, "65535", 65535),
        (values.count, "1", 1),
        (values.speed, "0", 0.0),
        (values.speed, "0.5", 0.5),
        (values.speed, "1e9", 1e9),
        (values.address, "https://mock.test:4010/base/", "https://mock.test:4010/base"),
        (values.address, "http://[::1]:4010", "http://[::1]:4010"),
        (values.origin, "https://App.test:8443/", "https://app.test:8443"),
        (values.origin, "capacitor://localhost", "capacitor://localhost"),
        (values.name, "my-box.test", "my-box.test"),
        (values.name, "fe80::1", "fe80::1"),
    ],
)
def test_a_value_is_read(read: Callable[[str], object], text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (values.whole, "x", "'x' is not a whole number"),
        (values.whole, "-1", "is not a whole number"),
        (values.whole, "1.5", "is not a whole number"),
        (values.whole, "9" * 5000, "is not a whole number"),
        (values.port, "65536", "0 for any that is free"),
        (values.count, "0", "at least 1"),
        (values.speed, "x", "a number from 0 to 1,000,000,000"),
        (values.speed, "-1", "'-1' is no speed"),
        (values.speed, "nan", "'nan' is no speed"),
        (values.speed, "inf", "'inf' is no speed"),
        (values.address, "mock.test", "write `http://mock.test:4010`"),
        (values.address, "ftp://mock.test", "is no address"),
        (values.address, "http://", "is no address"),
        (values.address, "http://mock.test:99999", "is no address"),
        (values.address, "http://[::1", "is no address"),
        (values.address, "http://key@mock.test", "is no address"),
        (values.address, "http://mock.test/?a", "is no address"),
        (values.origin, "*", "a path or `*` is none"),
        (values.origin, "https://*.test", "is no origin"),
        (values.origin, "https://app.test/page", "is no origin"),
        (values.origin, "null", "is no origin"),
        (values.name, "http://mock.test", "without a scheme and a port"),
        (values.name, "mock.test:4010", "without a scheme and a port"),
        (values.name, "*", "is no name"),
    ],
)
def test_what_is_no_value_is_told_in_words(read: Callable[[str], object], text: str, said: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        read(text)
    assert said in str(caught.value)
