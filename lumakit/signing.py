"""How a delivery says who it is: what a sender writes into its headers, and what a receiver holds against it.

Both sides are here, so that what one writes the other can read. Knows no clock, no provider and no network: bodies,
ids and times are given to it. A secret is never shown, and never part of an error.
"""

from __future__ import annotations

import base64
import binascii
import enum
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TypeVar

from lumakit.errors import UsageError
from lumakit.model import Headers

MAX_SECRET_BYTES = 10_000
MAX_SECRETS = 8
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}")
_VISIBLE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_SECONDS = re.compile(r"[0-9]{1,12}")
_PREFIX = "whsec_"
_TAKEN = frozenset(
    "accept-encoding connection content-length content-type expect host keep-alive te trailer transfer-encoding "
    "upgrade user-agent".split()
)
Choice = TypeVar("Choice", bound=enum.StrEnum)
_MAX_SIGNATURES = 64
_DEFAULT_HEADERS = {"echo": "x-webhook-secret", "hmac": "x-webhook-signature"}


class Kind(enum.StrEnum):
    """The ways to say who one is."""

    NONE = "none"
    ECHO = "echo"
    HMAC = "hmac"
    STANDARD = "standard"


class Encoding(enum.StrEnum):
    """How the bytes of an HMAC become text."""

    HEX = "hex"
    BASE64 = "base64"


class Key(enum.StrEnum):
    """How a secret becomes the key of an HMAC."""

    RAW = "raw"
    DIGEST = "sha256-raw-digest"
    HEX_DIGEST = "sha256-hex"


@dataclass(frozen=True, slots=True)
class Signing:
    """One way to sign. Of several secrets, the standard way uses each, the others the first; any one verifies."""

    kind: Kind = Kind.NONE
    header: str = ""
    prefix: str = ""
    encoding: Encoding = Encoding.HEX
    key: Key = Key.RAW
    timestamp: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if not self.header:
            object.__setattr__(self, "header", _DEFAULT_HEADERS.get(self.kind, ""))
        for name in (self.header, self.timestamp):
            if name.lower() in _TAKEN:
                raise _bad(f"{name} says something else already", "header=x-webhook-signature")
            if name and not _TOKEN.fullmatch(name):
                raise _bad("the name of a header is made of letters, digits and dashes", "header=x-webhook-signature")
        if self.prefix and not _VISIBLE.fullmatch(self.prefix):
            raise _bad("the prefix of a signature is visible ASCII", "prefix=sha256=")
        if self.timestamp and self.timestamp.lower() == self.header.lower():
            raise _bad("the signature and its timestamp need a header each", "timestamp=x-webhook-timestamp")
        if len(self.secrets) > MAX_SECRETS:
            raise _bad_secret(f"{len(self.secrets)} secrets at once are too many", f"at most {MAX_SECRETS}")
        for secret in self.secrets:
            _check_secret(self.kind, secret)

    @classmethod
    def parse(cls, given: str | Mapping[str, object], secrets: str | Sequence[str] = ()) -> Signing:
        """Read it from `hmac header=X-Signature prefix=sha256=`, or from the same names in a mapping with `kind`."""
        named = _words(given) if isinstance(given, str) else dict(given)
        unknown = sorted(str(name) for name in named if name not in _NAMES)
        if unknown:
            raise _bad(f"signing knows no {unknown[0][:80]!r}", f"one of {', '.join(_NAMES)}")
        own = _secrets(named.pop("secrets", ()))
        texts = {name: _text(name, value) for name, value in named.items()}
        return cls(
            kind=_member(Kind, "kind", texts.pop("kind", Kind.NONE)),
            encoding=_member(Encoding, "encoding", texts.pop("encoding", Encoding.HEX)),
            key=_member(Key, "key", texts.pop("key", Key.RAW)),
            secrets=own + _secrets(secrets),
            **texts,
        )

    def keyed(self, *secrets: str) -> Signing:
        """The same way to sign, with these secrets: the newest first."""
        return replace(self, secrets=secrets)

    def headers(self, body: bytes, *, id: str, at_s: int) -> Headers:  # noqa: A002 - it is the delivery's
        """What goes out with a body; nothing that needs a secret where there is none."""
        if self.kind is Kind.STANDARD:
            return self._standard_headers(body, id, at_s)
        if self.kind is Kind.NONE or not self.secrets:
            return ()
        if self.kind is Kind.ECHO:
            return ((self.header, self.secrets[0]),)
        stamp = str(at_s) if self.timestamp else ""
        signed = (self.header, _mac(self, self.secrets[0], body, stamp))
        return (signed, (self.timestamp, stamp)) if self.timestamp else (signed,)

    def _standard_headers(self, body: bytes, id: str, at_s: int) -> Headers:  # noqa: A002
        if not _VISIBLE.fullmatch(id):
            raise _bad("the id of a delivery is visible ASCII", "msg_1")
        told: Headers = ((ID, id), (TIMESTAMP, str(at_s)))
        if not self.secrets:
            return told
        signatures = (_standard_signature(secret, id, str(at_s), body) for secret in self.secrets)
        return (*told, (SIGNATURE, " ".join(signatures)))


