"""Rules on our own part (S160, S161, S191): the lifecycle against the document, and overlays without their reasons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lumakit import catalogue
from lumakit.contract import pointer as pointers
from lumakit.contract.compile import compile_contract
from lumakit.contract.lint.dossier import Dossier
from lumakit.contract.lint.tasks import constants
from lumakit.contract.reading import Reading
from lumakit.model import Edition, Finding


def words_differ(dossier: Dossier) -> Iterator[Finding]:
    """S160: document and lifecycle know different words."""
    reading = dossier.contract.reading
    listed = _listed_words(dossier, reading) if reading else {}
    if not reading or not listed:
        return
    for word in sorted(listed.keys() - reading.lifecycle.words.keys()):
        message = f"the document lists the state {word!r}, the lifecycle does not know it"
        yield dossier.finding("S160", message, listed[word], word)
    for word in sorted(reading.lifecycle.words.keys() - listed.keys()):
        message = f"the lifecycle has the word {word!r}, no schema lists it"
        yield _in_lifecycle(dossier, "S160", message, f"/words{pointers.join(word)}", word)


def _listed_words(dossier: Dossier, reading: Reading) -> dict[str, str]:
    """Every word that a schema lists for a state, with the place that lists it."""
    places = {pointer for fact in reading.lens.facts if fact.name == "status" for pointer, _ in fact.places}
    listed: dict[str, str] = {}
    for each in dossier.properties:
        if any(place.endswith(pointers.join(each.name)) for place in places):
            listed |= dict.fromkeys(constants(each), each.pointer)
    return listed


def place_nowhere(dossier: Dossier) -> Iterator[Finding]:
    """S161: a fact is looked for where no answer can have it."""
    reading = dossier.contract.reading
    places = [
        (fact.name, key, pointer)
        for fact in (reading.lens.facts if reading else ())
        for key, pairs in (("at", fact.places), ("present", fact.present))
        for pointer, _ in pairs
    ]
    missed = _unreached(dossier, places)
    for each in _unreached(_published(dossier), missed) if missed else ():
        message = f"the fact {each[0]} is looked for at {each[2]}, which no answer has"
        yield _in_lifecycle(dossier, "S161", message, f"/facts{pointers.join(*each)}", each[0])


def _published(dossier: Dossier) -> Dossier:
    """The same reading serves the published edition, whose answers may have the place."""
    return Dossier(dossier.sources, compile_contract(dossier.sources, Edition.PUBLISHED))


def _unreached(dossier: Dossier, places: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    schemas = [shown.body.schema for shown in dossier.answers() if shown.body.schema]
    return [each for each in places if not any(dossier.reaches(schema, each[2]) for schema in schemas)]


def _in_lifecycle(dossier: Dossier, code: str, message: str, pointer: str, subject: str) -> Finding:
    document = dossier.sources.lifecycle
    return catalogue.finding(
        code,
        where=document.name if document else dossier.sources.entry.name,
        line=document.line(pointer) if document else None,
        message=message,
        pointer=pointer,
        edition=dossier.contract.edition,
        subject=subject,
    )


def action_without_reason(dossier: Dossier) -> Iterator[Finding]:
    """S191: an overlay action has no id or no evidence."""
    for action in dossier.contract.actions:
        missing = [
            key for key, value in (("x-lumakit-id", action.id), ("x-lumakit-evidence", action.evidence)) if not value
        ]
        if missing:
            yield catalogue.finding(
                "S191",
                where=action.overlay,
                line=action.line,
                message=f"the action on {action.target} has no {' and no '.join(missing)}",
                pointer=action.pointer,
                edition=dossier.contract.edition,
                basis=action.basis,
                subject=action.id or action.target,
            )


RULES: dict[str, Any] = {
    "S160": words_differ,
    "S161": place_nowhere,
    "S191": action_without_reason,
}
