"""Several providers on one server: whom a request is for, who may call, and what a browser is told."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import lumakit
from lumakit.clock import VirtualClock
from lumakit.contract.compile import Contract
from lumakit.model import Headers, Request, Response
from mockserver import MockProvider, MockServer
from mockserver.defaults import LOOPBACK
from tests.mockserver.story import KEY, User

JOBS = Path(__file__).resolve().parents[1] / "data" / "jobs.yaml"
CONTRACTS = {name: lumakit.load(name) for name in ("apiframe", "chainhub", "kkiai")}
CHAINHUB = CONTRACTS["chainhub"]
HERE = "http://127.0.0.1:4010"
PAGE = "http://localhost:5173"
GENERATIONS = "/luma/generations"


def several(**choices: object) -> MockServer:
    mocks = {name: MockProvider(contract, clock=VirtualClock()) for name, contract in CONTRACTS.items()}
    return MockServer(mocks, **choices)  # type: ignore[arg-type]


def asked(path: str, method: str = "GET", **headers: str) -> Request:
    """A request as it comes over the wire."""
    sent = {"host": "127.0.0.1:4010", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Request(method, path, headers=tuple(sent.items()), origin=f"http://{sent['host']}")


def reason(response: Response) -> str:
    return str(response.header("mock-reason"))


def cors(response: Response) -> dict[str, str]:
    found = [(name.lower(), value) for name, value in response.headers if name.lower().startswith("access-control-")]
    assert len(dict(found)) == len(found)
    return {name.removeprefix("access-control-"): value for name, value in found}


def customer(mock: MockServer, prefix: str, host: str = "127.0.0.1:4010") -> User:
    """A user of chainhub who reaches it over a server."""

    def answer(request: Request) -> Response:
        headers = (("Host", host), *request.headers)
        return mock(Request(request.method, prefix + request.path, "", headers, request.body, origin=f"http://{host}"))

    return User(CHAINHUB, answer)


def video(user: User) -> str:
    """The address of the video of a finished task."""
    assert user.reading is not None
    kind = user.reading.tasks["generation"]
    told = user.read(user.fetch(kind, user.finished(kind)))
    return str(told["results"][0])


# whom a request is for


@pytest.mark.parametrize(
    ("prefix", "host", "base"),
    [
        ("/chainhub", "127.0.0.1:4010", f"{HERE}/chainhub/__media/"),
        ("/chain%68ub", "127.0.0.1:4010", f"{HERE}/chain%68ub/__media/"),
        ("", "api.chainhub.tech", "http://api.chainhub.tech/__media/"),
        ("", "API.ChainHub.tech:4010", "http://API.ChainHub.tech:4010/__media/"),
    ],
)
def test_a_provider_is_found_and_its_results_lead_back_to_it(prefix: str, host: str, base: str) -> None:
    mock = several()
    address = video(customer(mock, prefix, host))
    assert address.startswith(base)
    played = mock(asked(urlsplit(address).path, host=host))
    assert (played.status, played.header("content-type")) == (200, "video/mp4")


def test_a_single_provider_stands_at_the_root() -> None:
    mock = MockServer({"chainhub": MockProvider(CHAINHUB, clock=VirtualClock())})
    address = video(customer(mock, ""))
    assert address.startswith(f"{HERE}/__media/")
    assert mock(asked(urlsplit(address).path)).status == 200
    assert "nothing is documented at /chainhub" in reason(mock(asked("/chainhub/luma/generations")))


def test_the_root_tells_where_everything_is() -> None:
    mock = several()
    told = json.loads(mock(asked("/")).body)["providers"]
    assert told.keys() == CONTRACTS.keys()
    assert told["chainhub"]["base"] == f"{HERE}/chainhub"
    assert "POST /luma/generations" in told["chainhub"]["operations"]
    head = mock(asked("/", "HEAD"))
    assert (head.status, head.body) == (200, b"")
    assert head.header("content-length") == str(len(mock(asked("/")).body))


def test_the_root_is_only_read() -> None:
    refused = several()(asked("/", "POST"))
    assert (refused.status, refused.header("allow")) == (405, "GET, HEAD, OPTIONS")
    for path in ("/", "*"):
        answer = several()(asked(path, "OPTIONS"))
        assert (answer.status, answer.header("allow")) == (204, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/chainhud/luma/generations", "no provider is called 'chainhud': did you mean /chainhub?"),
        ("/zzzzzz", "one of /apiframe, /chainhub, /kkiai"),
        ("//chainhub", "no provider is called ''"),
        ("/" + "z" * 5000, "one of /apiframe"),
    ],
)
def test_an_unknown_provider_is_told_with_the_nearest_name(path: str, said: str) -> None:
    refused = several()(asked(path))
    assert refused.status == 404
    assert said in reason(refused)
    assert json.loads(refused.body)["detail"] == reason(refused)


def test_a_refusal_to_head_has_no_body() -> None:
    mock = several()
    head, whole = mock(asked("/zzz", "HEAD")), mock(asked("/zzz"))
    assert (head.status, head.body) == (404, b"")
    assert head.header("content-length") == str(len(whole.body))


def test_the_root_of_a_provider_lists_what_it_has() -> None:
    for path in ("/chainhub", "/chainhub/"):
        listed = json.loads(several()(asked(path)).body)["providers"]
        assert list(listed) == ["chainhub"]
        assert listed["chainhub"]["base"] == "http://127.0.0.1:4010/chainhub"
        assert "POST /luma/generations" in listed["chainhub"]["operations"]


def test_options_are_those_of_the_path() -> None:
    mock = several()
    answer = mock(asked(f"/chainhub{GENERATIONS}", "OPTIONS"))
    assert (answer.status, answer.header("allow"), cors(answer)) == (204, "OPTIONS, POST", {})
    assert mock(asked("/chainhub/zzz", "OPTIONS")).status == 404


def test_a_body_that_was_too_large_is_refused_by_the_provider_it_was_for() -> None:
    mock = several()
    refused = mock.too_large(asked(f"/chainhub{GENERATIONS}", "POST"))
    assert refused.status == 413
    assert mock.providers["chainhub"].journal.entries()[0].response.status == 413
    assert mock.too_large(asked("/zzz", "POST")).status == 404


def own(tmp_path: Path, name: str, *servers: str) -> MockProvider:
    """A document of one's own that names servers."""
    path = tmp_path / f"{name}.yaml"
    path.write_text(JOBS.read_text(encoding="utf-8") + f"servers: {json.dumps([{'url': each} for each in servers])}\n")
    return MockProvider(path, clock=VirtualClock())


