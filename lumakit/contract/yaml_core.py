"""YAML 1.2 core as plain dicts and lists, built from parser events: bounded, no recursion, every error with its place.

`16:9`, `on`, dates and `012` are texts, keys are texts, a key given twice is an error, an alias is a copy. Nothing is
executed, and no input can exhaust the stack or the memory. Only `document` calls this room.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from lumakit import strictjson
from lumakit.contract import pointer as pointers
from lumakit.errors import DocumentError

MAX_DEPTH = 128
MAX_ALIASED = 100_000
MAX_VALUES = 1_000_000

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def load(text: str, name: str, *, binary: bool = False) -> Any:
    """The value of a YAML text; `!!binary` is refused, or is bytes where `binary` allows them."""
    return _Builder(name, binary=binary).build(text)


def dump(data: Any) -> str:
    """Print a value as YAML that 1.1 and 1.2 readers understand alike."""
    return str(yaml.dump(data, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=120))


class _Writer(_Dumper):  # type: ignore[misc]  # which of two classes it is, is only known at run time
    """Writes every value out, long texts as blocks, and quotes a text that any reader could take for something else."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True

    def text(self, data: str) -> Any:
        style = "|" if "\n" in data else "'" if _AMBIGUOUS.fullmatch(data) else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Writer.add_representer(str, _Writer.text)

