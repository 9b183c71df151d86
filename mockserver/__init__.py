"""A stateful mock server for asynchronous task APIs, driven by their contracts.

The public face. What it names is imported when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lumakit.clock import SystemClock, VirtualClock
    from mockserver.faults.fault import Fault
    from mockserver.live import LiveServer
    from mockserver.provider import MockProvider
    from mockserver.server import MockServer
    from mockserver.webhooks.habits import habits

_HOMES = {
    "Fault": "mockserver.faults.fault",
    "LiveServer": "mockserver.live",
    "MockProvider": "mockserver.provider",
    "MockServer": "mockserver.server",
    "SystemClock": "lumakit.clock",
    "VirtualClock": "lumakit.clock",
    "habits": "mockserver.webhooks.habits",
}

__all__ = ["Fault", "LiveServer", "MockProvider", "MockServer", "SystemClock", "VirtualClock", "habits"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mockserver' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
