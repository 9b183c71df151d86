"""YAML 1.2 core: what a text means, what is refused, and where things stand."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lumakit import strictjson
from lumakit.contract import pointer as pointers
from lumakit.contract import yaml_core
from lumakit.errors import DocumentError

ODD = (
    "on off yes no y n ~ null true False 012 08 0o14 0x1F 1e5 1E5 .5 1. 16:9 1_000 2024-11-06 .inf .NaN << = - ? : # *"
)
TEXTS = st.text() | st.sampled_from(ODD.split())
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers() | FLOATS | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20)


def load(text: str) -> Any:
    return yaml_core.load(text, "x.yaml")


def refusal(text: str) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        load(text)
    return caught.value


# --- what a scalar means ---------------------------------------------------------------------------------------------

TEXT_SCALARS = (
    "16:9 on off yes no y On OFF 012 -012 08 1_000 0b1 2024-11-06 2020-13-45 12:30:45 1.2.3 +-1 0o8 0xG 1e = 12e03x "
    "tRUE nULL NaN inf Infinity .Inf.x -.nan 0.0.0"
).split()


@pytest.mark.parametrize("word", TEXT_SCALARS)
def test_what_yaml_1_1_takes_for_something_else_is_a_text(word: str) -> None:
    assert load(f"[{word}]") == [word]
    assert load(f"a: {word}\n") == {"a": word}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-0", 0),
        ("+12", 12),
        ("-12", -12),
        ("0o14", 12),
        ("0x1F", 31),
        ("1.5", 1.5),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.5", -0.5),
        ("1e3", 1000.0),
        ("1E-3", 0.001),
        ("+1.5e+3", 1500.0),
        ("9" * 308, int("9" * 308)),
    ],
)
def test_a_scalar_of_the_core_schema_has_its_type(word: str, value: Any) -> None:
    (read,) = load(f"- {word}\n")
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("quoted", ["'1'", '"1"', "! 1", "!!str 1", "|\n  1", ">-\n  1"])
def test_a_quoted_scalar_is_a_text(quoted: str) -> None:
    assert load(f"a: {quoted}\n")["a"].strip() == "1"


@pytest.mark.parametrize(
    ("tagged", "value"),
    [("!!str 16:9", "16:9"), ("!!int '16'", 16), ("!!float 1", 1.0), ("!!null ''", None), ("!!bool true", True)],
)
def test_a_core_tag_decides_the_type(tagged: str, value: Any) -> None:
    read = load(f"a: {tagged}")["a"]
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("tagged", ["!!map {b: 1}", "!!seq [b]", "! {b: 1}", "! [b]"])
def test_a_collection_may_carry_its_own_tag(tagged: str) -> None:
    assert load(f"a: {tagged}") in ({"a": {"b": 1}}, {"a": ["b"]})


def test_a_long_text_that_begins_like_a_number_is_a_text() -> None:
    words = "5 seconds " * 200
    assert load(f"a: {words}") == {"a": words.strip()}


# --- keys ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key", ["200", "1.5", "true", "null", "on", "2024-11-06", "~", "'200'", "!!int 200", "? 200\n"]
)
def test_a_key_is_a_text(key: str) -> None:
    (read,) = load(f"{key}: 1")
    assert read == key.strip("'? \n").removeprefix("!!int ")


def test_an_anchored_key_can_be_repeated_as_a_value() -> None:
    assert load("&a b: 1\nc: *a") == {"b": 1, "c": "b"}


@pytest.mark.parametrize("text", ["? [a]\n: 1", "? {a: 1}\n: 1", "{[a]: 1}", "a: &x 1\n*x : 2", "- ? - a\n  : 1"])
def test_a_key_that_is_no_text_is_refused(text: str) -> None:
    assert refusal(text).code == "spec_key"


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3\n", "{a: 1,\nb: 2,\n'a': 3}", '"a": 1\n"b": 2\n? a\n: 3\n'])
def test_a_key_given_twice_is_named_with_both_lines(text: str) -> None:
    error = refusal(text)
    assert error.code == "spec_duplicate_key"
    assert error.what == "the key 'a' is given twice, first on line 1"
    assert error.where.startswith("x.yaml:3:")


@pytest.mark.parametrize("text", ["a: &x {b: 1}\nc:\n  <<: *x\n", "<<: [{a: 1}]"])
def test_a_merge_key_is_refused(text: str) -> None:
    assert refusal(text).code == "spec_merge_key"


def test_a_quoted_merge_key_is_only_a_text() -> None:
    assert load('"<<": 1') == {"<<": 1}


# --- aliases ---------------------------------------------------------------------------------------------------------


def test_an_alias_is_a_copy() -> None:
    read = load("a: &x {b: [1]}\nc: *x\nd: &y text\ne: *y")
    assert read == {"a": {"b": [1]}, "c": {"b": [1]}, "d": "text", "e": "text"}
    assert read["a"] is not read["c"]
    assert read["a"]["b"] is not read["c"]["b"]


@pytest.mark.parametrize("text", ["&a [*a]", "a: &x {b: *x}", "a: *nowhere", "a: &x {b: [{c: *x}]}", "*a"])
def test_an_alias_of_nothing_or_of_what_holds_it_is_refused(text: str) -> None:
    assert refusal(text).code == "spec_alias"


def bomb(levels: int, width: int = 10) -> str:
    """Each list holds the one before it several times over."""
    lines = ["a0: &a0 [lol]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(lines)


def doubling(levels: int) -> str:
    """Each mapping holds the one before it twice."""
    return "a0: &a0 {x: 1}\n" + "\n".join(f"a{n}: &a{n} {{x: *a{n - 1}, y: *a{n - 1}}}" for n in range(1, levels))


BOMBS = {
    "wide": bomb(9),
    "doubling": doubling(18),
    "flat": "a: &a [" + "1," * 1000 + "]\nb: [" + "*a," * 1000 + "]",
    "deep": "a: &a " + "[" * 100 + "]" * 100 + "\nb: " + "[" * 60 + "*a" + "]" * 60,
    "long": f"a: &a {'x' * 1_000_000}\nb: [" + "*a," * 100 + "]",
}


@pytest.mark.parametrize("name", BOMBS)
def test_an_alias_bomb_is_refused(name: str) -> None:
    assert refusal(BOMBS[name]).code == "spec_expansion"


def test_aliases_within_reason_are_fine() -> None:
    assert len(load("a: &a [" + "1," * 90 + "]\nb: [" + "*a," * 1000 + "]")["b"]) == 1000


# --- limits ----------------------------------------------------------------------------------------------------------


def test_the_depth_limit_is_exact() -> None:
    assert load("[" * 128 + "]" * 128)
    assert refusal("[" * 129 + "]" * 129).code == "spec_depth"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{a: " * 100_000,
        "[{a: " * 100_000,
        "- " * 100_000,
        "? " * 100_000,
        "\n".join(" " * level + "a:" for level in range(1000)),
        "\n".join(" " * level + "-" for level in range(1000)),
        "a: " + "[" * 60_000 + "]" * 60_000,
    ],
    ids=["lists", "mappings", "both", "block lists", "complex keys", "block mappings", "staircase", "closed"],
)
def test_nesting_without_end_is_refused_and_does_not_crash(text: str) -> None:
    assert refusal(text).code in ("spec_depth", "spec_key")


def test_more_values_than_anybody_writes_are_refused() -> None:
    assert refusal("[" + "[]," * yaml_core.MAX_VALUES + "]").code == "spec_size"


# --- refusals --------------------------------------------------------------------------------------------------------

REFUSED = [
    ("a: !!python/object/apply:os.system [id]", "spec_yaml_tag", "1:4", "!!python/object/apply:os.system"),
    ("a: !!python/name:os.system ''", "spec_yaml_tag", "1:4", "!!python/name:os.system"),
    ("a: !custom b", "spec_yaml_tag", "1:4", "!custom"),
    ("a: !custom {b: 1}", "spec_yaml_tag", "1:4", "!custom"),
    ("!custom a: 1", "spec_yaml_tag", "1:1", "!custom"),
    ("a: !!timestamp 2024-11-06", "spec_yaml_tag", "1:4", "!!timestamp"),
    ("a: !!binary aGk=", "spec_yaml_tag", "1:4", "!!binary"),
    ("a: !!set {b}", "spec_yaml_tag", "1:4", "!!set"),
    ("a: !!map [b]", "spec_yaml_tag", "1:4", "!!map"),
    ("a: !!seq b", "spec_yaml_tag", "1:4", "!!seq"),
    ("a: !!int b", "spec_yaml_tag", "1:4", "!!int"),
    ("a: !!int 1.5", "spec_yaml_tag", "1:4", "!!int"),
    ("a:\n - .nan", "spec_number", "2:4", ".nan"),
    ("a: -.INF", "spec_number", "1:4", "-.INF"),
    ("a: 1e400", "spec_number", "1:4", "1e400"),
    (f"a: {'9' * 10_000}", "spec_number", "1:4", "308 digits"),
    (f"a: 0x{'F' * 10_000}", "spec_number", "1:4", "308 digits"),
    ("a: 1\n---\nb: 2\n", "spec_documents", "2:1", "second document"),
    ("a: 1\n...\n---\n", "spec_documents", "3:1", "second document"),
    ("a: b: c", "spec_yaml", "1:5", "mapping values"),
    ("a: @b", "spec_yaml", "1:4", "cannot start any token"),
    ("a: 'b", "spec_yaml", "1:6", "end of stream"),
    ("a: 1\nb: [1,\n2\n", "spec_yaml", "4:1", "while parsing a flow sequence that begins on line 2"),
    ("a:\n\tb: 1", "spec_yaml", "2:1", "cannot start any token"),
    ("a: b\n\tc: 1", "spec_yaml", "2:1", "tab"),
    ("a: 1\n b: 2", "spec_yaml", "2:3", "mapping values"),
    ("%YAML 2.0\n---\na: 1", "spec_yaml", "1:1", "incompatible"),
    ('a: "\\ud800"', "spec_yaml", "1:7", "Unicode"),
    ("a: 1\nb: \x00", "spec_yaml", "2:4", "U+0000"),
    ("é: é\nöä: \x07", "spec_yaml", "2:5", "U+0007"),
    ("a: \x7f", "spec_yaml", "1:4", "U+007F"),
    ("a: 1\nb: é\ud800", "spec_encoding", "2:5", "surrogate"),
]


@pytest.mark.parametrize(("text", "code", "place", "words"), REFUSED, ids=lambda value: repr(value)[:30])
def test_a_refusal_says_what_and_where_and_what_to_try(text: str, code: str, place: str, words: str) -> None:
    error = refusal(text)
    assert (error.code, error.where) == (code, f"x.yaml:{place}")
    assert words in error.what
    assert error.hint
    assert len(str(error)) < 200


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a: b: c", "quote the value"),
        ("a: `b`", "quote the value"),
        ("a: b\n\tc: 1", "indent with spaces"),
        ("a: [1\nb: 2", "close the bracket"),
        ("a: 'b", "close the quote"),
        ("a: 1\nb\nc: 2", "a key is followed by a colon"),
        ("a: 1\n- b", "begin in the same column"),
        ("a:\n  - b\n  c: 1", "begin in the same column"),
        ('a: "\\d+"', "single quotes"),
        ("%FOO", "look at this line"),
    ],
)
def test_a_hint_says_what_to_try(text: str, advice: str) -> None:
    assert advice in refusal(text).hint


def test_a_tag_executes_nothing(tmp_path: Any) -> None:
    witness = tmp_path / "witness"
    refusal(f"a: !!python/object/apply:os.mkdir ['{witness}']")
    assert not witness.exists()


@pytest.mark.parametrize(
    "text", ["%YAML 1.2\n---\na: 1\n", "---\na: 1\n...\n", "# only\na:\t1", "\n\na: 1", "a: 1\r\n"]
)
def test_what_is_unusual_but_right_is_read(text: str) -> None:
    assert load(text) == {"a": 1}


# --- positions -------------------------------------------------------------------------------------------------------

POSITIONS = """\
# a comment
openapi: 3.0.1
paths:
  /a/{b}:
    get:
      tags: [one,
        two]
      parameters:
        - name: x
          in: query

        -
          name: y
  ~x: {a: 1,
    b: {c: 2}}
