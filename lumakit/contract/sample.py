"""A value made from a schema: the same for the same seed, bounded in size and time, and valid or none at all.

A value is written, held against the schema, and written again where the schema objects, until it fits or enough was
tried. Knows no HTTP, and not how a value is written.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from lumakit.contract import pointer as pointers
from lumakit.contract.asked import Asked, Contradiction, TooLarge
from lumakit.contract.dialect import Direction
from lumakit.contract.pen import DRAWN, TOLD, Effort, Exhausted, Pen, Spot
from lumakit.contract.schema import Problem, Schemas, Uncompilable
from lumakit.draws import Draw
from lumakit.errors import DocumentError

NO_SAMPLE, TOO_LARGE = "no_sample", "gen_limit"  # the codes of NoSample
_ROUNDS = 40
_PATIENCE = 10  # how often a place is written anew before it is left out


class NoSample(DocumentError):
    """No value that fits could be made; `pointer` is the schema's place in the document."""

    def __init__(self, pointer: str, reason: str, code: str = NO_SAMPLE) -> None:
        what = f"no value could be made from the schema: {reason}"
        super().__init__(what, code=code, where=pointer, hint="give an example in the document")
        self.pointer = pointer
        self.reason = reason


class Sampler:
    """Makes values from the schemas of one document."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def body(self, pointer: str, direction: Direction, draw: Draw, *, dynamic: bool = False) -> Any:
        """A valid value of the schema at a pointer: a plain one, or one that is drawn."""
        if dynamic:
            with contextlib.suppress(NoSample):
                return self._made(pointer, direction, draw, DRAWN)
        return self._made(pointer, direction, draw, TOLD)

    def _made(self, pointer: str, direction: Direction, draw: Draw, level: int) -> Any:
        try:
            return self._mended(pointer, direction, draw, level)
        except Uncompilable as error:
            raise NoSample(pointer, error.what) from None
        except Exhausted:
            raise NoSample(pointer, "it asks for too large a value", TOO_LARGE) from None

    def _mended(self, pointer: str, direction: Direction, draw: Draw, level: int) -> Any:
        """A value, written anew until nothing is wrong with it."""
        validator = self._schemas.at(pointer, direction)
        asking, start = partial(Asked, direction, self._schemas), {"$ref": f"#{quote(pointer)}"}
        effort, mending = Effort(), _Mending()
        for _ in range(_ROUNDS):
            pen = Pen(asking, draw, effort, mending.tries, mending.left_out)
            try:
                value = pen.value(start, Spot(level))
            except Contradiction as error:
                if not mending.give_up(error):
                    break
                continue
            problems = validator.problems(value)
            if not problems:
                return value
            effort.spend(len(problems))
            mending.learn(problems, pen.written)
        raise NoSample(pointer, mending.reason, mending.code)


class _Mending:
    """What was learned from values that did not fit."""

    def __init__(self) -> None:
        self.tries: dict[str, int] = {}
        self.left_out: set[str] = set()
        self.reason = ""
        self.code = NO_SAMPLE

    def give_up(self, error: Contradiction) -> bool:
        """Begin with the whole value anew, while there is hope."""
        self.reason = str(error)
        self.code = TOO_LARGE if isinstance(error, TooLarge) else NO_SAMPLE
        self._again("")
        return self.tries[""] <= _PATIENCE

    def learn(self, problems: Sequence[Problem], written: Collection[str]) -> None:
        """Write the places anew that were objected to; leave out what stays wrong."""
        first, self.code = problems[0], NO_SAMPLE
        self.reason = f"{first.pointer or 'the value'}: {first.message}"
        for at in {self._place(problem.pointer, written) for problem in problems}:
            self._again(at)

    def _again(self, at: str) -> None:
        self.tries[at] = self.tries.get(at, 0) + 1
        if self.tries[at] > _PATIENCE and at:
            self.left_out.add(at)

    def _place(self, at: str, written: Collection[str]) -> str:
        """The nearest place that was written as one and is not given up."""
        while at and (at not in written or at in self.left_out):
            at = pointers.parent(at)
        return at
