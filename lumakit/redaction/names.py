"""The names that secrets stand under, in headers, queries, cookies, forms and JSON. Knows no values."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from functools import lru_cache

# Secret wherever they stand in a name.
MARKERS = (
    "token secret passw passphrase credential signature cookie session authorization apikey api_key api-key "
    "accesskey access_key access-key privatekey private_key private-key"
).split()
# Secret at the end of a name: a keyframe and an author are none.
ENDINGS = ("key", "keys", "auth", "sig", "pwd", "pass", "jwt", "bearer")
# Secret as a whole name.
WHOLE = frozenset(("sign", "sid", "otp", "totp", "pin"))

# Counts and labels that a marker would hide.
_ORDINARY = frozenset(
    "cached_tokens completion_tokens idempotency_key input_tokens max_completion_tokens max_new_tokens "
    "max_output_tokens max_tokens output_tokens prompt_tokens reasoning_tokens token_count total_tokens".split()
)
_NUMBERING = "0123456789_-.[] "

# A name in a text that cannot be taken apart: its end with what stands between a name and a value, or letters escaped.
_ENDS = tuple((word, re.compile(word + "[^a-z:=>]*+[:=>]")) for word in (*ENDINGS, *sorted(WHOLE)))
_LETTERS = re.compile(r"\\u00[4-7]|%[4-7][0-9a-f]")


class Verdict(enum.Enum):
    """What becomes of a header: shown, looked through, its cookies or its first cookie hidden, or hidden."""

    SHOW = "show"
    READ = "read"
    CRUMBS = "crumbs"
    CRUMB = "crumb"
    HIDE = "hide"


_COOKIES = {"cookie": Verdict.CRUMBS, "set-cookie": Verdict.CRUMB}
_SHOWN = frozenset(
    "accept accept-charset accept-encoding accept-language accept-ranges age allow cache-control connection "
    "content-disposition content-encoding content-language content-length content-type date etag expect expires host "
    "idempotency-key if-match if-modified-since if-none-match if-range if-unmodified-since keep-alive last-modified "
    "mock-reason prefer preference-applied pragma range retry-after server te trailer transfer-encoding upgrade "
    "user-agent vary x-content-type-options x-request-id".split()
)


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """True for a name that a secret usually stands under."""
    lower = name.lower()
    if lower.replace("-", "_") in _ORDINARY:
        return False
    bare = lower.rstrip(_NUMBERING)
    return any(marker in lower for marker in MARKERS) or bare.endswith(ENDINGS) or bare in WHOLE


@lru_cache(maxsize=4096)
def verdict(header: str, told: frozenset[str]) -> Verdict:
    """What becomes of the values of a header; `told` are further secret names, in lower case."""
    lower = header.lower()
    if lower in _COOKIES:
        return _COOKIES[lower]
    if lower in told:
        return Verdict.HIDE
    if lower in _SHOWN:
        return Verdict.SHOW
    return Verdict.HIDE if is_secret(lower) else Verdict.READ


def leaves_trace(text: str, told: Iterable[str]) -> bool:
    """True for a text that cannot be taken apart and shows a sign of a secret name."""
    lower = text.lower()
    if any(marker in lower for marker in MARKERS) or any(name in lower for name in told if name):
        return True
    return bool(_LETTERS.search(lower)) or any(word in lower and end.search(lower) for word, end in _ENDS)
