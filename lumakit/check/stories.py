"""Traffic told as stories: what was seen of each task, by submits, extends, fetches, batches and webhooks, in order.

Knows where ids and facts stand, because the contract says so. Judges nothing.
"""

from __future__ import annotations

from lumakit.check.scene import Scene
from lumakit.check.traffic import Traffic
from lumakit.check.verdict import Story
from lumakit.contract.compile import Contract


def stories(contract: Contract, traffic: Traffic) -> tuple[Story, ...]:
    """Every task that was seen, in the order in which they were."""
    return tuple(tale.story for tale in Scene(contract, traffic).tales)