def test_a_document_that_names_this_machine_does_not_take_what_is_for_others(tmp_path: Path) -> None:
    mocks = [own(tmp_path, "ours", "http://localhost:3000", "http://box.test"), own(tmp_path, "theirs", "/v1")]
    mock = MockServer({each.contract.name: each for each in mocks}, hosts=(*LOOPBACK, "Box.test"))
    for host in ("localhost:4010", "box.test"):
        assert mock(asked("/theirs/jobs", "OPTIONS", host=host)).header("allow") == "OPTIONS, POST"
        assert mock(asked("/", host=host)).status == 200


def test_a_host_that_two_documents_name_is_neither_s(tmp_path: Path) -> None:
    mocks = [own(tmp_path, name, "https://api.test", f"https://{name}.test") for name in ("ours", "theirs")]
    mock = MockServer({each.contract.name: each for each in mocks})
    assert mock(asked("/jobs", "OPTIONS", host="api.test")).status == 404
    assert mock(asked("/jobs", "OPTIONS", host="theirs.test")).status == 204


def test_a_name_that_must_be_written_otherwise_in_an_address_is_found(tmp_path: Path) -> None:
    mocks = [own(tmp_path, "my jobs", "/"), own(tmp_path, "theirs", "/")]
    mock = MockServer({each.contract.name: each for each in mocks})
    assert mock(asked("/my%20jobs/jobs", "OPTIONS")).status == 204
    assert json.loads(mock(asked("/")).body)["providers"]["my jobs"]["base"] == f"{HERE}/my%20jobs"


