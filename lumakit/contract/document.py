"""The one room that reads documents from disk, and the only one that knows YAML.

Knows where a provider's folder is, how bytes become plain dicts by the YAML 1.2 core schema or JSON, where a value
stands (line), and what may be referred to (the document and its folder, nothing above it, nothing remote). Does not
know OpenAPI.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lumakit import strictjson
from lumakit.contract import pointer as pointers
from lumakit.contract import references, yaml_core
from lumakit.errors import DocumentError, UsageError

MAX_BYTES = 16 * 1024 * 1024

ENTRY = "openapi.yaml"
ADDITIONS = "additions.overlay.yaml"
CORRECTIONS = "corrections.overlay.yaml"
LIFECYCLE = "lifecycle.yaml"
LOCK = "lock.yaml"

_PACKAGE = Path(__file__).resolve().parent.parent
_SPECS = (_PACKAGE / "specs", _PACKAGE.parent / "specs")


@dataclass(frozen=True)
class Document:
    """A document as read: its name for people, its value, and its text to find lines in."""

    name: str
    data: dict[str, Any] = field(repr=False)
    text: str = field(repr=False)

    def line(self, pointer: str) -> int | None:
        """The line on which the value at a JSON pointer, or what holds it, stands; counted from one."""
        lines = self._lines
        while pointer and pointer not in lines:
            pointer = pointers.parent(pointer)
        return lines.get(pointer)

    @cached_property
    def _lines(self) -> dict[str, int]:
        if _looks_like_json(self.text) and _is_json(self.text):
            return {pointers.join(*path): line for path, line in strictjson.lines(self.text)}
        return dict(yaml_core.positions(self.text))


@dataclass(frozen=True)
class Page:
    """A published page as received, and what the lock says of it."""

    name: str
    text: str = field(repr=False)
    sha256: str
    locked: str | None = None


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


@dataclass(frozen=True, slots=True)
class Mending:
    """One mechanical repair: the line as it stood, and what was wrong with it."""

    document: str
    line: int
    column: int
    was: str
    problem: str


# --- finding --------------------------------------------------------------------------------------------------------


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


def find(target: str, specs: str | Path | None = None) -> Sources:
    """Read what a name or a path stands for: a provider, a provider's folder, or a document."""
    root, known = _specs(specs), providers(specs)
    if target in known:
        return read_folder(root / target, root)
    path = Path(target)
    if _is_file(path / ENTRY):
        return read_folder(path, path.parent)
    if _is_file(path):
        return read_alone(path)
    raise _unknown(target, path, known)


def _specs(specs: str | Path | None) -> Path:
    return Path(specs) if specs is not None else specs_folder()


def _unknown(target: str, path: Path, known: tuple[str, ...]) -> UsageError:
    siblings = [str(path.parent / entry.name) for entry in _list(path.parent)] if "/" in target else []
    near = difflib.get_close_matches(target, [*known, *siblings], n=1)
    hint = (
        f"did you mean {near[0]}?" if near else f"one of {', '.join(known) or 'none'}, or a path to an OpenAPI document"
    )
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
    return tuple(
        Page(
            name=(name := f"{_shown(folder, root)}/published/{path.name}"),
            text=_decode(raw := _bytes(path, name), name),
            sha256=hashlib.sha256(raw).hexdigest(),
            locked=locked.get(f"{folder.name}/published/{path.name}"),
        )
        for path in sorted((folder / "published").glob("*.md"))
    )


def _locked(root: Path) -> dict[str, str]:
    """The checksum of each page, as the lock has it."""
    if not _is_file(root / LOCK):
        return {}
    document = read(root / LOCK, LOCK)
    pages = document.data.get("pages") or {}
    if not isinstance(pages, dict) or not all(isinstance(entry, dict) for entry in pages.values()):
        hint = "`pages` holds the name of each page with its address, its date and its sha256"
        raise DocumentError("this is no lock", code="spec_shape", where=_place(document, "/pages"), hint=hint)
    return {name: str(entry.get("sha256")) for name, entry in pages.items()}


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
            raise references.forbidden(ref, _place(document, at))
        if not _is_file(home / name):
            raise _no_file(ref, name, home, _place(document, at))
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


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a folder that may not be entered, or a name no file can have
        return False


def _place(document: Document, at: str) -> str:
    line = document.line(at)
    return f"{document.name}:{line}" if line else f"{document.name}#{at}"


# --- reading --------------------------------------------------------------------------------------------------------


def read(path: Path, name: str) -> Document:
    """Read one YAML or JSON document from disk."""
    return parse(_bytes(path, name), name)