def verify(signing: Signing, headers: Headers, body: bytes, *, now_s: float, tolerance_s: float = 300) -> str:
    """An empty string when the delivery is whose it says it is; otherwise why not, in plain words."""
    if signing.kind is Kind.NONE:
        return ""
    if not signing.secrets:
        return "there is no secret to check it with"
    try:
        _judge(signing, headers, body, now_s, tolerance_s)
    except _Refused as refusal:
        return str(refusal)
    return ""


class _Refused(Exception):
    """A delivery that is not believed."""


def _judge(signing: Signing, headers: Headers, body: bytes, now_s: float, tolerance_s: float) -> None:
    if signing.kind is Kind.STANDARD:
        _judge_standard(signing, headers, body, now_s, tolerance_s)
        return
    given = _only(headers, signing.header)
    if signing.kind is Kind.ECHO:
        _demand(_any_same([given], signing.secrets), f"{signing.header} is not the secret")
        return
    stamp = _fresh(headers, signing.timestamp, now_s, tolerance_s) if signing.timestamp else ""
    _demand(given.startswith(signing.prefix), f"{signing.header} does not begin with {signing.prefix}")
    expected = [_mac(signing, secret, body, stamp) for secret in signing.secrets]
    _demand(_any_same([given], expected), f"{signing.header} does not fit the body and the secret")


def _judge_standard(signing: Signing, headers: Headers, body: bytes, now_s: float, tolerance_s: float) -> None:
    message_id = _only(headers, ID)
    given = _only(headers, SIGNATURE).split(" ")
    stamp = _fresh(headers, TIMESTAMP, now_s, tolerance_s)
    known = [text for text in given[:_MAX_SIGNATURES] if text.startswith("v1,")]
    _demand(known, f"{SIGNATURE} has no signature of version v1")
    expected = [_standard_signature(secret, message_id, stamp, body) for secret in signing.secrets]
    _demand(_any_same(known, expected), f"{SIGNATURE} does not fit the id, the time, the body and the secret")


def _only(headers: Headers, name: str) -> str:
    """The value of a header that must be there once."""
    values = [value for key, value in headers if key.lower() == name.lower()]
    _demand(values and values[0], f"there is no {name}")
    _demand(len(values) == 1, f"there is more than one {name}")
    return values[0]


def _fresh(headers: Headers, name: str, now_s: float, tolerance_s: float) -> str:
    """The time of a delivery as it was written, when it is near enough to now."""
    stamp = _only(headers, name)
    _demand(_SECONDS.fullmatch(stamp), f"{name} is no time in seconds")
    away_s = now_s - int(stamp)
    _demand(away_s <= tolerance_s, f"{name} is {away_s:.0f} s old, and {tolerance_s:g} s are allowed")
    _demand(-away_s <= tolerance_s, f"{name} is {-away_s:.0f} s ahead, and {tolerance_s:g} s are allowed")
    return stamp


