"""The only way out: a request leaves this process through here, or not at all.

Knows where requests may go (`Policy`), what an address is, and how to dial exactly the address that was looked at.
Knows no provider, no webhook and no store: what is sent, when, and what becomes of it is the caller's. What dials is
imported when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from lumakit.egress.outcome import Blocked, Failed
from lumakit.egress.policy import Policy
from lumakit.egress.target import request_to

if TYPE_CHECKING:
    from lumakit.egress.sender import Egress, Limits

__all__ = ["Blocked", "Egress", "Failed", "Limits", "Policy", "request_to"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'lumakit.egress' has no attribute {name!r}")
    return getattr(importlib.import_module("lumakit.egress.sender"), name)
