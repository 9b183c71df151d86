"""A provider's folder: where it is, what is in it, and which other files its documents may name.

Knows the vendored providers and the user's own (`--specs DIR`), the lock, and that nothing above a document's folder is
read. Leaves the reading of each file to `document`.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lumakit.contract import references
from lumakit.contract.document import Document, Mending, read, read_mending, read_page
from lumakit.errors import DocumentError, UsageError, as_given

ENTRY = "openapi.yaml"
ADDITIONS = "additions.overlay.yaml"
CORRECTIONS = "corrections.overlay.yaml"
LIFECYCLE = "lifecycle.yaml"
LOCK = "lock.yaml"

_PACKAGE = Path(__file__).resolve().parent.parent
_SPECS = (_PACKAGE / "specs", _PACKAGE.parent / "specs")


@dataclass(frozen=True)
class Page:
    """A published page as received, and what the lock says of it; `address` is empty where nobody knows it."""

    name: str
    text: str = field(repr=False)
    sha256: str
    locked: str | None = None
    address: str = ""


@dataclass(frozen=True)
class Sources:
    """Everything that was read for one provider, or for one document of the user's own."""

    name: str
    entry: Document
    additions: Document | None = None
    corrections: Document | None = None
    lifecycle: Document | None = None
    pages: tuple[Page, ...] = ()
    siblings: Mapping[str, Document] = field(default_factory=dict)
    mended: tuple[Mending, ...] = ()


# --- finding ---------------------------------------------------------------------------------------------------------


def specs_folder() -> Path:
    """The folder of the vendored providers: inside the wheel, or beside the package in a checkout."""
    found = next((folder for folder in _SPECS if folder.is_dir()), None)
    if found is None:
        raise DocumentError("the vendored specs are missing", code="specs_missing", hint="install lumakit again")
    return found


def providers(specs: str | Path | None = None) -> tuple[str, ...]:
    """The names of the providers in a specs folder, sorted."""
    folder = _specs(specs)
    if not folder.is_dir():
        raise UsageError(
            f"{folder} is not a folder", code="specs_not_found", hint="--specs takes a folder of providers"
        )
    return tuple(entry.name for entry in _list(folder) if _is_file(entry / ENTRY))


def find(target: object, specs: str | Path | None = None) -> Sources:
    """Read what a name or a path stands for: a provider, a provider's folder, or a document."""
    if not isinstance(target, (str, os.PathLike)):
        what = f"a provider is named by a text or a path, not by {as_given(target)}"
        raise UsageError(what, code="target_invalid", hint=f"one of {', '.join(providers(specs))}, or a path")
    return _found(str(target), specs)


def _found(target: str, specs: str | Path | None) -> Sources:
    root, known = _specs(specs), providers(specs)
    if target in known:
        return read_folder(root / target, root)
    path = Path(target)
    if _is_file(path / ENTRY):
        return read_folder(path, path.parent)
    if _is_file(path):
        return read_alone(path)
    raise _unknown(target, path, known)


def files(target: str, specs: str | Path | None = None) -> tuple[Path, ...]:
    """Every file that a provider, or a document, is read from; those that may be there count too."""
    sources = find(target, specs)
    path = _specs(specs) / target if target in providers(specs) else Path(target)
    own = [ENTRY, ADDITIONS, CORRECTIONS, LIFECYCLE] if _is_folder(path) else [path.name]
    home = path if _is_folder(path) else path.parent
    return tuple(home / name for name in (*own, *sources.siblings))


def stamp(paths: Iterable[Path]) -> tuple[tuple[int, int] | None, ...]:
    """What changes when one of some files does: its time and size, or that it is not there."""
    return tuple(_status(path) for path in paths)


