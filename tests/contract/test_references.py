"""What a document refers to, and several files bundled into one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lumakit.contract import pointer as pointers
from lumakit.contract import references
from lumakit.contract.compile import compile_contract
from lumakit.contract.folder import find
from lumakit.errors import DocumentError
from lumakit.model import Response

HERE = {"$ref": "#/x"}


def nested(path: str, value: Any) -> Any:
    """A document that holds a value at a path of keys; a key of digits is the only item of a list."""
    for key in reversed(path.split(" ")):
        value = [value] if key == "0" else {key: value}
    return value


@pytest.mark.parametrize(
    "path",
    [
        "paths /a get responses default",
        "paths /a get parameters 0",
        "paths /a get responses 200 content example schema",
        "paths /a post callbacks done {$request.body#/url}",
        "components schemas example",
        "components schemas default",
        "components schemas A properties example",
        "components schemas A properties default items",
        "components schemas A properties enum",
        "components schemas A properties x-key",
        "components schemas A properties value properties properties",
        "components schemas A properties examples",
        "components schemas A properties schemas properties const",
        "components schemas A patternProperties ^x-",
        "components schemas A $defs default",
        "components schemas A allOf 0 not",
        "components schemas properties properties properties",
        "components examples default",
        "components responses default headers x-rate",
        "paths /a get responses 200 content a/b examples value",
        "webhooks x-done",
    ],
)
def test_a_reference_is_found_wherever_the_specification_has_one(path: str) -> None:
    found = list(references.references(nested(path, HERE)))
    assert found == [(pointers.join(*path.split(" ")), "#/x")]


@pytest.mark.parametrize(
    "path",
    [
        "paths /a get responses 200 content a/b example",
        "paths /a get responses 200 content a/b example properties inner",
        "paths /a get responses 200 content a/b examples one value",
        "components schemas A example deep 0",
        "components schemas A default",
        "components schemas A enum 0",
        "components schemas A const",
        "components schemas A examples 0",
        "components schemas A x-ours",
        "x-ours schema",
    ],
)
def test_what_looks_like_a_reference_inside_data_is_data(path: str) -> None:
    assert list(references.references(nested(path, HERE))) == []


@pytest.mark.parametrize(
    "document",
    [
        nested("components schemas A properties", {"$ref": {"type": "string"}}),
        nested("components schemas A discriminator mapping", {"$ref": "x"}),
        {"$ref": ["#/x"]},
        {"$ref": None},
        "#/x",
    ],
)
def test_something_called_ref_need_not_be_a_reference(document: Any) -> None:
    assert list(references.references(document)) == []


def test_a_frozen_document_is_walked_like_any_other() -> None:
    assert list(references.references({"allOf": ({"$ref": "#/x"},)})) == [("/allOf/0", "#/x")]


def test_references_to_files_are_told_apart() -> None:
    document = {"a": {"$ref": "b.yaml#/c"}, "d": {"$ref": "#/e"}, "f": {"$ref": ""}}
    assert list(references.file_references(document)) == [("/a", "b.yaml#/c"), ("/f", "")]


# --- names of files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ref", "base", "name"),
    [
        ("a.yaml", "", "a.yaml"),
        ("./a.yaml#/b", "", "a.yaml"),
        ("sub/a.yaml", "", "sub/a.yaml"),
        ("../a.yaml", "sub/b.yaml", "a.yaml"),
        ("a.yaml", "sub/b.yaml", "sub/a.yaml"),
        ("sub//./x/../a.yaml", "", "sub/a.yaml"),
        ("my%20file.yaml#/a%20b", "", "my file.yaml"),
        ("...", "", "..."),
        ("a:b/c", "", None),
    ],
)
def test_a_file_is_named_relative_to_the_file_that_names_it(ref: str, base: str, name: str | None) -> None:
    assert references.name_inside(ref, base) == name


OUTSIDE = [
    "http://127.0.0.1:9/x.yaml",
    "https://example.com/x.yaml#/a",
    "HTTP://example.com/x",
    "file:///etc/passwd",
    "file:x.yaml",
    "ftp://example.com/x",
    "data:application/json,{}",
    "urn:example:x",
    "C:/x.yaml",
    "//example.com/x.yaml",
    "/etc/passwd",
    "\\\\server\\share\\x",
    "..\\x.yaml",
    "sub\\x.yaml",
    "../x.yaml",
    "sub/../../x.yaml",
    "%2e%2e/x.yaml",
    "..%2fx.yaml",
    "%2Fetc/passwd",
    "..%5Cx.yaml",
    "file%3A///etc/passwd",
]


@pytest.mark.parametrize("ref", OUTSIDE)
def test_nothing_outside_the_folder_has_a_name(ref: str) -> None:
    with pytest.raises(DocumentError) as caught:
        references.sibling_name(ref, "", "x.yaml:3")
    assert caught.value.code == "ref_forbidden"
    assert repr(ref) in caught.value.what
    assert caught.value.where == "x.yaml:3"


@pytest.mark.parametrize("ref", ["../../x.yaml", "../sub/../../x.yaml"])
def test_a_file_in_a_subfolder_may_look_beside_the_document_and_no_higher(ref: str) -> None:
    assert references.name_inside(ref.removeprefix("../"), "sub/a.yaml") is not None
    assert references.name_inside(ref, "sub/a.yaml") is None


@pytest.mark.parametrize(("shown", "name"), [("a/b/c.yaml", "c.yaml"), ("a\\c.yaml", "c.yaml"), ("c.yaml", "c.yaml")])
def test_a_document_knows_its_own_file(shown: str, name: str) -> None:
    assert references.own_name(shown) == name


# --- one document out of several -------------------------------------------------------------------------------------


def place(pointer: str) -> str:
    return f"at {pointer}"


def test_every_reference_of_a_bundle_stays_inside() -> None:
    entry = {"a": {"$ref": "b.yaml#/x"}, "c": {"$ref": "#/d"}, "d": {"$ref": "sub/e f.yaml"}}
    siblings = {
        "b.yaml": {"x": {"$ref": "#/y"}, "y": {"$ref": "sub/e%20f.yaml#/z"}},
        "sub/e f.yaml": {"z": {"$ref": "../entry.yaml#/e"}, "w": {"$ref": "../b.yaml#/y"}},
    }
    bundled = references.bundle({**entry, "e": 1}, siblings, "entry.yaml")
    found = list(references.references(bundled)) + list(references.references(bundled[references.FILES]))
    assert all(ref.startswith("#/") for _, ref in found)
    references.check(bundled, place)
    assert pointers.look(bundled, references.target_of(bundled["d"]["$ref"])) == {
        "z": {"$ref": "#/e"},
        "w": {"$ref": "#/x-lumakit-files/b.yaml/y"},
    }


def test_bundling_leaves_its_input_as_it_was() -> None:
    entry = {"a": {"$ref": "b.yaml#/x"}}
    sibling = {"x": {"$ref": "#/y"}, "y": 1}
    references.bundle(entry, {"b.yaml": sibling})
    assert entry == {"a": {"$ref": "b.yaml#/x"}}
    assert sibling == {"x": {"$ref": "#/y"}, "y": 1}


def test_a_document_alone_stays_as_it_is() -> None:
    entry = {"a": {"$ref": "#/b%20c"}, "b c": 1}
    assert references.bundle(entry, {}) == entry


@pytest.mark.parametrize("name", ["50%20.yaml", "a#b.yaml", "ä ö.yaml", "a~b/c?.yaml"])
def test_a_file_of_any_name_can_be_reached(name: str) -> None:
    written = name.replace("%", "%25").replace("#", "%23")
    bundled = references.bundle({"a": {"$ref": f"{written}#/x"}}, {name: {"x": {"y": 1}}})
    assert pointers.look(bundled, references.target_of(bundled["a"]["$ref"])) == {"y": 1}


def test_a_reference_out_of_the_folder_is_refused_with_its_place_in_memory_too() -> None:
    with pytest.raises(DocumentError, match=r"^at /a: \$ref 'http://x/' leads out"):
        references.bundle({"a": {"$ref": "http://x/"}}, {}, "", place)


@pytest.mark.parametrize(
    ("pointer", "home"),
    [
        ("", ("", "")),
        ("/paths/~1a", ("", "/paths/~1a")),
        ("/x-lumakit-files", ("", "/x-lumakit-files")),
        ("/x-lumakit-files/sub~1b.yaml", ("sub/b.yaml", "")),
        ("/x-lumakit-files/b.yaml/x~1y/0", ("b.yaml", "/x~1y/0")),
    ],
)
def test_a_pointer_of_a_bundle_knows_its_file(pointer: str, home: tuple[str, str]) -> None:
    assert references.file_of(pointer) == home


# --- references that lead nowhere ------------------------------------------------------------------------------------


def refusal(document: Any) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        references.check(document, place)
    return caught.value


@pytest.mark.parametrize(
    ("ref", "hint"),
    [
        ("#/components/schemas/Tsk", "did you mean Task?"),
        ("#/components/schemas/Task/properties/x", "looks like #/components/schemas/Name"),
        ("#/nowhere/at/all", "looks like #/components/schemas/Name"),
        ("#Task", "looks like #/components/schemas/Name"),
        ("#/a~2b", "looks like #/components/schemas/Name"),
        ("#/list/1", "looks like #/components/schemas/Name"),
    ],
)
def test_a_reference_to_nothing_is_named_with_its_place(ref: str, hint: str) -> None:
    error = refusal({"a": {"$ref": ref}, "components": {"schemas": {"Task": {}}}, "list": [1]})
    assert (error.code, error.where) == ("ref_missing", "at /a")
    assert repr(ref) in error.what
    assert hint in error.hint


@pytest.mark.parametrize("ref", ["#/list/0", "#/a%20b", "#/c~1d", "#/e~0f", "#/%C3%A9"])
def test_a_reference_to_something_is_fine(ref: str) -> None:
    references.check({"r": {"$ref": ref}, "list": [1], "a b": 1, "c/d": 1, "e~f": 1, "é": 1}, place)


@pytest.mark.parametrize(
    "schemas",
    [
        {"A": {"$ref": "#/A"}},
        {"A": {"$ref": "#/B"}, "B": {"$ref": "#/A"}},
        {"A": {"$ref": "#/B"}, "B": {"$ref": "#/C"}, "C": {"$ref": "#/B"}},
    ],
)
def test_a_circle_of_nothing_but_references_is_refused(schemas: Any) -> None:
    error = refusal(schemas)
    assert error.code == "ref_cycle"
    assert error.where in ("at /A", "at /B", "at /C")


@pytest.mark.parametrize(
    "schemas",
    [
        {"A": {"properties": {"next": {"$ref": "#/A"}}}},
        {"A": {"items": {"$ref": "#/B"}}, "B": {"allOf": [{"$ref": "#/A"}]}},
    ],
)
def test_a_schema_may_hold_itself(schemas: Any) -> None:
    references.check(schemas, place)


@pytest.mark.parametrize("ref", ["#", "# ", "#%20"])
def test_the_whole_document_is_no_target(ref: str) -> None:
    error = refusal({"A": {"items": {"$ref": ref}}})
    assert (error.code, error.where) == ("ref_missing", "at /A/items")


def test_a_long_chain_is_followed_once() -> None:
    chain: dict[str, Any] = {f"s{n}": {"$ref": f"#/s{n + 1}"} for n in range(20_000)}
    references.check({**chain, "s20000": {}}, place)
    error = refusal(chain)
    assert error.where == "at /s19999"


def test_a_broken_reference_inside_a_file_is_spelled_as_it_stands_there() -> None:
    bundled = references.bundle({"a": {"$ref": "b c.yaml#/x"}}, {"b c.yaml": {"x": {"$ref": "#/none"}}}, "", place)
    error = refusal(bundled)
    assert error.where == "at /x-lumakit-files/b c.yaml/x"
    assert "'b c.yaml#/none'" in error.what


def test_what_a_reference_finds_below_an_extension_is_part_of_the_document(tmp_path: Path) -> None:
    schema = "schema: {$ref: '#/x-schemas/A'}"
    api = (
        "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      responses:\n        '200':\n"
        f"          description: d\n          content: {{application/json: {{{schema}}}}}\n"
        "x-schemas:\n  A: {type: object, properties: {b: {$ref: 'other.yaml#/B'}}}\n  Z: {$ref: '#/nowhere'}\n"
    )
    (tmp_path / "api.yaml").write_text(api)
    (tmp_path / "other.yaml").write_text("B: {type: string}\n")
    operation = compile_contract(find(str(tmp_path / "api.yaml"))).operation("GET /a")
    response = Response(200, (("Content-Type", "application/json"),), b'{"b": 1}')
    assert [each.code for each in operation.check_response(response)] == ["X214"]
    (tmp_path / "api.yaml").write_text(api.replace("other.yaml#/B", "#/nowhere"))
    with pytest.raises(DocumentError, match="leads to nothing"):
        compile_contract(find(str(tmp_path / "api.yaml")))
