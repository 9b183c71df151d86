"""JSON from outside: what decodes, what is refused, and where."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit import strictjson
from lumakit.strictjson import JsonProblem

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)

REFUSED = [
    ("", "json", 1, 1),
    ('{"a": 1,}', "json", 1, 8),
    ("[1,\n]", "json", 1, 3),
    ('{"a" 1}', "json", 1, 6),
    ("[1 2]", "json", 1, 4),
    ("{} {}", "json", 1, 4),
    ('["abc', "json", 1, 2),
    ('["\t"]', "json", 1, 3),
    ('["\\q"]', "json", 1, 3),
    ('["\\u12"]', "json", 1, 4),
    ("{a: 1}", "json", 1, 2),
    ("\ufeff{}", "json", 1, 1),
    ('[1,\n "é", NaN]', "number", 2, 7),
    ("-Infinity", "number", 1, 1),
    ("[1e400]", "number", 1, 2),
    ("[-1E+400]", "number", 1, 2),
    (f"[{'9' * 10_000}]", "number", 1, 2),
    (f"[-{'9' * 308}]", "number", 1, 2),
    (f"[1{'0' * 5000}.5]", "number", 1, 2),
    ('{"a": 1,\n"a": 2}', "duplicate_key", 2, 1),
    ('{"a": [{"b": 1}, {"b": 1, "c": {}, "b": 2}]}', "duplicate_key", 1, 36),
    ('{"a": 1, "\\u0061": 2}', "duplicate_key", 1, 10),
    ('["x", "\\ud800"]', "encoding", 1, 7),
    ('{"x": 1, "\\uDFFF": 2}', "encoding", 1, 10),
    ('["\ud800"]', "encoding", 1, 2),
    ("[" * 65 + "]" * 65, "depth", 1, 65),
    ("[" * 65, "depth", 1, 65),
    ('{"a":\n' * 65 + "1" + "}" * 65, "depth", 65, 1),
]


@pytest.mark.parametrize(("text", "kind", "line", "column"), REFUSED, ids=lambda value: repr(value)[:30])
def test_a_refusal_knows_its_kind_and_its_place(text: str, kind: str, line: int, column: int) -> None:
    with pytest.raises(JsonProblem) as caught:
        strictjson.loads(text)
    problem = caught.value
    assert (problem.kind, problem.line, problem.column) == (kind, line, column)
    assert str(problem) == f"{problem.reason} (line {line}, column {column})"


@pytest.mark.parametrize("text", [text for text, *_ in REFUSED], ids=lambda text: repr(text)[:30])
def test_a_reason_is_said_in_plain_words(text: str) -> None:
    with pytest.raises(JsonProblem) as caught:
        strictjson.loads(text)
    reason = caught.value.reason
    assert "xpecting" not in reason
    assert len(reason) < 100


def test_a_key_given_twice_is_named_with_both_lines() -> None:
    with pytest.raises(JsonProblem, match=r"the key 'b' is given twice, first on line 2 \(line 4, column 1\)"):
        strictjson.loads('{"a": {\n"b": 1,\n"c": 1,\n"b": 2}}')


def test_the_first_fault_of_several_is_named() -> None:
    with pytest.raises(JsonProblem, match=r"line 1, column 2"):
        strictjson.loads('[NaN, {"a": 1, "a": 2}, 1e999]')


@pytest.mark.parametrize(("source", "column"), [(b'["\xe4"]', 3), (b"\xff\xfe[\x001\x00]\x00", 1)])
def test_bytes_that_are_not_utf8_are_refused_with_their_place(source: bytes, column: int) -> None:
    with pytest.raises(JsonProblem) as caught:
        strictjson.loads(b"[\n" + source)
    assert (caught.value.kind, caught.value.line, caught.value.column) == ("encoding", 2, column)


def test_a_column_counts_characters_and_not_bytes() -> None:
    with pytest.raises(JsonProblem, match=r"line 1, column 5"):
        strictjson.loads('["éé'.encode() + b"\xff")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[" * 64 + "]" * 64, None),
        ('{"a": 1, "b": {"a": 1}, "c": [{"a": 1}, {"a": 1}]}', None),
        ('"\\ud83d\\ude00"', "😀"),
        ('"\\\\ud800"', "\\ud800"),
        ('["[[[[", "]]", "{", "\\"["]', None),
        (f"{'9' * 308}", int("9" * 308)),
        ("1e-400", 0.0),
        (" \n true\t", True),
    ],
)
def test_what_is_unusual_but_right_decodes(text: str, value: Any) -> None:
    assert strictjson.loads(text) == (json.loads(text) if value is None else value)


@pytest.mark.parametrize("source", ["[[1]]", b"[[1]]"])
def test_the_depth_limit_can_be_moved(source: str | bytes) -> None:
    assert strictjson.loads(source, max_depth=2) == [[1]]
    with pytest.raises(JsonProblem):
        strictjson.loads(source, max_depth=1)


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_nesting_without_end_is_refused_and_does_not_crash(opening: str) -> None:
    with pytest.raises(JsonProblem, match="nested deeper than 64 levels"):
        strictjson.loads(opening * 100_000)


def test_a_text_of_quotes_without_end_is_read_once() -> None:
    with pytest.raises(JsonProblem, match="has no end"):
        strictjson.loads('["' + '\\"' * 1_000_000)


@given(VALUES)
def test_a_value_survives_encoding_and_decoding(value: Any) -> None:
    assert strictjson.loads(strictjson.dumps(value)) == value


@given(VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_decoding_agrees_with_the_usual_decoder(value: Any, indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert strictjson.loads(text) == json.loads(text)


MEMBERS = st.sampled_from(
    ['"a":1', '"a" :"b"', '"b":":"', '"c":123456789012345678901', '"\\u0061":-0', '"d": 1.0', '"e":{"a":[]}']
)


@given(st.lists(MEMBERS, max_size=4), st.sampled_from([",", ", ", "\n,"]))
def test_bytes_are_read_by_the_letter_as_text_is(members: list[str], comma: str) -> None:
    text = f"{{{comma.join(members)}}}"
    if problem := problem_of(text):
        with pytest.raises(JsonProblem, match=re.escape(problem.reason)):
            strictjson.loads(text.encode())
    else:
        assert repr(strictjson.loads(text.encode())) == repr(strictjson.loads(text))


def problem_of(source: str | bytes) -> JsonProblem | None:
    try:
        strictjson.loads(source)
    except JsonProblem as problem:
        return problem
    return None


@given(st.text() | st.text('[]{}",:\\ue01\n-.') | st.binary())
def test_anything_decodes_or_is_refused_with_a_place(source: str | bytes) -> None:
    problem = problem_of(source)
    assert problem is None or None not in (problem.line, problem.column)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_json_cannot_hold_is_not_written(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        strictjson.dumps(value)


def test_encoding_is_compact_and_keeps_letters() -> None:
    assert strictjson.dumps({"é": [1, None]}) == '{"é":[1,null]}'.encode()


def test_the_lines_of_a_text_are_those_of_the_keys() -> None:
    text = '{\n"a":\n[1,\n2, {"b": {}}],\n"c/d": "[{,\\"", "e": []}'
    assert dict(strictjson.lines(text)) == {
        (): 1,
        ("a",): 2,
        ("a", 0): 3,
        ("a", 1): 4,
        ("a", 2): 4,
        ("a", 2, "b"): 4,
        ("c/d",): 5,
        ("e",): 5,
    }


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(inner for key, member in members for inner in paths(member, (*path, key)))]


@given(VALUES, st.sampled_from([None, 2]))
def test_every_value_has_a_line(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    assert [path for path, _ in strictjson.lines(text)] == paths(value)


def test_a_text_of_too_many_values_is_refused_and_a_text_full_of_commas_is_not() -> None:
    with pytest.raises(strictjson.JsonProblem, match="more than 1000000 values") as refused:
        strictjson.loads(b"[" + b"[1,2]," * 600_000 + b"{}]")
    assert refused.value.kind == "size"
    assert strictjson.loads(b'{"prompt": "' + b"," * 1_100_000 + b'"}')["prompt"].count(",") == 1_100_000


def test_what_was_made_here_is_written_as_it_is_and_for_people() -> None:
    assert strictjson.written({"a": [1, "\u00e9"]}) == '{"a":[1,"\u00e9"]}'.encode()
    assert strictjson.indented({"a": 1}) == b'{\n  "a": 1\n}\n'
