"""Why a Redis cannot be used as a store, in a person's words, with what to try.

Knows the errors of redis-py by their names. Says no password and no part of one.
"""

from __future__ import annotations

import ssl
from typing import NamedTuple
from urllib.parse import urlsplit

from lumakit.errors import SurroundingsError

_ASK = "`redis-cli -u URL ping` asks it"
_SPELLED = (
    "`redis://:PASSWORD@HOST:6379/0`, or `redis://USER:PASSWORD@...`; `/ # ? @` in a password as `%2F %23 %3F %40`"
)
_ACCOUNT = "`ACL SETUSER NAME on >PASSWORD ~lumakit:* &lumakit:* +@all` lets an account do all that a mock does"


class Why(NamedTuple):
    """What is wrong, and what to try."""

    what: str
    hint: str


def refusal(name: str, url: str, error: Exception) -> SurroundingsError:
    """The error that tells why a Redis cannot be opened."""
    parts = urlsplit(url)
    cause = error.__cause__ or error.__context__
    why = _of_account(error, is_given=bool(parts.password)) or _of_way(error, cause, is_tls=parts.scheme == "rediss")
    return SurroundingsError(f"the store cannot be opened: {why.what}", code="store_failed", where=name, hint=why.hint)


def _of_account(error: Exception, *, is_given: bool) -> Why | None:
    """What Redis itself has said; None where it has said nothing."""
    kinds = {each.__name__ for each in type(error).__mro__}
    if "AuthenticationError" in kinds:
        return Why("it does not take this user or password" if is_given else "it asks for a password", _SPELLED)
    if "NoPermissionError" in kinds:
        return Why(str(error), _ACCOUNT)
    if "DB index" in str(error):
        return Why("it has no database of this number", "0 is always there; `databases` in its configuration says more")
    return None


def _of_way(error: Exception, cause: BaseException | None, *, is_tls: bool) -> Why:
    """What went wrong on the way there."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        hint = "SSL_CERT_FILE names the certificate that has signed it; the address is to be a name that stands in it"
        return Why(f"its certificate is not trusted: {cause.verify_message}", hint)
    if type(cause).__name__ == "gaierror":
        return Why("there is no machine of this name", f"is the name right? {_ASK}")
    if isinstance(cause, ConnectionRefusedError):
        return Why("nothing listens there", f"is Redis running there? {_ASK}")
    if is_tls and isinstance(cause, ssl.SSLError | TimeoutError | ConnectionError):
        return Why("nothing there speaks TLS", f"`redis://` is without TLS; {_ASK}")
    if isinstance(cause, ConnectionResetError):
        return Why("it has hung up", f"with TLS it is `rediss://`; {_ASK}")
    if isinstance(cause, TimeoutError) or "Timeout" in type(error).__name__:
        return Why("it does not answer in time", f"is it there, and is nothing between that drops requests? {_ASK}")
    return Why(str(error), f"is it a Redis that runs there? {_ASK}")