def read_mending(path: Path, name: str) -> tuple[Document, tuple[Mending, ...]]:
    """Read one document, mending what is mechanical; every repair is told."""
    return parse_mending(_decode(_bytes(path, name), name), name)


def _bytes(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DocumentError(
            f"cannot be read: {error.strerror}", code="spec_unreadable", where=name, hint="check path and rights"
        ) from None
    if len(raw) > MAX_BYTES:
        raise DocumentError(
            f"larger than {MAX_BYTES // 2**20} MiB",
            code="spec_size",
            where=name,
            hint="split it, or keep only what is needed",
        )
    return raw


def _decode(raw: bytes, name: str) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DocumentError("the text is UTF-16", code="spec_encoding", where=f"{name}:1:1", hint="save it as UTF-8")
    try:
        return raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise DocumentError(
            f"the byte 0x{error.object[error.start]:02x} is not UTF-8",
            code="spec_encoding",
            where=f"{name}:{line}:{column}",
            hint="save it as UTF-8",
        ) from None


def parse(raw: bytes, name: str) -> Document:
    """Turn bytes into a document."""
    text = _decode(raw, name)
    return Document(name, _mapping(_value(text, name), name), text)


def _mapping(value: Any, name: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    hint = "is this the right file? an OpenAPI document begins with `openapi:`"
    if value is None:
        raise DocumentError("the document is empty", code="spec_empty", where=f"{name}:1", hint=hint)
    kind = "a list" if isinstance(value, list) else "a single value"
    what = f"{kind} stands at the top, where keys are needed"
    raise DocumentError(what, code="spec_not_a_mapping", where=f"{name}:1", hint=hint)


def _value(text: str, name: str) -> Any:
    if not _looks_like_json(text):
        return yaml_core.load(text, name)
    try:
        return strictjson.loads(text, max_depth=yaml_core.MAX_DEPTH)
    except strictjson.JsonProblem as problem:
        if not name.endswith(".json"):
            return yaml_core.load(text, name)  # YAML in flow style begins like JSON
        raise DocumentError(
            problem.reason,
            code=f"spec_{problem.kind}",
            where=f"{name}:{problem.line}:{problem.column}",
            hint=_JSON_HINTS.get(problem.kind, "check the text near this place with a JSON editor"),
        ) from None


_JSON_HINTS = {
    "depth": "flatten it with $ref",
    "duplicate_key": "keep one of them",
    "number": "quote it if it is a text",
    "encoding": "remove it, or write both halves",
}


def _looks_like_json(text: str) -> bool:
    return re.match(r"\s*+[{\[]", text) is not None


def _is_json(text: str) -> bool:
    try:
        strictjson.loads(text, max_depth=yaml_core.MAX_DEPTH)
    except strictjson.JsonProblem:
        return False
    return True


def parse_mending(text: str, name: str) -> tuple[Document, tuple[Mending, ...]]:
    """Parse a text, quoting the plain scalars that a stray `: ` makes unreadable, one by one."""
    mended: list[Mending] = []
    lines = text.splitlines(keepends=True)
    while True:
        current = "".join(lines)
        try:
            return Document(name, _mapping(_value(current, name), name), current), tuple(mended)
        except yaml_core.Unreadable as error:
            repaired = _quoted(lines[error.line - 1]) if error.mendable and error.line <= len(lines) else None
            if repaired is None:
                raise
            mended.append(Mending(name, error.line, error.column, lines[error.line - 1].strip(), error.what))
            lines[error.line - 1] = repaired
        if len(mended) > 100 or len(mended) * len(text) > 4 * MAX_BYTES:  # each repair costs one more parse
            what = f"the first {len(mended)} lines with a stray colon could be mended, but there are more"
            raise DocumentError(what, code="spec_yaml", where=name, hint="quote the values that hold a colon")


_KEY = re.compile(
    r"""\s*(?:-[ ]+)*+(?:"[^"]*"|'[^']*'|[^\s#'"{\[\-][^:'"]*|-[^\s:'"][^:'"]*):[ \t]+(?=[^\s'"|>&*!{\[])"""
)


def _quoted(line: str) -> str | None:
    """The line with its value in quotes; None where the value is not plain, or where there is nothing to mend."""
    key = _KEY.match(line)
    if key is None:
        return None
    comment = re.search(r"\s#", line)
    value = line[key.end() : comment.start() if comment else None].rstrip()
    if not re.search(r":(?:\s|$)", value):
        return None
    escaped = value.replace("'", "''")
    return f"{key.group()}'{escaped}'{line[key.end() + len(value) :]}"


def dump(data: Any) -> str:
    """Print a value as YAML that 1.1 and 1.2 readers understand alike."""
    return yaml_core.dump(data)
