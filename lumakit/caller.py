"""What both clients are made of: the key and where it is shown, the address, the flows, and the findings so far.

Sends nothing itself.
"""

from __future__ import annotations

import itertools
import os
import re
import secrets
import ssl
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from lumakit import wire
from lumakit.clock import Clock, SystemClock
from lumakit.contract.compile import Contract
from lumakit.contract.entrance import load
from lumakit.contract.operation import Operation
from lumakit.draws import Draw
from lumakit.egress import Policy, files
from lumakit.errors import UsageError
from lumakit.flow.hearing import JUDGES, Ear
from lumakit.flow.patience import Patience
from lumakit.flow.verbs import Verbs
from lumakit.model import Edition, Finding
from lumakit.post import Post
from lumakit.redaction import Redactor
from lumakit.secret import Key, Shown

Saved_co = TypeVar("Saved_co", covariant=True)
MAX_FINDINGS = 1000
TIMEOUT_S = 60.0
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_PLACES = ("header", "query", "cookie")


class Caller(Generic[Saved_co]):
    """What both clients are made of; each opens its own kind of connection."""

    _closes = "close"

    def __init__(  # noqa: PLR0913  # every choice has a name and a default; nobody gives them all
        self,
        provider: Contract | str | Path,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        edition: Edition | str = Edition.CORRECTED,
        specs: str | Path | None = None,
        clock: Clock | None = None,
        transport: Any = None,
        http: Any = None,
        judge: str = "warn",
        timeout_s: float = TIMEOUT_S,
        patience: Patience | None = None,
        seed: str | None = None,
        files_from: str | Iterable[str] | Policy | None = None,
    ) -> None:
        if judge not in JUDGES:
            raise UsageError(f"there is no judge {judge!r}", code="judge_not_found", hint=f"one of {', '.join(JUDGES)}")
        self.contract: Contract = provider if isinstance(provider, Contract) else load(provider, edition, specs)
        self._key = _key(self.contract, api_key)
        self._origin, base = _address(self.contract, base_url)
        self._clock: Clock = SystemClock() if clock is None else clock
        self._findings: deque[Finding] = deque(maxlen=MAX_FINDINGS)
        self._shown: dict[str, tuple[Shown, ...]] = {}
        self._draws = itertools.count()
        self._seed = Draw(secrets.token_hex(8) if seed is None else seed)
        self._patience = patience or Patience()
        ear: Ear[Saved_co] = Ear(self.contract, judge, self._findings.append, self._redactor, self)  # type: ignore[arg-type]
        self._verbs = Verbs(self.contract, self._origin, base, ear, self._patience, self._draw)
        self._policy = files.chosen(files_from, self._origin)
        self._owns = http is None
        dials = self._owns and transport is None
        trust = wire.trusted() if dials else True
        self._http = self._opened(transport, timeout_s, trust) if self._owns else self._given(http, transport)
        self._files = self._opened(self._guarded(trust), timeout_s, trust) if dials and not _proxied() else self._http
        self._post = Post(self._http, self._clock, self._files)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.contract.name!r}, base_url={self._origin!r})"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was wrong with answers so far, the newest thousand."""
        return tuple(self._findings)

    @staticmethod
    def _opened(transport: Any, timeout_s: float, trust: ssl.SSLContext | bool) -> Any:
        raise NotImplementedError

    def _guarded(self, trust: ssl.SSLContext | bool) -> Any:
        raise NotImplementedError

    def _given(self, http: Any, transport: Any) -> Any:
        if transport is not None:
            hint = "http already has a transport"
            raise UsageError("transport and http are both given", code="http_client", hint=hint)
        if not hasattr(http, self._closes):
            what = f"{type(http).__name__} is not the kind that this client takes"
            hint = "Client takes an httpx.Client, AsyncClient an httpx.AsyncClient"
            raise UsageError(what, code="http_client", hint=hint)
        return http

    def _draw(self) -> Draw:
        """The chances of one flow."""
        return self._seed.under(next(self._draws))

    def _shows(self, operation: Operation) -> tuple[Shown, ...]:
        """Where requests of an operation show the key."""
        shown = self._shown.get(operation.key)
        if shown is None:
            shown = self._shown[operation.key] = shown_for(operation, self._key)
        return shown

    def _redactor(self) -> Redactor:
        """What hides the key, and everything else that is secret, in what an error carries."""
        reading = self.contract.reading
        hooks = [task.webhook.secret for task in reading.tasks.values() if task.webhook] if reading else []
        pointers = tuple(dict.fromkeys(place.name for place in hooks if place and place.location == "body"))
        schemes = (scheme for each in self.contract.operations.values() for scheme in each.security.schemes)
        told = frozenset({self._key.reveal()}) if self._key else frozenset()
        return Redactor(frozenset(scheme.name for scheme in schemes), pointers, told)


def _proxied() -> bool:
    """True where the environment names a proxy: then that one looks names up and dials, and not this process."""
    return any(os.environ.get(name) or os.environ.get(name.lower()) for name in _PROXIES)


def key_variable(provider: str) -> str:
    """The variable of the environment that holds the key of a provider."""
    return re.sub(r"\W", "_", provider.upper(), flags=re.ASCII) + "_API_KEY"


def _key(contract: Contract, given: str | None) -> Key | None:
    """The key that was given, or that of the environment; refused where there is none and the contract asks for one."""
    name = key_variable(contract.name)
    text = given if given is not None else os.environ.get(name)
    if text is not None:
        return Key(text)
    asked = (each.security.alternatives for each in contract.operations.values())
    if any(alternatives and () not in alternatives for alternatives in asked):
        what = f"{contract.name} asks for a key, and none is given"
        raise UsageError(what, code="key_missing", hint=f"api_key=..., or {name} in the environment")
    return None


def shown_for(operation: Operation, key: Key | None) -> tuple[Shown, ...]:
    """Where an operation is shown a key: by the first alternative that a key alone can meet."""
    for schemes in operation.security.alternatives if key else ():
        if all(scheme.is_unseen or scheme.location in _PLACES for scheme in schemes):
            seen = (scheme for scheme in schemes if not scheme.is_unseen)
            return tuple(Shown(each.location, each.name, each.word.capitalize(), key) for each in seen if key)
    return ()


def _address(contract: Contract, given: str | None) -> tuple[str, str]:
    """The origin and the path that every address begins with."""
    text = given if given is not None else next(iter(contract.servers), "")
    hint = "base_url='https://api.example.com'"
    if not text:
        raise UsageError(f"the document of {contract.name} names no server", code="base_url", hint=hint)
    parts = None
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 0) >= 0
    except ValueError:
        usable = False
    if (
        parts is None
        or not usable
        or "@" in parts.netloc
        or parts.query
        or parts.fragment
        or not text.isprintable()
        or " " in text
    ):
        what = "base_url is an address of http or https, without a user, a query or a fragment"
        raise UsageError(what, code="base_url", hint=hint)
    return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
