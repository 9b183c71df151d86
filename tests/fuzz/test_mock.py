"""What people and clients tell a mock: faults, scenarios, preferences, orders, requests, and documents once more."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lumakit.clock import VirtualClock
from lumakit.draws import Draw
from lumakit.errors import InputError
from lumakit.model import Headers, Request, Response
from mockserver import MockProvider, negotiation, prefer, scenario
from mockserver.control.document import contract as control_contract
from mockserver.faults import mapping, text
from mockserver.faults.fault import Fault
from mockserver.webhooks import policy
from tests.fuzz.matter import TOKENS, in_time, law, spoiled_bytes, spoiled_texts, spoiled_values, told, values
from tests.fuzz.test_documents import SPECS
from tests.mockserver.control.desk import JSON, NAME, Desk
from tests.mockserver.faults.test_text import READ as FAULTS
from tests.mockserver.test_repeats import FILMS

SCENARIOS = ["95% success, 5% fail:moderation", "fail:moderation + late", "slow+early", "33.3% stuck , 66.7 % retry"]
PREFERENCES = [
    'code=429, example="a b", dynamic',
    'status=failed;delay=2.5, scenario="fail + late"',
    "seed=x,, ;code=1",
]
QUERIES = ["__code=429&a=b&__scenario=fail%3Aquota", "__delay=1&__delay=2", "%zz=%ff&__seed=%F0%9F%98%80"]
ACCEPTS = ["application/json;q=0.5, text/*;q=0, */*", 'a/b;x="\\"";q=1', "video/mp4,video/*;q=0.1"]
POLICIES = [*policy.POLICIES, *(str(each) for each, _ in policy.POLICIES.values())]


def spoiled_queries(specimens: list[str]) -> st.SearchStrategy[str]:
    """Spoiled queries as a door reads them: of bytes, each is a letter."""
    return spoiled_bytes([each.encode() for each in specimens]).map(lambda raw: raw.decode("latin-1"))


@law
@given(spoiled_texts(list(FAULTS)))
def test_any_text_is_a_fault_that_says_itself_or_is_refused(said: str) -> None:
    found = told(text.parse, said)
    if isinstance(found, Fault):
        assert mapping.from_json(json.loads(json.dumps(found.to_json()))) == found


@law
@given(spoiled_values([fault.to_json() for fault in FAULTS.values()]))
def test_any_value_is_a_fault_or_is_refused(given_: Any) -> None:
    found = told(mapping.from_json, given_)
    assert isinstance(found, InputError) or text.parse(str(found)) == text.parse(str(text.parse(str(found))))


@law
@given(spoiled_texts(SCENARIOS))
def test_any_text_is_a_scenario_that_can_be_drawn_or_is_refused(said: str) -> None:
    found = told(scenario.parse, said)
    if isinstance(found, scenario.Mixture):
        assert isinstance(found.pick(Draw("0")), scenario.Scenario)
    told(scenario.magic, f"a cat [[{said}]] [[{said}")


@law
@given(st.lists(spoiled_texts(PREFERENCES), max_size=3), spoiled_texts(QUERIES))
def test_any_preferences_are_read_or_left_aside_with_a_reason(said: list[str], query: str) -> None:
    request = Request("GET", "/x", query, tuple(("Prefer", each) for each in said))
    found = told(prefer.read, request)
    assert not isinstance(found, InputError)
    _, wishes = found
    assert wishes.spelled(wishes.given).isascii()


@law
@given(spoiled_texts(ACCEPTS))
def test_any_accept_header_chooses_what_is_offered_or_nothing(accept: str) -> None:
    with in_time():
        chosen = negotiation.choose(("application/json", "video/mp4"), accept)
    assert chosen in (None, "application/json", "video/mp4")


@law
@given(spoiled_texts(POLICIES))
def test_any_text_is_a_policy_of_retries_or_is_refused(said: str) -> None:
    found = told(policy.parse, said)
    assert isinstance(found, InputError) or policy.parse(str(found)) == found


# --- the control API --------------------------------------------------------------------------------------------------

CHANGES = [each for each in control_contract().operations.values() if each.content]
BODIES = [
    {"speed": 2.5, "frozen": False},
    {"advance_s": 60, "allow_backwards": False},
    {
        "kind": "generation",
        "id": "one",
        "status": "completed",
        "prompt": "x",
        "scenario": "fail",
        "key": "k",
        "provider": "chainhub",
    },
    {"scenario": "90% success, 10% fail", "key": "k", "provider": "chainhub"},
    {"faults": ["503 every 3rd", {"kind": "status", "status": 503, "provider": "chainhub"}]},
    {"text": "latency 2", "kind": "rate", "count": 1, "window_s": 60},
    {"reason": "moderation", "status": "failed", "progress": 50},
]


@law
@given(st.sampled_from(CHANGES), spoiled_values(BODIES) | values(["speed", "kind", "id", "faults", "scenario"]))
def test_any_value_is_an_order_to_the_control_plane_or_is_refused(operation: Any, body: Any) -> None:
    ordered(operation, json.dumps(body).encode(errors="surrogatepass"))


@law
@given(st.sampled_from(CHANGES), spoiled_bytes([json.dumps(each).encode() for each in BODIES]))
def test_any_bytes_are_an_order_to_the_control_plane_or_are_refused(operation: Any, body: bytes) -> None:
    ordered(operation, body)


def ordered(operation: Any, body: bytes) -> None:
    desk = Desk()
    desk.seed(id="one")
    path = "/__admin" + operation.path.replace("{id}", "one")
    with in_time():
        answer = desk(Request(operation.method, path, "", (("Host", NAME), JSON), body, f"http://{NAME}"))
    assert answer.status < 500, answer
    assert operation.check_response(answer) == (), answer
    assert desk.get("/health")


@law
@given(
    st.sampled_from(["/tasks", "/requests", "/webhooks", "/tasks/one", "/clock", "/events", "/faults", "/nowhere"]),
    spoiled_queries(
        ["limit=5&before=abc", "phase=waiting&provider=chainhub&task=one", "status=404&refused=true", "since=9"]
    ),
    st.sampled_from(["GET", "HEAD", "DELETE", "OPTIONS"]),
)
def test_any_query_of_the_control_plane_is_answered_or_refused(path: str, query: str, method: str) -> None:
    desk = Desk()
    desk.seed(id="one")
    asked = Request(method, f"/__admin{path}", query, (("Host", NAME),), b"", f"http://{NAME}")
    with in_time():
        answer = desk.control(asked, ("127.0.0.1", 4010))
    status = answer.status if isinstance(answer, Response) else answer.head.status
    assert status < 500


# --- the data plane ---------------------------------------------------------------------------------------------------

SUBMIT = {
    "user_prompt": "a cat",
    "model_name": "ray-v2",
    "duration": "5s",
    "loop": False,
    "notify_hook": "http://127.0.0.1:9/h",
}
ODD = st.sampled_from([each.decode("latin-1") for each in TOKENS if len(each) < 400])


@law
@given(
    spoiled_bytes([json.dumps(SUBMIT).encode()]),
    st.lists(
        st.tuples(st.sampled_from(["Content-Type", "Accept", "Prefer", "Authorization", "Range"]), ODD), max_size=3
    ),
    spoiled_queries(QUERIES),
)
def test_whatever_is_posted_to_a_mock_is_answered_and_its_diary_can_be_told(
    body: bytes, headers: list[tuple[str, str]], query: str
) -> None:
    desk = Desk()
    given_: Headers = (("Authorization", "Bearer k"), JSON, *headers)
    with in_time():
        answer = desk.server(Request("POST", "/luma/generations", query, given_, body, f"http://{NAME}"))
    assert answer.status < 500 or "__code" in query, answer
    assert desk.get("/requests")["requests"]


KEYS = ["k", "0b1c6b5e-3f3d-4f2a-9b0a-6a8b7c9d0e1f", "a, b", "\xff"]


@law
@given(spoiled_texts(KEYS), spoiled_bytes([b'{"prompt": "a cat"}', b'{"prompt": "a cat", "n": [1, 1.0, -0]}']))
def test_any_key_of_idempotency_makes_one_task_or_none(key: str, body: bytes) -> None:
    mock = MockProvider(FILMS, clock=VirtualClock())
    asked = Request("POST", "/films", "", (JSON, ("Idempotency-Key", key)), body)
    with in_time():
        first, again = mock(asked), mock(asked)
    assert first.status < 500, first
    assert (first.status, bool(key) and first.body) == (again.status, bool(key) and again.body)
    assert len(mock.tasks) == (0 if first.status >= 400 else 1 if key else 2)


# --- documents that are read again ------------------------------------------------------------------------------------

SERVED = {name: (SPECS / "chainhub" / name).read_bytes() for name in ("openapi.yaml", "lifecycle.yaml")}
LAYERS = ("additions.overlay.yaml", "corrections.overlay.yaml")


@law
@given(st.sampled_from(sorted(SERVED)), st.data())
def test_any_documents_are_served_or_refused_when_they_are_read_again(name: str, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as above:
        folder = Path(above, "acme")
        folder.mkdir()
        for each in (*SERVED, *LAYERS):
            (folder / each).write_bytes((SPECS / "chainhub" / each).read_bytes())
        mock = MockProvider(folder, clock=VirtualClock())
        key, before = mock.tasks.seed("generation").id, mock.contract
        (folder / name).write_bytes(data.draw(spoiled_bytes([SERVED[name]])))
        refused = isinstance(told(mock.reload), InputError)
    assert (mock.contract is before) is refused
    assert mock.tasks[key].status == "pending"
    assert mock(Request("GET", "/nowhere")).status == 404
