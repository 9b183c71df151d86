"""Who may ask, and under which name what they make is kept.

Reads credentials as the contract says where they stand; stores none of them, and puts none into a message.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection

from lumakit.contract.operation import Operation
from lumakit.model import Headers, Request
from mockserver.problems import Refused

_KNOWN = 256  # heads whose owner is remembered: a client says the same again and again


def owner_of(key: str) -> str:
    """The name under which the tasks of a key are kept: never the key itself."""
    return hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=8).hexdigest() if key else ""


class Gate:
    """Lets in whoever shows a key; where some keys were given, only those. One gate stands before one contract."""

    def __init__(self, keys: Collection[str] = ()) -> None:
        self._keys = tuple(key.encode() for key in keys)
        self._known: dict[tuple[str, Headers], str] = {}  # owners, by what they have shown where

    def owner(self, operation: Operation | None, request: Request) -> str:
        """Whose request it is; refused without a credential, and with another than those given."""
        if operation is None:
            return ""
        if request.query:  # a key may stand there
            return self._found(operation, request)
        shown = (operation.key, request.headers)
        owner = self._known.get(shown)
        if owner is None:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            owner = self._known[shown] = self._found(operation, request)
        return owner

    def _found(self, operation: Operation, request: Request) -> str:
        key = operation.security.credential(request)
        if key is None:
            raise Refused("unauthenticated", f"no credentials: {operation.security.described()} is needed")
        if self._keys and operation.security.alternatives:
            self._compare(key.encode(errors="surrogatepass"))
        return owner_of(key)

    def seen(self, operation: Operation | None, request: Request) -> str | None:
        """Whose request it is; None where it will be refused."""
        try:
            return self.owner(operation, request)
        except Refused:
            return None

    def _compare(self, key: bytes) -> None:
        alike = [hmac.compare_digest(key, each) for each in self._keys]  # all of them: time tells nothing
        if True not in alike:
            raise Refused("unauthenticated", "the key is none of those that this server was given")
