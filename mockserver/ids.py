"""Ids in the form a provider gives them: like its example, and drawn so that they can be repeated.

Knows shapes of ids, not providers.
"""

from __future__ import annotations

import re
import string

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


def like(example: str, draw: Draw) -> str:
    """An id that looks like an example: a UUID, a number, or a text with the same prefix."""
    digest = draw.digest("id")
    if found := _UUID.search(example):
        return example[: found.start()] + _uuid(digest) + example[found.end() :]
    if not example:
        return _uuid(digest)
    words = _PREFIX.match(example)
    prefix = words[0] if words else ""
    own = example[len(prefix) :]
    letters = next((kind for kind in _KINDS if set(own) <= set(kind)), string.ascii_letters + string.digits)
    return prefix + _spelled(int.from_bytes(digest), letters, max(len(own), _LEAST))


def _uuid(digest: bytes) -> str:
    """A UUID of version 4, but for the chance."""
    text = f"{digest[:16].hex()}"
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
