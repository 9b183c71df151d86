"""A request in which anything may be anything breaks no mock, whichever operation of whichever provider it is for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumakit.contract.compile import Contract
from lumakit.model import Request
from tests.mockserver.sender import EDITIONS, JSON, Sender

TEXT = st.text(st.characters(max_codepoint=255), max_size=40)  # as a door decodes bytes
PIECES = st.lists(
    st.sampled_from(
        [*'=",;\\ \x00\xff', "code", "404", "status", "example", "dynamic", "true", "seed", "delay", "scenario"]
    )
).map("".join)
NAMES = (
    "Authorization",
    "Content-Type",
    "Accept",
    "Prefer",
    "Range",
    "If-None-Match",
    "If-Modified-Since",
    "Host",
    "Cookie",
)
VALUES = st.one_of(TEXT, PIECES)
JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=8,
)


@st.composite
def bodies(draw: st.DrawFn, example: dict[str, Any]) -> bytes:
    """Any bytes; or an example of which one member, or some bytes, are anything."""
    if not example or draw(st.booleans()):
        return draw(st.one_of(st.binary(max_size=60), JSON_VALUES.map(lambda value: json.dumps(value).encode())))
    body = json.dumps({**example, draw(st.sampled_from(sorted(example))): draw(JSON_VALUES)}).encode()
    at, length = draw(st.integers(0, len(body))), draw(st.sampled_from((0, 0, 0, 1, 10)))
    return body[:at] + draw(st.binary(max_size=length)) + body[at + length :] if length else body


@st.composite
def requests(draw: st.DrawFn, sender: Sender, tasks: list[str]) -> Request:
    """A request of some operation in which one part, or several, may be anything."""
    operation = draw(st.sampled_from(list(sender.mock.contract.operations.values())))
    odd = draw(st.sets(st.sampled_from(("method", "path", "headers", "query", "body")), max_size=3))
    task = draw(st.one_of(st.sampled_from(tasks), TEXT))
    paths = (operation.path.replace("{task_id}", task), operation.path + task, f"/__media/{task}", task)
    method = draw(TEXT) if "method" in odd else operation.method
    path = draw(st.sampled_from(paths)) if "path" in odd else paths[0]
    query = draw(st.one_of(TEXT, PIECES.map(lambda text: f"__{text}"))) if "query" in odd else ""
    more = draw(st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), TEXT), VALUES), max_size=4))
    usual = (sender.credential, JSON)[draw(st.sampled_from((0, 0, 0, 1, 2))) :] if "headers" in odd else ()
    headers = (*usual, *more) if "headers" in odd else (sender.credential, JSON)
    example = sender.user.example(operation.key) if operation.content else {}
    return Request(method, path, query, headers, draw(bodies({} if "body" in odd else example)))


@pytest.mark.parametrize("contract", EDITIONS.values(), ids=EDITIONS)
def test_nothing_breaks_it(contract: Contract) -> None:
    sender = Sender(contract)
    tasks = [sender.user.finished(kind) for kind in sender.user.reading.tasks.values()]
    seen: set[int] = set()

    @settings(max_examples=200, derandomize=True, database=None)
    @given(requests(sender, tasks))
    def ask(request: Request) -> None:
        seen.add(sender(request).status)

    ask()
    assert {200, 400, 401, 404, 405} <= seen
