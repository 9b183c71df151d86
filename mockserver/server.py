"""Several providers on one server: each under its name and by its documented hosts, a single one at the root.

Answers browsers too: CORS for pages of this machine and for those it was told of. Knows requests and providers, not
sockets.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from urllib.parse import quote, unquote, urlsplit

from lumakit import strictjson
from lumakit.contract.compile import Contract
from lumakit.errors import SurroundingsError
from lumakit.model import Headers, Request, Response
from lumakit.redaction import Redactor
from mockserver.defaults import LOOPBACK
from mockserver.journal import Journal
from mockserver.problems import Refused, plain
from mockserver.provider import MockProvider
from mockserver.stores import Down
from mockserver.stores.backend import Backend, Memory
from mockserver.stores.memory import MemoryStore

MAX_ELSEWHERE = 1000  # requests to no provider that are remembered
Ask = Callable[[MockProvider, Request], Response]
_EXPOSED = (
    "Allow, Content-Disposition, Content-Range, ETag, Location, "
    "Mock-Reason, Preference-Applied, Retry-After, "
    "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id"
)
_PREFLIGHT_S = "600"
_JSON: Headers = (("Content-Type", "application/json"),)
_VARY: Headers = (("Vary", "Origin"),)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class MockServer:
    """Providers by name. `hosts` are the names it may be called by besides the documented ones; none means any."""

    def __init__(
        self,
        providers: Mapping[str, MockProvider],
        hosts: Collection[str] = (),
        cors_origins: Collection[str] = (),
        backend: Backend | None = None,
    ) -> None:
        self.backend: Backend = backend or Memory()  # where its providers keep everything
        self.providers: dict[str, MockProvider] = dict(providers)
        self._hosts = frozenset(host.lower() for host in hosts)
        self._cors_origins = frozenset(cors_origins)
        self._only = next(iter(self.providers.values())) if len(self.providers) == 1 else None
        self.elsewhere: Journal = Journal(MemoryStore(1, MAX_ELSEWHERE), Redactor())  # what was for no provider
        self._documented = dict(self._by_host())

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        return self._answered(request, MockProvider.__call__)

    def too_large(self, request: Request) -> Response:
        """Answer a request whose body is too large to be taken."""
        return self._answered(request, MockProvider.too_large)

    def unavailable(self, request: Request, down: Down) -> Response:
        """Answer a request that the store could not keep."""
        return self._answered(request, lambda provider, asked: provider.unavailable(asked, down))

    def reload(self, contract: Contract) -> None:
        """Serve another contract of a provider that is served, and keep its tasks."""
        try:
            self._serve(contract.name, contract)
        except Down as down:
            hint = "save the document once more when the store is back"
            raise SurroundingsError(str(down), code="store_failed", where=contract.name, hint=hint) from None

    def read_again(self, name: str) -> None:
        """Read the documents of a provider again, and keep its tasks."""
        self._serve(name)

    def _serve(self, name: str, contract: Contract | None = None) -> None:
        self.providers[name].reload(contract)
        self._documented = dict(self._by_host())

    def _answered(self, request: Request, ask: Ask) -> Response:
        origin = request.header("origin")
        welcome = origin is None or self._welcome(origin, request)
        asked = request.header("access-control-request-method") if request.method == "OPTIONS" else None
        try:
            self._admit(request, welcome)
            if origin and asked:
                return _for_page(Response(204), origin, self._granted(request, asked))
            response = self._found(request, ask)
        except Refused as no:
            response = self._noted(request, _refusal(no, request), no.reason)
        return _for_page(response, origin) if origin and welcome else _with(response, response.headers, _VARY)

    def _noted(self, request: Request, response: Response, reason: str) -> Response:
        """The refusal of a request that no provider has seen; the diary of the server itself has it."""
        some = next(iter(self.providers.values()))
        number = self.elsewhere.note(some.clock.now(), request, response, reason=reason)
        if some.events.awake:
            some.events.say("request", "", str(number), here=True)  # no other server has it in its diary
        return response

    # who may call

    def _admit(self, request: Request, welcome: bool) -> None:
        """Refuse a name that somebody has pointed here, and a page of elsewhere."""
        if self._hosts and (host := _host(request)) not in self._hosts and host not in self._documented:
            raise Refused("forbidden", f"this server is not called {host[:100]!r}; --allowed-host adds a name")
        if not welcome:
            raise Refused("forbidden", "pages of this origin may not call this server; --cors-origin lets one in")

    def _welcome(self, origin: str, request: Request) -> bool:
        if origin in self._cors_origins or origin == request.origin:
            return True
        try:
            return urlsplit(origin).hostname in LOOPBACK
        except ValueError:
            return False

    def _granted(self, request: Request, asked: str) -> Headers:
        """What a page may send here. Where nothing is documented, what it asks for: then it can read the refusal."""
        sought = self._sought(request)
        allow = sought[0].contract.route(sought[1]).allow if sought else ()
        methods = ", ".join(allow) or (asked if _TOKEN.fullmatch(asked) else "GET")
        wanted = request.header("access-control-request-headers") or ""
        names = [name for each in wanted.split(",") if _TOKEN.fullmatch(name := each.strip())]
        headers = [("Access-Control-Allow-Methods", methods), ("Access-Control-Max-Age", _PREFLIGHT_S)]
        return (*headers, *([("Access-Control-Allow-Headers", ", ".join(names))] if names else []))

    # whom a request is for

    def listen(self, address: str) -> None:
        """Say where the server is reached: there the files of its tasks are for everybody who calls it otherwise."""
        for name, provider in self.providers.items():
            provider.address = address if self._only else f"{address}{mount(name)}"

    def _found(self, request: Request, ask: Ask) -> Response:
        sought = self._sought(request)
        if sought is None:
            return self._by_itself(request)
        provider, asked = sought
        if asked.path in ("/", "") and not provider.contract.route(asked).allow:
            return self._index(asked, {provider.contract.name: provider})
        return ask(provider, asked)

    def _sought(self, request: Request) -> tuple[MockProvider, Request] | None:
        """The provider that a request is for, and the request as that provider sees it."""
        if self._only is not None:
            return self._only, request
        named = self._documented.get(_host(request))
        if named is not None:
            return named, replace(request, origin=named.address or request.origin)
        name, _, rest = request.path[1:].partition("/")
        mounted = self.providers.get(unquote(name))
        if mounted is None:
            return None
        origin = f"{request.origin}/{name}"
        return mounted, Request(request.method, f"/{rest}", request.query, request.headers, request.body, origin)

    def _by_host(self) -> Iterator[tuple[str, MockProvider]]:
        """The providers by the hosts that only their document names; this machine is none, whatever a document says."""
        found = [(host, each) for each in self.providers.values() for host in _documented(each.contract)]
        count = Counter(host for host, _ in found)
        own = {*LOOPBACK, *self._hosts}
        return ((host, each) for host, each in found if count[host] == 1 and host not in own)

    # what is no provider's

    def _by_itself(self, request: Request) -> Response:
        """Where everything is; and that nothing else is here."""
        if request.path in ("/", "*"):
            return self._index(request, self.providers)
        name = request.path[1:].partition("/")[0][:100]
        near = difflib.get_close_matches(name, self.providers, n=1)
        hint = f"did you mean {mount(near[0])}?" if near else f"one of {', '.join(map(mount, self.providers))}"
        raise Refused("unknown_path", f"no provider is called {name!r}: {hint}")

    def _index(self, request: Request, providers: Mapping[str, MockProvider]) -> Response:
        """What is served, for a person who looks."""
        allow: Headers = (("Allow", "GET, HEAD, OPTIONS"),)
        if request.method == "OPTIONS":
            return Response(204, allow)
        if request.method not in ("GET", "HEAD"):
            raise Refused("wrong_method", "this is only the list of the providers", allow)
        several = len(providers) > 1
        listed = {
            name: {
                "base": f"{request.origin}{mount(name)}" if several else request.origin,
                "operations": list(provider.contract.operations),
            }
            for name, provider in providers.items()
        }
        return _headless(Response(200, _JSON, strictjson.indented({"providers": listed})), request)


def mount(name: str) -> str:
    """Where a provider stands beside others, as an address says it."""
    return f"/{quote(name, safe='')}"


def _host(request: Request) -> str:
    """The name that a client calls this server by, in lower case and without the port."""
    host = (request.header("host") or "").strip().lower()
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _documented(contract: Contract) -> set[str]:
    """The hosts that a document names."""
    return {host for server in contract.servers if (host := urlsplit(server).hostname)}


def _refusal(no: Refused, request: Request) -> Response:
    return _headless(plain(no), request)


def _headless(response: Response, request: Request) -> Response:
    """The answer without its body where only the head is asked for."""
    if request.method != "HEAD":
        return response
    return Response(response.status, (*response.headers, ("Content-Length", str(len(response.body)))))


def _for_page(response: Response, origin: str, granted: Headers = ()) -> Response:
    """The answer with what tells a browser that a page may read it, in place of what a document says of that."""
    own = tuple(each for each in response.headers if not each[0].lower().startswith("access-control-"))
    told = (("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", _EXPOSED))
    return _with(response, own, (*told, *granted, *_VARY))


def _with(response: Response, headers: Headers, more: Headers) -> Response:
    return Response(
        response.status, (*headers, *more), response.body, response.delay_s, response.breaks, response.ahead
    )
