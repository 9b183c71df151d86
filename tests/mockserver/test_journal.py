"""The diary: what is written down of an exchange, and how it is found again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.model import Basis, Edition, Exchange, Finding, Request, Response, Severity
from lumakit.redaction import Redactor
from mockserver.journal import Journal, Wanted
from mockserver.stores.memory import MemoryStore

POST = Request("POST", "/tasks", "a=1", (("Accept", "*/*"),), b'{"prompt": "a lion"}', "https://app.test")
CREATED = Response(201, (("Content-Type", "application/json"),), b'{"id":"t1"}', 0.5)
FINDINGS = (
    Finding("X202", "POST /tasks", "the page is 0", Severity.WARNING, "/page", 3, Edition.PUBLISHED),
    Finding("X213", "POST /tasks", "no JSON", basis=Basis.INFERRED, evidence=("a", "b"), subject="body", hint="mend"),
)


def diary(body_limit: int = 1000, secrets: frozenset[str] = frozenset(), **bounds: int) -> Journal:
    return Journal(MemoryStore(**bounds), Redactor(secrets=secrets), body_limit)


def noted(request: Request, response: Response = CREATED, body_limit: int = 1000) -> Exchange:
    journal = diary(body_limit)
    journal.note(5, request, response)
    return journal.entries()[0]


def test_an_exchange_is_read_as_it_was_noted() -> None:
    journal = diary()
    assert journal.note(5, POST, CREATED, "POST /tasks", "the page is 0", FINDINGS, ("t1", "t2"), "me") == 1
    expected = Exchange(1, 5, POST, CREATED, "POST /tasks", "the page is 0", FINDINGS, ("t1", "t2"), "me", 20, 11)
    assert journal.entries() == [expected]


def test_an_exchange_of_nothing_is_an_exchange() -> None:
    request, response = Request("GET", "/"), Response(204)
    assert noted(request, response) == Exchange(1, 5, request, response)


def test_secrets_are_hidden_before_anything_is_stored() -> None:
    store = MemoryStore()
    journal = Journal(store, Redactor(names=frozenset({"x-tenant"}), secrets=frozenset({"hunter2"})))
    headers = (("Authorization", "Bearer hunter2"), ("X-Tenant", "hunter2"), ("X-Odd", "hunter2"))
    secret = Request("POST", "/hunter2", "token=hunter2", headers, b'{"a": "hunter2"}', "https://hunter2@a.b")
    refused = Finding("X202", "POST /", "hunter2 is too short")
    journal.note(5, secret, Response(401, headers, b"no hunter2"), reason="not hunter2", findings=(refused,))
    assert "hunter2" not in repr(store.notes())
    [exchange] = journal.entries()
    assert exchange.request.headers[0] == ("Authorization", "Bearer <hidden: 7 characters>")
    assert (exchange.reason, exchange.response.body) == ("not <hidden: 7 characters>", b"no <hidden: 7 characters>")
    assert exchange.findings[0].message == "<hidden: 7 characters> is too short"


def test_long_bodies_are_cut_and_their_length_is_kept() -> None:
    exchange = noted(Request("POST", "/", body=b"x" * 500), Response(200, body=b"y" * 100), body_limit=100)
    assert exchange.request.body == b"x" * 100 + b"<cut: 100 of 500 bytes are kept>"
    assert exchange.response.body == b"y" * 100
    assert (exchange.request_bytes, exchange.response_bytes) == (500, 100)


@pytest.mark.parametrize(
    ("limit", "kept"), [(4, "aé"), (5, "aé"), (6, "aé漢"), (7, "aé漢"), (9, "aé漢"), (10, "aé漢\U0001f600")]
)
def test_no_character_is_cut_in_two(limit: int, kept: str) -> None:
    body = "aé漢\U0001f600!".encode()
    expected = f"{kept}<cut: {limit} of 11 bytes are kept>"
    assert noted(Request("POST", "/", body=body), body_limit=limit).request.body.decode() == expected


@pytest.mark.parametrize("body", [b"caf\xe9 \xff", b"\xff", b"\xc3", "漢".encode()])
def test_a_body_of_any_bytes_comes_back(body: bytes) -> None:
    assert noted(Request("POST", "/", body=body)).request.body == body


def test_a_body_of_any_bytes_is_cut_too() -> None:
    body = noted(Request("POST", "/", body=b"\xff" * 50), body_limit=10).request.body
    assert body == b"\xff" * 10 + b"<cut: 10 of 50 bytes are kept>"


@given(st.binary(max_size=40), st.integers(0, 40))
def test_whatever_comes_is_noted(body: bytes, limit: int) -> None:
    exchange = noted(Request("POST", "/", body=body), body_limit=limit)
    assert exchange.request_bytes == len(body)
    if len(body) <= limit and b"\0" not in body:
        assert exchange.request.body == Redactor().body(body)


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def journal() -> Journal:
    journal = diary()
    for status, path in zip((200, 201, 402, 403), ("/a", "/a/b", "/c", "/a"), strict=True):
        reason = "a fault" if status == 201 else ""
        request = Request("POST" if status % 2 else "GET", path)
        journal.note(status, request, Response(status), f"GET {path}", reason, (), (f"t{status}", "t"), path[1:])
    return journal


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({}, [1, 2, 3, 4]),
        ({"method": "post"}, [2, 4]),
        ({"path": "/a"}, [1, 4]),
        ({"path": "/a*"}, [1, 2, 4]),
        ({"path": "*"}, [1, 2, 3, 4]),
        ({"operation": "GET /c"}, [3]),
        ({"status": 201}, [2]),
        ({"task": "t402"}, [3]),
        ({"task": "t"}, [1, 2, 3, 4]),
        ({"owner": "a"}, [1, 4]),
        ({"refused": True}, [3, 4]),
        ({"refused": True, "path": "/a"}, [4]),
        ({"owner": "nobody"}, []),
    ],
)
def test_exchanges_are_found_by_what_is_wanted(journal: Journal, wanted: dict[str, Any], numbers: list[int]) -> None:
    assert [each.number for each in journal.entries(Wanted(**wanted))] == numbers


def test_the_newest_are_told_and_stand_last(journal: Journal) -> None:
    assert [each.number for each in journal.entries(limit=2)] == [3, 4]
    assert [each.number for each in journal.entries(after=3)] == [4]
    assert journal.entries(after=4) == journal.entries(limit=0) == []
    assert [each.number for each in journal.entries(Wanted(path="/a"), limit=1)] == [4]


def test_a_long_diary_is_read_page_by_page() -> None:
    journal = diary(max_notes=1700)
    for number in range(1, 2001):
        journal.note(number, POST, Response(200 + number % 2))
    assert [each.number for each in journal.entries()] == list(range(1001, 2001))
    assert [each.number for each in journal.entries(limit=5000)] == list(range(301, 2001))
    assert [each.number for each in journal.entries(Wanted(status=201), limit=601)] == list(range(799, 2001, 2))
    assert [each.number for each in journal.entries(after=1498, limit=5000)] == list(range(1499, 2001))


def test_reading_ends_where_older_entries_are_gone() -> None:
    journal = diary(max_notes=600)
    for number in range(1, 2001):
        journal.note(number, POST, CREATED)
    assert [each.number for each in journal.entries(limit=5000)] == list(range(1401, 2001))


def test_the_diary_is_bounded_in_bytes() -> None:
    journal = diary(body_limit=10_000, max_note_bytes=30_000)
    for _ in range(10):
        journal.note(5, Request("POST", "/", body=b"x" * 10_000), Response(200, (("X-Long", "y" * 3000),)))
    assert [each.number for each in journal.entries()] == [9, 10]
