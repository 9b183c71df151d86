"""Recorded files: the kind of each is seen by looking, and whatever it holds, the answer is traffic or a sentence."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.check import cassette, har, lines, recorded
from lumakit.check.recording import Bulk, Recording
from lumakit.check.traffic import Traffic
from lumakit.contract import document as documents
from lumakit.contract.document import Document
from lumakit.errors import DocumentError, UsageError
from tests.check.test_cassette import PYTHON
from tests.check.test_har import entry

HAR = json.dumps({"log": {"entries": [entry()]}}).encode()
KINDS = {"har": HAR, "lines": lines.write(Traffic()).encode(), "tape": PYTHON.encode()}


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_is_seen_by_looking(kind: str, tmp_path: Path) -> None:
    (tmp_path / "named.anything").write_bytes(b"\xef\xbb\xbf" + KINDS[kind])
    (found,) = recorded.read([str(tmp_path / "named.anything")])
    assert len(found.seen) == {"har": 1, "lines": 0, "tape": 2}[kind]


def test_standard_input_is_one_more() -> None:
    found = recorded.read([], lambda _: HAR)
    assert [each.name for each in found] == ["standard input"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "there is nothing in it"),
        (b"\x00\xff", "this is no recorded traffic"),
        (b"hello", "this is no recorded traffic"),
        (b'{"openapi": "3.1.0"}', "this is JSON, and no recorded traffic"),
        (b"[]", "this is JSON, and no recorded traffic"),
        (b'{"log": {"entries": [}', "x:1:22: "),
        (b'{"log": {"entries": 7}}', "a list is needed at /log/entries"),
        (b'{"log": {}}', "'entries' is missing"),
        (b'{"log": 7, "log": 8}', "the key 'log' is given twice"),
        (b'{"log": ' + b"[" * 500 + b"]" * 500 + b"}", "nested deeper than 64 levels"),
        (b"interactions: 7", "a list is needed at /interactions"),
        (b"interactions:\n  - a: b: c", "x:2:9: mapping values are not allowed"),
        (b"interactions: \xff", "is not UTF-8"),
        (b"http_interactions::\n- request: {}", "'interactions' is missing"),
    ],
)
def test_what_is_no_recording_is_told_so_with_its_place(raw: bytes, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        recorded.parse(raw, "x")
    assert said in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("path", ["nowhere.har", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_told_so(path: str) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        recorded.read([path])


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(DocumentError, match="larger than 64 MiB"):
        recorded.read([], lambda most: b"x" * most)


def test_nothing_to_read_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="nothing_checked"):
        recorded.read([])


@given(st.binary(max_size=300))
def test_any_bytes_are_traffic_or_a_sentence(raw: bytes) -> None:
    _told(raw)


@given(st.sampled_from(sorted(KINDS)), st.integers(0, 2000), st.integers(0, 40), st.binary(max_size=8))
def test_any_damage_to_a_recording_gives_traffic_or_a_sentence(kind: str, at: int, cut: int, put: bytes) -> None:
    raw = KINDS[kind]
    at %= len(raw)
    _told(raw[:at] + put + raw[at + cut :])


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["request", "response", "headers", "url", "uri", "body", "string", "status", "name", "value"]
            ),
            inner,
            max_size=4,
        )
    ),
)


@given(_JSON)
def test_any_value_for_an_entry_gives_traffic_or_a_sentence(value: object) -> None:
    _told(json.dumps({"log": {"entries": [value]}}).encode())
    _told(json.dumps({"interactions": [value]}).encode())
    _told(b'{"lumakit": "traffic", "version": 1}\n' + json.dumps({"exchange": value}).encode())


def _told(raw: bytes) -> None:
    with contextlib.suppress(DocumentError):
        assert isinstance(recorded.parse(raw, "x"), Recording)


PACKED = base64.b64encode(gzip.compress(bytes(100_000), 9)).decode()
ANSWER = {"status": 200, "headers": [{"name": "Content-Encoding", "value": "gzip"}]}
ENTRIES = [entry(response={**ANSWER, "content": {"encoding": "base64", "text": PACKED}})] * 3


def test_a_small_file_does_not_unpack_to_a_large_one() -> None:
    document = Document("x", {"log": {"entries": ENTRIES}}, "")
    assert len(har.read(document, Bulk("x", 300_000)).seen) == 3
    with pytest.raises(DocumentError, match="its bodies come to far more than the file"):
        har.read(document, Bulk("x", 299_999))


def test_that_holds_for_every_kind() -> None:
    tape = documents.parse_recording(PYTHON.encode(), "x")
    with pytest.raises(DocumentError, match="far more than the file"):
        cassette.read(tape, Bulk("x", 5))
    spoken = b'{"exchange":{"request":{"method":"GET","path":"/","body":"xx"},"response":{"status":200}}}'
    with pytest.raises(DocumentError, match="far more than the file"):
        lines.read(KINDS["lines"] + spoken, "x", Bulk("x", 1))
