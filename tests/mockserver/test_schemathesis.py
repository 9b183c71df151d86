"""schemathesis against the mock, in process: every operation of every provider, in both editions, all phases.

What it is not asked stands in LEFT_OUT and where it is set, with the reason. That it would complain is shown by mocks
that were spoiled on purpose.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import pytest
import schemathesis
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import Interaction

import lumakit
from lumakit.clock import VirtualClock
from lumakit.contract.compile import Contract
from lumakit.contract.inventory import IGNORED_HEADERS
from lumakit.contract.lens import Misspelled
from lumakit.model import Edition, Phase, Request, Response
from mockserver import MockProvider
from mockserver.door.asgi import Door
from tests.mockserver.story import KEY

CONTRACTS = {f"{name}-{e}": lumakit.load(name, e) for name in ("apiframe", "chainhub", "kkiai") for e in Edition}
EXAMPLES = 20
STEP_S = 100.0  # so that some tasks are still at work when they are looked at, and some have finished
PHASES = ("examples", "coverage", "fuzzing", "stateful")
ASKED = (
    "allow_header_conformance",
    "content_type_conformance",
    "ensure_resource_availability",
    "ignored_auth",
    "missing_required_header",
    "negative_data_rejection",
    "not_a_server_error",
    "positive_data_acceptance",
    "response_headers_conformance",
    "response_schema_conformance",
    "status_code_conformance",
    "unsupported_method",
)
LEFT_OUT = {
    "max_response_time": "A time measured in a test says more of the machine than of the mock: bench/ measures.",
    "object_level_authorization": "It needs two accounts of its own kind (a WFC file); test_machine.py looks at every "
    "task with another key.",
    "use_after_free": "It looks for what was deleted, and no provider documents a DELETE.",
}


@dataclass
class Verdict:
    """What schemathesis asked, what it was answered, and what it complains of."""

    contract: Contract
    checks: set[str] = field(default_factory=set)
    answers: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    words: set[str] = field(default_factory=set)
    complaints: list[tuple[str, str]] = field(default_factory=list)

    def take(self, event: events.EngineEvent) -> None:
        """Note what an event of the engine tells."""
        if isinstance(event, events.NonFatalError):
            self.complaints.append(("error", f"{event.label}: {event.value!r}"))
        if isinstance(event, events.FatalError):
            self.complaints.append(("error", repr(event.exception)))
        if isinstance(event, events.ScenarioFinished):
            for interaction in event.recorder.interactions.values():
                self._seen(event.phase.value, interaction)
            for node in (node for nodes in event.recorder.checks.values() for node in nodes):
                self.checks.add(node.name)
                if node.failure_info:
                    failure = node.failure_info.failure
                    self.complaints.append((node.name, f"{failure.title}: {failure.message}"))

    def _seen(self, phase: str, interaction: Interaction) -> None:
        address, answer = urlsplit(interaction.request.uri), interaction.response
        assert answer is not None
        assert self.contract.reading is not None
        operation = self.contract.route(Request(interaction.request.method, address.path)).operation
        self.answers[phase, operation.key if operation else "", answer.status_code] += 1
        with suppress(Misspelled, ValueError):  # spoiled on purpose
            self.words.add(self.contract.reading.lens.read(json.loads(answer.content)).get("status", ""))


def readable(contract: Contract) -> dict[str, Any]:
    """The document without the header parameters that OpenAPI tells everybody to ignore: schemathesis insists on them.

    The published pages have some, such as a required `Accept`.
    """
    document = contract.bundled()
    for operation in (each for item in document["paths"].values() for each in item.values()):
        given = operation.get("parameters", [])
        operation["parameters"] = [
            each for each in given if each["in"] != "header" or each["name"].lower() not in IGNORED_HEADERS
        ]
    return document


def settings(contract: Contract, phases: tuple[str, ...]) -> dict[str, Any]:
    """What schemathesis is told, and nothing is looked up in files."""
    scheme = next(iter(contract.operations.values())).security.schemes[0]
    stateful = {
        "enabled": "stateful" in phases,
        # The links it infers make one id of a list of ids and put that into the path with its slashes and question
        # marks as they are, which asks for another path. The documents' own links are followed.
        "inference": {"algorithms": []},
    }
    return {
        "seed": 1,
        "base-url": "http://mock.example",
        "headers": {scheme.name: f"{scheme.word.title()} {KEY}".strip()},
        "generation": {"deterministic": True, "max-examples": EXAMPLES, "database": "none", "no-shrink": True},
        "phases": {**{name: {"enabled": name in phases} for name in PHASES}, "stateful": stateful},
        "checks": {"enabled": False, **{name: {"enabled": True} for name in ASKED}},
    }


def judged(contract: Contract, answer: Callable[[Request], Response], *phases: str) -> Verdict:
    """The verdict of schemathesis on something that answers."""
    config = schemathesis.Config.from_dict(settings(contract, phases or PHASES))
    schema = schemathesis.openapi.from_dict(readable(contract), config=config)
    schema.app = Door(answer)
    verdict = Verdict(contract)
    for event in from_schema(schema).execute():
        verdict.take(event)
    return verdict


def mocked(contract: Contract) -> Callable[[Request], Response]:
    """A mock on whose clock time passes with each request."""
    clock = VirtualClock()
    mock = MockProvider(contract, clock=clock, api_keys=[KEY], credits_given=10**6)

    def answer(request: Request) -> Response:
        clock.advance(STEP_S)
        return mock(request)

    return answer


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_schemathesis_has_nothing_to_say(contract: Contract) -> None:
    verdict = judged(contract, mocked(contract))
    assert verdict.complaints == []
    assert verdict.checks == set(ASKED)
    assert {phase for phase, _, _ in verdict.answers} == set(PHASES)
    for key, operation in contract.operations.items():
        statuses = {status for _, asked, status in verdict.answers if asked == key}
        assert statuses >= ({400, 401} if operation.content else {401}), key
        assert statuses & {200, 409}, f"{key} was never asked for something that is there"
    assert contract.reading is not None
    assert Phase.SUCCEEDED in {contract.reading.lifecycle.words.get(word) for word in verdict.words}


def test_every_check_that_there_is_is_asked_or_left_out_for_a_reason() -> None:
    load_all_checks()
    assert {*CHECKS.get_all_names(), "max_response_time"} == {*ASKED, *LEFT_OUT}


def test_schemathesis_asks_the_same_when_it_is_run_again() -> None:
    contract = CONTRACTS["chainhub-corrected"]
    first, second = (judged(contract, mocked(contract), "stateful") for _ in range(2))
    assert first.answers == second.answers


# --- spoiled mocks ----------------------------------------------------------------------------------------------------


Spoil = Callable[[Request, Response], Response]


def told(old: int, new: int, *methods: str) -> Spoil:
    """Another status in place of one, for some methods or for all."""

    def spoil(request: Request, response: Response) -> Response:
        meant = response.status == old and (not methods or request.method in methods)
        return replace(response, status=new) if meant else response

    return spoil


def with_header(name: str, value: str) -> Spoil:
    """Another value of a header, in every answer."""

    def spoil(_: Request, response: Response) -> Response:
        kept = [header for header in response.headers if header[0] != name]
        return replace(response, headers=(*kept, (name, value)))

    return spoil


def of_sevens(_: Request, response: Response) -> Response:
    """A body with its own keys, and no value that anybody would expect."""
    body = json.loads(response.body) if response.status == 200 else None
    return replace(response, body=json.dumps(dict.fromkeys(body, 7)).encode()) if isinstance(body, dict) else response


SPOILED: dict[str, Spoil] = {
    "status_code_conformance": told(200, 418),
    "response_schema_conformance": of_sevens,
    "content_type_conformance": with_header("Content-Type", "text/plain"),
    "not_a_server_error": told(400, 500),
    "ensure_resource_availability": told(200, 404, "GET"),
    "positive_data_acceptance": told(200, 400),
    "negative_data_rejection": told(400, 200),
    "ignored_auth": told(401, 200),
    "unsupported_method": told(405, 200),
    "allow_header_conformance": with_header("Allow", "DELETE"),
}
NOT_SPOILED = {
    "missing_required_header": "no header is required but those that OpenAPI ignores",
    "response_headers_conformance": "the only documented header, Retry-After, need not be sent and may be any text",
}


@pytest.mark.parametrize(("check", "spoil"), SPOILED.items(), ids=SPOILED)
def test_schemathesis_complains_of_a_spoiled_mock(check: str, spoil: Spoil) -> None:
    contract = CONTRACTS["chainhub-corrected"]
    answer = mocked(contract)
    phase = "stateful" if check == "ensure_resource_availability" else "coverage"
    verdict = judged(contract, lambda request: spoil(request, answer(request)), phase)
    assert check in {name for name, _ in verdict.complaints}


def test_every_check_has_a_spoiled_mock_or_a_reason() -> None:
    assert {*SPOILED, *NOT_SPOILED} == set(ASKED)
