"""What a bad method, path, header, query or credential gets: a 4xx with its reason, or it changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from lumakit.model import Headers, Request
from tests.mockserver.sender import BY_PATH, CANARY, CONTRACTS, Sender


@pytest.fixture(params=CONTRACTS)
def sender(request: pytest.FixtureRequest) -> Sender:
    return Sender(CONTRACTS[request.param])


@pytest.fixture(params=BY_PATH)
def path_sender(request: pytest.FixtureRequest) -> Sender:
    return Sender(BY_PATH[request.param])


# --- methods and paths ------------------------------------------------------------------------------------------------

METHODS = ("BREW", "CONNECT", "TRACE", "PROPFIND", "QUERY", "PATCH", "", "G E T", "POST\0", "\xff", "X" * 10_000)


@pytest.mark.parametrize("method", METHODS, ids=lambda each: ascii(each[:9]))
def test_a_method_that_is_not_documented_is_told_those_that_are(sender: Sender, method: str) -> None:
    for path in {operation.path for operation in sender.mock.contract.operations.values()}:
        there = {each.method for each in sender.mock.contract.operations.values() if each.path == path}
        request = sender.get(path.format(task_id="x"), method=method)
        refusal = sender.refused(request, 405, f"only {', '.join(sorted(there))} | XXXXX...")
        head = {"HEAD"} if "GET" in there else set()
        assert set(str(refusal.header("allow")).split(", ")) == {*there, *head, "OPTIONS"}
    sender.refused(sender.get("/nowhere", method=method), 404, "nothing is documented")


TRICKS: dict[str, Callable[[str], str]] = {
    "slashes before": lambda task: f"//luma/generations/{task}",
    "slashes between": lambda task: f"/luma/generations//{task}",
    "a slash behind": lambda task: f"/luma/generations/{task}/",
    "up and down": lambda task: f"/luma/../luma/generations/{task}",
    "a dot between": lambda task: f"/luma/generations/./{task}",
    "two dots": lambda _: "/luma/generations/..",
    "two dots, encoded": lambda _: "/luma/generations/%2e%2e",
    "far up": lambda _: "/luma/generations/..%2f..%2f..%2fetc%2fpasswd",
    "an encoded slash": lambda task: f"/luma/generations%2f{task}",
    "a zero byte": lambda task: f"/luma/generations/{task}%00",
    "a raw zero byte": lambda task: f"/luma/generations/{task}\0",
    "only a zero byte": lambda _: "/luma/generations/%00",
    "a semicolon": lambda task: f"/luma/generations/{task};v=1",
    "only a semicolon": lambda _: "/luma/generations/;",
    "a blank": lambda task: f"/luma/generations/{task}%20",
    "a line end": lambda task: f"/luma/generations/{task}%0d%0aSet-Cookie:%20x=1",
    "a fragment": lambda task: f"/luma/generations/{task}#x",
    "ten thousand letters": lambda _: "/luma/generations/" + "x" * 10_240,
    "ten thousand slashes": lambda _: "/" * 10_000,
    "five thousand segments": lambda _: "/a" * 5_000,
    "a lone percent": lambda _: "/luma/generations/%",
    "no hexadecimal": lambda _: "/luma/generations/%zz",
    "no UTF-8": lambda _: "/luma/generations/%ff%ed%a0%80",
    "raw bytes": lambda _: "/luma/generations/\xe7\x8c\xab",
    "an encoded question mark": lambda task: f"/luma/generations/{task}%3Fx",
    "a question between slashes": lambda task: f"/luma/generations/{task}/?/",
    "question marks": lambda task: f"/luma/generations/{task}??",
    "doubled": lambda task: f"/luma/generations/{task}{task}",
    "doubled with a slash": lambda task: f"/luma/generations/{task}/{task}",
    "capitals": lambda task: f"/luma/generations/{task.upper()}",
    "capitals in the path": lambda task: f"/LUMA/generations/{task}",
    "a star": lambda _: "/luma/generations/*",
    "the template": lambda _: "/luma/generations/{task_id}",
    "no id": lambda _: "/luma/generations/",
    "SQL": lambda task: f"/luma/generations/{task}'%20OR%20'1'='1",
    "no slash": lambda task: f"luma/generations/{task}",
    "a whole address": lambda task: f"http://evil.example/luma/generations/{task}",
    "nothing": lambda _: "",
    "only a star": lambda _: "*",
    "no file": lambda task: f"/__media/{task}/",
    "a file of another name": lambda task: f"/__media/{task}/video.exe",
    "a file from above": lambda task: f"/__media/{task}/../{task}/video.mp4",
    "a file far up": lambda task: f"/__media/{task}/..%2f..%2fetc%2fpasswd",
    "a file with a zero byte": lambda task: f"/__media/{task}/video.mp4\0",
    "a file of nobody": lambda _: "/__media//video.mp4",
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_path_with_a_trick_leads_nowhere(path_sender: Sender, trick: str) -> None:
    task = path_sender.user.finished(path_sender.kind)
    path = TRICKS[trick](task)
    path_sender.refused(path_sender.get(path), 404, "no task of this key | nothing is documented | no such file")


@pytest.mark.parametrize("spelled", ["", "?x", "??", "?/", "encoded"])
def test_a_path_that_means_the_task_finds_it(path_sender: Sender, spelled: str) -> None:
    task = path_sender.user.finished(path_sender.kind)
    shown = "".join(f"%{ord(letter):02x}" for letter in task) if spelled == "encoded" else task
    path, _, query = f"/luma/generations/{shown}{spelled.removeprefix('encoded')}".partition("?")
    answer = path_sender(path_sender.get(path, query))
    assert path_sender.user.read(answer)["id"] == task


@pytest.mark.parametrize(
    "task", ["", "\0", "..", "../x", "x" * 10_240, "\u732b", "*", "1", "null", "' OR 1=1 --", "%00"]
)
def test_an_id_in_a_body_that_nobody_has_is_unknown(task: str) -> None:
    sender = Sender(CONTRACTS["apiframe"])
    finished = sender.user.finished(sender.kind)
    body = json.dumps({"task_id": task}).encode()
    request = replace(sender.post(body), path="/fetch")
    sender.refused(request, sender.user.reading.problems["unknown_task"], "no task of this key")
    many = json.dumps({"task_ids": [task, finished]}).encode()
    assert len(json.loads(sender(replace(sender.post(many), path="/fetch-many")).body)["tasks"]) == 1


RANGES = ("bytes=5-1", "bytes=0-0,1-1", "bytes=" + "9" * 1_000 + "-", "bytes", "x" * 10_000, "\xff", "bytes=--1")


@pytest.mark.parametrize("wanted", RANGES, ids=lambda each: ascii(each[:12]))
def test_a_range_that_is_none_gets_the_whole_file_or_416(path_sender: Sender, wanted: str) -> None:
    task = path_sender.user.finished(path_sender.kind)
    path = f"/__media/{task}/thumbnail.jpg"
    answer = path_sender(Request("GET", path, "", (("Range", wanted),)))
    assert answer.status in (200, 416)


@pytest.mark.parametrize("header", [("Range", "bytes=99999999-"), ("If-Match", '"other"')], ids=lambda each: each[0])
def test_what_is_not_given_of_a_file_has_its_reason(path_sender: Sender, header: tuple[str, str]) -> None:
    task = path_sender.user.finished(path_sender.kind)
    answer = path_sender(Request("GET", f"/__media/{task}/video.mp4", "", (header,)))
    assert answer.status in (412, 416)


# --- headers and queries ----------------------------------------------------------------------------------------------

ODD_HEADERS: dict[str, Headers] = {
    "no name": (("", "x"),),
    "no value": (("X-Empty", ""),),
    "a name with a line end": (("X\r\nY", "z"),),
    "a value with a line end": (("X-Odd", "a\r\nSet-Cookie: b=1"),),
    "a zero byte": (("X-Odd", "\0"),),
    "high bytes": (("X-Odd", "\xff" * 1_000),),
    "a long name": (("X" * 100_000, "1"),),
    "a long value": (("X-Odd", "1" * 1_000_000),),
    "five thousand": tuple((f"X-{n}", "y") for n in range(5_000)),
    "hosts": (("Host", ""), ("Host", "\xff"), ("Host", "a b")),
    "lengths": (("Content-Length", "-1"), ("Content-Length", "x")),
    "codings": (("Transfer-Encoding", "chunked"), ("TE", "\xff")),
    "crumbs": (("Cookie", "=;" * 5_000),),
    "an expectation": (("Expect", "the unexpected"),),
    "origins": (("Origin", "null"), ("Origin", "\xff")),
    "an id of its own": (("X-Request-Id", "\r\n\xff"),),
    "the mock's own": (("Mock-Reason", "\xff"), ("Preference-Applied", "x")),
}


@pytest.mark.parametrize("case", ODD_HEADERS)
def test_an_odd_header_that_nobody_asked_for_changes_nothing(sender: Sender, case: str) -> None:
    body = sender.whole(**{sender.field: "a cat"})
    sender.accepted(sender.post(body, *ODD_HEADERS[case]), "a cat")


LEFT_ASIDE = (
    *(
        "=",
        "code",
        "code=",
        "code=abc",
        'code="4',
        "code=99",
        "code=1000",
        "code=\xb2\xb2\xb2",
        "\\" * 10_000,
        '"' * 9_999,
    ),
    *("delay=1e400", "delay=-1", "delay=NaN", "delay=61", "status=\0", 'status="' + "x" * 1_000 + '"', 'example=""'),
    *("x" * 100_000, "a=b;" * 10_000, "respond-async, wait=10", "dynamic=\xff", 'scenario=fail:"x', "seed=\x7f"),
)


@pytest.mark.parametrize("prefer", LEFT_ASIDE, ids=lambda each: ascii(each[:16]))
def test_a_preference_that_cannot_be_read_is_left_aside_and_that_is_said(sender: Sender, prefer: str) -> None:
    body = sender.whole(**{sender.field: "a cat"})
    answer = sender(sender.post(body, ("Prefer", prefer)))
    assert answer.status == 200
    said = str(answer.header("mock-reason"))
    assert any(words in said for words in ("is left aside", "cannot be read", "is no preference"))
    assert answer.header("preference-applied") is None


REFUSED_WISHES = (
    *("code=100", "code=204", "code=418", "example=nonsense", "status=nonsense", "status=\xff", "scenario=nonsense"),
    *("scenario=fail:", 'scenario="50% success, 49% fail"', 'scenario="[[[["', 'scenario="1%"', "scenario=success:x"),
)


@pytest.mark.parametrize("prefer", REFUSED_WISHES, ids=ascii)
def test_a_wish_that_cannot_be_kept_is_refused(sender: Sender, prefer: str) -> None:
    words = "is not documented | has no example | is not a word | no scenario | do not make 100%"
    sender.refused(sender.post(sender.whole(), ("Prefer", prefer)), 400, words)
    name, _, value = prefer.partition("=")
    twin = f"__{name}=" + "".join(f"%{byte:02x}" for byte in value.strip('"').encode())
    sender.refused(sender.post(sender.whole(), query=twin), 400, words)


def test_the_same_wish_ten_thousand_times_is_one(sender: Sender) -> None:
    refusal = sender(sender.post(sender.whole(), ("Prefer", "code=429," * 10_000)))
    assert (refusal.status, refusal.header("preference-applied")) == (429, "code=429")
    many = sender(sender.post(sender.whole(), *[("Prefer", "code=429")] * 1_000))
    assert many.status == 429


QUERIES = (
    "&&&",
    "=",
    "%",
    "%zz=%ff",
    "a" * 100_000,
    "a=1&" * 20_000,
    "\xff\0",
    "x=\r\n",
    "__",
    "____code=404",
    "__nope=1",
)


@pytest.mark.parametrize("query", QUERIES, ids=lambda each: ascii(each[:12]))
def test_rubbish_in_the_query_changes_nothing(sender: Sender, query: str) -> None:
    body = sender.whole(**{sender.field: "a cat"})
    sender.accepted(sender.post(body, query=query), "a cat")


# --- credentials ------------------------------------------------------------------------------------------------------

NO_CREDENTIAL = (None, "", " ", "\t")
NO_BEARER = (
    "Bearer",
    "Bearer ",
    "Bearer  ",
    f"Basic {CANARY}",
    f"Token {CANARY}",
    f"Bearer{CANARY}",
    f"Bearer,{CANARY}",
)
ODD_KEYS = (f"Bearer {CANARY}" + "x" * 10_240, f"Bearer \xe9\xff{CANARY}", f"Bearer {CANARY} b", f"bEARER {CANARY}\0")


def shown(sender: Sender, value: str | None) -> Request:
    request = sender.post(sender.whole(**{sender.field: "a cat"}))
    given: Headers = () if value is None else (("Authorization", value),)
    return replace(request, headers=(*given, *request.headers[1:]))


@pytest.mark.parametrize("value", NO_CREDENTIAL, ids=repr)
def test_who_shows_nothing_is_not_known(sender: Sender, value: str | None) -> None:
    sender.refused(shown(sender, value), 401, "no credentials: the header Authorization")


@pytest.mark.parametrize("value", NO_BEARER, ids=repr)
def test_what_is_no_bearer_token_is_no_credential(path_sender: Sender, value: str) -> None:
    path_sender.refused(
        shown(path_sender, value), 401, "no credentials: the header Authorization with `Bearer <token>`"
    )


@pytest.mark.parametrize("value", [*NO_CREDENTIAL, *NO_BEARER, *ODD_KEYS], ids=lambda each: repr(each)[:24])
@pytest.mark.parametrize("name", CONTRACTS)
def test_a_server_with_given_keys_knows_no_other(name: str, value: str | None) -> None:
    sender = Sender(CONTRACTS[name], api_keys=["the-only-key"])
    refusal = sender.refused(shown(sender, value), 401, "no credentials | the key is none of those")
    assert b"the-only-key" not in refusal.body


@pytest.mark.parametrize("value", ODD_KEYS, ids=lambda each: repr(each)[:24])
def test_an_odd_key_is_a_key_where_every_key_is_known(sender: Sender, value: str) -> None:
    sender.accepted(shown(sender, value), "a cat")


@pytest.mark.parametrize("where", ["prompt", "path", "query", "header", "secret"])
def test_a_given_key_is_in_no_diary_wherever_it_is_sent(where: str) -> None:
    sender = Sender(CONTRACTS["apiframe"], api_keys=[CANARY])
    body = sender.whole(webhook_secret=CANARY, prompt=CANARY if where == "prompt" else "a cat")
    request = sender.post(body, ("X-Odd", CANARY if where == "header" else ""), query=f"a={CANARY}")
    sender.mock(replace(request, path=f"/{CANARY}") if where == "path" else request)
    noted = sender.mock.journal.entries(limit=1)[0]
    assert CANARY not in repr(noted)
    assert noted.response.status == (404 if where == "path" else 200)
