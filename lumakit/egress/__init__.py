"""The only way out: a request leaves this process through here, or not at all.

Knows where requests may go (`Policy`), what an address is, and how to dial exactly the address that was looked at.
Knows no provider, no webhook and no store: what is sent, when, and what becomes of it is the caller's.
"""

from __future__ import annotations

from lumakit.egress.outcome import Blocked, Failed
from lumakit.egress.policy import Policy
from lumakit.egress.sender import Egress, Limits
from lumakit.egress.target import request_to

__all__ = ["Blocked", "Egress", "Failed", "Limits", "Policy", "request_to"]
