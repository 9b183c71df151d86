"""MockProvider: who may ask, what is refused and how, what a request may wish for, accounts, reloads, files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import lumakit
from lumakit.clock import VirtualClock
from lumakit.errors import UsageError
from lumakit.model import Headers, Request, Response
from mockserver import MockProvider
from mockserver.admission import BODY_BYTES
from mockserver.journal import Wanted
from mockserver.stores import Document
from mockserver.stores.memory import MemoryStore
from tests.mockserver.story import User

JOBS = Path(__file__).parent.parent / "data" / "jobs.yaml"
GENERATIONS = "/luma/generations"
JSON: Headers = (("Content-Type", "application/json"),)
KEY: Headers = (("Authorization", "Bearer k"),)
BODY = b'{"user_prompt": "a cat"}'


def chainhub(**choices: Any) -> MockProvider:
    return MockProvider("chainhub", clock=VirtualClock(), **choices)


def post(mock: MockProvider, body: bytes = BODY, headers: Headers = KEY + JSON, query: str = "") -> Response:
    return mock(Request("POST", GENERATIONS, query, headers, body))


def reason(response: Response) -> str:
    return response.header("mock-reason") or ""


# --- who may ask ------------------------------------------------------------------------------------------------------


def test_without_a_key_the_documented_answer_says_so() -> None:
    refused = post(chainhub(), headers=JSON)
    assert (refused.status, json.loads(refused.body)["error"]["type"]) == (401, "new_api_error")
    assert "the header Authorization with `Bearer <token>`" in reason(refused)


@pytest.mark.parametrize(("key", "status"), [("k", 200), ("other", 200), ("stranger", 401), ("", 401)])
def test_only_the_keys_that_were_given_are_accepted(key: str, status: int) -> None:
    mock = chainhub(api_keys=["k", "other"])
    assert post(mock, headers=(("Authorization", f"Bearer {key}"), *JSON)).status == status


def test_a_raw_key_and_the_same_key_behind_bearer_are_one_owner() -> None:
    contract = lumakit.load("apiframe")
    mock = MockProvider(contract, clock=VirtualClock())
    task = json.loads(User(contract, mock, key="k").submit(next(iter(contract.reading.tasks.values()))).body)  # type: ignore[union-attr]
    for shown in ("k", "Bearer k"):
        answer = mock(Request("POST", "/fetch", "", (("Authorization", shown), *JSON), json.dumps(task).encode()))
        assert answer.status == 200


def test_the_diary_knows_everything_but_the_secrets() -> None:
    mock = chainhub(api_keys=["k-secret-1234"])
    post(mock, headers=(("Authorization", "Bearer k-secret-1234"), *JSON))
    post(mock, headers=(("Authorization", "Bearer wrong-secret-5678"), *JSON))
    made, refused = mock.journal.entries()
    assert (made.response.status, made.operation, len(made.tasks), made.reason) == (200, f"POST {GENERATIONS}", 1, "")
    assert (refused.response.status, refused.reason) == (401, "the key is none of those that this server was given")
    assert "secret" not in repr(mock.journal.entries())
    assert mock.journal.entries(Wanted(refused=True)) == [refused]


# --- what is refused --------------------------------------------------------------------------------------------------

REFUSED = [
    ("POST", GENERATIONS, b"{", JSON, 400, "the body is not JSON"),
    ("POST", GENERATIONS, b'{"user_prompt": 7}', JSON, 400, 'not of type "string"'),
    ("POST", GENERATIONS, b"", JSON, 400, "the body is missing"),
    ("POST", GENERATIONS, b"a cat", (("Content-Type", "text/plain"),), 415, "text/plain"),
    ("POST", GENERATIONS, BODY, (), 415, "no content type"),
    ("POST", GENERATIONS, BODY, (*JSON, ("Accept", "text/html")), 406, "only application/json"),
    ("POST", GENERATIONS, BODY, (*JSON, ("Accept", "text/html"), ("Accept", "application/*")), 200, ""),
    ("POST", GENERATIONS, b" " * (BODY_BYTES + 1), JSON, 413, "more than 10485760 bytes"),
    ("GET", f"{GENERATIONS}/nobody", b"", (), 404, "no task of this key has that id"),
    ("POST", f"{GENERATIONS}/nobody/extend", BODY, JSON, 404, "no task of this key has that id"),
    ("GET", "/luma/generation", b"", (), 404, f"the nearest is POST {GENERATIONS}"),
    ("GET", "/", b"", (), 404, "nothing is documented at /"),
    ("DELETE", GENERATIONS, b"", (), 405, "DELETE is not documented here, only POST"),
    ("HEAD", GENERATIONS, b"", (), 405, "HEAD is not documented here, only POST"),
]


@pytest.mark.parametrize(("method", "path", "body", "headers", "status", "why"), REFUSED)
def test_a_request_is_refused_with_the_reason(
    method: str, path: str, body: bytes, headers: Headers, status: int, why: str
) -> None:
    mock = chainhub(self_check=True)
    answer = mock(Request(method, path, "", KEY + headers, body))
    assert answer.status == status
    assert why in reason(answer)
    assert mock.journal.entries()[-1].reason == (reason(answer) if status != 200 else "")
    assert answer.header("x-request-id")


def test_where_nothing_is_documented_the_problem_names_what_is_wrong() -> None:
    answer = MockProvider(JOBS)(Request("POST", "/jobs", "", JSON, b'{"prompt": 7, "size": "x"}'))
    assert (answer.status, answer.header("content-type")) == (400, "application/problem+json")
    problem = json.loads(answer.body)
    assert problem["title"] == "The request does not keep the contract"
    assert {"location": "body", "pointer": "/prompt"}.items() <= problem["validation"][0].items()


def test_the_methods_of_a_path_can_be_asked_for() -> None:
    mock = chainhub()
    single = mock(Request("OPTIONS", f"{GENERATIONS}/x"))
    assert (single.status, single.header("allow")) == (204, "GET, HEAD, OPTIONS")
    assert mock(Request("OPTIONS", "*")).status == 204
    assert mock(Request("OPTIONS", "/nowhere")).status == 404
    assert mock(Request("PUT", f"{GENERATIONS}/x", "", KEY)).header("allow") == "GET, HEAD, OPTIONS"


def test_a_head_is_a_get_without_the_body() -> None:
    mock = chainhub()
    key = json.loads(post(mock).body)["id"]
    told, head = (mock(Request(method, f"{GENERATIONS}/{key}", "", KEY)) for method in ("GET", "HEAD"))
    assert (head.status, head.body) == (200, b"")
    assert head.header("content-length") == str(len(told.body))


def test_what_is_too_large_to_be_read_is_refused_in_the_words_of_the_provider() -> None:
    mock = chainhub()
    answer = mock.too_large(Request("POST", GENERATIONS, "", KEY + JSON))
    assert (answer.status, "error" in json.loads(answer.body)) == (413, True)
    assert mock.too_large(Request("POST", "/nowhere")).header("content-type") == "application/problem+json"
    assert [entry.response.status for entry in mock.journal.entries()] == [413, 413]


def test_when_nothing_may_go_no_task_is_made() -> None:
    mock = chainhub(max_tasks=2)
    assert [post(mock).status for _ in range(3)] == [200, 200, 503]
    mock.tasks.complete(next(iter(mock.tasks)).id)
    assert [post(mock).status, post(mock).status, len(mock.tasks)] == [200, 503, 2]


def test_when_to_come_again_is_told_by_the_clock_that_moves_the_tasks() -> None:
    mock = chainhub(max_tasks=1)
    post(mock)
    assert isinstance(mock.clock, VirtualClock)
    mock.clock.advance(int(post(mock).header("retry-after") or 0))
    assert post(mock).status == 200
    forever = chainhub(max_tasks=1, scenario="stuck")
    post(forever)
    assert [post(forever).status, post(forever).header("retry-after")] == [503, None]


def test_a_task_that_never_ends_is_not_dropped_for_another() -> None:
    mock = chainhub(max_tasks=1, scenario="stuck")
    key = json.loads(post(mock).body)["id"]
    assert isinstance(mock.clock, VirtualClock)
    mock.clock.advance(10**6)
    assert post(mock).status == 503
    assert mock.tasks[key].status == "processing"


def test_too_many_tasks_at_once_are_refused_and_each_is_read_once() -> None:
    mock = chainhub()
    key = json.loads(post(mock).body)["id"]
    for count, status in ((1000, 200), (1001, 400)):
        body = json.dumps({"ids": [key] * count}).encode()
        assert mock(Request("POST", "/luma/tasks", "", KEY + JSON, body)).status == status


def test_a_body_that_is_encoded_is_not_taken() -> None:
    for encoding, status in (("gzip", 415), ("identity", 200), ("Identity", 200)):
        assert post(chainhub(), headers=(*KEY, *JSON, ("Content-Encoding", encoding))).status == status


# --- wishes -----------------------------------------------------------------------------------------------------------


def wish(mock: MockProvider, prefer: str, body: bytes = BODY) -> Response:
    return post(mock, body, (*KEY, *JSON, ("Prefer", prefer)))


def test_a_task_is_born_in_the_word_that_is_wished_for() -> None:
    mock = chainhub()
    made = wish(mock, "status=completed")
    assert (json.loads(made.body)["state"], made.header("preference-applied")) == ("completed", 'status="completed"')
    key = json.loads(post(mock).body)["id"]
    told = mock(Request("GET", f"{GENERATIONS}/{key}", "__status=processing", KEY))
    assert json.loads(told.body)["state"] == "processing"
    assert mock.tasks[key].status == "processing"


@pytest.mark.parametrize(
    ("prefer", "status", "why"),
    [
        ("status=nonsense", 400, "'nonsense' is not a word of this provider"),
        ("scenario=fial", 400, "did you mean fail?"),
        ("code=418", 400, "418"),
        ("example=nobody", 400, "nobody"),
    ],
)
def test_a_wish_that_cannot_be_kept_is_refused(prefer: str, status: int, why: str) -> None:
    answer = wish(chainhub(), prefer)
    assert (answer.status, answer.header("content-type")) == (status, "application/problem+json")
    assert why in reason(answer)
    assert answer.header("preference-applied") is None


def test_a_wish_that_makes_no_sense_is_left_aside_and_said() -> None:
    answer = wish(chainhub(), "delay=never")
    assert answer.status == 200
    assert "delay" in reason(answer)
    both = wish(chainhub(), "code=200, status=completed")
    assert both.header("preference-applied") == "code=200"
    assert "status means nothing here" in reason(both)
    nothing = MockProvider(JOBS)(Request("POST", "/jobs", "__scenario=fail", JSON, b'{"prompt": "a"}'))
    assert reason(nothing).endswith("scenario means nothing here")


def test_a_task_born_at_its_end_is_told_with_what_it_has_by_then() -> None:
    mock = chainhub(self_check=True)
    assert json.loads(wish(mock, "status=completed").body)["video"]["width"] == 1280
    assert json.loads(wish(mock, "status=failed").body)["failure_reason"] == "Prompt processing failed"


def test_a_head_changes_nothing() -> None:
    mock = chainhub()
    key = json.loads(post(mock).body)["id"]
    mock(Request("HEAD", f"{GENERATIONS}/{key}", "__status=completed", KEY))
    assert mock.tasks[key].status == "pending"


def test_documented_answers_are_given_without_touching_a_task() -> None:
    mock = chainhub(self_check=True)
    assert wish(mock, "code=429").header("retry-after") is not None
    assert json.loads(wish(mock, "example=pending").body)["state"] == "pending"
    drawn = [wish(mock, "dynamic=true").body for _ in range(2)]
    seeded = [wish(mock, "dynamic=true, seed=7").body for _ in range(2)]
    assert drawn[0] != drawn[1]
    assert seeded[0] == seeded[1]
    assert len(mock.tasks) == 0


def test_a_delay_is_left_to_the_door() -> None:
    answer = wish(chainhub(), "delay=2")
    assert (answer.delay_s, answer.header("preference-applied")) == (2.0, "delay=2")


@pytest.mark.parametrize(
    ("choices", "prefer", "prompt", "scenario"),
    [
        ({}, "", "a cat", "success"),
        ({"scenario": "slow"}, "", "a cat", "slow"),
        ({"scenario": "slow", "scenarios": {"k": "stuck"}}, "", "a cat", "stuck"),
        ({"scenarios": {"k": "stuck"}}, "", "a cat [[fail:moderation]]", "fail:moderation"),
        ({"scenarios": {"k": "stuck"}}, "scenario=fast", "a cat [[fail]]", "fast"),
    ],
)
def test_the_nearest_scenario_decides(choices: dict[str, Any], prefer: str, prompt: str, scenario: str) -> None:
    mock = chainhub(**choices)
    wish(mock, prefer, json.dumps({"user_prompt": prompt}).encode())
    kept = mock.store.newest(1)[0].document
    assert kept["scenario"][0] == scenario


# --- how tasks move ---------------------------------------------------------------------------------------------------


def test_each_look_moves_the_task_it_looked_at_and_no_other() -> None:
    mock = chainhub(progress="looks")
    first, other = (json.loads(post(mock).body)["id"] for _ in range(2))
    told = [mock(Request("GET", f"{GENERATIONS}/{first}", "", KEY)) for _ in range(4)]
    assert [json.loads(each.body)["state"] for each in told] == ["pending", "processing", "completed", "completed"]
    mock(Request("HEAD", f"{GENERATIONS}/{other}", "", KEY))
    assert mock.tasks[other].status == "pending"
    batch = Request("POST", "/luma/tasks", "", KEY + JSON, json.dumps({"ids": [other, other]}).encode())
    assert [each["state"] for each in json.loads(mock(batch).body)] == ["pending", "pending"]
    assert mock.tasks[other].status == "processing"


def test_a_look_at_a_task_that_has_ended_changes_nothing() -> None:
    mock = chainhub(progress="looks")
    key = json.loads(post(mock).body)["id"]
    mock.tasks.complete(key)
    said: list[int] = []
    mock.events.listen(lambda: said.append(mock.events.last))
    mock(Request("GET", f"{GENERATIONS}/{key}", "", KEY))
    assert [each.kind for each in mock.events.since(0)] == ["request"]
    assert len(said) == 1


def test_an_unknown_progression_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="progress_invalid"):
        chainhub(progress="magic")


def test_the_same_seed_gives_the_same_life() -> None:
    one, two, other = chainhub(seed=7), chainhub(seed=7), chainhub(seed=8)
    assert post(one).body == post(two).body != post(other).body
    first = post(one).body
    one.reset()
    assert len(one.tasks) == 0
    assert post(one).body != first


# --- accounts ---------------------------------------------------------------------------------------------------------


def test_credits_go_down_with_what_is_spent_until_none_are_left() -> None:
    mock = MockProvider("apiframe", clock=VirtualClock(), credits_given=2, self_check=True)
    headers = (("Authorization", "k"), *JSON)
    submit = Request("POST", "/luma-imagine", "", headers, b'{"prompt": "a cat"}')
    account = Request("GET", "/account", "", headers)
    left = [json.loads(mock(account).body)["credits"]]
    statuses = []
    for _ in range(3):
        statuses.append(mock(submit).status)
        left.append(json.loads(mock(account).body)["credits"])
    assert (statuses, left) == ([200, 200, 402], [2, 1, 0, 0])


def test_what_is_refused_costs_nothing() -> None:
    mock = MockProvider("apiframe", clock=VirtualClock(), credits_given=5, max_tasks=1)
    headers = (("Authorization", "k"), *JSON)
    body = b'{"prompt": "a cat"}'
    statuses = [
        mock(Request("POST", "/luma-imagine", "__status=bogus", headers, body)).status,
        mock(Request("POST", "/luma-imagine", "", headers, body)).status,
        mock(Request("POST", "/luma-imagine", "", headers, body)).status,
    ]
    assert statuses == [400, 200, 503]
    assert json.loads(mock(Request("GET", "/account", "", headers)).body)["credits"] == 4


def test_every_key_begins_with_the_same_credits() -> None:
    mock = MockProvider("apiframe", clock=VirtualClock(), credits_given=2)
    assert json.loads(mock(Request("GET", "/account", "", (("Authorization", "new"),))).body)["credits"] == 2


def test_an_account_begins_with_what_the_document_shows() -> None:
    mock = MockProvider("apiframe", clock=VirtualClock())
    answer = mock(Request("GET", "/account", "", (("Authorization", "k"),)))
    assert json.loads(answer.body)["credits"] == 12000


# --- editions and reloads ---------------------------------------------------------------------------------------------


def test_the_published_page_is_taken_at_its_word() -> None:
    mock = MockProvider("chainhub", edition="published", clock=VirtualClock(), self_check=True)
    texts = "user_prompt image_url image_end_url notify_hook resolution duration model_name".split()
    everything = {**dict.fromkeys(texts, "x"), "expand_prompt": True, "loop": False}
    assert post(mock).status == 400
    told = json.loads(post(mock, json.dumps(everything).encode()).body)
    assert set(told) == {"code", "message", "request_id", "data"}
    assert told["data"]["task_status"] == "pending"
    assert isinstance(told["data"]["created_at"], int)


def test_a_reload_keeps_the_tasks_and_refuses_to_forget_their_words() -> None:
    mock = chainhub()
    key = json.loads(post(mock).body)["id"]
    mock.reload(lumakit.load("chainhub", "published"))
    assert mock.tasks[key].status == "pending"
    with pytest.raises(UsageError, match="does not know"):
        mock.reload(lumakit.load("apiframe"))
    assert mock.contract.name == "chainhub"


def test_after_a_reload_a_head_that_was_let_in_is_looked_at_anew(tmp_path: Path) -> None:
    document, text = tmp_path / "jobs.yaml", JOBS.read_text(encoding="utf-8")
    document.write_text(text, encoding="utf-8")
    mock, asked = MockProvider(document), Request("POST", "/jobs", "", JSON, b'{"prompt": "a cat"}')
    assert mock(asked).status == 202
    scheme = "components: {securitySchemes: {key: {type: http, scheme: bearer}}}"
    document.write_text(f"{text}\nsecurity: [{{key: []}}]\n{scheme}\n", encoding="utf-8")
    mock.reload(lumakit.load(document))
    assert mock(asked).status == 401


# --- any document -----------------------------------------------------------------------------------------------------


def test_a_document_without_a_lifecycle_is_answered_from_its_examples_or_its_schemas() -> None:
    mock = MockProvider(JOBS, self_check=True)
    made = mock(Request("POST", "/jobs", "", JSON, b'{"prompt": "a cat"}'))
    assert made.status == 202
    assert mock.contract.operation("POST /jobs").check_response(made) == ()
    assert mock(Request("POST", "/jobs", "", (*JSON, ("Accept", "text/csv")), b'{"prompt": "a"}')).status == 406


class Spoiled(MemoryStore):
    """A store that has lost the prompt of every task."""

    def get(self, key: str) -> Document | None:
        return {**(super().get(key) or {}), "asked": {"prompt": 7}}


def test_an_answer_that_breaks_the_contract_is_not_given_where_answers_are_checked() -> None:
    for self_check, status in ((False, 200), (True, 500)):
        mock = chainhub(store=Spoiled(), self_check=self_check)
        key = json.loads(wish(mock, "status=completed").body)["id"]
        answer = mock(Request("GET", f"{GENERATIONS}/{key}", "", KEY))
        assert answer.status == status
        assert ("breaks its own contract" in reason(answer)) == self_check