def _status(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:  # it has gone: that is a change too
        return None
    return found.st_mtime_ns, found.st_size


def _specs(specs: str | Path | None) -> Path:
    return Path(specs) if specs is not None else specs_folder()


def _unknown(target: str, path: Path, known: tuple[str, ...]) -> UsageError:
    siblings = [str(path.parent / entry.name) for entry in _list(path.parent)] if "/" in target else []
    if target == "-":
        return UsageError("standard input is not read", code="target_not_found", hint="put the document into a file")
    if target and _is_folder(path):
        hint = f"a provider's folder holds {ENTRY}; a folder of such folders goes with --specs"
        return UsageError(f"{target} holds no {ENTRY}", code="target_not_found", hint=hint)
    near = difflib.get_close_matches(target, [*known, *(name for name in siblings if name != target)], n=1)
    others = f"one of {', '.join(known)}, or a path to an OpenAPI document" if known else "give a path to a document"
    hint = f"did you mean {near[0]}?" if near else others
    return UsageError(f"no provider, folder or document is called {target!r}", code="target_not_found", hint=hint)


def _list(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())[:1000]
    except (OSError, ValueError):  # no folder, or one that may not be read: it has no names to offer
        return []


def read_folder(folder: Path, root: Path) -> Sources:
    """Read one provider's folder."""
    shown = _shown(folder, root)

    def maybe(name: str) -> Document | None:
        return read(folder / name, f"{shown}/{name}") if _is_file(folder / name) else None

    entry, mended = read_mending(folder / ENTRY, f"{shown}/{ENTRY}")
    additions, corrections = maybe(ADDITIONS), maybe(CORRECTIONS)
    return Sources(
        name=folder.resolve().name if folder.name in ("", "..") else folder.name,
        entry=entry,
        additions=additions,
        corrections=corrections,
        lifecycle=maybe(LIFECYCLE),
        pages=_pages(folder, root),
        siblings=_siblings(folder, [document for document in (entry, additions, corrections) if document]),
        mended=mended,
    )


def _shown(folder: Path, root: Path) -> str:
    """How a folder is called in messages: a vendored provider by its name, any other as it was given."""
    return folder.name if root in _SPECS else folder.as_posix()


def read_alone(path: Path) -> Sources:
    """Read one document of the user's own."""
    entry, mended = read_mending(path, str(path))
    return Sources(name=path.stem, entry=entry, mended=mended, siblings=_siblings(path.parent, [entry]))


def _pages(folder: Path, root: Path) -> tuple[Page, ...]:
    locked = _locked(root)
    found = []
    for path in sorted((folder / "published").glob("*.md")):
        name = f"{_shown(folder, root)}/published/{path.name}"
        text, sha256 = read_page(path, name)
        known = locked.get(f"{folder.name}/published/{path.name}", {})
        checksum = str(known["sha256"]) if "sha256" in known else None
        found.append(Page(name, text, sha256, checksum, _address(known)))
    return tuple(found)


def _address(known: Mapping[str, Any]) -> str:
    address = str(known.get("address"))
    return address if address.startswith(("http://", "https://")) else ""


def _locked(root: Path) -> Mapping[str, Mapping[str, Any]]:
    """What the lock has of each page."""
    if not _is_file(root / LOCK):
        return {}
    document = read(root / LOCK, LOCK)
    pages = document.data.get("pages") or {}
    if not isinstance(pages, dict) or not all(isinstance(entry, dict) for entry in pages.values()):
        hint = "`pages` holds the name of each page with its address, its date and its sha256"
        raise DocumentError("this is no lock", code="spec_shape", where=document.place("/pages"), hint=hint)
    return pages


# --- what a document may refer to -----------------------------------------------------------------------------------


def _siblings(folder: Path, documents: list[Document]) -> dict[str, Document]:
    """Read every file of the folder that the documents refer to, and those that these refer to in turn."""
    home, own = folder.resolve(), references.own_name(documents[0].name)
    found: dict[str, Document] = {}
    waiting = [(document, "", *each) for document in documents for each in references.file_references(document.data)]
    while waiting:
        document, base, at, ref = waiting.pop()
        name = references.name_inside(ref, base)
        if name in found or name == own:
            continue
        if name is None or not _stays(home, name):
            raise references.forbidden(ref, document.place(at))
        if not _is_file(home / name):
            raise _no_file(ref, name, home, document.place(at))
        found[name] = sibling = read(home / name, (Path(documents[0].name).parent / name).as_posix())
        waiting += [(sibling, name, *each) for each in references.file_references(sibling.data)]
    return found


def _no_file(ref: str, name: str, home: Path, where: str) -> DocumentError:
    near = difflib.get_close_matches(name, [entry.name for entry in _list(home) if _is_file(entry)], n=1)
    hint = f"did you mean {near[0]}?" if near else "the file is looked for beside the document that names it"
    return DocumentError(f"$ref {ref!r} leads to no file", code="ref_missing", where=where, hint=hint)


def _stays(home: Path, name: str) -> bool:
    """True where a path below the folder leads through no link out of it."""
    try:
        return (home / name).resolve().is_relative_to(home)
    except (OSError, ValueError, RuntimeError):  # a name no file can have, or links in a circle: nothing is there
        return True


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a folder that may not be entered, or a name no file can have
        return False
