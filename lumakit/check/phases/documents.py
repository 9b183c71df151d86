"""The phase `documents`: what is wrong with the documents and the published pages themselves. Asks nobody."""

from __future__ import annotations

from collections.abc import Iterable

from lumakit.check.phases.phase import Bench, Choices, Phase
from lumakit.check.plan import Planned
from lumakit.check.requests import Maker
from lumakit.check.verdict import Judged
from lumakit.contract.compile import Contract
from lumakit.contract.lint import lint
from lumakit.report import summary


def _plan(_maker: Maker, _choices: Choices) -> Iterable[Planned]:
    return ()


def _run(bench: Bench) -> None:
    if bench.choices.sources is not None:
        found = lint(bench.choices.sources, bench.contract.edition)
        bench.notes.judged += [Judged(finding) for finding in found]
        bench.notes.say(summary(found))


def _idle(_contract: Contract, choices: Choices) -> str:
    return "" if choices.sources else "there is no document to look at"


DOCUMENTS = Phase("documents", "what is wrong with the documents themselves", False, _plan, _run, _idle)
