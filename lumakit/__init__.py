"""lumakit: contract testing and mock servers for asynchronous, third-party, paid HTTP APIs.

The public face. Everything here is imported when it is first asked for, so that one room never wakes the others.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lumakit import webhooks
    from lumakit.contract.compile import Contract
    from lumakit.contract.entrance import lint, load
    from lumakit.contract.second_opinion import SecondOpinion
    from lumakit.errors import DocumentError, InputError, LumakitError, OverlayError, SurroundingsError, UsageError
    from lumakit.model import Basis, Edition, Finding, Phase, Request, Response, Severity

__version__ = "0.1.0"

_HOMES = {
    "Basis": "lumakit.model",
    "Contract": "lumakit.contract.compile",
    "DocumentError": "lumakit.errors",
    "Edition": "lumakit.model",
    "Finding": "lumakit.model",
    "InputError": "lumakit.errors",
    "LumakitError": "lumakit.errors",
    "OverlayError": "lumakit.errors",
    "Phase": "lumakit.model",
    "Request": "lumakit.model",
    "Response": "lumakit.model",
    "SecondOpinion": "lumakit.contract.second_opinion",
    "Severity": "lumakit.model",
    "SurroundingsError": "lumakit.errors",
    "UsageError": "lumakit.errors",
    "lint": "lumakit.contract.entrance",
    "load": "lumakit.contract.entrance",
}

__all__ = [
    "Basis",
    "Contract",
    "DocumentError",
    "Edition",
    "Finding",
    "InputError",
    "LumakitError",
    "OverlayError",
    "Phase",
    "Request",
    "Response",
    "SecondOpinion",
    "Severity",
    "SurroundingsError",
    "UsageError",
    "lint",
    "load",
    "webhooks",
]


_ROOMS = ("webhooks",)


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"lumakit.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'lumakit' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
