"""Ids look like the example of the document, and hardly ever meet."""

from __future__ import annotations

import re
import uuid

import pytest

from lumakit.draws import Draw
from mockserver import ids

SHAPES = [
    ("29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    ("task-29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a", r"task-[0-9a-f]{8}-.{27}"),
    ("", r"[0-9a-f]{8}-.{27}"),
    ("16720453908877312", r"[1-9][0-9]{16}"),
    ("7", r"[1-9][0-9]{11}"),
    ("cgt-2024abc", r"cgt-[0-9a-f]{12}"),
    ("sora-2:task_01hzx7pq4", r"sora-2:task_[0-9a-z]{12}"),
    ("JOB_9F2K", r"JOB_[0-9A-Z]{12}"),
    ("xY7", r"[0-9a-zA-Z]{12}"),
    ("é!", r"[0-9a-zA-Z]{12}"),
]


@pytest.mark.parametrize(("example", "shape"), SHAPES)
def test_an_id_looks_like_the_example(example: str, shape: str) -> None:
    made = ids.like(example, Draw("seed"))
    assert re.fullmatch(shape, made), made
    assert made == ids.like(example, Draw("seed"))


@pytest.mark.parametrize("example", [example for example, _ in SHAPES])
def test_ids_of_different_draws_do_not_meet(example: str) -> None:
    assert len({ids.like(example, Draw("seed").under(n)) for n in range(2000)}) == 2000


def test_a_uuid_is_one_of_version_four() -> None:
    assert uuid.UUID(ids.like("", Draw("seed"))).version == 4
