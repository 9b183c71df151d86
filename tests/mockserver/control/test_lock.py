"""Who gets in: by name, by page, by type of content, by token; whoever does not, changes and reads nothing."""

from __future__ import annotations

import hmac
import inspect

import pytest

from lumakit.model import Headers, Request, Response
from mockserver.control import lock
from tests.mockserver.control.desk import HERE, JSON, NAME, TOKEN, Desk

ORIGIN = f"http://{NAME}"
ADMITTED = 200


def cast(desk: Desk, *headers: tuple[str, str], here: tuple[str, int | None] = HERE, method: str = "POST") -> Response:
    """The answer to an order that forgets everything."""
    host = dict(headers).get("Host", NAME)
    given: Headers = headers if "Host" in dict(headers) else (("Host", NAME), *headers)
    body = b"{}" if method == "POST" else b""
    path = "/__admin/reset" if method == "POST" else "/__admin/tasks"
    answer = desk.control(Request(method, path, "", given, body, f"http://{host}"), here)
    assert isinstance(answer, Response)
    return answer


NAMES = {
    NAME: 200,
    "localhost:4010": 200,
    "LOCALHOST:4010": 200,
    "[::1]:4010": 200,
    "mock.test": 200,
    "mock.test:80": 200,
    "evil.example": 403,
    "evil.example:4010": 403,
    "127.0.0.1.evil.example:4010": 403,
    "127.0.0.1": 403,
    "127.0.0.1:4011": 403,
    "localhost": 403,
    "localhost.:4010": 403,
    "localhost:": 403,
    "[::1]": 403,
    "[::1]:80": 403,
    "[::1]x:4010": 403,
    "[::1": 403,
    "::1": 403,
    "2130706433:4010": 403,
    "0x7f.1:4010": 403,
    "127.1:4010": 403,
    "0.0.0.0:4010": 403,
    "user@127.0.0.1:4010": 403,
    "": 403,
    "*": 403,
}
PAGES: dict[tuple[tuple[str, str], ...], int] = {
    (): 200,
    (("Origin", ORIGIN),): 200,
    (("Origin", ORIGIN), ("Sec-Fetch-Site", "same-origin")): 200,
    (("Sec-Fetch-Site", "none"),): 200,
    (("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors")): 200,
    (("Origin", "null"),): 403,
    (("Origin", ""),): 403,
    (("Origin", "https://evil.example"),): 403,
    (("Origin", f"https://{NAME}"),): 403,
    (("Origin", "http://127.0.0.1:3000"),): 403,
    (("Origin", "http://127.0.0.1"),): 403,
    (("Origin", "http://localhost:4010"),): 403,
    (("Origin", f"{ORIGIN}.evil.example"),): 403,
    (("Origin", f"{ORIGIN}/"),): 403,
    (("Origin", "file://"),): 403,
    (("Origin", "chrome-extension://abcdef"),): 403,
    (("Origin", ORIGIN), ("Origin", "https://evil.example")): 403,
    (("Origin", ORIGIN), ("Sec-Fetch-Site", "cross-site")): 403,
    (("Sec-Fetch-Site", "cross-site"),): 403,
    (("Sec-Fetch-Site", " Cross-Site "),): 403,
    (("Sec-Fetch-Site", "same-site"),): 403,
    (("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")): 403,
    (("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")): 403,
}
TYPES: dict[tuple[str, ...], int] = {
    ("application/json",): 200,
    ("application/json; charset=utf-8",): 200,
    ("Application/JSON",): 200,
    (): 415,
    ("",): 415,
    ("text/plain",): 415,
    ("application/x-www-form-urlencoded",): 415,
    ("multipart/form-data; boundary=x",): 415,
    ("text/plain; application/json",): 415,
    ("application/problem+json",): 415,
    ("application/jsonp",): 415,
    ("application/json", "text/plain"): 415,
    ("text/json",): 415,
}


def kept(desk: Desk, status: int) -> bool:
    """True where the task is still there exactly if the order was refused."""
    return (len(desk.mock.tasks) == 0) == (status == ADMITTED)


@pytest.mark.parametrize(("name", "status"), NAMES.items())
def test_only_a_name_of_this_machine_with_our_port_is_ours(name: str, status: int) -> None:
    desk = Desk(hosts=["mock.test"])
    desk.seed()
    answer = cast(desk, ("Host", name), JSON)
    assert answer.status == status
    assert kept(desk, status)


@pytest.mark.parametrize(("headers", "status"), PAGES.items())
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_of_elsewhere_is_refused(headers: Headers, status: int, method: str) -> None:
    desk = Desk()
    desk.seed()
    answer = cast(desk, *headers, JSON, method=method)
    assert answer.status == status
    assert method == "GET" or kept(desk, status)


@pytest.mark.parametrize(("types", "status"), TYPES.items())
def test_a_change_is_sent_as_json(types: tuple[str, ...], status: int) -> None:
    desk = Desk()
    desk.seed()
    answer = cast(desk, *(("Content-Type", each) for each in types))
    assert answer.status == status
    assert kept(desk, status)


