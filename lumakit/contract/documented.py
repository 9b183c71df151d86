"""Where people read about an operation: on a published page, on one that an overlay names, or in the document itself.

Knows sources and operations. Reads no file, and judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from lumakit.contract.folder import Page, Sources
from lumakit.contract.operation import Operation
from lumakit.contract.overlay import Action
from lumakit.contract.pages import take_apart


def pages(operation: Operation, sources: Sources, origin: Action | None) -> tuple[str, ...]:
    """Where an operation is documented; the best place first, and each once."""
    found = [page.address or page.name for page in sources.pages if _announces(page, operation)]
    found += [each for each in origin.evidence if _is_address(each)] if origin else []
    return tuple(dict.fromkeys(found)) or tuple(_place(operation, sources, origin))


def _announces(page: Page, operation: Operation) -> bool:
    """True for a page that shows the operation: by its method and an address, or in a document with its path."""
    parts = take_apart(page.text)
    shown = any(each.method == operation.method and _is_at(each.url, operation.path) for each in parts.endpoints)
    return shown or any(line.strip() == f"{operation.path}:" for line in parts.lines)


def _is_at(url: str, path: str) -> bool:
    """True where an address ends in a path, whatever either calls the values in it."""
    shown, wanted = urlsplit(url).path.strip("/").split("/"), path.strip("/").split("/")
    tail = shown[-len(wanted) :]
    return len(tail) == len(wanted) and all(_fits(here, there) for here, there in zip(tail, wanted, strict=True))


def _fits(here: str, there: str) -> bool:
    return here == there or (there.startswith("{") and here.startswith(("{", ":", "<")))


def _is_address(text: str) -> bool:
    return text.startswith(("https://", "http://")) and " " not in text


def _place(operation: Operation, sources: Sources, origin: Action | None) -> Iterator[str]:
    """The line in the document, or in the overlay that brought it there."""
    name, line = (
        (origin.overlay, origin.line) if origin else (sources.entry.name, sources.entry.line(operation.pointer))
    )
    yield f"{name}:{line}" if line else name
