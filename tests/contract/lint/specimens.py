"""The examples of the catalogue brought to life: what is found in a page, a fragment, an overlay or an exchange."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lumakit import catalogue
from lumakit.contract import lint as rules
from lumakit.contract import yaml_core
from lumakit.contract.amend import amend
from lumakit.contract.compile import Contract, compile_contract
from lumakit.contract.document import Document, parse
from lumakit.contract.folder import Page, Sources
from lumakit.model import Edition, Finding, Request, Response
from tests.check import running
from tests.check import specimens as seen

HERE = Path(__file__).parent


def findings(code: str, example: str) -> tuple[Finding, ...]:
    """What is found in an example of a code's entry."""
    return KINDS[catalogue.entry(code).kind](example, code)


def linted(document: Mapping[str, Any], **parts: Any) -> tuple[Finding, ...]:
    """What the rules find in a document."""
    sources = Sources(name="pictures", entry=written(document), **parts)
    return rules.lint(sources, Edition.PUBLISHED if "pages" in parts else Edition.CORRECTED)


def pictures(fragment: str = "") -> dict[str, Any]:
    """The small document, with a fragment merged into it."""
    return dict(merged(read("pictures.yaml"), yaml_core.load(fragment, "fragment") or {}))


def read(name: str) -> dict[str, Any]:
    """One of the documents beside this file."""
    return parse((HERE / name).read_bytes(), name).data


def written(data: Mapping[str, Any], name: str = "pictures.yaml") -> Document:
    """A document as if it had been read from a file, so that its lines are known."""
    return parse(yaml_core.dump(data).encode(), name)


def merged(base: Any, fragment: Any) -> Any:
    """Mappings merge; everything else is replaced, and so is an example."""
    if not (isinstance(base, dict) and isinstance(fragment, dict)):
        return fragment
    inside = {key: value if key == "example" else merged(base.get(key), value) for key, value in fragment.items()}
    return {**base, **inside}


def page(text: str, locked: str | None = None) -> Page:
    """A published page; `locked` is the text the lock was made for."""
    sums = [hashlib.sha256(each.encode()).hexdigest() for each in (text, text if locked is None else locked)]
    return Page("pictures/published/page.md", text, sums[0], sums[1])


def _page(example: str, code: str) -> tuple[Finding, ...]:
    locked = catalogue.entry(code).mended if code == "S100" else None
    return linted(pictures(), pages=(page(example, locked),))


def _document(example: str, _: str) -> tuple[Finding, ...]:
    return linted(pictures(example))


def _reading(example: str, _: str) -> tuple[Finding, ...]:
    fragments = yaml_core.load(example, "fragment")
    document = merged(read("tasks.yaml"), fragments.get("document", {}))
    lifecycle = merged(read("tasks.lifecycle.yaml"), fragments.get("lifecycle", {}))
    return linted(document, lifecycle=written(lifecycle, "lifecycle.yaml"))


def _overlay(example: str, _: str) -> tuple[Finding, ...]:
    overlay = parse(example.encode(), "corrections.overlay.yaml")
    passed_over = amend(pictures(), [overlay], lenient=True).findings
    return passed_over or linted(pictures(), corrections=overlay)


def _request(example: str, _: str) -> tuple[Finding, ...]:
    return _tasks().check_request(raw_request(example))


def _response(example: str, _: str) -> tuple[Finding, ...]:
    first, _blank, rest = example.strip("\n").partition("\n\n")
    match = _tasks().route(raw_request(first))
    assert match.operation
    start, headers, body = _taken_apart(rest)
    return match.operation.check_response(Response(int(start.split()[1]), headers, body))


def _story(example: str, code: str) -> tuple[Finding, ...]:
    return seen.found(example, probing=code in seen.PROBED)


def _opinion(example: str, _: str) -> tuple[Finding, ...]:
    return seen.differing(example)


def _explored(example: str, _: str) -> tuple[Finding, ...]:
    return running.explored(example)


def _tasks() -> Contract:
    return compile_contract(Sources(name="tasks", entry=written(read("tasks.yaml"), "tasks.yaml")))


def raw_request(text: str) -> Request:
    """A request from its raw text."""
    start, headers, body = _taken_apart(text)
    method, target = start.split()
    path, _, query = target.partition("?")
    return Request(method, path, query, headers, body)


def _taken_apart(text: str) -> tuple[str, tuple[tuple[str, str], ...], bytes]:
    head, _, body = text.strip("\n").partition("\n\n")
    start, *lines = head.split("\n")
    headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
    return start, headers, body.encode()


KINDS = {
    "page": _page,
    "document": _document,
    "reading": _reading,
    "overlay": _overlay,
    "request": _request,
    "response": _response,
    "story": _story,
    "delivery": _story,
    "opinion": _opinion,
    "explored": _explored,
}