def test_what_is_read_again_is_found_by_the_hosts_it_now_names(tmp_path: Path) -> None:
    mocks = [own(tmp_path, "ours", "https://old.test"), own(tmp_path, "theirs", "/")]
    mock = MockServer({each.contract.name: each for each in mocks})
    mock.reload(own(tmp_path, "ours", "https://new.test").contract)
    assert mock(asked("/jobs", "OPTIONS", host="new.test")).status == 204
    assert mock(asked("/jobs", "OPTIONS", host="old.test")).status == 404


# by which name


@pytest.mark.parametrize("host", ["evil.test", "localhost.evil.test:4010", "[:::]", "", "a@localhost"])
def test_a_name_that_somebody_pointed_here_is_refused(host: str) -> None:
    refused = several(hosts=LOOPBACK)(asked("/", host=host))
    assert refused.status == 403
    assert reason(refused).startswith("this server is not called")
    assert several()(asked("/", host=host)).status == 200


@pytest.mark.parametrize("host", ["127.0.0.1:4010", "LOCALHOST", "[::1]:4010", "my.box:80"])
def test_its_own_names_are_answered(host: str) -> None:
    assert several(hosts=(*LOOPBACK, "My.Box"))(asked("/", host=host)).status == 200


def test_the_documented_hosts_are_names_of_the_server_too() -> None:
    answer = several(hosts=LOOPBACK)(asked(GENERATIONS, "OPTIONS", host="api.chainhub.tech"))
    assert answer.header("allow") == "OPTIONS, POST"


def test_a_client_that_says_no_host_is_refused_where_names_count() -> None:
    assert several(hosts=LOOPBACK)(Request("GET", "/")).status == 403
    assert several()(Request("GET", "/")).status == 200


# from which page


@pytest.mark.parametrize(
    "origin", [PAGE, "http://127.0.0.1", "http://[::1]:3000", "https://app.test", "capacitor://localhost"]
)
def test_a_page_of_this_machine_or_a_named_one_may_read_the_answer(origin: str) -> None:
    answer = several(cors_origins=["https://app.test"])(asked("/", origin=origin))
    assert answer.status == 200
    assert cors(answer)["allow-origin"] == origin
    assert "Mock-Reason" in cors(answer)["expose-headers"].split(", ")
    assert cors(answer).keys() == {"allow-origin", "expose-headers"}


@pytest.mark.parametrize(
    "origin",
    ["https://evil.test", "null", "", "http://localhost.evil.test", "http://[", "https://app.test:8443", "*"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_page_of_elsewhere_is_refused(origin: str, method: str) -> None:
    mock = several(cors_origins=["https://app.test"])
    refused = mock(asked(f"/chainhub{GENERATIONS}", method, origin=origin, access_control_request_method="POST"))
    assert (refused.status, cors(refused)) == (403, {})
    assert reason(refused).startswith("pages of this origin may not call")
    assert refused.header_values("vary") == ("Origin",)
    assert len(mock.providers["chainhub"].tasks) == 0


def test_a_page_of_the_server_itself_may_call_it() -> None:
    assert several()(asked("/", host="mock.test", origin="http://mock.test")).status == 200
    assert several()(asked("/", host="mock.test", origin="https://mock.test")).status == 403


def test_a_cache_is_told_that_answers_differ_by_origin_even_if_none_is_said() -> None:
    assert several()(asked("/")).header_values("vary") == ("Origin",)
    assert cors(several()(asked("/"))) == {}


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/chainhub/luma/generations/x", 401, "no credentials"),
        ("/chainhub/zzz", 404, "nothing is documented"),
        ("/zzz", 404, "no provider is called"),
    ],
)
def test_a_page_that_may_call_may_read_why_it_was_refused(path: str, status: int, said: str) -> None:
    refused = several()(asked(path, origin=PAGE))
    assert (refused.status, cors(refused)["allow-origin"]) == (status, PAGE)
    assert said in reason(refused)


