"""The document of the control API: schemathesis finds nothing wrong with what it drives, and all of it is served.

What schemathesis is not asked stands here with the reason.
"""

from __future__ import annotations

import json
from typing import Any

import schemathesis
from schemathesis.engine import from_schema
from schemathesis.engine.recorder import Interaction

from lumakit.clock import SystemClock
from lumakit.contract.compile import Contract
from lumakit.contract.entrance import lint
from lumakit.contract.frozen import thaw
from lumakit.model import Request, Response
from mockserver.control.document import HANDLERS, contract
from mockserver.door.asgi import Door
from tests.mockserver.control.desk import CONTRACTS, NAME, Desk
from tests.mockserver.test_schemathesis import ASKED, PHASES, Verdict

EXAMPLES = 8
NOT_SPOKEN_OF = {"S126": "`status` is the provider's word: every provider has others"}
# Beside what schemathesis lets pass by itself: 422 answers a request that keeps the schemas, where these cannot say
# everything, such as a cursor of another listing, or a time beyond the end of the calendar.
ACCEPTED = ["2XX", "404", "409", "422"]


class Seen(Verdict):
    """A verdict on a document without a lifecycle."""

    def _seen(self, phase: str, interaction: Interaction) -> None:
        answer = interaction.response
        assert answer is not None
        path = interaction.request.uri.partition("?")[0].removeprefix(f"http://{NAME}")
        operation = self.contract.route(Request(interaction.request.method, path)).operation
        self.answers[phase, operation.key if operation else "", answer.status_code] += 1


def settings() -> dict[str, Any]:
    expected = {"enabled": True, "expected-statuses": ACCEPTED}
    return {
        "seed": 1,
        "base-url": f"http://{NAME}/__admin",
        "generation": {"deterministic": True, "max-examples": EXAMPLES, "database": "none", "no-shrink": True},
        "phases": {name: {"enabled": True} for name in PHASES},
        "checks": {
            "enabled": False,
            **{name: {"enabled": True} for name in ASKED},
            "positive_data_acceptance": expected,
        },
    }


def narrowed() -> dict[str, Any]:
    """The document with the words that only the served provider knows: so that some tasks and faults come to life."""
    document = contract().bundled()
    schemas = document["components"]["schemas"]
    schemas["Seed"]["properties"] |= {
        "provider": {"const": "chainhub"},
        "kind": {"enum": ["generation"]},
        "status": {"enum": ["pending", "processing", "completed"]},
        "prompt": {"type": "string"},  # a text beyond 100,000 characters is more than can be generated reliably
    }
    schemas["Scenario"] = {"type": "string", "enum": ["success", "fail", "stuck", "slow"]}
    told = {"text": {"enum": ["latency 1s", "503 every 3rd"]}, "provider": {"const": "chainhub"}}
    schemas["FaultOrder"] = {"type": "object", "required": ["text"], "properties": told, "additionalProperties": False}
    return document


def asked(desk: Desk) -> Seen:
    """The verdict of schemathesis on the control API; its streams end at once."""

    async def hurry() -> None:
        desk.control.hurry()

    schema = schemathesis.openapi.from_dict(narrowed(), config=schemathesis.Config.from_dict(settings()))
    schema.app = Door(lambda _: Response(404), on_start=hurry, control=desk.control)
    verdict = Seen(contract())
    for event in from_schema(schema).execute():
        verdict.take(event)
    return verdict


def test_schemathesis_has_nothing_to_say() -> None:
    verdict = asked(Desk("chainhub", clock=SystemClock(0)))
    assert verdict.complaints == []
    assert {phase for phase, _, _ in verdict.answers} == set(PHASES)
    served = {key for _, key, status in verdict.answers if status < 300}
    about_one = {key for key in verdict.contract.operations if "{" in key}
    assert served >= verdict.contract.operations.keys() - about_one
    assert served & about_one, "nothing was ever asked for that is there"


def test_every_operation_has_a_handler_and_every_handler_an_operation() -> None:
    ids = {operation.id for operation in contract().operations.values()}
    assert ids == {*HANDLERS, "getDocument", "getEvents"}


def test_the_document_is_served_and_lints_clean() -> None:
    served = Desk().get("/openapi.json")
    assert served == json.loads(json.dumps(contract().bundled()))
    found = {finding.code for finding in lint("mockserver/control/openapi.yaml")}
    assert found <= NOT_SPOKEN_OF.keys()


def test_the_examples_of_the_document_are_answers_of_its_own() -> None:
    for operation in contract().operations.values():
        check(operation.key, contract())


def check(key: str, compiled: Contract) -> None:
    """The examples of an operation's bodies keep its own schemas."""
    operation = compiled.operations[key]
    for answer in operation.answers.values():
        for body in answer.content.values():
            assert all(operation.accepts(body, thaw(value)) for value in body.examples.values()), key


def test_no_provider_documents_a_path_of_ours() -> None:
    for each in CONTRACTS.values():
        assert not any(operation.path.startswith("/__admin") for operation in each.operations.values())
