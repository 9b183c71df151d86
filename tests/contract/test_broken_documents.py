"""Every broken document ends in one clear error with its place; nothing hangs, nothing outside is opened."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lumakit.contract import document, folder
from lumakit.contract.compile import Contract, compile_contract
from lumakit.contract.document import Document
from lumakit.contract.folder import Sources
from lumakit.contract.frozen import thaw
from lumakit.contract.lint import lint
from lumakit.errors import LumakitError
from lumakit.model import Edition, Request, Response

HEAD = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\n"
WITH_REF = HEAD + "paths:\n  /a:\n    get:\n      responses:\n        '200': {$ref: 'REF'}\n"
TWO: dict[str, Any] = {"get": {"responses": {}}}


def compiled(raw: bytes | str, name: str = "x.yaml") -> Contract:
    entry = document.parse(raw if isinstance(raw, bytes) else raw.encode(), name)
    return compile_contract(Sources(name="x", entry=entry), Edition.PUBLISHED)


def refusal(raw: bytes | str, name: str = "x.yaml") -> LumakitError:
    with pytest.raises(LumakitError) as caught:
        compiled(raw, name)
    return caught.value


def bomb(levels: int, width: int, leaf: str = "lol") -> str:
    """Few bytes that stand for width ** levels values."""
    lines = [f"a: &a [{','.join([leaf] * width)}]"]
    for before, name in zip("abcdefghij", "bcdefghijk"[:levels], strict=False):
        lines.append(f"{name}: &{name} [{','.join([f'*{before}'] * width)}]")
    return "\n".join(lines)


BROKEN: dict[str, tuple[bytes | str, str, str]] = {
    # name: the document, the code of the error, and something its message says
    "empty": (b"", "spec_empty", "x.yaml:1: the document is empty"),
    "only a comment": ("# todo\n", "spec_empty", "x.yaml:1: the document is empty"),
    "not YAML": ("openapi: [3.0.1\ninfo: }", "spec_yaml", "x.yaml:2:"),
    "a web page": ("<!DOCTYPE html>\n<title>404</title>\n", "spec_not_a_mapping", "a single value stands at the top"),
    "a list at the top": ("- openapi: 3.0.1\n", "spec_not_a_mapping", "x.yaml:1: a list stands at the top"),
    "no version": ("info: {}\n", "spec_version", "no `openapi` version is given"),
    "version 4": ("openapi: 4.0.0\ninfo: {}", "spec_version", "the OpenAPI version '4.0.0' is not read"),
    "version 3.2": ("\nopenapi: 3.2.0\n", "spec_version", "x.yaml:2#/openapi: the OpenAPI version '3.2.0' is not read"),
    "version as a number": ("openapi: 3.1", "spec_version", "the OpenAPI version 3.1 is not read"),
    "version as a list": ("openapi: [3.0.1]", "spec_version", "is not read"),
    "Swagger 2.0": ("info: {}\nswagger: '2.0'\n", "spec_swagger", "x.yaml:2#/swagger: this is Swagger 2.0"),
    "no paths": (HEAD, "spec_shape", "'paths' is missing"),
    "paths as a list": (HEAD + "paths: []\n", "spec_shape", "x.yaml:3#/paths: a mapping is needed at /paths"),
    "a path without slash": (HEAD + "paths: {a: {}}", "spec_shape", "'a' does not begin with a slash"),
    "an operation as a text": (HEAD + "paths: {/a: {get: x}}", "spec_shape", "a mapping is needed at /paths/~1a/get"),
    "a parameter without a name": (
        HEAD + "paths: {/a: {get: {parameters: [{in: query}]}}}",
        "spec_shape",
        "'name' is missing at /paths/~1a/get/parameters/0",
    ),
    "ambiguous paths": (
        json.dumps({"openapi": "3.0.3", "paths": {
            f"/a/{{{n}}}": {"parameters": [{"in": "path", "name": n, "required": True}], **TWO} for n in ("x", "y")
        }}),
        "spec_ambiguous",
        "/a/{y}",
    ),
    "status 99": (HEAD + "paths: {/a: {get: {responses: {99: {}}}}}", "spec_shape", "'99' is not a status"),
    "status 1000": (HEAD + "paths: {/a: {get: {responses: {1000: {}}}}}", "spec_shape", "'1000' is not a status"),
    "a header with a space": (
        HEAD + "paths: {/a: {get: {responses: {200: {headers: {a b: {}}}}}}}",
        "spec_shape",
        "'a b' cannot be the name of a header",
    ),
    "a header with a line end": (
        HEAD + 'paths: {/a: {get: {responses: {200: {headers: {"a\\r\\nb": {}}}}}}}',
        "spec_shape",
        "'a\\r\\nb' cannot be the name of a header",
    ),
    "a content type with a line end": (
        HEAD + 'paths: {/a: {get: {responses: {200: {content: {"a/b\\r\\nX: y": {}}}}}}}',
        "spec_shape",
        "'a/b\\r\\nX: y' cannot be a content type",
    ),
    "an unknown security scheme": (
        HEAD + "security: [{key: []}]\npaths: {/a: {get: {responses: {}}}}",
        "spec_shape",
        "'key' is not defined",
    ),
    "$ref to nowhere": (WITH_REF.replace("REF", "#/components/responses/X"), "ref_missing", "x.yaml:7#/paths/~1a/get"),
    "$ref to an anchor": (WITH_REF.replace("REF", "#X"), "ref_missing", "$ref '#X' leads to nothing"),
    "$ref to itself": (WITH_REF.replace("REF", "#/paths/~1a/get/responses/200"), "ref_cycle", "round in a circle"),
    "$refs in a circle": (
        WITH_REF.replace("REF", "#/components/responses/A")
        + "components: {responses: {A: {$ref: '#/components/responses/B'}, B: {$ref: '#/components/responses/A'}}}",
        "ref_cycle",
        "round in a circle",
    ),
    "$ref to a file that was not read": (WITH_REF.replace("REF", "b.yaml#/x"), "ref_missing", "'b.yaml#/x' leads to"),
    "$ref to the whole document": (WITH_REF.replace("REF", "#"), "ref_missing", "leads to the whole document"),
    "a callback that leads back": (
        HEAD + "paths: {/a: {get: {responses: {}, callbacks: {c: {e: {$ref: '#/paths/~1a'}}}}}}",
        "spec_shape",
        "a callback leads back to the operation that declares it",
    ),
    "a bomb of 389 bytes": (bomb(9, 10), "spec_expansion", "the aliases expand to far more than the document holds"),
    "a bomb of 325 bytes": (bomb(10, 7), "spec_expansion", "the aliases expand to far more than the document holds"),
    "a bomb of merge keys": ("a: &a {b: 1}\nc: {<<: [*a, *a]}", "spec_merge_key", "x.yaml:2:5: merge keys"),
    "an alias of itself": ("&a [*a]", "spec_alias", "*a stands for nothing, or for what holds it"),
    "100,000 lists": ("paths: " + "[" * 100_000, "spec_depth", "nested deeper than 128 levels"),
    "100,000 mappings": ("{a: " * 100_000, "spec_depth", "nested deeper than 128 levels"),
    "100,000 list items": ("- " * 100_000, "spec_depth", "nested deeper than 128 levels"),
    "2,000 block mappings": (
        "\n".join(" " * n + "a:" for n in range(2000)), "spec_depth", "x.yaml:129:129: nested deeper than 128 levels",
    ),
    "a key twice": (
        HEAD + "paths: {}\ninfo: {}\n",
        "spec_duplicate_key",
        "x.yaml:4:1: the key 'info' is given twice, first on line 2",
    ),
    "a NUL": (HEAD + "paths: \x00", "spec_yaml", "x.yaml:3:8: the character U+0000"),
    "latin-1": ("info: é".encode("latin-1"), "spec_encoding", "x.yaml:1:7: the byte 0xe9 is not UTF-8"),
    "UTF-16": (HEAD.encode("utf-16"), "spec_encoding", "the text is UTF-16"),
    "a tab": ("info:\n\ttitle: x", "spec_yaml", "x.yaml:2:1:"),
    "two documents": (HEAD + "---\n" + HEAD, "spec_documents", "x.yaml:3:1: a second document begins here"),
    "half a surrogate pair": ('info: "\\ud800"', "spec_yaml", "x.yaml:1:10: found invalid Unicode character"),
    "an endless number": (f"info: {'9' * 10_000}", "spec_number", "x.yaml:1:7: a number has more than 308 digits"),
    "a number too large": ("maximum: 1e400", "spec_number", "x.yaml:1:10: 1e400 is not a number that JSON can hold"),
    "not a number": ("maximum: .nan", "spec_number", "x.yaml:1:10: .nan is not a number that JSON can hold"),
    "Python in a tag": ("info: !!python/object/apply:os.system [id]", "spec_yaml_tag", "x.yaml:1:7: the tag !!python"),
    "a list as a key": ("? [a]\n: 1", "spec_key", "x.yaml:1:3: a key must be a text"),
}  # fmt: skip

AS_JSON: dict[str, tuple[str, str, str]] = {
    "100,000 lists": ("[" * 100_000, "spec_depth", "x.json:1:129: nested deeper than 128 levels"),
    "100,000 mappings": ('{"a":' * 100_000, "spec_depth", "nested deeper than 128 levels"),
    "a key twice": ('{"a": 1,\n"a": 2}', "spec_duplicate_key", "2:1: the key 'a' is given twice, first on line 1"),
    "not a number": ('{"a": NaN}', "spec_number", "x.json:1:7: NaN is not a JSON value"),
    "half a surrogate pair": ('{"a": "\\udfff"}', "spec_encoding", "x.json:1:7: a text holds half a surrogate pair"),
    "an endless number": (f'{{"a": {"9" * 10_000}}}', "spec_number", "x.json:1:7: a number has more than 308 digits"),
    "a comma too many": ('{"a": 1,}', "spec_json", "x.json:1:8: no comma may stand before the end"),
    "no end": ('{"openapi": "3.0.1",', "spec_json", "x.json:1:21: a key in double quotes is expected here"),
    "YAML": ("openapi: 3.0.1", "spec_shape", "'paths' is missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_document_ends_in_one_clear_error(name: str) -> None:
    raw, code, words = BROKEN[name]
    error = refusal(raw)
    assert (error.code, error.exit_code) == (code, 2)
    assert words in str(error)
    assert error.where.startswith("x.yaml")
    assert error.hint
    assert len(str(error)) < 300


@pytest.mark.parametrize("name", AS_JSON)
def test_broken_json_ends_in_one_clear_error(name: str) -> None:
    text, code, words = AS_JSON[name]
    error = refusal(text, "x.json")
    assert (error.code, error.exit_code) == (code, 2)
    assert words in str(error)
    assert error.hint


@pytest.mark.parametrize("name", [name for name, (raw, *_) in BROKEN.items() if len(raw) < 200_000])
def test_a_broken_document_is_refused_without_much_time_or_memory(name: str) -> None:
    raw = BROKEN[name][0]
    refusal(raw)
    before = time.process_time()
    refusal(raw)
    assert time.process_time() - before < 5
    tracemalloc.start()
    refusal(raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * 2**20


@pytest.mark.parametrize("size", [20, 17])
def test_a_document_of_many_megabytes_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(b"# filling\n" * (size * 2**20 // 10))
    with pytest.raises(LumakitError, match="larger than 16 MiB") as caught:
        folder.find(str(path))
    assert (caught.value.code, caught.value.where) == ("spec_size", str(path))


# --- what is odd, but right ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf" + HEAD.encode() + b"paths: {}",
        (HEAD + "paths: {}").replace("\n", "\r\n"),
        "\n---\n" + HEAD + "paths: {}\n...\n",
        HEAD + "paths: {/a: {get: {responses: {200: {description: d}, 2XX: {}, default: {}}}}}",
        HEAD + "paths: {}\nx-odd: [16:9, on, 012, 2024-11-06, 2020-13-45, !!str 16:9]",
        HEAD.replace("3.0.3", "3.1.0") + "webhooks: {}",
        WITH_REF.replace("REF", "#/components/responses/A")
        + "components: {responses: {A: {description: d, content: {a/b: {example: {$ref: '#/nowhere'}}}}}}",
    ],
    ids=[
        "byte order mark",
        "CRLF",
        "markers",
        "keys of digits",
        "odd scalars",
        "webhooks only",
        "a $ref in an example",
    ],
)
def test_a_document_that_only_looks_broken_is_compiled(raw: bytes | str) -> None:
    assert compiled(raw).version.startswith("3.")


def test_a_schema_that_holds_itself_is_judged() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Node"}}}}
    paths = {"/a": {"post": {"requestBody": body, "responses": {}}}}
    contract = compiled(json.dumps({"openapi": "3.0.3", "paths": paths, "components": {"schemas": {"Node": node}}}))
    judged = contract.operation("POST /a").check_request
    headers = (("Content-Type", "application/json"),)
    assert not judged(Request("POST", "/a", headers=headers, body=b'{"next": {"next": {}}}'))
    assert judged(Request("POST", "/a", headers=headers, body=b'{"next": {"next": 1}}'))


def test_schemas_that_hold_one_another_many_times_are_compiled_at_once() -> None:
    ref = {"$ref": "#/components/schemas/Node"}
    node = {"anyOf": [ref] * 50, "properties": {f"p{number}": ref for number in range(50)}}
    body = {"content": {"application/x-www-form-urlencoded": {"schema": ref}}}
    paths = {f"/a{number}": {"post": {"requestBody": body, "responses": {}}} for number in range(50)}
    text = json.dumps({"openapi": "3.0.3", "paths": paths, "components": {"schemas": {"Node": node}}})
    before = time.process_time()
    assert len(compiled(text).operations) == 50
    assert time.process_time() - before < 5


def test_a_pattern_that_backtracks_for_ever_does_not_hang_a_request() -> None:
    schema = {"type": "string", "pattern": "^(a+)+$"}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    contract = compiled(
        json.dumps({"openapi": "3.0.3", "paths": {"/a": {"post": {"requestBody": body, "responses": {}}}}})
    )
    operation = contract.operation("POST /a")
    request = Request("POST", "/a", headers=(("Content-Type", "application/json"),), body=b'"%s!"' % (b"a" * 40))
    before = time.process_time()
    assert operation.check_request(request)
    assert time.process_time() - before < 5


# --- nothing outside is opened ---------------------------------------------------------------------------------------

WATCHED = """
import json, sys
from lumakit.contract import compile, folder, schema, second_opinion
from lumakit.errors import LumakitError
seen = []
def watch(event, arguments):
    if event == "open" or event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn")):
        seen.append([event, str(arguments[0])])
