"""Fields of forms as values: names in brackets (`a[b]=v`, `a[]=v`), lists between delimiters, JSON inside a field.

Knows how a form strings its members together; `shape` knows what a text means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lumakit.contract import media
from lumakit.contract.shape import Fits, Shape, typed

DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|"}
_BRACKETS = re.compile(r"(?:\[[^\[\]]*\]){1,5}")  # what stands deeper is not read


def in_brackets(text: str) -> list[str]:
    """`[a][b]` as its steps; none where the text is not written like that."""
    return text[1:-1].split("][") if _BRACKETS.fullmatch(text) else []


@dataclass(slots=True)
class Twig:
    """What is given for a name: its own texts, and what is given in brackets behind it."""

    texts: list[str] = field(default_factory=list)
    below: dict[str, Twig] = field(default_factory=dict)
    turns: dict[tuple[str, ...], int] = field(default_factory=dict)

    def grow(self, steps: Sequence[str], text: str) -> None:
        """Add a text that stands some steps further."""
        if not steps:
            self.texts.append(text)
            return
        step = steps[0] or self._turn(tuple(steps[1:]))
        self.below.setdefault(step, Twig()).grow(steps[1:], text)

    def _turn(self, rest: tuple[str, ...]) -> str:
        """The item that `[]` means: the next one that has nothing yet at the rest of the steps."""
        turn = self.turns.get(rest, 0)
        self.turns[rest] = turn if "" in rest else turn + 1
        return str(turn)

    def items(self) -> list[Twig] | None:
        """What stands in brackets as the items of a list; None where the brackets hold names."""
        if not all(step.isascii() and step.isdigit() for step in self.below):
            return None
        return [self.below[step] for step in sorted(self.below, key=lambda step: (len(step), step))]


def grown(twig: Twig, shape: Shape | None, fits: Fits, coding: Coding | None = None) -> Any:
    """The value of everything that is given for a name."""
    items = twig.items() if twig.below and shape and "array" in shape.types else None
    if items is not None and shape:
        own = [_field(text, shape.item, fits) for text in twig.texts]
        return own + [grown(item, shape.item, fits) for item in items]
    if twig.below and not twig.texts:
        return {name: grown(inner, shape and shape.member(name), fits) for name, inner in twig.below.items()}
    return _unbracketed(twig.texts, shape or Shape(), coding or Coding(), fits)


@dataclass(frozen=True, slots=True)
class Coding:
    """How a field of a form is written, where the document says so: between delimiters, or as JSON."""

    delimiter: str = ""
    is_json: bool = False

    @classmethod
    def of(cls, style: str, explode: bool, content_type: str) -> Coding:
        """The coding that an Encoding Object asks for; a style or `explode` outweighs the content type."""
        plain = not style and explode
        delimiter = "" if explode or style == "deepObject" else DELIMITERS.get(style, ",")
        return cls(delimiter, plain and media.is_json(media.essence(content_type)))


def form(fields: Mapping[str, list[str]], shape: Shape, codings: Mapping[str, Coding], fits: Fits) -> dict[str, Any]:
    """The fields of a form as the JSON value its schema means."""
    twigs: dict[str, Twig] = {}
    for key, texts in fields.items():
        name, steps = _named(key, shape)
        for text in texts:
            twigs.setdefault(name, Twig()).grow(steps, text)
    return {name: grown(twig, shape.member(name), fits, codings.get(name)) for name, twig in twigs.items()}


def _named(key: str, shape: Shape) -> tuple[str, list[str]]:
    """The field that a key of a form means, and the steps into it; brackets that are part of its name stay in it."""
    name = key.partition("[")[0]
    steps = in_brackets(key[len(name) :])
    inner = shape.member(name)
    deep = steps and key not in (shape.members or {}) and inner is not None and inner.types & {"object", "array"}
    return (name, steps) if deep else (key, [])


def _unbracketed(texts: Sequence[str], shape: Shape, coding: Coding, fits: Fits) -> Any:
    if coding.is_json:
        values = [_from_json(text) for text in texts]
        whole = len(values) == 1 and (not shape.is_array or isinstance(values[0], list))
        return values[0] if whole else values
    if coding.delimiter and shape.types & {"array", "object"}:
        texts = [piece for text in texts for piece in text.split(coding.delimiter)]
        if shape.is_object:
            pairs = zip(texts[::2], texts[1::2], strict=False)
            return {name: typed(text, shape.member(name), fits) for name, text in pairs}
    if shape.is_array or ("array" in shape.types and len(texts) > 1):
        return [_field(text, shape.item, fits) for text in texts]
    return _field(texts[0], shape, fits) if len(texts) == 1 else list(texts)


def _field(text: str, shape: Shape | None, fits: Fits) -> Any:
    """One field; what can only be an object is written as JSON."""
    return _from_json(text) if shape and shape.is_object else typed(text, shape, fits)


def _from_json(text: str) -> Any:
    try:
        return media.from_json(text)
    except media.Undecodable:
        return text
