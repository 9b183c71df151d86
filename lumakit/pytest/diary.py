"""What an application sent is held against the contract, and told so that a stranger understands it.

Knows exchanges and contracts. Does not know pytest: it makes texts, and who asks decides what fails.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lumakit import catalogue, strictjson
from lumakit.contract.compile import Contract
from lumakit.contract.operation import Operation
from lumakit.model import Exchange, Finding
from lumakit.pytest.catcher import ADVICE
from lumakit.pytest.mock import Mock
from lumakit.pytest.mocks import Stray
from lumakit.pytest.witness import Origin
from lumakit.report import printable

MAX_TOLD = 5
_MAX_BODY = 600


def broken(mock: Mock, after: int = 0) -> list[str]:
    """What an application did to a mock that its contract does not allow, from the exchange behind a number on."""
    sent = [(each, _unallowed(mock, each)) for each in mock.requests() if each.number > after]
    wrong = [(each, findings) for each, findings in sent if findings]
    told = [_told(mock, each, findings) for each, findings in wrong[:MAX_TOLD]]
    if len(wrong) > MAX_TOLD:
        told.append(f"and {len(wrong) - MAX_TOLD} more requests that {mock.contract.name} does not take")
    return told


def uncalled(mocks: Iterable[Mock]) -> list[str]:
    """The operations that were to be called, and were not: of several mocks that share a wish, one fulfils it."""
    missing: dict[object, str] = {}
    called = set()
    for mock in mocks:
        for name in mock.choices.calls:
            wish = (name, mock.choices.places.get("calls"))
            try:
                mock.assert_called(name)
            except AssertionError as error:
                missing.setdefault(wish, str(error))
            else:
                called.add(wish)
    return [told for wish, told in missing.items() if wish not in called]


def found(mock: Mock, exchange: Exchange) -> tuple[Finding, ...]:
    """What is wrong with a request, allowed or not; what a fault has refused is not the application's mistake."""
    if exchange.findings or exchange.request.method == "OPTIONS" or _is_file(exchange):
        return exchange.findings
    if exchange.operation:
        turned_away = exchange.response.status in (401, 403) and not exchange.reason.startswith("fault ")
        return _keyless(mock, exchange) if turned_away else ()
    return mock.contract.check_request(exchange.request)


def _keyless(mock: Mock, exchange: Exchange) -> tuple[Finding, ...]:
    """That no credentials were shown, or none of a documented kind: the mock only says that it lets nobody in."""
    return tuple(each for each in mock.contract.check_request(exchange.request) if each.code == "X207")


def _is_file(exchange: Exchange) -> bool:
    return exchange.request.path.startswith("/__")


def _unallowed(mock: Mock, exchange: Exchange) -> list[Finding]:
    return [each for each in found(mock, exchange) if each.code not in mock.choices.allow]


def _told(mock: Mock, exchange: Exchange, findings: Sequence[Finding]) -> str:
    request, contract = exchange.request, mock.contract
    operation = contract.operations.get(exchange.operation)
    lines = [f"{contract.name} does not take this request of the application:", ""]
    lines += [f"    {request.method} {request.path}{'?' if request.query else ''}{request.query}"]
    lines += textwrap.indent(_shown(request.body), "    ").splitlines()
    lines += [*_where(mock.origins.get(exchange.number, Origin()), mock.test), ""]
    lines += [line for finding in findings for line in _wrong(finding, operation)]
    lines += ["", *_answered(contract, operation, exchange)]
    codes = ", ".join(dict.fromkeys(repr(each.code) for each in findings))
    lines += [f"  on purpose? @pytest.mark.lumakit(allow=[{codes}]), or judge=False for everything"]
    return "\n".join(printable_lines(lines))


def strayed(strays: Iterable[Stray], addresses: Iterable[str]) -> list[str]:
    """What an application asked of nobody that is mocked, each once."""
    known = ", ".join(dict.fromkeys(addresses)) or "nothing"
    told = []
    for each in dict.fromkeys(strays):
        lines = ["the application asked somebody who is not mocked here:", "", f"    {each.asked}"]
        lines += [*_where(each.origin, each.test), "", f"  mocked is {known}", f"  {ADVICE}"]
        told.append("\n".join(printable_lines(lines)))
    return told


def _where(origin: Origin, test: str) -> list[str]:
    """From which lines it was sent; of a request that came through a port nobody sees more than the test."""
    told = [f"  sent at {origin.application}"] if origin.application else []
    if origin.test and origin.test != origin.application:
        told.append(f"  called by the test at {origin.test}")
    if not origin.test and test:
        told.append(f"  while {test} ran")
    return told


def _answered(contract: Contract, operation: Operation | None, exchange: Exchange) -> list[str]:
    told = [f"  it was answered {exchange.response.status}"]
    pages = contract.pages(operation) if operation else ()
    told += [f"  documented at {pages[0]}"] if pages else []
    return [*told, f"  `lumakit show {contract.name}` lists what {contract.name} takes"]


def _wrong(finding: Finding, operation: Operation | None) -> list[str]:
    title = catalogue.entries()[finding.code].title
    lines = [f"  {finding.code} {title}: {finding.message}"]
    allowed = _allowed(finding, operation)
    if allowed:
        lines += textwrap.wrap(f"allowed: {allowed}", 110, initial_indent="    ", subsequent_indent="      ")
    for each in finding.evidence[:1]:
        lines.append(f"    known from: {each}")
    return lines


def _allowed(finding: Finding, operation: Operation | None) -> str:
    """The shape that the contract has for what is wrong."""
    if operation is None:
        return ""
    body = next(iter(operation.content.values()), None)
    if finding.subject != "body" or body is None:
        named = [each for each in operation.parameters if f"{each.location} {each.name}" == finding.subject]
        return f"{named[0].location} parameter {named[0].name!r}" if named else ""
    members = operation.members(body)
    name = finding.pointer.split("/")[1] if finding.pointer else ""
    if name in members:
        return f"{name} as {_brief(members[name])}"
    return ", ".join(f"{each} ({_brief(schema)})" for each, schema in list(members.items())[:12])


def _brief(schema: Mapping[str, Any]) -> str:
    """A schema in a few words."""
    kinds = schema.get("type", "any")
    words = [" or ".join(kinds) if isinstance(kinds, (list, tuple)) else str(kinds)]
    if "enum" in schema:
        words.append("one of " + ", ".join(map(str, schema["enum"])))
    names = ("format", "minimum", "maximum", "minLength", "maxLength", "pattern")
    words += [f"{name} {schema[name]}" for name in names if name in schema]
    return ", ".join(words)


def _shown(body: bytes) -> str:
    """A body as people read it; the diary has hidden its secrets already."""
    try:
        text = json.dumps(strictjson.loads(body), indent=2, ensure_ascii=False) if body else ""
    except strictjson.JsonProblem:
        text = body.decode(errors="replace")
    return text if len(text) <= _MAX_BODY else f"{text[:_MAX_BODY]}... ({len(body)} bytes)"


def printable_lines(lines: Iterable[str]) -> list[str]:
    """Lines that steer no terminal."""
    return [printable(line) for each in lines for line in (each.splitlines() or [""])]
