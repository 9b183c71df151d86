"""Ids in the form a provider gives them: like its example, and drawn so that they can be repeated.

Knows shapes of ids, not providers.
"""

from __future__ import annotations

import re
import string
from functools import lru_cache
from typing import NamedTuple

from lumakit.draws import Draw

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,15}[-_:/](?:[A-Za-z0-9.]{1,12}[-_:/])*")  # `cgt-`, `sora-2:task_`
_KINDS = (
    string.digits,
    "0123456789abcdef",
    string.ascii_lowercase + string.digits,
    string.ascii_uppercase + string.digits,
)
_LEAST = 12  # characters that are drawn: fewer would soon meet again


class _Form(NamedTuple):
    """What stands before and behind what is drawn, and the letters and the length of that; no letters for a UUID."""

    before: str
    behind: str
    letters: str = ""
    length: int = 0


def like(example: str, draw: Draw) -> str:
    """An id that looks like an example: a UUID, a number, or a text with the same prefix."""
    before, behind, letters, length = _form(example)
    digest = draw.digest("id")
    return before + (_spelled(int.from_bytes(digest), letters, length) if letters else _uuid(digest)) + behind


@lru_cache(maxsize=256)
def _form(example: str) -> _Form:
    if found := _UUID.search(example):
        return _Form(example[: found.start()], example[found.end() :])
    if not example:
        return _Form("", "")
    words = _PREFIX.match(example)
    prefix = words[0] if words else ""
    own = example[len(prefix) :]
    letters = next((kind for kind in _KINDS if set(own) <= set(kind)), string.ascii_letters + string.digits)
    return _Form(prefix, "", letters, max(len(own), _LEAST))


def _uuid(digest: bytes) -> str:
    """A UUID of version 4, but for the chance."""
    text = digest[:16].hex()
    variant = "89ab"[digest[8] >> 6]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def _spelled(number: int, letters: str, length: int) -> str:
    """A number in the letters, the first one never a zero."""
    number, first = divmod(number, len(letters) - 1)
    spelled = [letters[first + 1]]
    for _ in range(length - 1):
        number, place = divmod(number, len(letters))
        spelled.append(letters[place])
    return "".join(spelled)