sys.addaudithook(watch)
told = []
for path in sys.argv[1:]:
    seen.clear()
    try:
        compile.compile_contract(folder.find(path))
        told.append([list(seen), "compiled", ""])
    except LumakitError as error:
        told.append([list(seen), error.code, str(error)])
print(json.dumps(told))
"""

OUTSIDE = [
    "file:///etc/passwd",
    "/etc/passwd",
    "/etc/passwd#/root",
    "../secret.yaml",
    "../../x",
    "sub/../../secret.yaml",
    "%2e%2e/secret.yaml",
    "..%2fsecret.yaml",
    "..\\\\secret.yaml",
    "link.yaml",
    "sub/link/secret.yaml",
    "http://127.0.0.1:9/x.yaml",
    "https://localhost:9/x.yaml#/a",
    "http://169.254.169.254/latest/meta-data",
    "//127.0.0.1:9/x.yaml",
    "\\\\\\\\127.0.0.1\\\\share\\\\x",
    "ftp://127.0.0.1:9/x",
    "inner.yaml",
]
INSIDE = "sub/plain.yaml"
Witnessed = dict[str, tuple[list[str], str, str]]


@pytest.fixture(scope="module")
def witnessed(tmp_path_factory: pytest.TempPathFactory) -> Witnessed:
    """What the interpreter itself saw opened while each document was read and compiled, below the document's folder."""
    top = tmp_path_factory.mktemp("outside")
    folder = top / "folder"
    (folder / "sub").mkdir(parents=True)
    (top / "secret.yaml").write_text("description: hunter2\n")
    (folder / "link.yaml").symlink_to(top / "secret.yaml")
    (folder / "sub/link").symlink_to(top)
    (folder / "inner.yaml").write_text('{"$ref": "../secret.yaml"}')
    (folder / INSIDE).write_text("description: d\n")
    paths = {ref: folder / f"{number}.yaml" for number, ref in enumerate([*OUTSIDE, INSIDE])}
    for ref, path in paths.items():
        path.write_text(WITH_REF.replace("'REF'", f'"{ref}"'))
    command = [sys.executable, "-c", WATCHED, *map(str, paths.values())]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    told = [(list(_opened(seen, folder)), code, text) for seen, code, text in json.loads(run.stdout)]
    return dict(zip(paths, told, strict=True))


