"""Sentences about values: what is read out of them, and what is left alone."""

from __future__ import annotations

import pytest

from lumakit.contract.lint import prose


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("720p or 1080p, default 720p", "720p or 1080p"),
        ("Duration only supports 5s", "5s"),
        ("ray-v1, ray-v2, official display is ray1.6 ray2", "ray-v1 or ray-v2"),
        ("The index. Can be 1, 2, 3 or 4", "1, 2, 3 or 4"),
        ("Can be low or high. low by default.", "low or high"),
        ("One of `draft`, `published`.", "draft or published"),
        ("Must be one of the following: 16:9, 9:16.", "16:9 or 9:16"),
        ("either 'a' or 'b'", "a or b"),
        ("Can be 1 or 2, 1 by default.", "1 or 2"),
        ("Either 1,000 or 10,000.", "1,000 or 10,000"),
    ],
)
def test_listed_values_are_read(text: str, values: str) -> None:
    assert prose.choices(text) == values


@pytest.mark.parametrize(
    "text",
    [
        "",
        "What to show",
        "Must be 18 or older",
        "Can be 1 to 10",
        "Must be at least 8 characters",
        "Either IPv4 or IPv6.",
        "One of UTF-8 or UTF-16.",
        "10,000 requests per month",
        "10,000 or 20,000 requests per month",
        "2 or 3 words about it",
        "Can be null or empty.",
        "Can be updated or deleted.",
        "Only supports 3 files",
        "cannot be 0 or 1",
        "Can be a URL or Base64",
        "can be",
        "one of",
    ],
)
def test_a_sentence_that_lists_nothing_is_left_alone(text: str) -> None:
    assert prose.choices(text) == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("720p or 1080p, default 720p", "720p"),
        ("Can be low or high. low by default.", "low"),
        ("Page size (default: 20).", "20"),
        ("Defaults to `large`.", "large"),
        ("The default value is 0.5", "0.5"),
        ("by default 3", "3"),
        ("Sent by default", ""),
        ("Defaults to none.", ""),
        ("Default is the size of the image", ""),
        ("default", ""),
        ("defaults to ``", ""),
    ],
)
def test_the_default_is_read(text: str, value: str) -> None:
    assert prose.default(text) == value
