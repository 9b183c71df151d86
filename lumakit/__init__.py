"""lumakit: contract testing and mock servers for asynchronous, third-party, paid HTTP APIs.

The public face. Everything here is imported when it is first asked for, so that one room never wakes the others.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lumakit import webhooks
    from lumakit.call_errors import (
        Busy,
        CallError,
        ContractBroken,
        GivenUp,
        InvalidRequest,
        KeyRefused,
        NotReady,
        OutOfCredits,
        RequestRefused,
        ResultBlocked,
        ResultGone,
        TaskFailed,
        Unavailable,
        Uncertain,
        UnknownTask,
        Unreachable,
        WaitAndSee,
        WaitTimeout,
    )
    from lumakit.client import AsyncClient, Client
    from lumakit.contract.compile import Contract
    from lumakit.contract.entrance import lint, load
    from lumakit.contract.second_opinion import SecondOpinion
    from lumakit.errors import DocumentError, InputError, LumakitError, OverlayError, SurroundingsError, UsageError
    from lumakit.flow.patience import Patience
    from lumakit.flow.task import Task, Video
    from lumakit.model import Basis, Edition, Finding, Phase, Request, Response, Severity

__version__ = "0.1.0"

_HOMES = {
    "AsyncClient": "lumakit.client",
    "Basis": "lumakit.model",
    "Busy": "lumakit.call_errors",
    "CallError": "lumakit.call_errors",
    "Client": "lumakit.client",
    "Contract": "lumakit.contract.compile",
    "ContractBroken": "lumakit.call_errors",
    "DocumentError": "lumakit.errors",
    "Edition": "lumakit.model",
    "Finding": "lumakit.model",
    "GivenUp": "lumakit.call_errors",
    "InputError": "lumakit.errors",
    "InvalidRequest": "lumakit.call_errors",
    "KeyRefused": "lumakit.call_errors",
    "LumakitError": "lumakit.errors",
    "NotReady": "lumakit.call_errors",
    "OutOfCredits": "lumakit.call_errors",
    "OverlayError": "lumakit.errors",
    "Patience": "lumakit.flow.patience",
    "Phase": "lumakit.model",
    "Request": "lumakit.model",
    "RequestRefused": "lumakit.call_errors",
    "Response": "lumakit.model",
    "ResultBlocked": "lumakit.call_errors",
    "ResultGone": "lumakit.call_errors",
    "SecondOpinion": "lumakit.contract.second_opinion",
    "Severity": "lumakit.model",
    "SurroundingsError": "lumakit.errors",
    "Task": "lumakit.flow.task",
    "TaskFailed": "lumakit.call_errors",
    "Unavailable": "lumakit.call_errors",
    "Uncertain": "lumakit.call_errors",
    "UnknownTask": "lumakit.call_errors",
    "Unreachable": "lumakit.call_errors",
    "UsageError": "lumakit.errors",
    "Video": "lumakit.flow.task",
    "WaitAndSee": "lumakit.call_errors",
    "WaitTimeout": "lumakit.call_errors",
    "lint": "lumakit.contract.entrance",
    "load": "lumakit.contract.entrance",
}

__all__ = [
    "AsyncClient",
    "Basis",
    "Busy",
    "CallError",
    "Client",
    "Contract",
    "ContractBroken",
    "DocumentError",
    "Edition",
    "Finding",
    "GivenUp",
    "InputError",
    "InvalidRequest",
    "KeyRefused",
    "LumakitError",
    "NotReady",
    "OutOfCredits",
    "OverlayError",
    "Patience",
    "Phase",
    "Request",
    "RequestRefused",
    "Response",
    "ResultBlocked",
    "ResultGone",
    "SecondOpinion",
    "Severity",
    "SurroundingsError",
    "Task",
    "TaskFailed",
    "Unavailable",
    "Uncertain",
    "UnknownTask",
    "Unreachable",
    "UsageError",
    "Video",
    "WaitAndSee",
    "WaitTimeout",
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
