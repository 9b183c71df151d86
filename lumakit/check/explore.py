"""schemathesis, in one room: it makes requests out of the document, we carry them, and what it complains of are values.

It is given a dict, its whole configuration, and an application of ours to ask; it opens no connection, reads no file
and never sees the key: it shows a stand-in, for which the real one is put in by whoever sends.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from lumakit.contract.compile import Contract
from lumakit.contract.inventory import IGNORED_HEADERS
from lumakit.errors import SurroundingsError
from lumakit.model import Lost, Request, Response

if TYPE_CHECKING:
    from schemathesis.engine import events

STAND_IN = "lumakit-shows-the-key-here"
PHASES = ("examples", "coverage", "fuzzing", "stateful")
# What makes sense where nobody knows the server from inside.
OF_OTHERS = (
    "content_type_conformance",
    "not_a_server_error",
    "response_headers_conformance",
    "response_schema_conformance",
    "status_code_conformance",
)
OF_OURS = (
    *OF_OTHERS,
    "allow_header_conformance",
    "ensure_resource_availability",
    "ignored_auth",
    "missing_required_header",
    "negative_data_rejection",
    "positive_data_acceptance",
    "unsupported_method",
)
METHODS = ("get", "put", "post", "delete", "options", "patch")  # no TRACE: what stands between answers that
_CASE = "x-schemathesis-testcaseid"
_ITS_OWN = frozenset(
    (_CASE, "host", "user-agent", "accept-encoding", "connection", "content-length", "transfer-encoding")
)
_HINT = "pip install 'lumakit[check]', or leave it out with --skip-phases explore"


class Asked(NamedTuple):
    """One request of its, to be sent: whether it shows the key, and the number under which it was seen."""

    request: Request
    keyed: bool


Carry = Callable[[Asked], tuple[Response | Lost, int]]  # the answer, and the number of the exchange


@dataclass(frozen=True, slots=True)
class Complaint:
    """What one of its checks has against one answer; without a check, why it could not go on."""

    check: str
    operation: str
    message: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What it is asked to do: which operations, how much, drawn from what, and whether anything may be asked."""

    operations: Collection[str]
    base: str
    seed: int
    examples: int
    own: bool


def missing() -> bool:
    """True where schemathesis is not installed."""
    return find_spec("schemathesis") is None


def need_it() -> None:
    """A sentence where it is missing."""
    if missing():
        raise SurroundingsError("schemathesis is not installed", code="extra_missing", hint=_HINT)


def explored(contract: Contract, wanted: Wanted, carry: Carry) -> Iterator[Complaint]:
    """Let it ask, and tell what it complains of. What a request raises ends it, and is raised here."""
    need_it()
    import schemathesis
    from schemathesis.engine import from_schema

    app = _App(carry)
    config = schemathesis.Config.from_dict(settings(contract, wanted))
    schema = schemathesis.openapi.from_dict(document(contract, wanted.operations), config=config)
    schema.app = app
    stream = from_schema(schema).execute()
    for event in stream:
        if app.trouble is not None:
            stream.stop()
            break
        yield from _complaints(event, app.numbers)
    if app.trouble is not None:
        raise app.trouble


# --- what it is told --------------------------------------------------------------------------------------------------


def document(contract: Contract, operations: Collection[str]) -> dict[str, Any]:
    """The document with some operations only, and without header parameters that OpenAPI tells everybody to ignore."""
    bundled = contract.bundled()
    for path, item in bundled["paths"].items():
        for method in [name for name in item if f"{name.upper()} {path}" in contract.operations]:
            if f"{method.upper()} {path}" not in operations:
                del item[method]
            elif "parameters" in item[method]:
                item[method]["parameters"] = list(filter(_heeded, item[method]["parameters"]))
    return bundled


def _heeded(parameter: Mapping[str, Any]) -> bool:
    return parameter.get("in") != "header" or str(parameter.get("name")).lower() not in IGNORED_HEADERS


