"""Security as documented: where a credential stands in a request, and which sets of them are enough.

Reads credentials, never judges their value, and never puts one into a message.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from lumakit.model import Request

CONNECTION = "connection"
_NO_KEYS = ("", "bearer", "basic")  # what a client shows that has no key


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way to show who one is: a key under a name in a place, or a token behind a scheme word in `Authorization`.

    What is shown by the connection itself (mutual TLS) cannot be seen in a request, and is taken as given.
    """

    label: str
    location: str
    name: str
    word: str = ""

    @property
    def is_unseen(self) -> bool:
        """True for what no request can show."""
        return self.location == CONNECTION

    def credential(self, request: Request) -> str | None:
        """What the request shows, or None."""
        text = (self._text(request) or "").strip()
        if not self.word:
            return None if text.lower() in _NO_KEYS else text
        word, _, token = text.partition(" ")
        return token.strip() or None if word.lower() == self.word else None

    def _text(self, request: Request) -> str | None:
        if self.location == "header":
            return request.header(self.name)
        if self.location == "query":
            return dict(parse_qsl(request.query)).get(self.name)
        return None if self.is_unseen else request.cookie(self.name)

    def described(self) -> str:
        """The scheme in words, for a message."""
        place = {"header": f"the header {self.name}", "query": f"the query parameter {self.name}"}
        what = place.get(self.location, f"the cookie {self.name}")
        return f"{what} with `{self.word.capitalize()} <token>`" if self.word else what


@dataclass(frozen=True, slots=True)
class Security:
    """Alternatives, each a set of schemes that must all be there; no alternatives means that nothing is asked."""

    alternatives: tuple[tuple[Scheme, ...], ...] = ()

    @property
    def schemes(self) -> tuple[Scheme, ...]:
        """Every scheme that may be used."""
        return tuple(scheme for schemes in self.alternatives for scheme in schemes)

    def satisfied(self, request: Request) -> bool:
        """True where one alternative is complete."""
        return self.credential(request) is not None

    def credential(self, request: Request) -> str | None:
        """The key that tasks belong to: shown by the first alternative that is complete; None where none is."""
        if not self.alternatives:
            return ""
        for schemes in self.alternatives:
            shown = _shown(schemes, request)
            if shown is not None:
                return shown
        return None

    def described(self) -> str:
        """The alternatives in words, for a message; what stands for several schemes is said once."""
        return ", or ".join(dict.fromkeys(" and ".join(_seen(schemes)) for schemes in self.alternatives))


def _shown(schemes: Iterable[Scheme], request: Request) -> str | None:
    """The first credential of several schemes that must all be there; '' where none of them can be seen."""
    first = ""
    for scheme in schemes:
        if not scheme.is_unseen:
            shown = scheme.credential(request)
            if shown is None:
                return None
            first = first or shown
    return first


def _seen(schemes: Iterable[Scheme]) -> dict[str, None]:
    return dict.fromkeys(scheme.described() for scheme in schemes if not scheme.is_unseen)
