"""Secrets recognised by themselves: by their form, or because they were told. Knows no names of headers or members."""

from __future__ import annotations

import base64
import json
import re
import string
from collections.abc import Callable, Iterable
from urllib.parse import unquote

from lumakit.redaction.names import is_secret

SCHEMES = ("Bearer", "BEARER", "Basic", "BASIC")
SHORTEST_TOLD = 6  # a shorter secret would be found inside ordinary words

_MASKED = re.compile(r"<hidden: [0-9]+ [a-z ]+>")
_ESCAPED = '\\"/\b\f\n\r\t'
_SLASHES = r"\\{1,15}"  # as many as JSON in a text, in a text, in a text gives
_NOTHING = "(?!)"
_NAME_LETTERS = f"{string.ascii_letters}{string.digits}_%.[]-"  # those of ASCII that the last rule below takes
_FEW, _LONGEST_NAME = 32, 64
_URL_SAFE = str.maketrans("+/", "-_")


def mask(value: str) -> str:
    """What stands in place of a secret: its length, and nothing of it."""
    if not value or (value[0] == "<" and _MASKED.fullmatch(value)):
        return value
    return f"<hidden: {len(value)} characters>" if len(value) > 1 else "<hidden: 1 character>"


def unreadable(body: bytes) -> bytes:
    """What stands in place of a body that may hold a secret and cannot be taken apart."""
    if body.startswith(b"<hidden: ") and _MASKED.fullmatch(body.decode("latin-1")):
        return body
    return f"<hidden: {len(body)} bytes that could not be read>".encode()


# --- by their form ---------------------------------------------------------------------------------------------------


def _all(found: re.Match[str]) -> str:
    return mask(found.group())


def _after_first(found: re.Match[str]) -> str:
    return found[1] + mask(found[2])


def _assigned(found: re.Match[str]) -> str:
    return found[1] + (mask(found[2]) if is_secret(unquote(found[1][:-1])) else found[2])


# A rule is tried only where its sign is in the text: looking for a sign costs nearly nothing.
_RULES: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    ("eyJ", re.compile(r"(?<![\w-])eyJ[\w-]{5,}+\.[\w-]++(?:\.[\w-]*+)*+"), _all),
    ("sk-", re.compile(r"(?<![A-Za-z0-9])sk-[\w-]{8,}+"), _all),
    ("whsec_", re.compile(r"whsec_[\w+/=-]++"), _all),
    (
        "B",
        re.compile(rf"\b((?:{'|'.join(SCHEMES)})\s++)(?=[^\s\"\\]*[0-9]|[^\s\"\\]{{20}})([\w.~+/=-]{{8,}}+)"),
        _after_first,
    ),
    ("@", re.compile(r"(://)([^/\s\"'<>@?#\\]++)(?=@)"), _after_first),
    ("=", re.compile(r"(?<![\w%.\[\]-])([\w%.\[\]-]++=)([^&\s\"'<>\\;,]++)"), _assigned),
)


def hide_by_form(text: str) -> str:
    """A text without what looks like a secret wherever it stands."""
    for sign, pattern, replaced in _RULES:
        if sign in text:
            text = pattern.sub(replaced, text)
    return text


def is_plain(text: str) -> bool:
    """True where no rule above can find anything; the rarest signs are looked for first."""
    if "@" in text or ("B" in text and any(scheme in text for scheme in SCHEMES)) or ("=" in text and _assigns(text)):
        return False
    return not (("-" in text and "sk-" in text) or "whsec_" in text or ("J" in text and "eyJ" in text))


def _assigns(text: str) -> bool:
    """True where a secret may stand behind `name=`: not in an ordinary address or formula."""
    if text.count("=") > _FEW or "%" in text:
        return True
    *before, _ = text.split("=")
    for part in before:
        name = part[len(part.rstrip(_NAME_LETTERS)) :]
        if len(name) > _LONGEST_NAME or not part.isascii() or is_secret(name):
            return True
    return False


# --- because they were told ------------------------------------------------------------------------------------------


class Told:
    """Secrets that were told: found raw, escaped, percent-encoded, in base64, and in any mixture of these."""

    def __init__(self, secrets: Iterable[str]) -> None:
        long_enough = [secret for secret in secrets if len(secret) >= SHORTEST_TOLD]
        forms = {form for secret in long_enough for form in (secret, *_in_base64(secret))}
        longest_first = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_any_spelling, longest_first)) or _NOTHING)
        exact = all(form.isascii() and " " not in form for form in forms)
        self._signs = ("%", "\\", *longest_first) if exact else ("",)

    def absent(self, text: str) -> bool:
        """True where none of them is in a text; a quick look, that says no when it cannot tell."""
        for sign in self._signs:  # noqa: SIM110  # twice as fast as any() with a generator, and on every request
            if sign in text:
                return False
        return True

    def hide(self, text: str) -> str:
        """A text without them."""
        return text if self.absent(text) else self._pattern.sub(_all, text)


def _in_base64(secret: str) -> Iterable[str]:
    """The characters that a secret always gives in base64, wherever it stands in what is encoded."""
    raw = secret.encode("utf-8", "surrogatepass")
    for before in range(3):
        first, end = -(-8 * before // 6), 8 * (before + len(raw)) // 6
        text = base64.b64encode(bytes(before) + raw).decode()[first:end]
        yield from (text, text.translate(_URL_SAFE))


def _any_spelling(secret: str) -> str:
    return "".join(map(_spellings, secret))


def _spellings(character: str) -> str:
    raw = character.encode("utf-8", "surrogatepass")
    units = character.encode("utf-16-be", "surrogatepass").hex()
    spellings = [
        re.escape(character),
        "(?i:" + "".join(f"%(?:25){{0,3}}{byte:02x}" for byte in raw) + ")",
        "(?i:" + "".join(rf"{_SLASHES}u{units[at : at + 4]}" for at in range(0, len(units), 4)) + ")",
    ]
    if character in _ESCAPED:
        spellings.append(_SLASHES + re.escape(json.dumps(character)[1:-1].removeprefix("\\")))
    if character == " ":
        spellings.append(r"\+")
    if not character.isascii():
        spellings.append(re.escape(raw.decode("latin-1")))
    return f"(?:{'|'.join(spellings)})"
