"""For the tests of other projects: mocks that catch what an application sends, a clock, a receiver, and a verdict.

The plugin (`lumakit.pytest_plugin`) makes fixtures of what stands here; without pytest it can be used by itself. What
is named here is imported when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lumakit.pytest.adapters import answer_responses, requests_adapter
    from lumakit.pytest.choices import Choices
    from lumakit.pytest.inbox import Arrived, Inbox
    from lumakit.pytest.mock import Mock
    from lumakit.pytest.mocks import Mocks
    from lumakit.pytest.outcomes import Ending, Trouble, endings, troubles
    from lumakit.pytest.server import Server
    from lumakit.pytest.waiting import Waiting

_HOMES = {
    "Arrived": "inbox",
    "Choices": "choices",
    "Ending": "outcomes",
    "Inbox": "inbox",
    "Mock": "mock",
    "Mocks": "mocks",
    "Server": "server",
    "Trouble": "outcomes",
    "Waiting": "waiting",
    "answer_responses": "adapters",
    "endings": "outcomes",
    "requests_adapter": "adapters",
    "troubles": "outcomes",
}

__all__ = [
    "Arrived",
    "Choices",
    "Ending",
    "Inbox",
    "Mock",
    "Mocks",
    "Server",
    "Trouble",
    "Waiting",
    "answer_responses",
    "endings",
    "requests_adapter",
    "troubles",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'lumakit.pytest' has no attribute {name!r}")
    return getattr(importlib.import_module(f"lumakit.pytest.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
