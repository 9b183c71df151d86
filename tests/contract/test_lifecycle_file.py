"""lifecycle.yaml: everything it can say, and how it refuses what it cannot mean."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.contract import pointer as pointers
from lumakit.contract.document import Document, parse
from lumakit.contract.lens import Fact
from lumakit.contract.lifecycle_check import check_against
from lumakit.contract.lifecycle_file import read
from lumakit.contract.reading import PROBLEMS, Extend, Fetch, FetchMany, Place, Reading, Webhook
from lumakit.errors import DocumentError
from lumakit.model import Phase
from tests.contract.builders import api, compiled

TEXT = b"""\
lumakit: 1
words: {pending: waiting, working: running, done: succeeded, broken: failed, off: cancelled}
moves: [pending > working, working > done, working > broken, pending > off]
starts: pending
facts:
  id: {at: {/id: text, /data/task_id: text}}
  status: {at: {/status: word}, present: {/url: done}}
  results: {at: {/url: one}}
every_task:
  fetch: {'GET /tasks/{id}': {id: {path: id}}}
  fetch_many: {POST /many: {ids: {body: /ids}, items: /tasks}}
  timing: {pending: 1..4, working: 2.5}
tasks:
  video:
    submit: [POST /videos]
    says: {kind: video}
    examples: {done: finished}
    webhook:
      url: {body: /hook}
      on: [done, broken]
      progress: true
      view: fetch
      secret: {from: {header: X-Secret}, header: X-Echo}
    x-note: ours
  longer:
    extend: {POST /longer: {parent: {query: parent}, of: [video, longer]}}
    fetch_many: {POST /many: {ids: {body: /ids}}}
    timing: {pending: 3}
