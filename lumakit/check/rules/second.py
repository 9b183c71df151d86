"""A rule on two judges (X230): openapi-core says of an exchange what we do not, or the other way round.

Knows what the other judge is known to see otherwise (`EXCEPTIONS`), as far as it can be told from what either says: of
that nothing is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lumakit.check.rules.rule import Over, Rule
from lumakit.check.scene import Scene
from lumakit.check.telling import Seen
from lumakit.check.verdict import Judged
from lumakit.contract import media
from lumakit.contract.operation import Operation
from lumakit.model import Finding, Request, Response, Severity

# Format, pattern, multipleOf: the other judge has none, another, or computes otherwise.
_KEYWORDS = re.compile(r'`(format|pattern|multipleOf)`|is not an? "|does not match|is not a multiple of|breaks on it')
# How a text is decoded, and how parameters and headers are read from one.
_DECODING = ("X202", "X205", "X207", "X213", "X216", "X220")
_STRUNG = ("deepObject", "spaceDelimited", "pipeDelimited", "matrix")
_NO_SIGN = ("InvalidParameter", "MissingRequiredParameter", "ParameterValidationError", "SecurityValidationError")


def judges_differ(scene: Scene, seen: Seen) -> Iterator[Judged]:
    """X230: one of the two judges has something against a message, and the other has nothing."""
    operation = seen.operation
    if scene.second is None or operation is None:
        return
    request = seen.exchange.request
    asked = scene.plain(request)
    if _is_asked(request) and not _is_strung(operation) and not _is_ranged(operation.content):
        ours = operation.check_request(request, seen.match.path_values)
        yield from _differing(scene, seen, operation, "request", ours, scene.second.request(asked))
    answer = operation.answer(seen.exchange.response.status)
    if answer and _is_asked(seen.exchange.response) and not _is_ranged(answer.content):
        theirs = scene.second.response(asked, seen.exchange.response)
        yield from _differing(
            scene, seen, operation, "response", operation.check_response(seen.exchange.response), theirs
        )


def _is_asked(message: Request | Response) -> bool:
    """True where both can read a body: of forms, and of an empty text, they are known to differ."""
    kind = media.essence(message.header("content-type") or "")
    return kind not in (media.FORM, media.MULTIPART) and not (media.is_text(kind) and not message.body)


def _is_strung(operation: Operation) -> bool:
    """True where a parameter is an object or a list strung together in a way that the two are known to read apart."""
    return any(
        each.style in _STRUNG or each.shape.is_object or not each.shape.types or len(each.shape.types) > 1
        for each in operation.parameters
    )


def _is_ranged(contents: Iterable[str]) -> bool:
    """True where a body is only documented by a range of types, which the other one does not decode."""
    return any("*" in each for each in contents)


def _differing(  # two verdicts, and what they are about
    scene: Scene, seen: Seen, operation: Operation, side: str, ours: tuple[Finding, ...], theirs: tuple[str, ...]
) -> Iterator[Judged]:
    errors = [each.message for each in ours if each.severity is Severity.ERROR]
    if bool(errors) == bool(theirs) or (all(_is_known(each) for each in ours) and all(map(_is_known_text, theirs))):
        return
    said = f"we say: {errors[0]}" if errors else f"openapi-core says: {theirs[0]}"
    what = f"of this {side} {said}; {'openapi-core' if errors else 'we'} have nothing against it"
    yield Judged(scene.finding("X230", operation.key, what, side), (seen.exchange.number,), side)


def _is_known(ours: Finding) -> bool:
    return ours.code in _DECODING or _is_known_text(ours.message)


def _is_known_text(said: str) -> bool:
    return bool(_KEYWORDS.search(said)) or said.startswith(_NO_SIGN)


RULES = (Rule(("X230",), Over.EXCHANGE, judges_differ),)