def test_two_names_are_none() -> None:
    assert cast(Desk(), ("Host", "evil.example"), ("Host", NAME), JSON).status == 403


def test_no_answer_lets_another_page_read_it() -> None:
    desk = Desk(token=TOKEN)
    for headers in PAGES:
        for path, method in (("/tasks", "GET"), ("/", "GET"), ("/tasks", "OPTIONS"), ("/nowhere", "GET")):
            told = desk.ask(method, path, None, *headers, token=TOKEN).response
            names = {name.lower() for name, _ in told.headers}
            assert not any(name.startswith("access-control-") for name in names)
            assert told.header("x-content-type-options") == "nosniff"
            assert told.header("cross-origin-resource-policy") == "same-origin"
            assert "frame-ancestors 'none'" in (told.header("content-security-policy") or "")


# from where


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", "mock.test", "::", "", "fe80::1"])
def test_without_a_token_nothing_is_told_where_other_machines_reach_us(address: str) -> None:
    assert cast(Desk(), JSON, here=(address, 4010)).status == 403
    shown = ("Authorization", f"Bearer {TOKEN}")
    assert cast(Desk(token=TOKEN, hosts=["*"]), JSON, shown, here=(address, 4010)).status == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_this_machine_needs_no_token(address: str) -> None:
    assert cast(Desk(), JSON, here=(address, 4010)).status == 200
    assert cast(Desk(), ("Host", "localhost:1"), JSON, here=(address, None)).status == 200


def test_any_name_will_do_only_behind_a_token() -> None:
    assert cast(Desk(hosts=["*"]), ("Host", "box.test"), JSON).status == 403
    shown = ("Authorization", f"Bearer {TOKEN}")
    assert cast(Desk(hosts=["*"], token=TOKEN), ("Host", "box.test"), JSON, shown).status == 200


# the token

TOKENS: dict[tuple[str, ...], int] = {
    (f"Bearer {TOKEN}",): 200,
    (f"bearer  {TOKEN} ",): 200,
    (): 401,
    ("",): 401,
    ("Bearer",): 401,
    ("Bearer ",): 401,
    (TOKEN,): 401,
    (f"Basic {TOKEN}",): 401,
    (f"Bearer {TOKEN}x",): 401,
    (f"Bearer {TOKEN[:-1]}",): 401,
    (f"Bearer {TOKEN.upper()}",): 401,
    ("Bearer \u00e9\udcff",): 401,
    (f"Bearer {TOKEN}", f"Bearer {TOKEN}"): 401,
    ("Bearer other", f"Bearer {TOKEN}"): 401,
}


@pytest.mark.parametrize(("shown", "status"), TOKENS.items())
def test_only_the_token_opens(shown: tuple[str, ...], status: int) -> None:
    desk = Desk(token=TOKEN)
    desk.mock.tasks.seed("generation")
    answer = cast(desk, JSON, *(("Authorization", each) for each in shown))
    assert answer.status == status
    assert kept(desk, status)
    assert TOKEN not in f"{answer}"
    assert (answer.header("www-authenticate") is not None) == (status == 401)


def test_a_token_in_the_query_is_none() -> None:
    desk = Desk(token=TOKEN)
    for query in (f"token={TOKEN}", f"access_token={TOKEN}", f"authorization=Bearer%20{TOKEN}"):
        assert desk.ask("GET", f"/tasks?{query}").status == 401


def test_what_there_is_is_not_told_without_the_token() -> None:
    desk = Desk(token=TOKEN)
    for method, path in (("GET", "/nowhere"), ("PATCH", "/tasks"), ("GET", "/openapi.json"), ("OPTIONS", "/tasks")):
        assert desk.ask(method, path).status == 401
    assert desk.ask("GET", "/").status == 200
    assert desk.ask("GET", "/settings", token=TOKEN).json["admin"] == {"token": True}


def test_the_token_is_compared_in_constant_time_and_stands_in_no_diary() -> None:
    assert hmac.compare_digest.__name__ in inspect.getsource(lock.Lock.check_token)
    desk = Desk(token=TOKEN)
    desk.ask("GET", "/tasks", token=TOKEN)
    assert TOKEN not in f"{desk.mock.journal.entries()}{desk.ask('GET', '/requests', token=TOKEN)}"
    assert TOKEN not in f"{vars(desk.control)['_office']}"


@pytest.mark.parametrize("name", ["127.0.0.1", "127.0.0.1:80", "127.0.0.1:1", "localhost:80"])
def test_a_loopback_name_comes_with_our_own_port_whatever_was_allowed_besides(name: str) -> None:
    desk = Desk(hosts=("127.0.0.1", "localhost", "mock.test"))
    for host, status in ((name, 403), ("mock.test", 200), (NAME, 200)):
        request = Request("GET", "/__admin/health", "", (("Host", host),), b"", f"http://{host}")
        assert desk(request).status == status