problems: {unknown_task: 404, broken: 500}
x-note: {anything: [goes]}
"""
GOOD = parse(TEXT, "lifecycle.yaml").data


def changed(pointer: str, value: Any) -> Document:
    """The good document with another value at a pointer; `None` takes the key away."""
    data = copy.deepcopy(GOOD)
    holder, key = pointers.look(data, pointers.parent(pointer)), pointers.split(pointer)[-1]
    if value is None:
        del holder[key]
    else:
        holder[int(key) if isinstance(holder, list) else key] = value
    return parse(json.dumps(data, indent=1).encode(), "lifecycle.yaml")


def refusal(pointer: str, value: Any) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        read(changed(pointer, value))
    return caught.value


# --- what it can say -------------------------------------------------------------------------------------------------


def test_every_key_of_the_format_is_read() -> None:
    made = read(parse(TEXT, "lifecycle.yaml"))
    assert made.lifecycle.words["off"] is Phase.CANCELLED
    assert made.lifecycle.moves[0] == ("pending", "working")
    assert made.lifecycle.starts == "pending"
    assert made.lens.facts[:2] == (
        Fact("id", (("/id", "text"), ("/data/task_id", "text"))),
        Fact("status", (("/status", "word"),), (("/url", "done"),)),
    )
    assert dict(made.problems) == {"unknown_task": 404, "broken": 500}


def test_a_task_is_read_with_what_holds_for_every_task() -> None:
    video, longer = read(parse(TEXT, "lifecycle.yaml")).tasks.values()
    assert (video.kind, video.submit, video.extend) == ("video", ("POST /videos",), ())
    assert video.fetch == longer.fetch == (Fetch("GET /tasks/{id}", Place("path", "id")),)
    assert video.fetch_many == (FetchMany("POST /many", Place("body", "/ids"), "/tasks"),)
    assert longer.fetch_many == (FetchMany("POST /many", Place("body", "/ids"), ""),)
    assert longer.extend == (Extend("POST /longer", Place("query", "parent"), ("video", "longer")),)
    assert (dict(video.says), dict(video.examples)) == ({"kind": "video"}, {"done": "finished"})
    assert dict(video.timing) == {"pending": (1.0, 4.0), "working": (2.5, 2.5)}
    assert dict(longer.timing) == {"pending": (3.0, 3.0)}


def test_a_webhook_is_read_with_its_secret() -> None:
    made = read(parse(TEXT, "lifecycle.yaml")).tasks["video"].webhook
    secret = Place("header", "X-Secret")
    assert made == Webhook(Place("body", "/hook"), ("done", "broken"), True, "fetch", secret, "X-Echo")


def test_a_webhook_may_have_no_secret_and_no_progress() -> None:
    made = read(changed("/tasks/video/webhook", {"url": {"body": "/hook"}, "on": ["done"]})).tasks["video"].webhook
    assert made == Webhook(Place("body", "/hook"), ("done",), False, "fetch", None, "")
    assert read(changed("/tasks/video/webhook", None)).tasks["video"].webhook is None


def test_a_webhook_may_say_how_it_is_delivered_and_signed() -> None:
    said = {"success": [200, "3XX"], "timeout": 5, "waits": [0, 0.1], "signing": "hmac header=X-Sig"}
    hook = {"url": {"body": "/hook"}, "on": ["done"], **said}
    made = read(changed("/tasks/video/webhook", hook)).tasks["video"].webhook
    place = Place("body", "/hook")
    told = (("200", "3xx"), 5.0, (0.0, 0.1), "hmac header=X-Sig")
    assert made == Webhook(place, ("done",), False, "fetch", None, "", *told)
    once = read(changed("/tasks/video/webhook", {**hook, "waits": []})).tasks["video"].webhook
    assert once is not None
    assert once.waits_s == ()


def test_a_task_knows_its_operations_and_where_they_name_a_task() -> None:
    longer = read(parse(TEXT, "lifecycle.yaml")).tasks["longer"]
    assert longer.operations == ("POST /longer", "GET /tasks/{id}", "POST /many")
    assert [place.name for _, place in longer.places] == ["parent", "id", "/ids"]


@pytest.mark.parametrize("pointer", ["/every_task", "/problems", "/tasks/video/says", "/facts/id/at", "/x-note"])
def test_what_need_not_be_said_may_be_left_out(pointer: str) -> None:
    assert isinstance(read(changed(pointer, None)), Reading)


@pytest.mark.parametrize(
    ("span", "seconds"), [("0..0", (0.0, 0.0)), (5, (5.0, 5.0)), ("0.5..999999999", (0.5, 999999999.0))]
)
def test_a_span_is_one_number_or_two(span: Any, seconds: tuple[float, float]) -> None:
    assert read(changed("/tasks/longer/timing/pending", span)).tasks["longer"].timing["pending"] == seconds


@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_problem_may_have_a_status(problem: str) -> None:
    assert read(changed("/problems", {problem: 418})).problems[problem] == 418


# --- what it refuses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pointer", "value", "path", "said"),
    [
        ("/lumakit", None, "/lumakit", "the format is None"),
        ("/lumakit", 2, "/lumakit", "the format is 2"),
        ("/lumakit", True, "/lumakit", "the format is True"),
        ("/words", None, "/words", "a mapping is needed"),
        ("/words", [], "/words", "a mapping is needed"),
        ("/words/done", "finished", "/words/done", "'finished' is not a phase"),
        ("/words/done", [], "/words/done", "[] is not a phase"),
        ("/moves", None, "/moves", "a list is needed"),
        ("/moves/0", "pending", "/moves/0", "'pending' is not a move"),
        ("/moves/0", "a > b > c", "/moves/0", "is not a move"),
        ("/moves/0", ["a"], "/moves/0", "a text is needed"),
        ("/moves/0", "pending > odd", "/moves/0", "'odd' is not one of the words"),
        ("/moves/1", "done > pending", "/moves/1", "'done' is an end"),
        ("/moves", [], "/moves", "no way leads from 'pending'"),
        ("/starts", None, "/starts", "a text is needed"),
        ("/starts", "odd", "/starts", "'odd' is not one of the words"),
        ("/facts", None, "/facts", "a mapping is needed"),
        ("/facts/id", [], "/facts/id", "a mapping is needed"),
        ("/facts/id", {"in": {}}, "/facts/id", "'in' is not a known key"),
        ("/facts/id/at", [], "/facts/id/at", "a mapping is needed"),
        ("/facts/id/at", {"id": "text"}, "/facts/id/at", "'id' is not a JSON pointer"),
        ("/facts/id/at", {"/~": "text"}, "/facts/id/at", "'/~' is not a JSON pointer"),
        ("/facts/id/at/~1id", "txt", "/facts/id/at/~1id", "'txt' is not a known name"),
        ("/facts/id/at/~1id", {}, "/facts/id/at/~1id", "{} is not a known name"),
        ("/facts/id/present", 0, "/facts/id/present", "a mapping is needed"),
        ("/facts/id/present", {"url": "done"}, "/facts/id/present", "'url' is not a JSON pointer"),
        ("/facts/status/present/~1url", "odd", "/facts/status/present/~1url", "'odd' is not a known name"),
        ("/every_task", [], "/every_task", "a mapping is needed"),
        ("/every_task/fetsh", {}, "/every_task", "'fetsh' is not a known key"),
        ("/every_task/fetch", {"GET /x": {}}, "/every_task/fetch/GET ~1x/id", "a mapping is needed"),
        ("/tasks", None, "/tasks", "a mapping is needed"),
        ("/tasks/video", [], "/tasks/video", "a mapping is needed"),
        ("/tasks/video/submits", [], "/tasks/video", "'submits' is not a known key"),
        ("/tasks/video/submit", None, "/tasks/video", "no operation makes this kind of task"),
        ("/tasks/video/submit", "POST /x", "/tasks/video/submit", "a list is needed"),
        ("/tasks/video/submit", ["post /x"], "/tasks/video/submit", "'post /x' is not an operation"),
        ("/tasks/video/submit", ["POST x"], "/tasks/video/submit", "'POST x' is not an operation"),
        ("/tasks/video/submit", [5], "/tasks/video/submit", "a text is needed"),
        ("/tasks/video/says", [], "/tasks/video/says", "a mapping is needed"),
        ("/tasks/video/examples", {"odd": "x"}, "/tasks/video/examples", "'odd' is not a known name"),
        ("/tasks/video/examples/done", 5, "/tasks/video/examples/done", "a text is needed"),
        ("/tasks/longer/timing", {"odd": 5}, "/tasks/longer/timing", "'odd' is not a known name"),
        ("/tasks/longer/timing/pending", "soon", "/tasks/longer/timing/pending", "'soon' is not a span"),
        ("/tasks/longer/timing/pending", "", "/tasks/longer/timing/pending", "'' is not a span"),
        ("/tasks/longer/timing/pending", "4..1", "/tasks/longer/timing/pending", "'4..1' is not a span"),
        ("/tasks/longer/timing/pending", -1, "/tasks/longer/timing/pending", "-1 is not a span"),
        ("/tasks/longer/timing/pending", "1..inf", "/tasks/longer/timing/pending", "is not a span"),
        ("/tasks/longer/timing/pending", 10**9, "/tasks/longer/timing/pending", "is not a span"),
        ("/tasks/longer/timing/pending", "nan", "/tasks/longer/timing/pending", "is not a span"),
        ("/tasks/longer/timing/pending", True, "/tasks/longer/timing/pending", "True is not a span"),
        ("/tasks/longer/extend", [], "/tasks/longer/extend", "a mapping is needed"),
        ("/tasks/longer/extend", {"x": {}}, "/tasks/longer/extend", "'x' is not an operation"),
        ("/tasks/longer/extend/POST ~1longer/of", None, "/tasks/longer/extend/POST ~1longer/of", "a list is needed"),
        ("/tasks/longer/extend/POST ~1longer/of", [5], "/tasks/longer/extend/POST ~1longer/of/0", "a text is needed"),
        ("/tasks/longer/extend/POST ~1longer/of", ["odd"], "/tasks/longer/extend/POST ~1longer/of", "'odd' is not"),
        (
            "/tasks/longer/extend/POST ~1longer/off",
            [],
            "/tasks/longer/extend/POST ~1longer",
            "'off' is not a known key",
        ),
        (
            "/tasks/longer/extend/POST ~1longer/parent",
            {"path": "a", "query": "b"},
            "/tasks/longer/extend/POST ~1longer/parent",
            "exactly one place is needed",
        ),
        ("/tasks/longer/fetch_many/POST ~1many/ids", {}, "/tasks/longer/fetch_many/POST ~1many/ids", "exactly one"),
        (
            "/tasks/longer/fetch_many/POST ~1many/ids",
            {"cookie": "a"},
            "/tasks/longer/fetch_many/POST ~1many/ids",
            "'cookie' is not a known key",
        ),
        (
            "/tasks/longer/fetch_many/POST ~1many/ids/body",
            "ids",
            "/tasks/longer/fetch_many/POST ~1many/ids",
            "'ids' is not a JSON pointer",
        ),
        (
            "/tasks/longer/fetch_many/POST ~1many/items",
            "tasks",
            "/tasks/longer/fetch_many/POST ~1many/items",
            "'tasks' is not a JSON pointer",
        ),
        (
            "/every_task/fetch/GET ~1tasks~1{id}/id/path",
            5,
            "/every_task/fetch/GET ~1tasks~1{id}/id",
            "a text is needed",
        ),
        ("/tasks/video/webhook", [], "/tasks/video/webhook", "a mapping is needed"),
        ("/tasks/video/webhook/url", None, "/tasks/video/webhook/url", "a mapping is needed"),
        ("/tasks/video/webhook/on", None, "/tasks/video/webhook/on", "a list is needed"),
        ("/tasks/video/webhook/on", ["odd"], "/tasks/video/webhook/on", "'odd' is not a known name"),
        ("/tasks/video/webhook/progress", "no", "/tasks/video/webhook/progress", "true or false is needed"),
        ("/tasks/video/webhook/view", "submit", "/tasks/video/webhook/view", "'submit' is not a known name"),
        ("/tasks/video/webhook/secret", [], "/tasks/video/webhook/secret", "a mapping is needed"),
        ("/tasks/video/webhook/secret/header", None, "/tasks/video/webhook/secret/header", "a text is needed"),
        ("/tasks/video/webhook/secret/from", {}, "/tasks/video/webhook/secret/from", "exactly one place"),
        ("/tasks/video/webhook/success", "200", "/tasks/video/webhook/success", "a list is needed"),
        ("/tasks/video/webhook/success", [], "/tasks/video/webhook/success", "'nothing' is no status"),
        ("/tasks/video/webhook/success", ["2yy"], "/tasks/video/webhook/success", "'2yy' is no status"),
        ("/tasks/video/webhook/success", [True], "/tasks/video/webhook/success", "'true' is no status"),
        ("/tasks/video/webhook/success", [600], "/tasks/video/webhook/success", "'600' is no status"),
        ("/tasks/video/webhook/timeout", "5", "/tasks/video/webhook/timeout", "'5' is not a number of seconds"),
        ("/tasks/video/webhook/timeout", 0, "/tasks/video/webhook/timeout", "0 is no time that an attempt may take"),
        ("/tasks/video/webhook/timeout", 301, "/tasks/video/webhook/timeout", "301 is no time that an attempt"),
        ("/tasks/video/webhook/waits", 5, "/tasks/video/webhook/waits", "a list is needed"),
        ("/tasks/video/webhook/waits", [5, -1], "/tasks/video/webhook/waits/1", "-1 is not a number of seconds"),
        ("/tasks/video/webhook/waits", [1] * 50, "/tasks/video/webhook/waits", "50 more attempts are too many"),
        ("/tasks/video/webhook/signing", ["hmac"], "/tasks/video/webhook/signing", "a text is needed"),
        ("/tasks/video/webhook/signing", "rsa", "/tasks/video/webhook/signing", "kind cannot be 'rsa'"),
        ("/tasks/video/webhook/signing", "hmac odd=1", "/tasks/video/webhook/signing", "signing knows no 'odd'"),
        ("/tasks/video/webhook/sucess", ["200"], "/tasks/video/webhook", "'sucess' is not a known key"),
        ("/problems", [], "/problems", "a mapping is needed"),
        ("/problems", {"odd": 404}, "/problems", "'odd' is not a known name"),
        ("/problems/broken", 200, "/problems/broken", "200 is not an error status"),
        ("/problems/broken", "500", "/problems/broken", "'500' is not an error status"),
        ("/problems/broken", True, "/problems/broken", "True is not an error status"),
        ("/word", {}, "/", "'word' is not a known key"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_path_line_and_advice(
    pointer: str, value: Any, path: str, said: str
) -> None:
    error = refusal(pointer, value)
    assert error.code == "lifecycle_invalid"
    assert error.what.startswith(f"{path}: ")
    assert said in error.what
    assert error.where == f"lifecycle.yaml:{changed(pointer, value).line('' if path == '/' else path)}"
    assert error.hint


@pytest.mark.parametrize(
    ("pointer", "value", "hint"),
    [
        ("/fact", {}, "did you mean facts?"),
        ("/tasks/video/submits", [], "did you mean submit?"),
        ("/facts/id/at/~1id", "txt", "did you mean text?"),
        ("/problems", {"unknown_tasks": 404}, "did you mean unknown_task?"),
        ("/tasks/video/webhook/on", ["dne"], "did you mean done?"),
        ("/tasks/longer/extend/POST ~1longer/of", ["vidio"], "did you mean video?"),
        ("/tasks/video/examples", {"zzz": "x"}, "one of pending, working, done, broken, off"),
        ("/words/done", "succeded", "one of waiting, running, succeeded, failed, cancelled"),
        ("/tasks/video/submit", ["post /x"], "write `POST /path/{name}`"),
    ],
)
def test_the_advice_names_what_was_meant_or_what_there_is(pointer: str, value: Any, hint: str) -> None:
    assert refusal(pointer, value).hint == hint


# --- against the document --------------------------------------------------------------------------------------------


def page(**without: Any) -> Any:
    content: dict[str, Any] = {"application/json": {"examples": {"finished": {"value": {}}}}}
    answers = {
        "200": {"description": "done", "content": content},
        "404": {"description": "no"},
        "5XX": {"description": ""},
    }
    parameters = [{"name": "id", "in": "path", "required": True}]
    paths = {
        "/videos": {"post": {"responses": answers}},
        "/longer": {"post": {"responses": answers, "parameters": [{"name": "parent", "in": "query"}]}},
        "/tasks/{id}": {"get": {"responses": answers, "parameters": parameters}},
        "/many": {"post": {"responses": answers}},
    }
    return compiled(api({**paths, **without})).operations


def test_a_reading_that_the_document_bears_out_is_silent() -> None:
    document = parse(TEXT, "lifecycle.yaml")
    check_against(read(document), document, page())


@pytest.mark.parametrize(
    ("without", "change", "path", "said", "hint"),
    [
        ({"/videos": {}}, ("/x-a", 1), "/tasks/video", "no operation 'POST /videos'", "one of"),
        ({"/many": {}, "/mani": {"post": {}}}, ("/x-a", 1), "/tasks/video", "no operation 'POST /many'", "POST /mani?"),
        (
            {},
            ("/tasks/video/examples/done", "finish"),
            "/tasks/video/examples/done",
            "no example 'finish'",
            "finished?",
        ),
        ({}, ("/problems/invalid", 400), "/problems/invalid", "documents the status 400", "declare it"),
        ({"/longer": {"post": {}}}, ("/x-a", 1), "/tasks/longer", "no query parameter of POST /longer", "one of none"),
    ],
)
def test_a_reading_that_names_what_is_not_there_is_refused(
    without: dict[str, Any], change: tuple[str, Any], path: str, said: str, hint: str
) -> None:
    document = changed(*change)
    with pytest.raises(DocumentError) as caught:
        check_against(read(document), document, page(**without))
    assert caught.value.what.startswith(f"{path}: ")
    assert said in caught.value.what
    assert hint in caught.value.hint
    assert caught.value.where == f"lifecycle.yaml:{document.line(path)}"


def test_a_reading_of_an_empty_document_is_refused() -> None:
    document = parse(TEXT, "lifecycle.yaml")
    with pytest.raises(DocumentError) as caught:
        check_against(read(document), document, {})
    assert caught.value.hint == "one of none"


# --- laws ------------------------------------------------------------------------------------------------------------

ODD: list[Any] = [
    *(None, True, 0, -1, 404, 1.5, float("inf"), "", "a > b", "POST /x", "/a", "~", "done", "1..2", "x-y"),
    *([], {}, [None], [[]], ["done"], {"a": 1}, {"/a": "text"}, {"body": "/x"}, {"POST /x": {}}, {"": {}}),
]


def ways(value: Any, at: str = "") -> list[str]:
    """The pointers of everything in a document."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(way for key, inner in below for way in ways(inner, f"{at}{pointers.join(key)}"))]


