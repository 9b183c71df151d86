"""A stencil fills the places of a template as the lens would write them, and the further places of files."""

from __future__ import annotations

from typing import Any

import pytest

import lumakit
from lumakit.contract.frozen import freeze
from lumakit.contract.lens import Fact, Lens
from lumakit.contract.reading import Reading
from lumakit.contract.stencil import Stencil

LENS = Lens(
    (
        Fact("id", (("/id", "text"), ("/data/task_id", "text"))),
        Fact("status", (("/data/state", "word"),)),
        Fact("results", (("/data/videos/0/urls", "list"), ("/data/url", "one"))),
        Fact("progress", (("/missing", "percent"),)),
    )
)
TEMPLATE = freeze(
    {"id": None, "data": {"task_id": "x", "state": "old", "videos": [{"urls": ["a", "b"], "width": 1.0}]}}
)
FACTS = {"id": "7", "status": "done", "results": ("u1", "u2"), "progress": 50}


def test_a_stencil_gives_what_the_lens_would_write() -> None:
    stencil = Stencil(TEMPLATE, LENS)
    assert stencil.fill(FACTS) == LENS.write(TEMPLATE, FACTS)
    assert stencil.facts == {"id", "status", "results"}
    assert stencil.counts == {"results": 2}


def test_filling_once_leaves_the_stencil_as_it_was() -> None:
    stencil = Stencil(TEMPLATE, LENS)
    first = stencil.fill(FACTS)
    again = stencil.fill({"status": "other"})
    assert (again["data"]["task_id"], again["data"]["state"]) == ("x", "other")
    assert again["data"]["videos"] == [{"urls": ["a", "b"], "width": 1.0}]
    assert first["data"]["state"] == "done"


def test_further_places_are_filled_where_something_stands_and_spelled_like_it() -> None:
    spots = [("/data/videos/0/width", "video/width", "number"), ("/data/nowhere", "video/width", "number")]
    stencil = Stencil(TEMPLATE, LENS, spots)
    width = stencil.fill({"video/width": 720})["data"]["videos"][0]["width"]
    assert (width, type(width)) == (720.0, float)


@pytest.mark.parametrize("template", ["a text", 7, None, [], {}])
def test_a_template_without_a_place_is_told_as_it_is(template: Any) -> None:
    assert Stencil(template, LENS).fill(FACTS) == template


EXAMPLES = [
    pytest.param(contract.reading, value, id=f"{contract.name}-{contract.edition}-{operation.key}-{name}")
    for contract in (lumakit.load(name, edition) for name in ("apiframe", "chainhub") for edition in lumakit.Edition)
    for operation in contract.operations.values()
    for answer in operation.answers.values()
    for body in answer.content.values()
    for name, value in body.examples.items()
]


@pytest.mark.parametrize(("reading", "template"), EXAMPLES)
def test_every_vendored_example_is_filled_as_the_lens_would(reading: Reading, template: Any) -> None:
    stencil = Stencil(template, reading.lens)
    addresses = tuple(f"https://example.com/{n}" for n in range(stencil.counts.get("results", 1)))
    for created, progress in ((0, 0), (1_700_000_000_123, 37), (10**13, 100)):
        facts = {"id": "an-id", "status": "pending", "created_at": created, "progress": progress, "results": addresses}
        assert stencil.fill(facts) == reading.lens.write(template, facts)