def _opened(events: list[list[str]], folder: Path) -> Iterator[str]:
    """What was opened, relative to the folder; what the interpreter imports is left out."""
    for event, what in events:
        if event != "open" or Path(what).suffix not in (".py", ".pyc", ".so"):
            yield f"{event} {what}".replace(f"open {folder}/", "")


@pytest.mark.parametrize("number", range(len(OUTSIDE)), ids=OUTSIDE)
def test_a_reference_out_of_the_folder_opens_nothing(number: int, witnessed: Witnessed) -> None:
    seen, code, text = witnessed[OUTSIDE[number]]
    assert seen in ([f"{number}.yaml"], [f"{number}.yaml", "inner.yaml"])
    assert code == "ref_forbidden"
    assert "hunter2" not in text
    assert "root:" not in text


def test_the_witness_sees_what_is_opened(witnessed: Witnessed) -> None:
    assert witnessed[INSIDE] == ([f"{len(OUTSIDE)}.yaml", INSIDE], "compiled", "")


# --- whatever comes --------------------------------------------------------------------------------------------------

TASK = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "progress": {"type": "number", "minimum": 0, "example": 0.5},
        "parent": {"$ref": "#/components/schemas/Task"},
    },
}
ANSWER = {
    "description": "d",
    "headers": {"X-Left": {"schema": {"type": "integer"}}},
    "content": {
        "application/json": {"schema": {"$ref": "#/components/schemas/Task"}, "examples": {"a": {"value": {}}}}
    },
    "links": {"fetch": {"operationId": "fetch", "parameters": {"id": "$response.body#/id"}}},
}
SMALL: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "T", "version": "1"},
    "servers": [{"url": "https://{host}/v1", "variables": {"host": {"default": "x.y", "enum": ["x.y"]}}}],
    "security": [{"key": []}, {"bearer": []}],
    "paths": {
        "/tasks": {
            "post": {
                "requestBody": {"required": True, "content": {"application/json": {"schema": {"allOf": [TASK]}}}},
                "responses": {"200": ANSWER, "4XX": {"$ref": "#/components/responses/Bad"}},
                "callbacks": {"done": {"{$request.body#/url}": {"post": {"responses": {"200": {"description": "d"}}}}}},
            }
        },
        "/tasks/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "operationId": "fetch",
                "parameters": [{"name": "q", "in": "query", "style": "form", "schema": {"type": "array", "items": {}}}],
                "responses": {"default": ANSWER},
            },
        },
    },
    "components": {
        "schemas": {"Task": TASK},
        "responses": {"Bad": {"description": "bad"}},
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "bearer": {"type": "http", "scheme": "bearer"},
        },
    },
}
BASES = [SMALL, {**SMALL, "openapi": "3.1.0", "webhooks": {"done": {"post": {"responses": {}}}}}]

