"""The verbs of the control API: each is its Python twin; and whatever is sent, the answer is no bug of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lumakit.clock import SystemClock, VirtualClock
from lumakit.errors import UsageError
from lumakit.model import Headers, Request, Response
from mockserver import MockProvider
from mockserver.control.document import contract
from mockserver.gate import owner_of
from mockserver.outlook import VERBS
from tests.mockserver.control.desk import HERE, JSON, NAME, Desk
from tests.mockserver.story import KEY, User

BEARER = ("Authorization", f"Bearer {KEY}")


def submit(desk: Desk, prompt: str = "a gust of wind") -> str:
    """The id of a task that a client made."""
    body = json.dumps({"user_prompt": prompt}).encode()
    answer = desk.server(Request("POST", "/luma/generations", "", (BEARER, JSON), body))
    assert answer.status == 200, answer
    return str(json.loads(answer.body)["id"])


def facts(told: Any) -> tuple[Any, ...]:
    return tuple(told[name] for name in ("id", "status", "phase", "progress", "error", "prompt", "updated_at"))


# tasks


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("word", ["pending", "processing", "completed"])
def test_every_verb_is_its_python_twin(verb: str, word: str) -> None:
    by_http, in_python = Desk(), Desk()
    for desk in (by_http, in_python):
        desk.mock.tasks.seed("generation", id="one", status=word)
    told = by_http.ask("POST", f"/tasks/one/{verb}", {})
    if told.status == 200:
        getattr(in_python.mock.tasks, verb)("one")
    else:
        with pytest.raises(UsageError) as caught:
            getattr(in_python.mock.tasks, verb)("one")
        assert (told.status, told.code) == (409, caught.value.code)
    assert by_http.mock.tasks["one"] == in_python.mock.tasks["one"]
    assert by_http.mock.tasks.outlook("one") == in_python.mock.tasks.outlook("one")
    if told.status == 200:
        assert told.json == by_http.get("/tasks")["tasks"][0]


def test_a_task_fails_for_a_reason() -> None:
    desk = Desk()
    told = desk.ask("POST", f"/tasks/{submit(desk)}/fail", {"reason": "moderation"})
    assert (told.json["phase"], told.json["error"], told.json["verbs"]) == ("failed", "Frame moderation failed", [])


def test_a_task_is_told_with_its_plan_and_its_requests() -> None:
    desk = Desk()
    key = submit(desk, "<script>alert(1)</script>")
    told = desk.get(f"/tasks/{key}")
    assert told["prompt"] == "<script>alert(1)</script>"
    assert told["plan"][0]["status"] == told["status"] == "pending"
    assert told["plan"][0]["at"] == told["created_at"] == desk.clock.now()
    assert [each["operation"] for each in told["requests"]] == ["POST /luma/generations"]
    assert told["owner"] == owner_of(KEY)
    assert told["webhooks"] == []


def test_the_files_of_a_task_are_where_the_caller_reaches_us() -> None:
    for names, base in ((("chainhub",), ""), (("chainhub", "kkiai"), "/chainhub")):
        told = Desk(*names).seed(provider="chainhub", id="one", status="completed")
        assert told["results"] == [f"http://{NAME}{base}/__media/one/video.mp4"]
        assert told["thumbnail"] == f"http://{NAME}{base}/__media/one/thumbnail.jpg"


def test_a_task_that_is_made_by_hand_is_there_for_clients() -> None:
    desk = Desk()
    made = desk.ask("POST", "/tasks", {"kind": "generation", "id": "a-b/c", "api_key": KEY})
    assert (made.status, made.json["id"]) == (201, "a-b/c")
    place = made.response.header("location")
    assert place == "/__admin/tasks/a-b%2Fc?provider=chainhub"
    assert desk.get(place.removeprefix("/__admin"))["id"] == "a-b/c"
    user = User(desk.mock.contract, desk.server)
    mine = desk.ask("POST", "/tasks", {"kind": "generation", "id": "mine", "api_key": KEY}).json["id"]
    assert user.read(user.fetch(user.reading.tasks["generation"], mine))["id"] == "mine"


SEEDS = {
    "task_taken": (409, {"kind": "generation", "id": "taken"}),
    "kind_not_found": (404, {"kind": "nonsense"}),
    "provider_not_found": (404, {"kind": "generation", "provider": "nobody"}),
    "illegal_move": (409, {"kind": "generation", "status": "nonsense"}),
    "scenario_invalid": (422, {"kind": "generation", "scenario": "nonsense"}),
}


@pytest.mark.parametrize(("code", "case"), SEEDS.items())
def test_a_seed_that_cannot_be_is_refused(code: str, case: tuple[int, dict[str, str]]) -> None:
    desk = Desk()
    desk.seed(id="taken")
    told = desk.ask("POST", "/tasks", case[1])
    assert (told.status, told.code) == (case[0], code)
    assert len(desk.mock.tasks) == 1


def test_tasks_of_several_providers_are_one_list_the_newest_first() -> None:
    desk = Desk("chainhub", "apiframe", "kkiai")
    kinds = {"chainhub": "generation", "apiframe": "luma", "kkiai": "generation"}
    names = [list(kinds)[number % 3] for number in range(25)]
    for number, name in enumerate(names):
        desk.server.providers[name].tasks.seed(next(iter(desk.server.providers[name].contract.reading.tasks)))  # type: ignore[union-attr]
        assert isinstance(desk.clock, VirtualClock)
        desk.clock.advance(number % 2)
    seen: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = desk.get(f"/tasks?limit=4{cursor and f'&before={cursor}'}")
        assert page["total"] == 25
        seen += page["tasks"]
        cursor = page["next"]
    assert sorted(each["provider"] for each in seen) == sorted(names)
    assert len({(each["provider"], each["id"]) for each in seen}) == 25
    times = [each["created_at"] for each in seen]
    assert times == sorted(times, reverse=True)


def test_tasks_are_found_by_what_they_are() -> None:
    desk = Desk()
    desk.seed(id="red", status="completed", prompt="A Lighthouse", api_key=KEY)
    desk.seed(id="green", status="pending")
    found = {
        "?phase=succeeded": ["red"],
        "?phase=cancelled": [],
        f"?owner={owner_of(KEY)}": ["red"],
        "?q=lighthouse": ["red"],
        "?q=GREE": ["green"],
        "?provider=chainhub": ["green", "red"],
        "?q=e&limit=1": ["green"],
    }
    for query, ids in found.items():
        assert [each["id"] for each in desk.get(f"/tasks{query}")["tasks"]] == ids, query


def test_a_task_that_two_have_is_ambiguous_until_the_provider_is_named() -> None:
    desk = Desk("chainhub", "kkiai")
    for mock in desk.server.providers.values():
        mock.tasks.seed(next(iter(mock.contract.reading.tasks)), id="one")  # type: ignore[union-attr]
    for told in (desk.ask("GET", "/tasks/one"), desk.ask("POST", "/tasks/one/fail", {})):
        assert (told.status, told.code) == (409, "ambiguous")
    assert desk.get("/tasks/one?provider=kkiai")["provider"] == "kkiai"
    assert desk.ask("GET", "/tasks/one?provider=nobody").code == "provider_not_found"
    assert desk.ask("GET", "/tasks/two").code == "task_not_found"
    assert desk.ask("POST", "/tasks", {"kind": "generation"}).code == "ambiguous"


def test_a_document_without_a_lifecycle_is_listed_beside_others() -> None:
    desk = Desk()
    desk.server.providers["jobs"] = MockProvider("tests/data/jobs.yaml", clock=desk.clock)
    desk.mock.tasks.seed("generation")
    assert len(desk.get("/tasks")["tasks"]) == 1
    told = {each["name"]: each for each in desk.get("/settings")["providers"]}
    assert (told["jobs"]["lifecycle"], told["jobs"]["kinds"]) == (None, [])
    assert desk.ask("POST", "/tasks", {"kind": "x", "provider": "jobs"}).code == "no_lifecycle"


# requests


def test_requests_are_found_and_counted_with_the_same_words_as_in_python() -> None:
    desk = Desk()
    key = submit(desk)
    for path in ("/nowhere", f"/luma/generations/{key}", "/luma/generations/nobody"):
        desk.server(Request("GET", path, "", (BEARER, ("X-Trace", "7"))))
    wanted: list[dict[str, Any]] = [
        {},
        {"method": "get"},
        {"path": "/luma/*"},
        {"path": "/nowhere"},
        {"operation": "POST /luma/generations"},
        {"status": 404},
        {"task": key},
        {"owner": owner_of(KEY)},
        {"refused": True},
        {"unmatched": True},
        {"header": "x-trace"},
        {"header": "X-Trace: 7"},
        {"header": "X-Trace: 8"},
        {"body": "gust"},
    ]
    for each in wanted:
        numbers = [noted.number for noted in reversed(desk.mock.requests(**each))]
        query = "&".join(f"{name}={json.dumps(value).strip(chr(34))}" for name, value in each.items())
        query = query.replace(" ", "%20").replace(":", "%3A")
        listed = [desk.get(f"/requests?{query}"), desk.ask("POST", "/requests/find", each).json]
        assert [[found["number"] for found in told["requests"]] for told in listed] == [numbers, numbers], each
        assert desk.ask("POST", "/requests/count", each).json == {"count": len(numbers)}
    assert [each["path"] for each in desk.get("/requests/unmatched")["requests"]] == ["/nowhere"]


def test_only_what_is_new_is_told_after_a_look() -> None:
    desk = Desk()
    submit(desk)
    first = desk.get("/requests")
    submit(desk)
    assert [each["number"] for each in desk.get(f"/requests?after={first['last']}")["requests"]] == [2]
    page = desk.get("/requests?limit=1")
    assert [each["number"] for each in page["requests"]] == [2]
    assert [each["number"] for each in desk.get(f"/requests?before={page['next']}")["requests"]] == [1]


def test_no_secret_is_told_of_a_request() -> None:
    desk = Desk()
    submit(desk)
    assert KEY not in json.dumps(desk.get("/requests"))


def test_a_cursor_of_another_listing_is_refused() -> None:
    desk = Desk("chainhub", "kkiai")
    for path in ("/tasks?before=1", "/requests?after=1", "/requests?before=1.2.3.4"):
        assert desk.ask("GET", path).code == "cursor_invalid"


def test_an_exchange_that_is_not_kept_is_told() -> None:
    desk = Desk()
    submit(desk)
    assert desk.mock.journal[1].operation == "POST /luma/generations"
    for number in (0, 2):
        with pytest.raises(UsageError) as caught:
            desk.mock.journal[number]
        assert caught.value.code == "request_not_found"


# webhooks


def called_back(desk: Desk) -> Any:
    """The delivery about a task that has ended, which may not go where it should."""
    body = b'{"user_prompt": "x", "notify_hook": "http://10.0.0.1/done?token=canary-7"}'
    assert desk.server(Request("POST", "/luma/generations", "", (BEARER, JSON), body)).status == 200
    desk.ask("PUT", "/clock", {"advance_s": 10_000})
    desk.mock.webhooks.deliver_due()
    (told,) = desk.get("/webhooks")["deliveries"]
    return told


def test_deliveries_are_listed_without_secrets_and_sent_once_more() -> None:
    desk = Desk()
    told = called_back(desk)
    assert (told["provider"], told["state"], told["due_at"]) == ("chainhub", "blocked", None)
    assert told["reason"]
    assert "canary-7" not in json.dumps(told)
    assert desk.get(f"/tasks/{told['task']}")["webhooks"] == [told]
    assert desk.get("/webhooks?state=delivered")["deliveries"] == []
    assert desk.get(f"/webhooks?task={told['task']}&limit=1")["deliveries"] == [told]
    again = desk.ask("POST", f"/webhooks/{told['id']}/redeliver", {}).json
    assert (again["state"], again["due_at"]) == ("waiting", desk.clock.now())
    assert desk.ask("POST", "/webhooks/nobody/redeliver", {}).code == "delivery_not_found"


# the clock


def test_a_clock_that_runs_is_steered() -> None:
    clock = SystemClock(10, wall=lambda: 1000.0, ticks=lambda: 0.0)
    desk = Desk(clock=clock)
    assert desk.get("/clock") == {"now": 1_000_000, "speed": 10.0, "frozen": False}
    assert desk.ask("PUT", "/clock", {"speed": 2}).json["speed"] == 2
    assert desk.ask("PUT", "/clock", {"frozen": True}).json == {"now": 1_000_000, "speed": 0.0, "frozen": True}
    assert desk.ask("PUT", "/clock", {"frozen": True}).json["frozen"]
    assert desk.ask("PUT", "/clock", {"advance_s": 1.5}).json["now"] == 1_001_500
    assert desk.ask("PUT", "/clock", {"frozen": False}).json["speed"] == 2
    assert desk.ask("PUT", "/clock", {"reset": True}).json == {"now": 1_001_500, "speed": 10.0, "frozen": False}


def test_a_clock_that_stands_is_only_advanced() -> None:
    desk = Desk()
    before = desk.get("/clock")
    assert before["frozen"]
    for order in ({"speed": 2}, {"frozen": False}):
        assert desk.ask("PUT", "/clock", order).code == "clock_stands"
    for order in ({"frozen": True}, {"reset": True}):
        assert desk.ask("PUT", "/clock", order).json == before
    assert desk.ask("PUT", "/clock", {"advance_s": 60}).json["now"] == before["now"] + 60_000


@pytest.mark.parametrize(
    "order",
    [
        {"speed": -1},
        {"speed": 1e10},
        {"speed": "fast"},
        {"advance_s": -0.1},
        {"advance_s": 1e18},
        {"advance_s": 253402300799},
        {"advance_s": None},
        {"frozen": 1},
        {"reset": False},
        {},
        {"speed": 1, "frozen": True},
        {"back_s": 1},
    ],
)
def test_a_clock_goes_nowhere_it_cannot(order: dict[str, Any]) -> None:
    desk = Desk(clock=SystemClock(0))
    before = desk.get("/clock")
    told = desk.ask("PUT", "/clock", order)
    assert (told.status, told.code) == (422, "clock_range")
    assert desk.get("/clock") == before


# scenarios, faults, reset


def test_scenarios_are_set_for_all_for_one_provider_and_for_one_key() -> None:
    desk = Desk("chainhub", "kkiai")
    desk.ask("PUT", "/scenario", {"scenario": "slow"})
    told = desk.ask("PUT", "/scenario", {"scenario": "fail:input", "provider": "kkiai"}).json
    assert told == {"scenarios": {"chainhub": "slow", "kkiai": "fail:input"}, "by_key": {}}
    told = desk.ask("PUT", "/scenario", {"scenario": "stuck", "provider": "kkiai", "api_key": KEY}).json
    assert told["by_key"] == {"kkiai": {owner_of(KEY): "stuck"}}
    assert KEY not in json.dumps(told)
    assert desk.ask("PUT", "/scenario", {"scenario": None, "owner": owner_of(KEY)}).json["by_key"] == {}
    for wrong in ("nonsense", None):
        assert desk.ask("PUT", "/scenario", {"scenario": wrong}).status == 422
    assert desk.get("/scenario")["scenarios"] == {"chainhub": "slow", "kkiai": "fail:input"}


def test_faults_are_added_listed_replaced_and_taken_away() -> None:
    desk = Desk()
    added = desk.ask("POST", "/faults", {"text": "503 every 3rd"})
    assert (added.status, added.json["kind"], added.json["provider"]) == (201, "status", "chainhub")
    assert [str(each) for each in desk.mock.faults] == [added.json["text"]]
    desk.ask("POST", "/faults", {"kind": "latency", "low_s": 1, "high_s": 1})
    listed = desk.get("/faults")["faults"]
    (rate,) = desk.ask("PUT", "/faults", {"faults": ["rate 2/60s"]}).json["faults"]
    assert rate["text"] == "rate 2/60s"
    assert len(desk.ask("PUT", "/faults", {"faults": listed[:1]}).json["faults"]) == 1
    key = desk.get("/faults")["faults"][0]["id"]
    assert desk.ask("DELETE", f"/faults/{key}").json == {"faults": []}
    assert desk.ask("DELETE", f"/faults/{key}").code == "fault_not_found"


def test_faults_that_cannot_be_change_nothing() -> None:
    desk = Desk("chainhub", "kkiai")
    good, bad = ({"text": text, "provider": "kkiai"} for text in ("latency 1s", "nonsense every 3rd"))
    desk.ask("POST", "/faults", good)
    before = desk.get("/faults")
    assert desk.ask("POST", "/faults", {"text": "latency 1s"}).code == "ambiguous"
    assert desk.ask("PUT", "/faults", {"faults": [good, good, bad]}).code == "fault_invalid"
    assert desk.ask("PUT", "/faults", {"faults": [{"text": "latency 1s"}]}).code == "ambiguous"
    assert desk.get("/faults") == before
    assert desk.ask("DELETE", "/faults?provider=chainhub").json == before
    assert desk.ask("DELETE", "/faults").json == {"faults": []}


def test_a_reset_forgets_everything_and_leaves_the_clock() -> None:
    desk = Desk()
    submit(desk)
    before = desk.get("/clock")
    told = desk.ask("POST", "/reset", {})
    assert (told.status, told.json["tasks"]) == (200, 0)
    assert desk.get("/requests")["requests"] == []
    assert desk.get("/clock") == before


def test_health_and_settings_tell_what_is_served() -> None:
    desk = Desk("chainhub", "kkiai")
    assert desk.get("/health") == {"status": "ok", "ready": True, "durable": "no", "tasks": 0, "uptime_s": 0.0}
    told = desk.get("/settings")
    assert [each["base"] for each in told["providers"]] == [f"http://{NAME}/chainhub", f"http://{NAME}/kkiai"]
    first = told["providers"][0]
    assert first["scheme"] == "the header Authorization with `Bearer <token>`"
    assert {each["key"]: each["example"] for each in first["operations"]}["POST /luma/generations"]
    assert first["lifecycle"]["starts"] == "pending"
    assert first["corrections"]
    assert {each["name"] for each in told["scenarios"]} >= {"success", "stuck"}
    assert told["admin"] == {"token": False}


# whatever is sent

BAD_BODIES = {
    b"": 422,
    b"{": 400,
    b"nonsense": 400,
    b"\xff\xfe": 400,
    b"NaN": 400,
    b'{"speed": NaN}': 400,
    b'{"speed": 1e999}': 400,
    b'{"a": 1, "a": 2}': 400,
    b'"\\ud800"': 400,
    b"[" * 100 + b"]" * 100: 400,
    b"null": 422,
    b"[]": 422,
    b"7": 422,
    b'"text"': 422,
    b'{"nonsense": true}': 422,
    b'{"\\u0000": null}': 422,
    b'{"provider": 7, "kind": [], "faults": {}, "scenario": 1, "speed": "x"}': 422,
    b'{"kind": "generation", "id": ""}': 422,
    b'{"kind": "generation", "id": "a b"}': 422,
    b'{"kind": "generation", "owner": "me"}': 422,
    b'{"path": ""}': 422,
    b'{"faults": [7]}': 422,
    b'{"faults": [{"kind": 7}]}': 422,
    b'{"scenario": ""}': 422,
}
CHANGES = [each for each in contract().operations.values() if each.content]


@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda body: body[:30].decode("latin-1"))
@pytest.mark.parametrize("operation", CHANGES, ids=lambda each: each.id)
def test_a_bad_body_is_refused_in_words(operation: Any, body: bytes) -> None:
    desk = Desk()
    desk.seed(id="one")
    path = "/__admin" + operation.path.replace("{id}", "one")
    answer = desk(Request(operation.method, path, "", (("Host", NAME), JSON), body, f"http://{NAME}"))
    assert answer.status == BAD_BODIES[body], answer
    told = json.loads(answer.body)
    assert told["code"]
    assert told["detail"]
    assert operation.check_response(answer) == ()
    assert len(desk.mock.tasks) == 1


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "unknown_path"),
        ("GET", "/tasks/", 404, "unknown_path"),
        ("GET", "//", 404, "unknown_path"),
        ("GET", "/../tasks", 404, "unknown_path"),
        ("DELETE", "/tasks", 405, "wrong_method"),
        ("GET", "/reset", 405, "wrong_method"),
        ("BREW", "/clock", 405, "wrong_method"),
        ("GET", "/tasks?limit=0", 422, "invalid"),
        ("GET", "/tasks?limit=1001", 422, "invalid"),
        ("GET", "/tasks?limit=many", 422, "invalid"),
        ("GET", "/tasks?phase=asleep", 422, "invalid"),
        ("GET", "/tasks?before=%00", 422, "invalid"),
        ("GET", "/tasks?limt=5", 422, "unknown_parameter"),
        ("GET", "/requests?status=99", 422, "invalid"),
        ("GET", "/requests?refused=maybe", 422, "invalid"),
        ("GET", "/webhooks?state=asleep", 422, "invalid"),
        ("GET", "/clock?now=1", 422, "unknown_parameter"),
    ],
)
def test_what_is_not_documented_is_refused_in_words(method: str, path: str, status: int, code: str) -> None:
    told = Desk().ask(method, path)
    assert (told.status, told.code) == (status, code)
    assert told.json["detail"]
    if status == 405:
        assert "OPTIONS" in (told.response.header("allow") or "")


def test_head_and_options_are_answered() -> None:
    desk = Desk()
    assert desk.ask("HEAD", "/tasks").status == 200
    assert desk.ask("HEAD", "/events").response.header("content-type") == "text/event-stream"
    answer = desk.ask("OPTIONS", "/clock").response
    assert (answer.status, answer.header("allow"), answer.body) == (204, "GET, HEAD, OPTIONS, PUT", b"")


def test_a_body_that_is_too_large_is_refused() -> None:
    desk = Desk()
    large = Request("POST", "/__admin/reset", "", (("Host", NAME), JSON), b" " * 2**20 + b"{}", f"http://{NAME}")
    for answer in (desk(large), desk.control.too_large(large, HERE)):
        assert isinstance(answer, Response)
        assert (answer.status, json.loads(answer.body)["code"]) == (413, "too_large")
    foreign: Headers = (("Host", "evil.example"), JSON)
    refused = desk.control.too_large(Request("POST", "/__admin/reset", "", foreign), HERE)
    assert isinstance(refused, Response)
    assert refused.status == 403


def test_what_was_for_no_provider_stands_in_the_diary_of_the_server() -> None:
    desk = Desk("chainhub", "kkiai")
    desk.server(Request("GET", "/nowhere", "token=canary-canary"))
    desk.server(Request("GET", "/kkiai/zzz"))
    told = desk.get("/requests")["requests"]
    found = {(each["provider"], each["path"], each["status"]) for each in told}
    assert found == {("", "/nowhere", 404), ("kkiai", "/zzz", 404)}
    assert "no provider is called 'nowhere'" in next(each["reason"] for each in told if not each["provider"])
    assert "canary" not in str(told)
    assert len(desk.get("/requests/unmatched")["requests"]) == 2
    assert desk.ask("POST", "/requests/count", {"refused": True}).json == {"count": 2}
    assert desk.ask("POST", "/requests/count", {"refused": True, "provider": "kkiai"}).json == {"count": 1}