def test_a_page_may_read_that_the_server_has_another_name() -> None:
    refused = several(hosts=LOOPBACK)(asked("/", host="box.test", origin=PAGE))
    assert (refused.status, cors(refused)["allow-origin"]) == (403, PAGE)


# before a page calls


def preflight(mock: MockServer, path: str, method: str = "POST", headers: str = "authorization") -> Response:
    asking: Headers = (
        ("Host", "127.0.0.1:4010"),
        ("Origin", PAGE),
        ("Access-Control-Request-Method", method),
        *((("Access-Control-Request-Headers", headers),) if headers else ()),
    )
    return mock(Request("OPTIONS", path, headers=asking, origin=HERE))


def test_a_preflight_tells_the_methods_of_the_path_and_grants_the_headers() -> None:
    mock = several()
    answer = preflight(mock, f"/chainhub{GENERATIONS}", headers="authorization,content-type, prefer")
    assert (answer.status, answer.body) == (204, b"")
    told = cors(answer)
    assert (told["allow-origin"], told["allow-methods"]) == (PAGE, "POST")
    assert told["allow-headers"] == "authorization, content-type, prefer"
    assert "allow-credentials" not in told
    assert mock.providers["chainhub"].journal.entries() == []


@pytest.mark.parametrize("path", ["/chainhub/zzz", "/zzz", "/chainhub/__media/x/video.mp4"])
def test_a_preflight_where_nothing_is_documented_lets_the_page_ask_and_read_the_refusal(path: str) -> None:
    answer = preflight(several(), path, "PATCH")
    assert (answer.status, cors(answer)["allow-methods"]) == (204, "PATCH")


@pytest.mark.parametrize(
    ("headers", "granted"),
    [("", None), ("a\r\nSet-Cookie: x, b", "b"), ("\u00e9", None), ("x y", None), ("*", "*")],
)
def test_a_preflight_grants_only_what_is_the_name_of_a_header(headers: str, granted: str | None) -> None:
    assert cors(preflight(several(), "/", headers=headers)).get("allow-headers") == granted


def test_a_preflight_grants_no_method_that_is_none() -> None:
    assert cors(preflight(several(), "/zzz", "a\r\nb"))["allow-methods"] == "GET"


DOCUMENTED_OPTIONS = """
openapi: 3.0.3
info: {title: Echo, version: '1'}
security: [{key: []}]
components: {securitySchemes: {key: {type: http, scheme: bearer}}}
paths:
  /echo:
    get: &answer
      responses:
        '200':
          description: fine
          headers:
            Access-Control-Allow-Origin: {required: true, schema: {type: string, enum: ['*']}}
          content: {text/plain: {example: hello}}
    options: *answer
"""


@pytest.fixture
def echo(tmp_path: Path) -> Contract:
    (tmp_path / "echo.yaml").write_text(DOCUMENTED_OPTIONS, encoding="utf-8")
    return lumakit.load(str(tmp_path / "echo.yaml"))


def test_a_documented_options_does_not_answer_the_browser(echo: Contract) -> None:
    mock = MockServer({"echo": MockProvider(echo)})
    answer = preflight(mock, "/echo", "GET")
    assert (answer.status, cors(answer)["allow-methods"]) == (204, "GET, OPTIONS")
    assert mock(asked("/echo", "OPTIONS", authorization=f"Bearer {KEY}")).body == b"hello"


def test_a_documented_star_is_not_told_to_a_page(echo: Contract) -> None:
    mock = MockServer({"echo": MockProvider(echo)})
    answer = mock(asked("/echo", origin=PAGE, authorization=f"Bearer {KEY}"))
    assert (answer.body, cors(answer)["allow-origin"]) == (b"hello", PAGE)


def test_an_answer_that_is_held_back_stays_so() -> None:
    for origin in ({}, {"origin": PAGE}):
        answer = several()(asked("/chainhub/zzz", prefer="delay=2", **origin))
        assert answer.delay_s == 2
