"""What a document refers to: every `$ref`, which file it names, and all of it bundled into one document.

Nothing remote and nothing above the document's folder can be referred to. Does not read files: it is given what was
read.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, unquote

from lumakit.contract import pointer as pointers
from lumakit.contract.frozen import thaw
from lumakit.errors import DocumentError

FILES = "x-lumakit-files"


def file_references(data: Any) -> Iterator[tuple[str, str]]:
    """Each `$ref` that names a file, with the pointer of the object that holds it."""
    return ((at, ref) for at, ref in all_references(data, data) if not ref.startswith("#"))


_NAMES = frozenset(
    "properties patternProperties $defs definitions dependentSchemas schemas responses parameters requestBodies "
    "headers links callbacks pathItems securitySchemes variables encoding paths webhooks mapping "
    "content examples".split()
)
_DATA = frozenset(("example", "default", "enum", "const", "value"))
_MAPPINGS = (dict, MappingProxyType)
_LISTS = (list, tuple)
_HOLDERS = (*_MAPPINGS, *_LISTS)


def references(data: Any, at: str = "", *, names: bool = False) -> Iterator[tuple[str, str]]:
    """Each `$ref` of an OpenAPI document with the pointer of the object that holds it; data in examples holds none."""
    if isinstance(data, _MAPPINGS):
        ref = data.get("$ref")
        if isinstance(ref, str) and not names:
            yield at, ref
        for key, value in data.items():
            if isinstance(value, _HOLDERS) and (names or not _is_data(key, value)):
                yield from references(value, f"{at}{pointers.join(key)}", names=not names and key in _NAMES)
    elif isinstance(data, _LISTS):
        for index, item in enumerate(data):
            if isinstance(item, _HOLDERS):
                yield from references(item, f"{at}/{index}")


def all_references(data: Any, document: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """The same, with those below an extension (`x-`) that a reference leads into: what stands there is meant."""
    waiting, entered = [(at, data)], set[str]()
    while waiting:
        start, node = waiting.pop()
        for place, ref in references(node, start):
            yield place, ref
            target = target_of(ref) if ref.startswith("#/") else ""
            if target not in entered and _in_extension(target):
                entered.add(target)
                waiting.append((target, pointers.look(document, target, None)))


def _in_extension(target: str) -> bool:
    return "/x-" in target and not target.startswith(f"/{FILES}/")


def _is_data(key: str, value: Any) -> bool:
    return key in _DATA or key.startswith("x-") or (key == "examples" and isinstance(value, _LISTS))


def target_of(ref: str) -> str:
    """The pointer a reference carries, as it stands in the document."""
    fragment = ref.partition("#")[2]
    return unquote(fragment) if "%" in fragment else fragment


def own_name(shown: str) -> str:
    """The file name in the name by which people know a document."""
    return re.split(r"[/\\]", shown)[-1]


def sibling_name(ref: str, base: str, where: str) -> str:
    """The file a `$ref` names, as a normal path below the folder; refuses everything else."""
    name = name_inside(ref, base)
    if name is None:
        raise forbidden(ref, where)
    return name


def name_inside(ref: str, base: str) -> str | None:
    """The file a `$ref` in the file `base` names, as a normal path below the folder; None where it leads out of it."""
    file = unquote(ref.partition("#")[0])
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|/", file) or "\\" in file:
        return None
    parts = base.split("/")[:-1]
    for part in file.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def forbidden(ref: str, where: str) -> DocumentError:
    """The error for a reference that leads out of the document's folder."""
    return DocumentError(
        f"$ref {ref!r} leads out of the document's folder",
        code="ref_forbidden",
        where=where,
        hint="copy what it refers to into that folder; nothing remote and nothing outside the folder is read",
    )


# --- one document out of several files ------------------------------------------------------------------------------


