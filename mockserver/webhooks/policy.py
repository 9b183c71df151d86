"""How webhooks are delivered, as a value: what counts as received, how long an attempt may take, when the next one is.

Knows no network and no clock. How a delivery says who it is, `lumakit.signing` knows.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lumakit.contract.reading import MAX_ATTEMPTS, MAX_TIMEOUT_S, RECEIVED, Webhook
from lumakit.errors import UsageError

LONGEST_WAIT_S = 24 * 3600.0  # what a receiver may ask for at most


@dataclass(frozen=True, slots=True)
class Policy:
    """When an attempt has succeeded, how long it may take, and how long to wait after each that has not."""

    success: tuple[str, ...] = ("2xx",)
    timeout_s: float = 15.0
    waits_s: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0)

    @property
    def attempts(self) -> int:
        """How many attempts there are."""
        return len(self.waits_s) + 1

    def takes(self, status: int) -> bool:
        """True for a status that counts as received."""
        return str(status) in self.success or f"{status // 100}xx" in self.success

    def wait_s(self, failed: int) -> float:
        """How long to wait after so many failed attempts."""
        return self.waits_s[failed - 1]

    @staticmethod
    def asked_s(retry_after: str) -> float:
        """How long a receiver asks to wait, in seconds: never less than none or more than a day."""
        try:
            asked = float(retry_after)
        except ValueError:  # a date, or nonsense: the mock's clock is not the receiver's
            return 0.0
        return min(max(asked, 0.0), LONGEST_WAIT_S) if math.isfinite(asked) else 0.0

    def __str__(self) -> str:
        waits = " ".join(map(_said, self.waits_s)) or "none"
        return f"success {' '.join(self.success)}, timeout {_said(self.timeout_s)}, waits {waits}"


USUAL = Policy()
_HOUR = 3600.0
POLICIES: Mapping[str, tuple[Policy, str]] = {
    "usual": (USUAL, "five attempts within a quarter of an hour"),
    "once": (Policy(timeout_s=10, waits_s=()), "one attempt, no other, as GitHub does"),
    "impatient": (Policy(("200",), 5, (0.1, 0.1, 0.1)), "only 200 will do; three more attempts at once, as Luma does"),
    "standard": (
        Policy(timeout_s=20, waits_s=(5, 300, 1800, *(hours * _HOUR for hours in (2, 5, 10, 14, 20, 24)))),
        "ten attempts over three days, as Standard Webhooks advises",
    ),
}
"""Policies by name, each with what it means."""


def parse(text: str) -> Policy:
    """Read `standard`, or `success 200, timeout 5, waits 1 5 30`; a name first and changes to it after that will do."""
    first, *rest = (part.split() for part in text.split(","))
    if len(first) == 1:
        policy = _named(first[0])
    else:
        policy, rest = USUAL, [first, *rest]
    for part in rest:
        policy = _changed(policy, part, text)
    return policy


def documented(hook: Webhook) -> Policy:
    """The policy that a provider's reading tells, where it tells one."""
    known: dict[str, Any] = {"success": hook.success, "timeout_s": hook.timeout_s, "waits_s": hook.waits_s}
    return replace(USUAL, **{name: value for name, value in known.items() if value is not None})


def _named(name: str) -> Policy:
    if name not in POLICIES:
        near = difflib.get_close_matches(name, POLICIES, n=1)
        raise _wrong(f"there is no delivery policy {name!r}", f"did you mean {near[0]}?" if near else _HINT)
    return POLICIES[name][0]


def _changed(policy: Policy, words: list[str], text: str) -> Policy:
    name, given = (words[0], words[1:]) if words else ("", [])
    if name == "success" and given and all(RECEIVED.fullmatch(each.lower()) for each in given):
        return replace(policy, success=tuple(each.lower() for each in given))
    numbers = [] if given == ["none"] else [_seconds(each, text) for each in given]
    if name == "timeout" and len(numbers) == 1 and 0 < numbers[0] <= MAX_TIMEOUT_S:
        return replace(policy, timeout_s=numbers[0])
    if name == "waits" and given and len(numbers) < MAX_ATTEMPTS:
        return replace(policy, waits_s=tuple(numbers))
    raise _wrong(f"{text!r} is no delivery policy: {' '.join(words)!r} cannot be read", _HINT)


def _seconds(text: str, whole: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 30 * LONGEST_WAIT_S:
        raise _wrong(f"{whole!r} is no delivery policy: {text!r} is no number of seconds", _HINT)
    return seconds


_HINT = f"one of {', '.join(POLICIES)}, or `success 2xx, timeout 15, waits 5 30 120`; `waits none` is one attempt"


def _said(seconds: float) -> str:
    """A number that is read back as it is: a general form would round 1234567."""
    return str(int(seconds)) if seconds == int(seconds) else repr(seconds)


def _wrong(what: str, hint: str) -> UsageError:
    return UsageError(what, code="webhook_policy", hint=hint)
