"""Documents as read: from bytes and from folders, mended where that is mechanical, with the line of every place."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.contract import document, folder, references
from lumakit.contract import pointer as pointers
from lumakit.contract.compile import compile_contract
from lumakit.contract.document import parse, parse_mending
from lumakit.errors import DocumentError, LumakitError, UsageError

API = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {}\n"
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=15)
MAPPINGS = st.dictionaries(st.text(), VALUES)


def refusal(raw: bytes | str, name: str = "x.yaml") -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        parse(raw if isinstance(raw, bytes) else raw.encode(), name)
    return caught.value


def write(home: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return home


# --- bytes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", [b"\xef\xbb\xbfa: 1", b"a: 1", b'\xef\xbb\xbf{"a": 1}', b" \n{a: 1}", b"{'a': 1}"])
def test_utf8_is_read_with_a_byte_order_mark_and_without(raw: bytes) -> None:
    assert parse(raw, "x.yaml").data == {"a": 1}


REFUSED: list[tuple[bytes, str, str, str]] = [
    (b"", "spec_empty", "1", "the document is empty"),
    (b"# nothing\n", "spec_empty", "1", "the document is empty"),
    (b"- a", "spec_not_a_mapping", "1", "a list stands at the top"),
    (b"[1]", "spec_not_a_mapping", "1", "a list stands at the top"),
    (b"just words", "spec_not_a_mapping", "1", "a single value stands at the top"),
    (b"false", "spec_not_a_mapping", "1", "a single value stands at the top"),
    ("ä: ü\nb: ö".encode("latin-1"), "spec_encoding", "1:1", "the byte 0xe4 is not UTF-8"),
    ("a: é\nbé: ".encode() + b"\xfc", "spec_encoding", "2:5", "the byte 0xfc is not UTF-8"),
    (b"\xef\xbb\xbfa: \xfc", "spec_encoding", "1:4", "the byte 0xfc is not UTF-8"),
    ("a: 1".encode("utf-16"), "spec_encoding", "1:1", "the text is UTF-16"),
    ("a: 1".encode("utf-16-le"), "spec_yaml", "1:2", "the character U+0000 is not allowed in YAML"),
    (b"a: \xed\xa0\x80", "spec_encoding", "1:4", "the byte 0xed is not UTF-8"),
    (b"a: 1\nb: \x00", "spec_yaml", "2:4", "the character U+0000 is not allowed in YAML"),
    (b"<html><body>404: gone</body></html>\n<p>no: api: here", "spec_yaml", "2:11", "mapping values are not allowed"),
    (b"%PDF-1.7\n%\xc2\xa0\n1 0 obj", "spec_yaml", "1:7", "non-alphabetical"),
]


@pytest.mark.parametrize(("raw", "code", "place", "words"), REFUSED, ids=lambda value: repr(value)[:25])
def test_what_is_no_document_is_refused_with_its_place(raw: bytes, code: str, place: str, words: str) -> None:
    error = refusal(raw)
    assert (error.code, error.where) == (code, f"x.yaml:{place}")
    assert words in error.what
    assert error.hint


JSON_REFUSED = [
    ('{"a": 1,}', "spec_json", "1:8", "no comma may stand before the end"),
    ("{a: 1}", "spec_json", "1:2", "key in double quotes"),
    ('{"a": 1}\n{"a": 1}', "spec_json", "2:1", "behind the end"),
    ('{"a": 1,\n"b": 2,\n"a": 3}', "spec_duplicate_key", "3:1", "'a' is given twice, first on line 1"),
    ('{"a": NaN}', "spec_number", "1:7", "NaN"),
    ('{"a": 1e400}', "spec_number", "1:7", "1e400"),
    (f'{{"a": {"9" * 10_000}}}', "spec_number", "1:7", "308 digits"),
    ('{"a":\n"\\ud800"}', "spec_encoding", "2:1", "surrogate"),
    ('{"a":' * 100_000, "spec_depth", "1:641", "nested deeper than 128 levels"),
    ("[1]", "spec_not_a_mapping", "1", "a list"),
    ('"a"', "spec_not_a_mapping", "1", "a single value"),
    ("", "spec_empty", "1", "empty"),
]


@pytest.mark.parametrize(("text", "code", "place", "words"), JSON_REFUSED, ids=lambda value: repr(value)[:25])
def test_json_is_refused_in_the_words_of_json(text: str, code: str, place: str, words: str) -> None:
    error = refusal(text, "x.json")
    assert (error.code, error.where) == (code, f"x.json:{place}")
    assert words in error.what
    assert error.hint


def test_a_document_shows_neither_its_text_nor_its_value() -> None:
    assert repr(parse(b"secret: hidden", "x.yaml")) == "Document(name='x.yaml')"


@given(MAPPINGS, st.sampled_from([None, 2, "\t"]), st.booleans(), st.sampled_from(["x.json", "x.yaml"]))
def test_json_is_read_as_the_usual_decoder_reads_it(
    value: Any, indent: int | str | None, ascii_only: bool, name: str
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert parse(text.encode(), name).data == json.loads(text)


@given(MAPPINGS)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert parse(document.dump(value).encode(), "x.yaml").data == value


@given(st.binary() | st.text().map(str.encode) | st.text("{}[]:,-&*!|>'\"#\n ab1\\u").map(str.encode))
def test_any_bytes_are_a_document_or_are_refused(raw: bytes) -> None:
    for name in ("x.yaml", "x.json"):
        try:
            parsed = parse(raw, name)
        except DocumentError:
            continue
        assert isinstance(parsed.data, dict)
        assert parsed.line("") is not None


# --- lines -----------------------------------------------------------------------------------------------------------

YAML_TEXT = "\nopenapi: 3.0.3\npaths:\n  /a:\n    get: {tags: [x,\n      y]}\n    put: &p\n      a: 1\n    post: *p\n"
JSON_TEXT = '\n{"openapi": "3.0.3",\n"paths": {\n"/a": {"get": {"tags": ["x",\n"\\ud83d\\ude00"]}}, "c\\u0064":\n1}}'


@pytest.mark.parametrize(
    ("text", "pointer", "line"),
    [
        (YAML_TEXT, "", 2),
        (YAML_TEXT, "/paths/~1a/get/tags/0", 5),
        (YAML_TEXT, "/paths/~1a/get/tags/1", 6),
        (YAML_TEXT, "/paths/~1a/put/a", 8),
        (YAML_TEXT, "/paths/~1a/post/a", 9),
        (YAML_TEXT, "/paths/~1a/get/responses/200", 5),
        (YAML_TEXT, "/info/title", 2),
        ("{a: 1,\nb: {c: 2}}", "/b/c", 2),
        (JSON_TEXT, "", 2),
        (JSON_TEXT, "/paths", 3),
        (JSON_TEXT, "/paths/~1a/get/tags/1", 5),
        (JSON_TEXT, "/paths/cd", 5),
        (JSON_TEXT, "/paths/~1a/get/tags/9", 4),
    ],
)
def test_a_place_stands_on_the_line_of_its_key_or_of_what_holds_it(text: str, pointer: str, line: int) -> None:
    assert parse(text.encode(), "x.yaml").line(pointer) == line


@pytest.mark.parametrize("long", ["k" * 2000, "\x7f", "\ufffe"])
def test_json_that_is_no_yaml_has_lines_too(long: str) -> None:
    text = json.dumps({"a": 1, long: {"b": 2}}, indent=0, ensure_ascii=False)
    assert parse(text.encode(), "x.json").line(f"/{long}/b") == 4


def places(value: Any, at: str = "") -> set[str]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {at}.union(*(places(member, at + pointers.join(key)) for key, member in members))


@given(MAPPINGS, st.booleans())
def test_a_line_is_known_for_every_place(value: Any, as_json: bool) -> None:
    text = json.dumps(value, indent=1) if as_json else document.dump(value)
    lines = parse(text.encode(), "x.yaml")._lines
    assert lines.keys() == places(value)
    assert set(lines.values()) <= set(range(1, len(text) + 2))


# --- mending ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        ("a: b: c", "a: 'b: c'"),
        ("description: Official documentation: https://x.y/z", "description: 'Official documentation: https://x.y/z'"),
        ("a: it's: here", "a: 'it''s: here'"),
        ("a: b: c  # why: so", "a: 'b: c'  # why: so"),
        ("a:   b:  c  ", "a:   'b:  c'  "),
        ("a: Note:", "a: 'Note:'"),
        ("'a b': b: c", "'a b': 'b: c'"),
        ('"a: b": b: c', "\"a: b\": 'b: c'"),
        ("a b-c: b: c: d", "a b-c: 'b: c: d'"),
        ("-a: b: c", "-a: 'b: c'"),
        ("a: b: c\r", "a: 'b: c'\r"),
    ],
)
def test_a_plain_value_with_a_colon_is_quoted(line: str, mended: str) -> None:
    read, mendings = parse_mending(f"x: 1\n{line}\ny: 2\n", "x.yaml")
    assert read.text == f"x: 1\n{mended}\ny: 2\n"
    assert read.data["x"] == 1
    assert read.data["y"] == 2
    (mending,) = mendings
    assert (mending.document, mending.line, mending.was) == ("x.yaml", 2, line.strip())
    assert mending.column > 1
    assert "mapping values" in mending.problem


def test_several_lines_are_mended_and_the_rest_is_untouched() -> None:
    text = "a: b: c\nlist:\n  - x: y: z\n  -   - k: l: m\n      -  odd\t\n  - 'q: r'\nkept: \"s: t\"   # u: v\n"
    read, mendings = parse_mending(text, "x.yaml")
    assert [mending.line for mending in mendings] == [1, 3, 4]
    assert read.data["a"] == "b: c"
    assert read.data["list"] == [{"x": "y: z"}, [{"k": "l: m"}, "odd"], "q: r"]
    changed = [(was, now) for was, now in zip(text.split("\n"), read.text.split("\n"), strict=True) if was != now]
    assert changed == [
        ("a: b: c", "a: 'b: c'"),
        ("  - x: y: z", "  - x: 'y: z'"),
        ("  -   - k: l: m", "  -   - k: 'l: m'"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a: one\n  two: three\n",
        "a: [b: c: d]\n",
        "a: {b: c: d}\n",
        "a: 'b': c\n",
        "a\n b: c: d\n",
        "a: b\n   c\n  d: e\n",
        "a: 1\n b: 2\n",
        "a: x # b: c\n d: e\n",
    ],
)
def test_what_is_not_mechanical_is_not_mended(text: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_mending(text, "x.yaml")
    assert caught.value.code == "spec_yaml"


@pytest.mark.parametrize("text", ["a: 'b: c'\n", "a: b:c\n", "a: |\n  b: c: d\n", '{"a": "b: c"}', "- a: 1\n"])
def test_a_text_that_can_be_read_is_not_mended(text: str) -> None:
    try:
        read, mendings = parse_mending(text, "x.yaml")
    except DocumentError as error:
        assert "at the top" in error.what  # noqa: PT017  # a list is refused, but never changed
        return
    assert (read.text, mendings) == (text, ())


LINES = ["a: b: c", "  - x: y: z", "d: it's: e # f: g", "- h:", "i: [j: k: l", "m: 1", "'n': o:", "\t"]


@given(st.lists(st.sampled_from(LINES)).map("\n".join) | st.text("ab:- \n'\"#[{|>"))
def test_mending_ends_and_changes_only_what_it_tells(text: str) -> None:
    try:
        read, mendings = parse_mending(text, "x.yaml")
    except DocumentError:
        return
    pairs = zip(text.splitlines(), read.text.splitlines(), strict=True)
    changed = [number for number, (was, now) in enumerate(pairs, 1) if was != now]
    assert changed == sorted(mending.line for mending in mendings)


def test_a_file_full_of_stray_colons_is_given_up() -> None:
    with pytest.raises(DocumentError, match="there are more"):
        parse_mending("".join(f"k{n}: a: b\n" for n in range(200)), "x.yaml")


def test_a_long_line_is_mended_at_once() -> None:
    read, _ = parse_mending("a: b: c" + " " * 1_000_000 + "d", "x.yaml")
    assert read.data["a"].endswith(" d")


# --- folders ---------------------------------------------------------------------------------------------------------


def test_a_vendored_provider_is_found_by_name() -> None:
    sources = folder.find("chainhub")
    assert sources.name == "chainhub"
    assert sources.entry.name == "chainhub/openapi.yaml"
    assert None not in (sources.additions, sources.corrections, sources.lifecycle)
    assert all(page.sha256 == page.locked for page in sources.pages)


def test_a_folder_of_ones_own_providers_is_read(tmp_path: Path) -> None:
    write(tmp_path, {"mine/openapi.yaml": API, "mine/published/p.md": "page", "other/readme": "x", "file": "x"})
    sources = folder.find("mine", tmp_path)
    assert folder.providers(tmp_path) == ("mine",)
    assert (sources.name, sources.additions, sources.lifecycle) == ("mine", None, None)
    (page,) = sources.pages
    assert (page.text, page.sha256, page.locked) == ("page", hashlib.sha256(b"page").hexdigest(), None)


def test_a_page_is_compared_with_its_lock(tmp_path: Path) -> None:
    lock = "pages: {mine/published/p.md: {sha256: abc}}"
    write(tmp_path, {"mine/openapi.yaml": API, "mine/published/p.md": "page", "lock.yaml": lock})
    assert folder.find("mine", tmp_path).pages[0].locked == "abc"


@pytest.mark.parametrize("lock", ["pages: [1]", "pages: {a: 1}", "pages: text"])
def test_a_lock_of_another_shape_is_refused(tmp_path: Path, lock: str) -> None:
    write(tmp_path, {"mine/openapi.yaml": API, "lock.yaml": f"lumakit: 1\n{lock}"})
    with pytest.raises(DocumentError, match=r"^lock\.yaml:2: this is no lock"):
        folder.find("mine", tmp_path)


@pytest.mark.parametrize("pages", ["pages:", "lumakit: 1"])
def test_a_lock_may_hold_nothing(tmp_path: Path, pages: str) -> None:
    write(tmp_path, {"mine/openapi.yaml": API, "lock.yaml": pages})
    assert folder.find("mine", tmp_path).name == "mine"


def test_a_document_is_found_by_its_path(tmp_path: Path) -> None:
    write(tmp_path, {"api.json": json.dumps({"openapi": "3.0.3"})})
    assert folder.find(str(tmp_path / "api.json")).name == "api"


@pytest.mark.parametrize("target", [".", "../mine", "../mine/."])
def test_a_folder_is_found_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    monkeypatch.chdir(write(tmp_path, {"mine/openapi.yaml": API}) / "mine")
    assert folder.find(target).name == "mine"


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        ("chainhubb", "did you mean chainhub?"),
        ("xyz", "apiframe, chainhub, kkiai, or a path to an OpenAPI document"),
        ("", "one of"),
        ("a\0b/c", "one of"),
        ("{" * 5000, "one of"),
        ("/none/such/file.yaml", "one of"),
    ],
)
def test_an_unknown_target_is_refused_with_what_there_is(target: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        folder.find(target)
    assert caught.value.code == "target_not_found"
    assert hint in caught.value.hint


def test_a_misspelled_path_is_answered_with_the_one_that_was_meant(tmp_path: Path) -> None:
    write(tmp_path, {"openapi.yml": API})
    with pytest.raises(UsageError) as caught:
        folder.find(str(tmp_path / "openapi.yaml"))
    assert caught.value.hint == f"did you mean {tmp_path / 'openapi.yml'}?"


def test_a_specs_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        folder.providers(tmp_path / "none")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"^x: cannot be read: Is a directory \[spec_unreadable\]"):
        document.read(tmp_path, "x")


# --- several files ---------------------------------------------------------------------------------------------------

SCHEMA = API.replace("paths: {}", "paths:\n  /a:\n    get:\n      responses:\n        '200': {$ref: REF}\n")
FAMILY = {
    "api.yaml": SCHEMA.replace("REF", "'parts/answer.yaml#/ok'") + "components: {schemas: {Id: {type: string}}}\n",
    "parts/answer.yaml": "ok:\n  description: d\n  content: {application/json: {schema: {$ref: deeper/task.json}}}\n",
    "parts/deeper/task.json": json.dumps(
        {
            "type": "object",
            "properties": {
                "id": {"$ref": "../../api.yaml#/components/schemas/Id"},
                "parent": {"$ref": "#"},
                "other": {"$ref": "../answer.yaml#/other"},
                "example": {"$ref": "../../with%20space.yaml"},
            },
            "example": {"$ref": "../../../outside.yaml"},
        }
    ),
    "with space.yaml": "type: string\n",
}


def family(home: Path, **more: str) -> folder.Sources:
    other = "other:\n  allOf: [{$ref: 'deeper/task.json'}]\n"
    write(home, {**FAMILY, "parts/answer.yaml": FAMILY["parts/answer.yaml"] + other, **more})
    return folder.find(str(home / "api.yaml"))


def test_every_file_that_is_referred_to_is_read_once(tmp_path: Path) -> None:
    sources = family(tmp_path)
    assert sources.siblings.keys() == {"parts/answer.yaml", "parts/deeper/task.json", "with space.yaml"}
    assert sources.siblings["parts/deeper/task.json"].name == str(tmp_path / "parts/deeper/task.json")


def test_references_between_files_and_back_to_the_document_are_judged(tmp_path: Path) -> None:
    operation = compile_contract(family(tmp_path)).operation("GET /a")
    body = operation.answers["200"].content["application/json"]
    assert body.schema == "/x-lumakit-files/parts~1answer.yaml/ok/content/application~1json/schema"


def test_a_document_that_needs_mending_may_be_referred_to(tmp_path: Path) -> None:
    mendable = FAMILY["api.yaml"].replace("title: T, version: '1'}", "title: T, version: '1'}\nx-note: a: b")
    sources = family(tmp_path, **{"api.yaml": mendable})
    assert len(sources.mended) == 1
    assert compile_contract(sources).operations


def test_a_broken_reference_is_placed_in_its_own_file(tmp_path: Path) -> None:
    sources = family(tmp_path, **{"with space.yaml": "type: object\nproperties:\n  x: {$ref: '#/none'}\n"})
    with pytest.raises(DocumentError) as caught:
        compile_contract(sources)
    assert caught.value.where == f"{tmp_path / 'with space.yaml'}:3#/properties/x"
    assert "'with space.yaml#/none'" in caught.value.what


@pytest.mark.parametrize(
    ("ref", "code", "hint"),
    [
        ("ansewr.yaml", "ref_missing", "did you mean answer.yaml?"),
        ("none", "ref_missing", "beside the document"),
        ("''", "ref_missing", "beside the document"),
        (".", "ref_missing", "beside the document"),
        ("sub", "ref_missing", "beside the document"),
        ('"a\\0b"', "ref_missing", "beside the document"),
        ("x" * 5000, "ref_missing", "beside the document"),
        ("loop", "ref_missing", "beside the document"),
        ("link.yaml", "ref_forbidden", "copy what it refers to"),
        ("out/answer.yaml", "ref_forbidden", "copy what it refers to"),
        ("../outside.yaml", "ref_forbidden", "copy what it refers to"),
    ],
)
def test_a_reference_to_no_file_or_out_of_the_folder_is_refused(tmp_path: Path, ref: str, code: str, hint: str) -> None:
    write(tmp_path, {"outside.yaml": "a: secret", "in/answer.yaml": "a: 1", "in/sub/x": ""})
    write(tmp_path, {"in/api.yaml": SCHEMA.replace("REF", ref), "elsewhere/answer.yaml": "a: 1"})
    (tmp_path / "in/link.yaml").symlink_to(tmp_path / "outside.yaml")
    (tmp_path / "in/out").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in/loop").symlink_to("loop")
    with pytest.raises(DocumentError) as caught:
        folder.find(str(tmp_path / "in/api.yaml"))
    error = caught.value
    assert error.code == code
    assert error.where == f"{tmp_path / 'in/api.yaml'}:7"
    assert hint in error.hint
    assert "secret" not in str(error)


def test_a_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    write(tmp_path, {"api.yaml": SCHEMA.replace("REF", "link.yaml"), "real.yaml": "description: d"})
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    assert folder.find(str(tmp_path / "api.yaml")).siblings["link.yaml"].data == {"description": "d"}


def test_an_overlay_may_refer_to_files_too(tmp_path: Path) -> None:
    overlay = (
        "overlay: 1.1.0\ninfo: {title: t, version: '1'}\nactions:\n- target: $.paths\n  update: {/b: {$ref: b.yaml}}\n"
    )
    write(tmp_path, {"mine/openapi.yaml": API, "mine/corrections.overlay.yaml": overlay, "mine/b.yaml": "get: {}"})
    assert folder.find("mine", tmp_path).siblings.keys() == {"b.yaml"}


def test_the_text_of_a_refused_file_is_not_shown(tmp_path: Path) -> None:
    write(tmp_path, {"api.yaml": SCHEMA.replace("REF", "b.yaml"), "b.yaml": "hunter2"})
    with pytest.raises(LumakitError) as caught:
        folder.find(str(tmp_path / "api.yaml"))
    assert "hunter2" not in str(caught.value)


def test_data_that_looks_like_a_reference_is_never_looked_up(tmp_path: Path) -> None:
    example = (
        "components:\n  examples: {one: {value: {$ref: ../x.yaml}}}\n  schemas: {A: {enum: [{$ref: /etc/passwd}]}}"
    )
    write(tmp_path, {"api.yaml": API + example})
    sources = folder.find(str(tmp_path / "api.yaml"))
    assert not sources.siblings
    assert references.bundle(sources.entry.data, {}) == sources.entry.data


@pytest.mark.parametrize(("target", "words"), [(".", "holds no openapi.yaml"), ("-", "standard input is not read")])
def test_a_folder_without_a_document_and_a_dash_are_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=words):
        folder.find(target)