MORE_KEYS = (
    "$ref $id $schema $anchor $dynamicRef $defs x-a ~ / not enum const default pattern multipleOf maximum minItems "
    "format nullable oneOf additionalProperties discriminator content explode trace webhooks servers examples value"
).split()
KEYS = sorted({"", *MORE_KEYS, *(part for part in json.dumps(SMALL).split('"') if part.isalpha())})
REFS = [
    "#",
    "#/",
    "#/components/schemas/Task",
    "#/paths/~1tasks",
    "#x",
    "",
    "a.yaml",
    "../a",
    "http://x/",
    "#/servers/0",
]
TEXTS = st.sampled_from(
    ["", "string", "array", "/a/{b}", "{", "get", "4XX", "3.1.0", "path", "\x7f", "ä", "^(a+)+$", "(?", "-1"]
)
NUMBERS = st.sampled_from([0, -1, 1, 200, 10**300, 0.5, 1e308, -0.0])
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS | st.sampled_from(REFS).map(lambda ref: {"$ref": ref})
MAPS = partial(st.dictionaries, st.sampled_from(KEYS), max_size=3)
JUNK = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | MAPS(inner), max_leaves=6)


def holders(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every mapping and list of a document, with each key or index in it."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in list(members):
        yield value, key
        yield from holders(member)


def spoil(data: Any, choices: random.Random, junk: Any) -> None:
    """Replace, delete or insert something at a random place."""
    holder, key = choices.choice(list(holders(data)))
    verb = choices.choice(("replace", "delete", "insert"))
    if verb == "replace":
        holder[key] = junk
    elif verb == "delete":
        del holder[key]
    elif isinstance(holder, list):
        holder.insert(key, junk)
    else:
        holder[choices.choice(KEYS)] = junk


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(BASES), st.lists(JUNK, min_size=1, max_size=3), st.randoms(use_true_random=False), st.booleans())
def test_a_spoiled_document_compiles_or_is_refused_with_a_place(
    base: Any, junks: list[Any], choices: random.Random, read: bool
) -> None:
    data = thaw(base)
    for junk in junks:
        spoil(data, choices, junk)
    text = json.dumps(data, indent=1)
    entry = document.parse(text.encode(), "x.yaml") if read else Document("x.yaml", data, text)
    error = None
    try:
        exercise(compile_contract(Sources(name="x", entry=entry), Edition.PUBLISHED))
    except LumakitError as refused:
        error = refused
    assert error is None or (error.exit_code == 2 and error.where.startswith("x.yaml") and error.hint)


def exercise(contract: Contract) -> None:
    """Ask everything that is built only when it is first asked for."""
    headers = (("Content-Type", "application/json"), ("X-Left", "1"))
    for operation in contract.operations.values():
        operation.check_request(Request(operation.method, operation.path, "q=1", headers, b'{"id": 1}'), {"id": "1"})
        for status in (200, 404):
            operation.check_response(Response(status, headers, b'{"id": 1}'))


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(BASES), st.lists(JUNK, min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_a_spoiled_document_is_criticised_or_refused_with_a_place(
    base: Any, junks: list[Any], choices: random.Random
) -> None:
    data = thaw(base)
    for junk in junks:
        spoil(data, choices, junk)
    entry = Document("x.yaml", data, json.dumps(data, indent=1))
    error = None
    try:
        lint(Sources(name="x", entry=entry), Edition.CORRECTED)
    except LumakitError as refused:
        error = refused
    assert error is None or (error.exit_code == 2 and error.where.startswith("x.yaml") and error.hint)
