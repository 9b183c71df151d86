"""Documents, overlays, lifecycle files, locks and published pages, spoiled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lumakit.contract import document, lifecycle_file, pages
from lumakit.contract.amend import amend
from lumakit.contract.compile import Contract, compile_contract
from lumakit.contract.document import Document
from lumakit.contract.folder import Page, Sources
from lumakit.contract.lint import lint
from lumakit.errors import InputError
from lumakit.model import Edition, Request, Response
from tests.contract.test_broken_documents import SMALL
from tests.contract.test_lifecycle_file import TEXT as LIFECYCLE
from tests.fuzz.matter import law, spoiled_bytes, spoiled_texts, spoiled_values, told

SPECS = Path(__file__).resolve().parents[2] / "specs"
OVERLAY = b"""\
overlay: 1.1.0
info: {title: t, version: 1.0.0}
extends: openapi.yaml
actions:
  - {target: "$.paths['/a'].get", x-lumakit-id: C01, x-lumakit-basis: inferred, update: {summary: s, tags: [a]}}
  - {target: "$.components.schemas[?@.type == 'object']", description: d, remove: true}
  - {target: $.info, copy: $.paths}
"""
PAGE = b"""\
# Videos

## POST /videos

| name | type | required |
|---|---|---|
| prompt | string | yes |

```json
{"prompt": "a cat", "n": [1, 2]}
```

```yaml
openapi: 3.0.1
paths: {/videos: {post: {responses: {200: {description: d}}}}}
```

Answer:

{"id": "1"} // and so on
"""
SMALL_JSON = json.dumps(SMALL, indent=1).encode()
SMALL_YAML = document.dump(SMALL).encode()
LOCK = b"pages:\n  x/published/a.md: {url: 'https://x.test/a', fetched: '2026-01-01', sha256: ab}\n"
DOCUMENTS = [
    SMALL_JSON,
    SMALL_YAML,
    OVERLAY,
    LIFECYCLE,
    LOCK,
    b"a: b: c\nd: |\n  e\n",
    b"{a: [1, {b: c}], 'd': !!str 1}",
]
ANSWER = (("Content-Type", "application/json"),)


@law
@given(spoiled_bytes(DOCUMENTS), st.sampled_from(["x.yaml", "x.json"]))
def test_any_bytes_are_a_document_with_lines_or_are_refused(raw: bytes, name: str) -> None:
    found = told(document.parse, raw, name)
    if isinstance(found, InputError):
        assert found.where.startswith(name)
    else:
        assert found.place("/paths/~1a/get").startswith(name)
        assert isinstance(told(document.parse, document.dump(found.data).encode(), "x.yaml"), Document)


@law
@given(spoiled_texts([each.decode() for each in DOCUMENTS]))
def test_any_text_is_mended_or_refused(text: str) -> None:
    told(document.parse_mending, text, "x.yaml")


@law
@given(spoiled_values([SMALL, {**SMALL, "openapi": "3.1.0"}]))
def test_any_value_is_a_contract_that_answers_or_is_refused(data: Any) -> None:
    entry = Document("x.yaml", data if isinstance(data, dict) else {"openapi": data}, "")
    contract = told(compile_contract, Sources("x", entry), Edition.PUBLISHED)
    if isinstance(contract, Contract):
        told(_asked, contract)
    told(lint, Sources("x", entry), Edition.PUBLISHED)


def _asked(contract: Contract) -> None:
    for operation in contract.operations.values():
        operation.check_request(Request(operation.method, operation.path, "q=1", ANSWER, b'{"id": 1}'), {"id": "1"})
        operation.check_response(Response(200, ANSWER, b'{"id": [1e999]}'))


@law
@given(spoiled_values([document.parse(OVERLAY, "o").data]), st.booleans())
def test_any_value_is_an_overlay_that_is_applied_or_is_refused(data: Any, lenient: bool) -> None:
    overlay = Document("o.yaml", data if isinstance(data, dict) else {"overlay": data}, "")
    told(amend, SMALL, [overlay], lenient=lenient)


@law
@given(spoiled_bytes([OVERLAY]))
def test_the_bytes_of_an_overlay_are_applied_or_refused(raw: bytes) -> None:
    overlay = told(document.parse, raw, "o.yaml")
    if isinstance(overlay, Document):
        told(amend, SMALL, [overlay], lenient=True)


@law
@given(spoiled_values([document.parse(LIFECYCLE, "l").data]))
def test_any_value_is_a_lifecycle_or_is_refused(data: Any) -> None:
    told(lifecycle_file.read, Document("l.yaml", data if isinstance(data, dict) else {"lumakit": data}, ""))


@law
@given(spoiled_bytes([LIFECYCLE, *((SPECS / name / "lifecycle.yaml").read_bytes() for name in ("apiframe", "kkiai"))]))
def test_the_bytes_of_a_lifecycle_are_one_or_are_refused(raw: bytes) -> None:
    found = told(document.parse, raw, "l.yaml")
    if isinstance(found, Document):
        told(lifecycle_file.read, found)


@law
@given(spoiled_texts([PAGE.decode()]))
def test_any_text_is_a_page_that_is_taken_apart_and_criticised(text: str) -> None:
    page = Page("x.md", text, "0" * 64, "0" * 64)
    told(pages.take_apart, text)
    told(pages.transcribe, [page])
    told(lint, Sources("x", Document("x.yaml", SMALL, ""), pages=(page,)), Edition.PUBLISHED)
