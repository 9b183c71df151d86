"""What an application sent is held against the contract, and told so that a stranger understands it.

Knows exchanges and contracts. Does not know pytest: it makes texts, and who asks decides what fails.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from lumakit import strictjson
from lumakit.check.identity import identity
from lumakit.check.reports.digest import plural
from lumakit.check.verdict import Open
from lumakit.contract.operation import Operation
from lumakit.model import Exchange, Finding
from lumakit.pytest import names
from lumakit.pytest.catcher import advice
from lumakit.pytest.mock import Mock
from lumakit.pytest.mocks import Stray
from lumakit.pytest.witness import Origin
from lumakit.report import printable

MAX_TOLD = 5
_MAX_BODY = 600


def broken(mock: Mock, after: int = 0) -> list[str]:
    """What an application did to a mock that its contract does not allow, from the exchange behind a number on."""
    alike: dict[object, list[Exchange]] = {}
    for each in mock.requests():
        if each.number > after and (findings := unallowed(mock, each)):
            alike.setdefault(_likeness(mock, each, findings), []).append(each)
    several = list(alike.values())
    told = [_told(mock, each) for each in several[:MAX_TOLD]]
    if more := sum(map(len, several[MAX_TOLD:])):
        told.append(f"and {plural(more, 'more request')} that {mock.contract.name} does not take")
    return told


def _likeness(mock: Mock, exchange: Exchange, findings: Iterable[Finding]) -> object:
    """What requests have in common that are told once: the lines they come from, and what is wrong with them."""
    return mock.origins.get(exchange.number), exchange.response.status, tuple(map(identity, findings))


class Uncalled(NamedTuple):
    """An operation that was to be called and was not: of which mock, as it was named, and what was asked instead."""

    mock: Mock
    operation: str
    told: str


def uncalled(mocks: Iterable[Mock]) -> list[Uncalled]:
    """The operations that were to be called, and were not: of several mocks that share a wish, one fulfils it."""
    missing: dict[object, Uncalled] = {}
    called = set()
    for mock in mocks:
        for name in mock.choices.calls:
            wish = (name, mock.choices.places.get("calls"))
            try:
                mock.assert_called(name)
            except AssertionError as error:
                missing.setdefault(wish, Uncalled(mock, name, str(error)))
            else:
                called.add(wish)
    return [each for wish, each in missing.items() if wish not in called]


def place(origin: Origin, test: str) -> str:
    """By which test something was sent, and from which lines."""
    told = [f"by {test}"] if test else []
    told += [f"at {origin.application}"] if origin.application else []
    told += [f"called at {origin.test}"] if origin.test not in ("", origin.application) else []
    return ", ".join(told)


def left_open(stray: Stray) -> Open:
    """A request to nobody that is mocked, as a report tells it: nobody can judge it."""
    sent = f"sent {place(stray.origin, stray.test)}"
    if stray.is_name:
        return Open(f"a request to {stray.asked} was not let out", f"by a library that is not httpx, {sent}")
    return Open(f"{stray.asked} was not answered", f"it is nobody's that is mocked; {sent}")


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


def unallowed(mock: Mock, exchange: Exchange) -> list[Finding]:
    """What is wrong with a request, and was not said to be allowed."""
    return [each for each in found(mock, exchange) if each.code not in mock.choices.allow]


def _told(mock: Mock, alike: Sequence[Exchange]) -> str:
    exchange, contract = alike[0], mock.contract
    request, findings = exchange.request, unallowed(mock, exchange)
    operation = contract.operations.get(exchange.operation)
    page = next(iter(contract.pages(operation)), "") if operation else ""
    these = "this request of the application:"
    if len(alike) > 1:
        these = f"{len(alike)} requests of the application that are alike, of which this is the first:"
    lines = [f"{contract.name} does not take {these}", ""]
    lines += [f"    {request.method} {request.path}{'?' if request.query else ''}{request.query}"]
    lines += textwrap.indent(_shown(request.body), "    ").splitlines()
    lines += [*_where(mock.origins.get(exchange.number, Origin()), mock.test), ""]
    lines += [line for finding in findings for line in _wrong(finding, operation, page)]
    lines += ["", f"  it was answered {exchange.response.status}"]
    lines += [f"  documented at {page}"] if page else []
    lines += [f"  `lumakit show {contract.name}` lists what {contract.name} takes"]
    codes = ", ".join(dict.fromkeys(repr(each.code) for each in findings))
    lines += [f"  on purpose? @pytest.mark.lumakit(allow=[{codes}]), or judge=False for everything"]
    return "\n".join(printable_lines(lines))


def strayed(strays: Iterable[Stray], addresses: Iterable[str]) -> list[str]:
    """What an application asked of nobody that is mocked, each once."""
    known = tuple(dict.fromkeys(addresses))
    told = []
    for each in dict.fromkeys(strays):
        said, *hints = _nobodys(each, known)
        lines = [f"{said}:", "", f"    {each.asked}", *_where(each.origin, each.test), "", *hints]
        told.append("\n".join(printable_lines(lines)))
    return told


def _nobodys(stray: Stray, known: Sequence[str]) -> list[str]:
    """What has happened, and what to try."""
    if stray.is_name:
        said = "a library that is not httpx was about to reach the real provider"
        return [said, "  nothing was sent: in this process only httpx is answered by the mock", f"  {names.ADVICE}"]
    said = "the application asked somebody who is not mocked here"
    return [said, f"  mocked is {', '.join(known) or 'nothing'}", f"  {advice(stray.asked, known)}"]


def _where(origin: Origin, test: str) -> list[str]:
    """From which lines it was sent; of a request that came through a port nobody sees more than the test."""
    told = [f"  sent at {origin.application}"] if origin.application else []
    if origin.test and origin.test != origin.application:
        told.append(f"  called by the test at {origin.test}")
    if not origin.test and test:
        told.append(f"  while {test} ran")
    return told


def _wrong(finding: Finding, operation: Operation | None, page: str) -> list[str]:
    """What a finding says, what is allowed, and how that is known, where no page tells it."""
    lines = [f"  {finding.code} {finding.message}"]
    allowed = _allowed(finding, operation)
    if allowed:
        lines += textwrap.wrap(f"allowed: {allowed}", 110, initial_indent="    ", subsequent_indent="      ")
    return lines + [f"    known from: {each}" for each in finding.evidence[:1] if each != page]


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
    limits = ("format", "minimum", "maximum", "minLength", "maxLength", "pattern")
    words += [f"{name} {schema[name]}" for name in limits if name in schema]
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
