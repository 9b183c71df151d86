"""What others have collected: bodies that readers of JSON stumble over, and texts that programs break on.

The bodies are read by `strictjson`, and come to a mock as they are; the texts are prompts, and every store keeps them.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lumakit import strictjson
from lumakit.strictjson import JsonProblem
from mockserver import MockProvider
from tests.corpora import shelf
from tests.mockserver.sender import CONTRACTS, Sender
from tests.mockserver.stores import everywhere
from tests.mockserver.story import User

GOOD, BAD, EITHER = (shelf.bodies(letter) for letter in "yni")
TWICE = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}
"""Right by the grammar; a key that is given twice is refused here, whatever its value."""
NAUGHTY = shelf.naughty()
DONE = (("Prefer", "status=completed"),)


@pytest.fixture(params=CONTRACTS)
def sender(request: pytest.FixtureRequest) -> Sender:
    return Sender(CONTRACTS[request.param])


def kind_of(body: bytes) -> str:
    """What is wrong with a body; nothing where it is read."""
    try:
        strictjson.loads(body)
    except JsonProblem as problem:
        return problem.kind if problem.line and problem.column else "nowhere"
    return ""


def test_the_corpora_are_whole() -> None:
    assert (len(GOOD), len(BAD), len(EITHER), len(NAUGHTY)) == (95, 188, 35, 461)
    assert GOOD.keys() >= TWICE


def test_what_must_be_read_is_read_as_everybody_reads_it() -> None:
    assert {name: kind_of(body) for name, body in GOOD.items() if kind_of(body)} == dict.fromkeys(
        TWICE, "duplicate_key"
    )
    for name in GOOD.keys() - TWICE:
        assert repr(strictjson.loads(GOOD[name])) == repr(json.loads(GOOD[name])), name


def test_what_must_be_refused_is_refused_with_its_place() -> None:
    assert [name for name, body in BAD.items() if kind_of(body) in ("", "nowhere")] == []


def test_what_may_be_either_is_one_of_them() -> None:
    assert {kind_of(body) for body in EITHER.values()} <= {"", "encoding", "number", "depth", "json"}


# at a mock


def more(sender: Sender, body: bytes) -> bytes:
    """A whole request with one more member, written like this."""
    return sender.whole(**{sender.field: "a cat"})[:-1] + b', "more": ' + body.strip() + b"}"


def test_a_mock_takes_what_must_be_read(sender: Sender) -> None:
    for name in GOOD.keys() - TWICE:
        sender.accepted(sender.post(more(sender, GOOD[name])), "a cat")
    for name in TWICE:
        sender.refused(sender.post(more(sender, GOOD[name])), 400, "given twice")


def test_a_mock_refuses_what_must_be_refused_in_the_shape_of_its_provider(sender: Sender) -> None:
    for body in BAD.values():
        answer = sender.refused(sender.post(body), sender.user.reading.problems["invalid"], "JSON | missing")
        assert answer.header("content-type") == "application/json"


def test_a_mock_fails_at_nothing_that_may_be_either(sender: Sender) -> None:
    for body in EITHER.values():
        assert sender(sender.post(body)).status == 400
        assert sender(sender.post(more(sender, body))).status in (200, 400)


# prompts


def test_every_text_is_a_prompt_of_every_provider(sender: Sender) -> None:
    for prompt in NAUGHTY:
        sender.accepted(sender.post(sender.whole(**{sender.field: prompt})), prompt)


@pytest.mark.parametrize("kind", everywhere.KINDS)
def test_every_text_comes_back_from_every_store_as_it_came(kind: str, tmp_path: Path) -> None:
    with everywhere.backend(kind, tmp_path) as backend:
        user = User(CONTRACTS["chainhub"], MockProvider(CONTRACTS["chainhub"], store=backend.store("chainhub", 1000)))
        film = user.reading.tasks["generation"]
        made = {str(user.read(user.submit(film, DONE, user_prompt=prompt))["id"]): prompt for prompt in NAUGHTY}
        assert len(made) == len(NAUGHTY)
        assert {task: user.read(user.fetch(film, task))["prompt"] for task in made} == made