def settings(contract: Contract, wanted: Wanted) -> dict[str, Any]:
    """All that it is told, so that it looks nothing up in files."""
    phases = PHASES if wanted.own else ("coverage", "fuzzing")
    checks = OF_OURS if wanted.own else OF_OTHERS
    modes = {} if wanted.own else {"mode": "positive"}
    # The links that it infers make one id of a list of ids; the documents' own links are followed.
    stateful = {"enabled": "stateful" in phases, "inference": {"algorithms": []}}
    return {
        "seed": wanted.seed,
        "base-url": f"http://checked.invalid{wanted.base}",
        "headers": dict(_shown(contract)),
        "generation": {
            "deterministic": True,
            "max-examples": wanted.examples,
            "database": "none",
            "no-shrink": True,
            **modes,
        },
        "phases": {
            **{name: {"enabled": name in phases} for name in PHASES},
            "coverage": {"enabled": "coverage" in phases, "unexpected-methods": list(METHODS)},
            "stateful": stateful,
        },
        "checks": {"enabled": False, **{name: {"enabled": True} for name in checks}},
    }


def _shown(contract: Contract) -> Iterator[tuple[str, str]]:
    """Where it shows the stand-in: in the header of the first scheme that has one."""
    schemes = (scheme for each in contract.operations.values() for scheme in each.security.schemes)
    for scheme in schemes:
        if scheme.location == "header":
            yield scheme.name, f"{scheme.word.capitalize()} {STAND_IN}".strip()
            return


# --- what it asks -----------------------------------------------------------------------------------------------------


class _App:
    """The application that it asks: every request is carried, and nothing is once one could not be."""

    def __init__(self, carry: Carry) -> None:
        self._carry = carry
        self.numbers: dict[str, int] = {}
        self.trouble: BaseException | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = bytearray()
        while (message := await receive()).get("more_body", False):
            body += message.get("body", b"")
        body += message.get("body", b"")
        answer = self._answered(_request(scope, bytes(body)), _header(scope, _CASE))
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _answered(self, request: Request, case: str) -> Response:
        if self.trouble is None:
            try:
                answer, self.numbers[case] = self._carry(_asked(request))
                if isinstance(answer, Response):
                    return answer
            except BaseException as error:  # noqa: BLE001  # raised again where it can be told from one of its own
                self.trouble = error
        return Response(418, (("Content-Type", "text/plain"),), b"not answered")


def _request(scope: Any, body: bytes) -> Request:
    path = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")
    headers = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    kept = tuple((name, value) for name, value in headers if name.lower() not in _ITS_OWN)
    return Request(scope["method"], path.partition("?")[0], scope["query_string"].decode("latin-1"), kept, body)


def _header(scope: Any, name: str) -> str:
    found = (value.decode("latin-1") for key, value in scope["headers"] if key.decode("latin-1").lower() == name)
    return next(found, "")


def _asked(request: Request) -> Asked:
    """The request without the stand-in, and whether that was there."""
    kept = tuple((name, value) for name, value in request.headers if STAND_IN not in value)
    keyed = len(kept) < len(request.headers)
    return Asked(Request(request.method, request.path, request.query, kept, request.body), keyed)


# --- what it complains of ---------------------------------------------------------------------------------------------


def _complaints(event: events.EngineEvent, numbers: Mapping[str, int]) -> Iterator[Complaint]:
    from schemathesis.engine import events as kinds

    if isinstance(event, kinds.Interrupted):
        raise KeyboardInterrupt
    if isinstance(event, kinds.NonFatalError):
        yield Complaint("", event.label, f"{event.value}")
    if isinstance(event, kinds.FatalError):
        yield Complaint("", "", f"{event.exception}")
    if not isinstance(event, kinds.ScenarioFinished):
        return
    for case, nodes in event.recorder.checks.items():
        operation = event.recorder.cases[case].value.operation.label
        for node in nodes:
            if node.failure_info and case in numbers:
                failure = node.failure_info.failure
                yield Complaint(node.name, operation, f"{failure.title}: {failure.message}", numbers[case])
