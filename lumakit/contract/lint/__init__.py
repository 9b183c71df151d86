"""What is wrong with a document and its pages: rules S1xx, each a function from a Dossier to Findings.

The published edition is criticised as it was transcribed, with its pages and without our additions; the corrected
edition as it is compiled. Knows no traffic: exchanges are judged by operations, stories by the checker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lumakit.contract.compile import compile_contract
from lumakit.contract.folder import Sources
from lumakit.contract.lint import coverage, examples, markup, pages, paths, readings, values, vocabularies, words
from lumakit.contract.lint.dossier import Dossier
from lumakit.errors import DocumentError
from lumakit.model import Edition, Finding

Rule = Callable[[Dossier], Iterator[Finding]]

_ROOMS = (pages, markup, paths, words, examples, values, coverage, vocabularies, readings)
RULES: dict[str, Rule] = {code: rule for room in _ROOMS for code, rule in room.RULES.items()}


def lint(sources: Sources, edition: Edition = Edition.CORRECTED) -> tuple[Finding, ...]:
    """Everything the rules have to say about one edition, gravest first, then in the order of the documents."""
    dossier = open_dossier(sources, edition)
    if dossier.is_empty:
        what = "the document describes nothing: no operation, no webhook, no schema"
        raise DocumentError(what, code="nothing_checked", where=f"{sources.entry.name}:1", hint="is `paths` filled in?")
    findings = [finding for rule in RULES.values() for finding in rule(dossier)]
    return tuple(sorted(findings, key=lambda each: (each.severity.rank, each.where, each.line or 0, each.code)))


def open_dossier(sources: Sources, edition: Edition) -> Dossier:
    """Lay together what the rules look at."""
    if edition is Edition.PUBLISHED:
        bare = replace(sources, additions=None, corrections=None, lifecycle=None)
        return Dossier(sources, compile_contract(bare, edition))
    return Dossier(replace(sources, pages=()), compile_contract(sources, edition))
