"""How far a webhook is from somebody's own request: a mock may be told of something by a mock, by a mock, and so on.

Deliveries say it in their User-Agent, which every client has; a request that was none of ours is at no distance.
"""

from __future__ import annotations

import re

from lumakit.model import Request

DEEPEST = 3  # so often a delivery may lead to the next one
TROUBLE = "a loop: a webhook has led to a webhook, and so on, without anybody else's request in between"
_AGENT = re.compile(r"lumakit-mock \(depth ([0-9]{1,4})\)")


def agent(depth: int) -> str:
    """What a delivery calls itself."""
    return f"lumakit-mock (depth {depth})"


def depth_behind(request: Request) -> int:
    """The distance of what a request leads to."""
    found = _AGENT.fullmatch(request.header("user-agent") or "")
    return int(found[1]) + 1 if found else 1
