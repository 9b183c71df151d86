"""What all tests share: how hypothesis draws."""

from __future__ import annotations

from hypothesis import settings

# A machine under load is no failure; a failure elsewhere can be drawn again from what it prints.
settings.register_profile("default", deadline=None, print_blob=True)
settings.load_profile("default")
