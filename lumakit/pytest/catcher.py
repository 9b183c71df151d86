"""What stands between httpx and the network: requests to a mocked address are answered by its mock.

Routers of respx that look an address up instead of trying routes: everybody's client is caught, sync and async,
wherever it is made, and other routers of respx still answer what is theirs. The one room that names respx.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, NoReturn
from urllib.parse import urlsplit

from lumakit.errors import SurroundingsError
from lumakit.pytest.mock import Mock

if TYPE_CHECKING:
    import httpx

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "testserver"})
_BASES = "bases=[...] names another address of the provider"
ADVICE = f'elsewhere="pass" lets such requests out, {_BASES}'
_PORTS = {"http": 80, "https": 443}
_TRANSPORTS = "lumakit"
_NEAR = 0.8
Origin = tuple[str, str, int | None]


class Place(NamedTuple):
    """Below which path of an origin a mock answers."""

    base: str
    mock: Mock


class Catcher:
    """Who answers at which address; `stray` is told of every request that is nobody's."""

    def __init__(self, stray: Callable[[str], None], *, passes: bool) -> None:
        self._stray = stray
        self._passes = passes
        self._places: dict[Origin, list[Place]] = {}
        self._addresses: dict[str, None] = {}

    def add(self, mock: Mock) -> None:
        """Answer at the addresses of a mock by it, also where another one stood."""
        self._addresses |= dict.fromkeys(mock.addresses)
        for address in mock.addresses:
            parts = urlsplit(address)
            base = parts.path.rstrip("/") if address in mock.choices.bases else ""
            places = self._places.setdefault(
                (parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme]), []
            )
            places[:] = sorted([each for each in places if each.base != base] + [Place(base, mock)], key=_longest)

    def is_mocked(self, host: str) -> bool:
        """True for a name at which a mock answers; this machine is looked up as ever."""
        return host not in LOOPBACK and any(host == known for _, known, _ in self._places)

    def find(self, url: httpx.URL) -> Mock | None:
        """The mock that answers at an address."""
        places = self._places.get((url.scheme, url.host, url.port or _PORTS.get(url.scheme)), ())
        path = url.path
        return next((each.mock for each in places if not each.base or path.startswith(f"{each.base}/")), None)

    def leave(self, request: httpx.Request) -> NoReturn:
        """Let a request out that is nobody's, or refuse it, and tell of it."""
        from respx.models import AllMockedAssertionError

        host = request.url.host
        if host in LOOPBACK or (self._passes and not self.is_mocked(host)):
            raise _passing(request)
        asked = f"{request.method} {request.url.copy_with(query=None, fragment=None, userinfo=b'')}"
        self._stray(asked)
        raise AllMockedAssertionError(f"{asked} is nobody's that lumakit mocks here; {advice(asked, self._addresses)}")

    @contextmanager
    def router(self) -> Iterator[None]:
        """Catch while the `with` lasts."""
        with self._below() as below, self._above(below):
            yield

    def _below(self) -> Any:
        """A router where everybody's routers stand, below httpx's transports; who comes so far is nobody's."""
        respx, catcher = _respx(), self
        from respx.models import AllMockedAssertionError

        class Router(respx.MockRouter):  # type: ignore[misc,name-defined]  # loaded when it is needed
            """One that asks the catcher."""

            def handler(self, request: httpx.Request) -> httpx.Response:
                """The answer to a sync client."""
                if mock := catcher.find(request.url):
                    return mock.answer(request)
                for other in self.others():
                    try:
                        answer: httpx.Response = other.handler(request)
                        return answer
                    except AllMockedAssertionError:
                        continue
                return catcher.leave(request)

            async def async_handler(self, request: httpx.Request) -> httpx.Response:
                """The answer to an async client."""
                if mock := catcher.find(request.url):
                    return await mock.answer_async(request)
                for other in self.others():
                    try:
                        answer: httpx.Response = await other.async_handler(request)
                        return answer
                    except AllMockedAssertionError:
                        continue
                return catcher.leave(request)

            def others(self) -> list[Any]:
                """Routers that somebody else has started."""
                return [each for each in self.Mocker.routers if not isinstance(each, Router)]

        return Router(assert_all_called=False, assert_all_mocked=False)

    def _above(self, below: Any) -> Any:
        """A router in the place of httpx's transports: the short way to a mock, while nobody else has routers."""
        respx, catcher = _respx(), self

        class Router(respx.MockRouter):  # type: ignore[misc,name-defined]  # loaded when it is needed
            """One that says who answers at once; what is nobody's goes on to where all routers are asked."""

            def found(self, request: httpx.Request) -> Mock | None:
                """The mock that answers, where nobody else might."""
                return catcher.find(request.url) if len(below.Mocker.routers) == 1 else None

        return Router(assert_all_called=False, assert_all_mocked=False, using=_transports())


def advice(asked: str, addresses: Iterable[str]) -> str:
    """What to try where nobody answers what was asked: `GET https://...`."""
    known = list(addresses)
    parts = urlsplit(asked.rpartition(" ")[2])
    for each in known:
        mocked = urlsplit(each)
        if mocked.hostname == parts.hostname:
            only = f"only {mocked.scheme} is documented: " if mocked.scheme != parts.scheme else "mocked there is "
            return f"{only}{each}; {_BASES}"
    near = difflib.get_close_matches(f"{parts.scheme}://{parts.netloc}", known, n=1, cutoff=_NEAR)
    return f"did you mean {near[0]}? {ADVICE}" if near else ADVICE


def _passing(request: httpx.Request) -> Exception:
    """What has respx let a request pass."""
    from respx.models import PassThrough

    origin: Any = None  # a route; there is none
    passing: Exception = PassThrough("it may pass", request=request, origin=origin)
    return passing


def _transports() -> str:
    """How respx is told to stand in the place of httpx's transports, which spares httpcore's values."""
    from respx.mocks import Mocker

    if _TRANSPORTS in Mocker.registry:
        return _TRANSPORTS

    class Transports(Mocker):
        """Asks its routers before a transport is asked; what it lets pass, it has not touched."""

        name = _TRANSPORTS
        targets: ClassVar = ["httpx.HTTPTransport", "httpx.AsyncHTTPTransport"]
        target_methods: ClassVar = ["handle_request", "handle_async_request"]

        @classmethod
        def mock(cls, spec: Callable[..., Any]) -> Callable[..., Any]:
            """What stands in the place of a transport's method."""

            def handle(self: object, request: httpx.Request) -> Any:
                mock = cls.found(request)
                return spec(self, request) if mock is None else mock.answer(request)

            async def handle_async(self: object, request: httpx.Request) -> Any:
                mock = cls.found(request)
                return await (spec(self, request) if mock is None else mock.answer_async(request))

            return handle_async if inspect.iscoroutinefunction(spec) else handle

        @classmethod
        def found(cls, request: httpx.Request) -> Mock | None:
            """The mock that answers, of the first router that has one."""
            routers: list[Any] = cls.routers  # which are all of the class above
            return next((mock for router in routers if (mock := router.found(request))), None)

    return Transports.name


def _longest(place: Place) -> int:
    return -len(place.base)


def _respx() -> Any:
    try:
        import respx
    except ImportError:
        hint = "pip install 'lumakit[pytest]'"
        what = "lumakit_mock needs respx, which is not installed"
        raise SurroundingsError(what, code="extra_missing", hint=hint) from None
    return respx
