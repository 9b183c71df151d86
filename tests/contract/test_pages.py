"""Published pages: taken apart, united, and compared with what was made of them and where they came from."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from pathlib import Path

import pytest

from lumakit.contract import document, folder
from lumakit.contract.folder import Page, find
from lumakit.contract.pages import Endpoint, Parts, Sample, embedded, take_apart, transcribe
from lumakit.errors import DocumentError

SPECS = folder.specs_folder()
RECEIVED = SPECS.parent.parent / "shared" / "published"
PAGES = sorted(path.relative_to(SPECS) for path in SPECS.glob("*/published/*.md"))


def page(text: str) -> Page:
    return Page("acme/published/page.md", text, hashlib.sha256(text.encode()).hexdigest())


def openapi(title: str, path: str) -> str:
    return f"```yaml\nopenapi: 3.0.3\ninfo:\n  title: {title}\npaths:\n  {path}:\n    get: {{}}\n```\n"


# --- what the vendored files are ------------------------------------------------------------------------------------


def test_the_transcription_of_chainhub_is_what_its_pages_say() -> None:
    sources = find("chainhub")
    assert transcribe(sources.pages) == sources.entry.data


def test_one_line_of_each_page_of_chainhub_was_mended() -> None:
    mended = [each for page in find("chainhub").pages for found in embedded(page) for each in found.mended]
    assert [(each.line, each.was) for each in mended] == [
        (16, "description: Official documentation: https://docs.lumalabs.ai/docs/video-generation"),
    ] * 2


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_a_published_page_is_byte_for_byte_what_was_received(path: Path) -> None:
    received = RECEIVED / path.parts[0] / path.name
    if not RECEIVED.is_dir():
        pytest.skip("the pages as received are not beside this checkout; the lock still holds their sums")
    assert (SPECS / path).read_bytes() == received.read_bytes()


def test_every_page_received_from_a_vendored_provider_is_here() -> None:
    if not RECEIVED.is_dir():
        pytest.skip("the pages as received are not beside this checkout; the lock still names them")
    names = {path.relative_to(RECEIVED) for name in folder.providers() for path in (RECEIVED / name).glob("*.md")}
    assert names == {Path(path.parts[0]) / path.name for path in PAGES}


def test_the_lock_names_every_page_and_no_other() -> None:
    lock = document.read(SPECS / folder.LOCK, folder.LOCK).data["pages"]
    assert set(lock) == {path.as_posix() for path in PAGES}


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_the_lock_holds_the_sum_of_a_page(path: Path) -> None:
    entry = document.read(SPECS / folder.LOCK, folder.LOCK).data["pages"][path.as_posix()]
    assert entry["sha256"] == hashlib.sha256((SPECS / path).read_bytes()).hexdigest()
    assert entry["address"] == "unknown" or entry["address"].startswith("https://")
    assert entry["received"]


def test_a_page_knows_its_sum_and_the_locks() -> None:
    assert all(each.locked == each.sha256 for name in folder.providers() for each in find(name).pages)


# --- uniting --------------------------------------------------------------------------------------------------------


def test_documents_with_one_head_and_different_paths_are_united() -> None:
    united = transcribe([page(openapi("Acme", "/a")), page(openapi("Acme", "/b"))])
    assert united == {"openapi": "3.0.3", "info": {"title": "Acme"}, "paths": {"/a": {"get": {}}, "/b": {"get": {}}}}


@pytest.mark.parametrize("other", [openapi("Other", "/b"), openapi("Acme", "/a")], ids=["another head", "same path"])
def test_documents_that_contradict_each_other_are_not_united(other: str) -> None:
    with pytest.raises(DocumentError) as caught:
        transcribe([page(openapi("Acme", "/a")), replace(page(other), name="acme/published/other.md")])
    assert caught.value.code == "pages_differ"
    assert caught.value.where == "acme/published/other.md"


def test_a_document_whose_paths_are_none_is_refused() -> None:
    page = Page("x.md", "```yaml\nopenapi: 3.0.1\npaths: /videos\n```\n", "0" * 64)
    with pytest.raises(DocumentError) as caught:
        transcribe([page])
    assert (caught.value.code, caught.value.where) == ("spec_shape", "x.md:2")


def test_pages_without_a_document_unite_to_nothing() -> None:
    assert transcribe([page("# Nothing\n")]) == {}


# --- taking apart ---------------------------------------------------------------------------------------------------


def test_a_fenced_sample_has_its_language_and_its_first_line() -> None:
    parts = take_apart('# A\n\n```JSON\n{\n  "a": 1\n}\n```\n')
    assert parts.samples == (Sample("json", '{\n  "a": 1\n}', 4),)


def test_a_fence_that_is_never_closed_is_no_fence() -> None:
    assert take_apart("```json\n{}\n").samples == (Sample("json", "{}", 2, fenced=False),)


def test_a_bare_sample_takes_the_comment_above_it_and_leaves_what_is_glued_to_it() -> None:
    parts = take_apart('Answer\n// Bad request\n{\n"a": {"b": "}"}\n}Response\n{}\n')
    assert [(each.text, each.line, each.fenced) for each in parts.samples] == [
        ('// Bad request\n{\n"a": {"b": "}"}\n}', 2, False),
        ("{}", 6, False),
    ]


@pytest.mark.parametrize("line", ["{% tabs %}", "{{ page.title }}", "{task_id} is the id", "{: .note }"])
def test_a_brace_that_begins_no_json_is_no_sample(line: str) -> None:
    assert take_apart(f"Text\n{line}\nmore\n").samples == ()


def test_a_table_has_its_header_and_its_rows_with_their_lines() -> None:
    parts = take_apart("| A | B |\n|---|:-:|\n| 1 | x \\| y |\n2 | 3\nend\n")
    table = parts.tables[0]
    assert (table.line, table.header) == (1, ("A", "B"))
    assert table.rows == ((3, ("1", "x \\| y")), (4, ("2", "3")))


@pytest.mark.parametrize(
    "text",
    ["```\n| A |\n|---|\n| 1 |\n```\n", "A\n---\ntext | text\n", "|---|---|\n| a | b |\n"],
    ids=["in a fence", "a rule under a heading", "no header"],
)
def test_what_only_looks_like_a_table_is_none(text: str) -> None:
    assert take_apart(text).tables == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("POST\nhttps://a.example/x\n", 2),
        ("## `POST` https://a.example/x\n", 1),
        ('<mark style="color:green;">`POST`</mark> `https://a.example/x`\n', 1),
    ],
    ids=["two lines", "a heading", "markup"],
)
def test_an_announced_operation_is_seen(text: str, line: int) -> None:
    assert take_apart(text).endpoints == (Endpoint("POST", "https://a.example/x", line),)


@pytest.mark.parametrize("text", ["POST it to https://a.example/x\n", "curl -X POST https://a.example/x\n", "POST\n"])
def test_an_operation_in_a_sentence_or_in_code_is_not_announced(text: str) -> None:
    assert take_apart(text).endpoints == ()


def test_sections_are_seen_with_and_without_markup() -> None:
    parts = take_apart("Headers\n**Body**\n## Request Parameters\nThe body\n")
    assert parts.sections == (("Headers", 1), ("Body", 2), ("Request Parameters", 3))


LONG = 60_000


@pytest.mark.parametrize(
    "line",
    [
        " " * LONG + "x",
        "|" + "-" * LONG + "x",
        "|" + "--|" * LONG + "x",
        "|--" + " " * LONG + "x",
        "{" + '\\"' * LONG,
        "{" + '"' * LONG + "x",
        "```" + " " * LONG + "!",
        "POST https://a.example/" + "<" * LONG,
        "POST " + "https://" * LONG,
        "}" * LONG + "x",
        "|---|\n" * LONG,
        "{\n" * LONG,
        "a | b\n|---|---|\n" * (LONG // 2),
    ],
    ids=lambda line: f"{line[:4]!r} and so on",
)
def test_a_long_line_is_taken_apart_in_no_time(line: str) -> None:
    began = time.process_time()
    assert isinstance(take_apart(line), Parts)
    assert time.process_time() - began < 5