def _demand(truth: object, otherwise: str) -> None:
    if not truth:
        raise _Refused(otherwise)


def _any_same(given: Iterable[str], expected: Sequence[str]) -> bool:
    """Compared in a time that tells nothing of where they differ, nor of which are the same."""
    found = False
    for text in given:
        for other in expected:
            found |= hmac.compare_digest(text.encode(errors="surrogatepass"), other.encode())
    return found


def _mac(signing: Signing, secret: str, body: bytes, stamp: str) -> str:
    content = stamp.encode() + b"." + body if stamp else body
    digest = hmac.digest(_derived(signing.key, secret), content, "sha256")
    text = digest.hex() if signing.encoding is Encoding.HEX else base64.b64encode(digest).decode()
    return signing.prefix + text


def _standard_signature(secret: str, message_id: str, stamp: str, body: bytes) -> str:
    content = f"{message_id}.{stamp}.".encode(errors="surrogatepass") + body
    return "v1," + base64.b64encode(hmac.digest(_standard_key(secret), content, "sha256")).decode()


def _standard_key(secret: str) -> bytes:
    text = secret.removeprefix(_PREFIX)
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def _derived(key: Key, secret: str) -> bytes:
    if key is Key.RAW:
        return secret.encode()
    digest = hashlib.sha256(secret.encode())
    return digest.digest() if key is Key.DIGEST else digest.hexdigest().encode()


def _check_secret(kind: Kind, secret: str) -> None:
    if not secret:
        raise _bad_secret("the secret is empty", "leave it out where deliveries are not signed")
    try:
        length = len(secret.encode())
    except UnicodeEncodeError as error:
        raise _bad_secret("the secret has half a character in it", "write it as UTF-8") from error
    if length > MAX_SECRET_BYTES:
        raise _bad_secret(f"the secret has {length} bytes", f"at most {MAX_SECRET_BYTES}")
    if kind is Kind.ECHO and not _VISIBLE.fullmatch(secret):
        raise _bad_secret("the secret goes into a header, so it is visible ASCII", "letters, digits and signs")
    if kind is Kind.STANDARD:
        _check_standard(secret)


def _check_standard(secret: str) -> None:
    what, hint = f"the secret is not {_PREFIX} and base64 behind it", f"{_PREFIX}MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    try:
        key = _standard_key(secret)
    except (binascii.Error, ValueError):
        raise _bad_secret(what, hint) from None  # what base64 says of it may show a part
    if not key:
        raise _bad_secret(what, hint)


_NAMES = ("kind", *(each.name for each in fields(Signing) if each.name != "kind"))


def _words(text: str) -> dict[str, object]:
    """`hmac header=X prefix=sha256=` as a mapping; secrets are not read from there, since texts get shown."""
    kind, *pairs = text.split() or [Kind.NONE]
    named: dict[str, object] = {"kind": kind}
    for name, equals, value in (pair.partition("=") for pair in pairs):
        if not equals or name in named or name == "secrets":
            raise _bad("after the kind come names with their values, each once", "hmac prefix=sha256=")
        named[name] = value
    return named


def _secrets(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise _bad_secret("secrets are texts", "a text, or a list of them, the newest first")


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise _bad(f"{name} is a text", "hmac header=X-Signature prefix=sha256=")
    return value


def _member(choices: type[Choice], name: str, value: str) -> Choice:
    if value not in list(choices):
        raise _bad(f"{name} cannot be {value[:80]!r}", f"one of {', '.join(choices)}")
    return choices(value)


def _bad(what: str, hint: str) -> UsageError:
    return UsageError(what, code="bad_signing", hint=hint)


def _bad_secret(what: str, hint: str) -> UsageError:
    return UsageError(what, code="bad_secret", hint=hint)