shared: &s
  k: v
again: *s
text: |
  several
  lines
? key
: value
last:
"""


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ("", 2),
        ("/openapi", 2),
        ("/paths", 3),
        ("/paths/~1a~1{b}", 4),
        ("/paths/~1a~1{b}/get/tags", 6),
        ("/paths/~1a~1{b}/get/tags/0", 6),
        ("/paths/~1a~1{b}/get/tags/1", 7),
        ("/paths/~1a~1{b}/get/parameters/0", 9),
        ("/paths/~1a~1{b}/get/parameters/0/in", 10),
        ("/paths/~1a~1{b}/get/parameters/1", 13),
        ("/paths/~1a~1{b}/get/parameters/1/name", 13),
        ("/paths/~0x", 14),
        ("/paths/~0x/b", 15),
        ("/paths/~0x/b/c", 15),
        ("/shared/k", 17),
        ("/again", 18),
        ("/text", 19),
        ("/key", 22),
        ("/last", 24),
    ],
)
def test_a_pointer_stands_on_the_line_of_its_key(pointer: str, line: int) -> None:
    assert dict(yaml_core.positions(POSITIONS))[pointer] == line


def places(value: Any, at: str = "") -> list[str]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(inner for key, member in members for inner in places(member, at + pointers.join(key)))]


@given(VALUES)
def test_every_value_of_a_written_document_has_a_line(value: Any) -> None:
    assert [at for at, _ in yaml_core.positions(yaml_core.dump(value))] == places(value)


# --- writing ---------------------------------------------------------------------------------------------------------


@given(VALUES)
def test_what_is_written_is_read_alike_here_and_by_yaml_1_1(value: Any) -> None:
    text = yaml_core.dump(value)
    assert load(text) == value
    assert yaml.safe_load(text) == value


@given(st.text("ab \n\t:#-é'\"\u2028"))
def test_long_and_odd_texts_survive_writing(text: str) -> None:
    value = {"description": text, "list": [text, {"inner": text * 40}]}
    assert load(yaml_core.dump(value)) == value


def test_a_value_that_stands_twice_is_written_twice() -> None:
    shared = {"a": [1]}
    assert "&" not in yaml_core.dump({"x": shared, "y": shared})


def test_a_text_of_several_lines_is_written_as_a_block() -> None:
    assert yaml_core.dump({"a": "one\ntwo\n"}) == "a: |\n  one\n  two\n"


def test_keys_keep_their_order() -> None:
    assert yaml_core.dump({"b": 1, "a": 2}) == "b: 1\na: 2\n"


@pytest.mark.parametrize("word", ["0o14", "1e5", "08", "012", "y", "N", "on", "16:9", "2024-11-06", "~", ""])
def test_a_text_that_a_reader_could_take_for_something_else_is_quoted(word: str) -> None:
    assert yaml_core.dump([word]) == f"- '{word}'\n"


# --- whatever comes --------------------------------------------------------------------------------------------------

MARKS = "a|b|: |- |\n| |  |[|]|{|}|,|&x |*x|!!int |? |>-|'|\"|#|1|<<|\t|\r|%|@|---\n|...\n|\\|é|\u2028".split("|")


@given(st.lists(st.sampled_from(MARKS)).map("".join) | st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        value = load(text)
    except DocumentError:
        return
    assert [at for at, _ in yaml_core.positions(text)][:1] in ([], [""])
    assert strictjson.loads(json.dumps(value), max_depth=128) == value


def test_binary_is_bytes_only_where_it_is_allowed() -> None:
    assert yaml_core.load("a: !!binary |\n  aGk=\nb: !binary aGk=", "x", binary=True) == {"a": b"hi", "b": b"hi"}
    with pytest.raises(DocumentError, match="the tag !!binary is not read here"):
        yaml_core.load("a: !!binary aGk=", "x")
    with pytest.raises(DocumentError, match="this is no base64"):
        yaml_core.load("a: !!binary '?'", "x", binary=True)