def bundle(
    entry: Mapping[str, Any],
    siblings: Mapping[str, Mapping[str, Any]],
    own: str = "",
    place: Callable[[str], str] = str,
) -> dict[str, Any]:
    """The document with the other files planted inside it, so that each reference stays inside; the input is untouched.

    `own` is the name of the document's own file: a reference to it leads to the document itself.
    """
    bundled = _planted("", entry, own, place)
    if siblings:
        bundled[FILES] = {name: _planted(name, data, own, place) for name, data in siblings.items()}
    return bundled


def _planted(name: str, data: Mapping[str, Any], own: str, place: Callable[[str], str]) -> dict[str, Any]:
    planted: dict[str, Any] = thaw(data)
    prefix = pointers.join(FILES, name) if name else ""
    for at, ref in list(all_references(planted, planted)):
        file, _, fragment = ref.partition("#")
        target = sibling_name(ref, name, place(prefix + at)) if file else name
        inward = "" if not target or target == own else quote(pointers.join(FILES, target), safe="/~")
        pointers.look(planted, at)["$ref"] = f"#{inward}{fragment}"
    return planted


def file_of(pointer: str) -> tuple[str, str]:
    """The file that a pointer of a bundled document leads into, and the pointer inside it; no name: the document."""
    if not pointer.startswith(f"/{FILES}/"):
        return "", pointer
    _, name, *rest = pointers.split(pointer)
    return name, pointers.join(*rest)


def _spelled(ref: str) -> str:
    """A reference as somebody would write it in a file, for people."""
    file, fragment = file_of(target_of(ref)) if target_of(ref).startswith("/") else ("", ref[1:])
    return f"{file}#{fragment}"


def check(document: Mapping[str, Any], place: Callable[[str], str]) -> None:
    """Refuse a reference that leads to nothing, or only round in a circle."""
    files = {pointers.join(FILES, name): data for name, data in document.get(FILES, {}).items()}
    sound: set[str] = set()
    for prefix, tree in {"": document, **files}.items():
        for at, ref in all_references(tree, document, prefix):
            _check_one(document, at, ref, place, sound)


def _check_one(document: Mapping[str, Any], at: str, ref: str, place: Callable[[str], str], sound: set[str]) -> None:
    """Follow a reference to its end, or to a place that is known to have one."""
    seen: set[str] = set()
    step: str | None = ref
    while step is not None and at not in sound:
        if at in seen:
            what = f"$ref {_spelled(step)!r} only leads round in a circle"
            raise DocumentError(what, code="ref_cycle", where=place(at), hint="let one of them be a real schema")
        seen.add(at)
        node = _target(document, step)
        if node is document:
            what = f"$ref {_spelled(step)!r} leads to the whole document, which is neither a schema nor a part of one"
            hint = "name what is meant; a reference looks like #/components/schemas/Name"
            raise DocumentError(what, code="ref_missing", where=place(at), hint=hint)
        if node is pointers.MISSING:
            raise _missing(document, at, step, place)
        at, following = target_of(step), node.get("$ref") if isinstance(node, Mapping) else None
        step = following if isinstance(following, str) else None
    sound |= seen


def _target(document: Mapping[str, Any], ref: str) -> Any:
    try:
        return pointers.look(document, target_of(ref))
    except ValueError:
        return pointers.MISSING


def _missing(document: Mapping[str, Any], at: str, ref: str, place: Callable[[str], str]) -> DocumentError:
    near = _nearest(document, target_of(ref))
    advice = "check the spelling; a reference looks like #/components/schemas/Name"
    return DocumentError(
        f"$ref {_spelled(ref)!r} leads to nothing",
        code="ref_missing",
        where=place(at),
        hint=f"did you mean {near}?" if near else advice,
    )


def _nearest(document: Mapping[str, Any], target: str) -> str | None:
    """A name that stands where the reference looks for one."""
    try:
        *path, last = pointers.split(target)
        holder = pointers.look(document, pointers.join(*path), None)
    except ValueError:
        return None
    near = difflib.get_close_matches(last, list(holder), n=1) if isinstance(holder, Mapping) else []
    return near[0] if near else None
