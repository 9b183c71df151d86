"""What all tests share: how hypothesis draws, and what the garbage collector need not walk through."""

from __future__ import annotations

import gc
from collections.abc import Generator

import pytest
from hypothesis import settings

# A machine under load is no failure; a failure elsewhere can be drawn again from what it prints.
settings.register_profile("default", deadline=None, print_blob=True)
settings.load_profile("default")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected, a million objects and more, stays to the end: walking through it took a fifth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
