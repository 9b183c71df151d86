"""A verdict made whole: what of the contract was met, and what the traffic says of the corrections.

Puts together what other rooms count. Judges nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lumakit.check.corrections import Editions
from lumakit.check.coverage import coverage
from lumakit.check.evidence import evidence
from lumakit.check.verdict import Verdict
from lumakit.contract.compile import Contract
from lumakit.model import Edition


def whole(
    verdict: Verdict,
    contract: Contract,
    beside: Contract | None = None,
    *,
    base: str = "",
    unreachable: Mapping[str, str] | None = None,
) -> Verdict:
    """The verdict with coverage, and with corrections where both editions are at hand."""
    met = coverage(contract, verdict.traffic, verdict.stories, unreachable or {}, base=base)
    if beside is None:
        return replace(verdict, coverage=met)
    published, corrected = (beside, contract) if contract.edition is Edition.CORRECTED else (contract, beside)
    said = evidence(Editions(published, corrected), verdict.traffic, verdict.stories, base=base)
    return replace(verdict, coverage=met, corrections=said)