_AMBIGUOUS = re.compile(r"[yYnN]|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_TAGS = "tag:yaml.org,2002:"
_BINARY = (f"{_TAGS}binary", "!binary")  # the second is what Ruby writes
_SCALARS = {"str": str, "int": int, "float": float, "bool": bool, "null": type(None)}
_NUMBER_START = frozenset("0123456789+-.")


_STRAY_COLON = "mapping values are not allowed"
_HINTS = {
    _STRAY_COLON: "quote the value: it holds a colon followed by a space",
    "tab character": "indent with spaces",
    "cannot start any token": "quote the value, and indent with spaces",
    "expected ',' or": "close the bracket, or quote the value that begins with one",
    "end of stream": "close the quote or the bracket that is still open",
    "expected ':'": "a key is followed by a colon and a space",
    "expected key": "let the keys of one mapping begin in the same column",
    "expected '-' indicator": "let the items of one list begin in the same column",
    "escape": "write the character itself, or put a text with backslashes in single quotes",
}


class _Spot(NamedTuple):
    """A place in a text, counted from zero, as the parser's own marks are."""

    line: int
    column: int


def _spot(text: str, offset: int) -> _Spot:
    return _Spot(text.count("\n", 0, offset), offset - text.rfind("\n", 0, offset) - 1)


class Unreadable(DocumentError):
    """A text that is not YAML as we read it; knows its line and column, and whether quoting that line could mend it."""

    def __init__(self, what: str, code: str, name: str, mark: Any, hint: str, *, mendable: bool = False) -> None:
        self.line: int = mark.line + 1
        self.column: int = mark.column + 1
        self.mendable: bool = mendable
        super().__init__(what, code=code, where=f"{name}:{self.line}:{self.column}", hint=hint)


@dataclass(slots=True)
class _Built:
    """A finished value, and what a copy of it would cost."""

    value: Any
    weight: int = 1
    depth: int = 0


@dataclass(slots=True)
class _Frame:
    """A mapping or list under construction."""

    value: Any
    anchor: str | None
    key: str | None = None
    lines: dict[str, int] = field(default_factory=dict)
    weight: int = 1
    depth: int = 0

    @property
    def awaits_key(self) -> bool:
        return self.key is None and isinstance(self.value, dict)

    def put(self, built: _Built) -> None:
        self.weight += built.weight
        self.depth = max(self.depth, built.depth)
        if self.key is None:
            self.value.append(built.value)
        else:
            self.value[self.key], self.key = built.value, None


def _events(text: str) -> Iterator[Any]:
    return iter(_Loader(text).get_event, None)


class _Builder:
    """Builds plain dicts and lists from YAML events without recursion, so that no input can exhaust the stack."""

    def __init__(self, name: str, *, binary: bool = False) -> None:
        self.name = name
        self.binary = binary
        self.stack: list[_Frame] = []
        self.anchors: dict[str, _Built] = {}
        self.values = 0
        self.aliased = 0
        self.root: Any = None
        self.documents = 0
        self.takes: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self.scalar,
            yaml.MappingStartEvent: self.open,
            yaml.SequenceStartEvent: self.open,
            yaml.MappingEndEvent: self.close,
            yaml.SequenceEndEvent: self.close,
            yaml.AliasEvent: self.alias,
            yaml.DocumentStartEvent: self.document,
        }

    def build(self, text: str) -> Any:
        try:
            for event in _events(text):
                if take := self.takes.get(type(event)):
                    take(event)
        except yaml.MarkedYAMLError as error:
            raise self.syntax(error) from None
        except yaml.reader.ReaderError as error:
            raise self.character(error, text) from None
        except UnicodeEncodeError as error:
            spot = _spot(text, error.start)
            raise Unreadable(
                "half a surrogate pair is not a character", "spec_encoding", self.name, spot, "remove it"
            ) from None
        return self.root

    def syntax(self, error: yaml.MarkedYAMLError) -> DocumentError:
        mark: Any = error.problem_mark or error.context_mark
        began = error.context_mark
        what = str(error.problem or error.context)
        if error.problem and began and began.line != mark.line:
            what += f", {error.context} that begins on line {began.line + 1}"
        hint = next((hint for words, hint in _HINTS.items() if words in what), "look at this line and the one above it")
        return Unreadable(what, "spec_yaml", self.name, mark, hint, mendable=_STRAY_COLON in what)

    def character(self, error: Any, text: str) -> DocumentError:
        in_bytes = _Loader is not yaml.SafeLoader
        offset = len(text.encode()[: error.position].decode()) if in_bytes else error.position
        what = f"the character U+{error.character:04X} is not allowed in YAML"
        return Unreadable(what, "spec_yaml", self.name, _spot(text, offset), "remove it, or write it as an escape")

    def error(self, what: str, code: str, event: Any, hint: str) -> DocumentError:
        return Unreadable(what, code, self.name, event.start_mark, hint)

    def document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            what = "a second document begins here"
            raise self.error(what, "spec_documents", event, "keep one document in a file")

    # scalars

    def scalar(self, event: Any) -> None:
        if self.stack and self.stack[-1].awaits_key:
            self.take_key(self.stack[-1], event)
            return
        if event.tag is not None and event.tag != "!":
            value = self.tagged(event)
        else:
            value = self.resolve(event) if event.tag is None and event.implicit[0] else event.value
        self.finish(_Built(value, 1 + len(event.value) // 100), event.anchor, event)

    def tagged(self, event: Any) -> Any:
        if self.binary and event.tag in _BINARY:
            return self.bytes(event)
        kind = self.core_tag(event, *_SCALARS)
        value = event.value if kind == "str" else self.resolve(event)
        if kind == "float" and type(value) is int:
            return float(value)
        if type(value) is not _SCALARS[kind]:
            raise self.error(f"this is not a value of !!{kind}", "spec_yaml_tag", event, "remove the tag")
        return value

    def bytes(self, event: Any) -> bytes:
        try:
            return base64.b64decode("".join(event.value.split()), validate=True)
        except ValueError:
            raise self.error("this is no base64", "spec_yaml_tag", event, "write the bytes in base64") from None

    def core_tag(self, event: Any, *kinds: str) -> str:
        kind = event.tag.removeprefix(_TAGS)
        if kind not in kinds:
            shown = event.tag.replace(_TAGS, "!!")
            raise self.error(f"the tag {shown} is not read here", "spec_yaml_tag", event, "remove the tag")
        return str(kind)

    def take_key(self, frame: _Frame, event: Any) -> None:
        key, line = event.value, event.start_mark.line + 1
        if event.tag is not None and event.tag != "!":
            self.core_tag(event, *_SCALARS)
        if key in frame.lines:
            what = f"the key {key!r} is given twice, first on line {frame.lines[key]}"
            raise self.error(what, "spec_duplicate_key", event, "keep one of them")
        if key == "<<" and event.implicit[0]:
            raise self.error("merge keys are not YAML 1.2", "spec_merge_key", event, "write the keys out")
        if event.anchor:
            self.anchors[event.anchor] = _Built(key)
        frame.key, frame.lines[key] = key, line

    def resolve(self, event: Any) -> Any:
        text = event.value
        if text in _WORDS:
            return _WORDS[text]
        return self.number(text, event) if text[0] in _NUMBER_START else text

    def number(self, text: str, event: Any) -> Any:
        is_integer, is_other = _INTEGER.fullmatch(text), _OTHER_BASE.fullmatch(text)
        if (is_integer or is_other) and len(text) > strictjson.MAX_DIGITS:
            what = f"a number has more than {strictjson.MAX_DIGITS} digits"
            raise self.error(what, "spec_number", event, "quote it if it is a text")
        if is_integer or is_other:
            return int(text, 0 if is_other else 10)
        is_float = _FLOAT.fullmatch(text)
        if _NOT_FINITE.fullmatch(text) or (is_float and math.isinf(float(text))):
            what = f"{text[:40]} is not a number that JSON can hold"
            raise self.error(what, "spec_number", event, "quote it if it is a text")
        return float(text) if is_float else text

    # mappings, lists and aliases

    def open(self, event: Any) -> None:
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if event.tag is not None and event.tag != "!":
            self.core_tag(event, "map" if is_mapping else "seq")
        if len(self.stack) >= MAX_DEPTH:
            raise self.error(f"nested deeper than {MAX_DEPTH} levels", "spec_depth", event, "flatten it with $ref")
        self.refuse_as_key(event)
        self.stack.append(_Frame({} if is_mapping else [], event.anchor))

    def refuse_as_key(self, event: Any) -> None:
        if self.stack and self.stack[-1].awaits_key:
            raise self.error("a key must be a text", "spec_key", event, "write the key as a plain or quoted text")

    def close(self, event: Any) -> None:
        frame = self.stack.pop()
        self.finish(_Built(frame.value, frame.weight, frame.depth + 1), frame.anchor, event)

    def alias(self, event: Any) -> None:
        if event.anchor not in self.anchors:
            what = f"*{event.anchor} stands for nothing, or for what holds it"
            raise self.error(what, "spec_alias", event, "write the value out")
        self.refuse_as_key(event)
        built = self.anchors[event.anchor]
        self.aliased += built.weight
        if self.aliased > MAX_ALIASED or len(self.stack) + built.depth > MAX_DEPTH:
            what = "the aliases expand to far more than the document holds"
            raise self.error(what, "spec_expansion", event, "write the values out, or use $ref")
        self.finish(_Built(_copy(built.value), built.weight, built.depth), None, event)

    def finish(self, built: _Built, anchor: str | None, event: Any) -> None:
        self.values += 1
        if self.values > MAX_VALUES:
            what = f"more than {MAX_VALUES:,} values"
            raise self.error(what, "spec_size", event, "split the document, or keep only what is needed")
        if anchor:
            self.anchors[anchor] = built
        if self.stack:
            self.stack[-1].put(built)
        else:
            self.root = built.value


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def positions(text: str) -> Iterator[tuple[str, int]]:
    """Every pointer of a text that parses, with the line on which its value (or its key) begins."""
    path: list[_Open] = []
    for event in _events(text):
        if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            path.pop()
        elif isinstance(event, yaml.ScalarEvent) and path and path[-1].awaits_key:
            path[-1].key = (event.value, _line(event))
        elif isinstance(event, yaml.NodeEvent):
            at, line = path[-1].step(event) if path else ("", _line(event))
            yield at, line
            if isinstance(event, yaml.CollectionStartEvent):
                path.append(_Open(at, None if isinstance(event, yaml.MappingStartEvent) else 0))


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


@dataclass(slots=True)
class _Open:
    """A mapping or list whose members are being passed; a mapping counts none."""

    prefix: str
    index: int | None
    key: tuple[str, int] | None = None

    @property
    def awaits_key(self) -> bool:
        return self.index is None and self.key is None

    def step(self, event: Any) -> tuple[str, int]:
        """The pointer and the line of the next member."""
        if self.key is not None:
            (name, line), self.key = self.key, None
            return self.prefix + pointers.join(name), line
        index = self.index or 0
        self.index = index + 1
        return f"{self.prefix}/{index}", _line(event)