def removed(holder: Any, key: Any, _: Any) -> None:
    del holder[key]


def replaced(holder: Any, key: Any, value: Any) -> None:
    holder[key] = copy.deepcopy(value)


def renamed(holder: Any, key: Any, value: Any) -> None:
    if isinstance(holder, dict):
        holder[str(value)] = holder.pop(key)
    else:
        holder.append(copy.deepcopy(value))


def attempted(document: Document) -> Reading | DocumentError:
    try:
        return read(document)
    except DocumentError as error:
        return error


CHANGES: list[Callable[[Any, Any, Any], None]] = [removed, replaced, renamed]


@given(st.data())
def test_whatever_is_done_to_a_document_it_is_read_or_refused(data: st.DataObject) -> None:
    spoiled = copy.deepcopy(GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        places = ways(spoiled)[1:]
        if places:
            way = data.draw(st.sampled_from(places))
            holder, key = pointers.look(spoiled, pointers.parent(way)), pointers.split(way)[-1]
            change = data.draw(st.sampled_from(CHANGES))
            change(holder, int(key) if isinstance(holder, list) else key, data.draw(st.sampled_from(ODD)))
    outcome = attempted(Document("lifecycle.yaml", spoiled, ""))
    assert isinstance(outcome, Reading) or (outcome.code == "lifecycle_invalid" and outcome.hint)
