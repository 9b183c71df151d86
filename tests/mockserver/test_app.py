"""The mock as an ASGI application: what is served, as chosen; and documents that change while they are served."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import httpx
import pytest

import lumakit
from lumakit.clock import VirtualClock
from lumakit.contract.reading import Task as Kind
from lumakit.errors import UsageError
from lumakit.model import Edition, Phase, Response
from mockserver import LiveServer, MockServer
from mockserver.app import Choices, build, create_app, watch
from tests.mockserver.story import User

SPECS = Path(__file__).resolve().parents[2] / "specs"
JOBS = Path(__file__).resolve().parents[1] / "data" / "jobs.yaml"
CHAINHUB = lumakit.load("chainhub")


def asked(app: object, path: str, **headers: str) -> httpx.Response:
    """The answer of an application to GET."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://mock.test") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(ask())


# what is served


def test_an_application_serves_all_providers() -> None:
    told = asked(create_app(), "/").json()["providers"]
    assert [*told] == ["apiframe", "chainhub", "kkiai"]
    assert told["kkiai"]["base"] == "http://mock.test/kkiai"


def test_an_application_serves_what_is_named() -> None:
    for app in (create_app("chainhub"), create_app(choices=Choices(("chainhub",)))):
        answer = asked(app, "/luma/generations/x", authorization="Bearer any")
        assert (answer.status_code, answer.headers["mock-reason"]) == (404, "no task of this key has that id")
    both = asked(create_app("chainhub", str(JOBS), choices=Choices(("kkiai",))), "/").json()["providers"]
    assert [*both] == ["chainhub", "jobs"]


def test_an_application_takes_no_body_that_is_too_large() -> None:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(create_app("chainhub"))
        async with httpx.AsyncClient(transport=transport, base_url="http://mock.test") as client:
            return await client.post("/luma/generations", content=bytes(10 * 2**20 + 1))

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.headers["mock-reason"]) == (413, "the body has more than 10485760 bytes")


def test_two_documents_of_one_name_are_refused(tmp_path: Path) -> None:
    shutil.copy(JOBS, tmp_path)
    with pytest.raises(UsageError, match="two documents are called 'jobs'") as caught:
        build(Choices((str(JOBS), str(tmp_path / "jobs.yaml"))))
    assert caught.value.code == "name_taken"


def test_nothing_to_serve_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no provider to serve") as caught:
        build(Choices(specs=str(tmp_path)))
    assert caught.value.code == "nothing_served"


def test_what_is_not_there_is_told_with_its_neighbour() -> None:
    with pytest.raises(UsageError, match="did you mean chainhub") as caught:
        create_app("chainhud")
    assert caught.value.code == "target_not_found"


# as chosen


def submitted(server: MockServer, key: str = "any") -> Response:
    return User(CHAINHUB, server, key).submit(kind())


def kind() -> Kind:
    assert CHAINHUB.reading is not None
    return CHAINHUB.reading.tasks["generation"]


def chosen(**choices: object) -> MockServer:
    return build(Choices(("chainhub",), clock=VirtualClock(), **choices))  # type: ignore[arg-type]


def test_every_choice_reaches_the_providers() -> None:
    assert submitted(chosen(api_keys=("other",))).status == 401
    assert submitted(chosen(seed="1")).body != submitted(chosen(seed="2")).body
    assert submitted(chosen(seed="1")).body == submitted(chosen(seed="1")).body
    full = chosen(max_tasks=1)
    assert [submitted(full).status for _ in range(2)] == [200, 503]
    published = chosen(edition=Edition.PUBLISHED).providers["chainhub"]
    assert published.contract.edition is Edition.PUBLISHED


def test_a_scenario_is_for_all_keys_or_for_one() -> None:
    server = chosen(scenario="fail", scenarios={"slowpoke": "stuck"})
    for key in ("any", "slowpoke"):
        submitted(server, key)
    server.providers["chainhub"].clock.sleep(10_000)
    assert [task.phase for task in server.providers["chainhub"].tasks] == [Phase.RUNNING, Phase.FAILED]


def test_looks_move_tasks_where_that_is_chosen() -> None:
    server = chosen(progress="looks")
    user = User(CHAINHUB, server)
    key = str(user.read(user.submit(kind()))["id"])
    assert [user.read(user.fetch(kind(), key))["status"] for _ in range(3)] == ["pending", "processing", "completed"]


def test_credits_are_spent() -> None:
    server = build(Choices(("apiframe",), clock=VirtualClock(), credits_given=1))
    user = User(lumakit.load("apiframe"), server)
    assert [user.submit(user.reading.tasks["luma"]).status for _ in range(2)] == [200, 402]


@pytest.mark.parametrize("progress", ["clock", ""])
def test_a_choice_that_is_none_is_told(progress: str) -> None:
    with pytest.raises(UsageError, match="there is no progression"):
        chosen(progress=progress)


@pytest.mark.parametrize(
    ("targets", "base"),
    [(("chainhub",), "https://files.test/x/"), (("chainhub", "kkiai"), "https://files.test/x/chainhub/")],
)
def test_results_are_where_the_public_address_says_and_the_provider_is(targets: tuple[str, ...], base: str) -> None:
    server = build(Choices(targets, clock=VirtualClock(), public_url="https://files.test/x/"))
    mock = server.providers["chainhub"]
    user = User(CHAINHUB, mock)
    told = user.read(user.fetch(kind(), user.finished(kind())))
    assert str(told["results"][0]).startswith(f"{base}__media/")


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://mock.test", 200),
        ("http://mock.test", 200),
        ("https://mock.test.evil.example", 403),
        ("https://mock.test:444", 403),
    ],
)
def test_our_own_pages_may_ask_behind_a_proxy_that_speaks_tls(origin: str, status: int) -> None:
    names, token = ("mock.test",), "0123456789abcdef"
    choices = Choices(public_url="https://Mock.test/", hosts=names, admin_hosts=names, admin_token=token)
    app = create_app("chainhub", choices=choices)
    assert asked(app, "/__admin/health", origin=origin, authorization=f"Bearer {token}").status_code == status
    assert asked(app, "/", origin=origin).status_code == status


# documents that change


class Served:
    """A provider of one's own, served from its folder and watched."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(SPECS / "chainhub", folder / "acme")
        self.file = folder / "acme" / "lifecycle.yaml"
        self.clock = VirtualClock()
        choices = Choices(specs=str(folder), clock=self.clock)
        self.server = build(choices)
        self.watch = watch(self.server, choices)
        self.user = User(self.server.providers["acme"].contract, self.server)
        self.kind = self.user.reading.tasks["generation"]
        self.key = self.make()

    def make(self) -> str:
        return str(self.user.read(self.user.submit(self.kind))["id"])

    def word(self, key: str) -> object:
        return self.user.read(self.user.fetch(self.kind, key))["status"]

    def change(self, *changes: tuple[str, str]) -> list[str]:
        """Change the lifecycle, and let the watch look."""
        text = self.file.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        self.file.write_text(text, encoding="utf-8")
        return list(self.watch.look())


@pytest.fixture
def served(tmp_path: Path) -> Served:
    return Served(tmp_path)


def test_what_has_changed_is_served_and_the_tasks_stay(served: Served) -> None:
    told = served.change(("timing: {pending: 1..4,", "timing: {pending: 500..600,"))
    assert told == ["acme has changed and is served; its tasks are kept"]
    later = served.make()
    served.clock.advance(400)
    assert (served.word(served.key), served.word(later)) == ("completed", "pending")
    assert list(served.watch.look()) == []


def test_a_broken_document_is_told_and_the_old_one_goes_on(served: Served) -> None:
    (told,) = served.change(("lumakit: 1", "lumakit: [1"))
    assert told.startswith("acme has changed and is not served: ")
    assert "lifecycle.yaml:" in told
    assert served.word(served.key) == "pending"
    (told,) = served.change(("lumakit: [1", "lumakit: 1 "))
    assert told == "acme has changed and is served; its tasks are kept"


def test_a_reading_that_forgets_a_word_that_is_used_is_told_and_refused(served: Served) -> None:
    without = (
        ("processing: running, ", ""),
        ("pending > processing, ", "pending > completed, "),
        (", processing > completed, processing > failed", ""),
        ("processing: processing, ", ""),
        (", processing: 20..190", ""),
    )
    (told,) = served.change(*without)
    assert "does not know 'processing'" in told
    assert "[reload_refused]" in told
    served.clock.advance(10)
    assert served.word(served.key) == "processing"
    served.server.providers["acme"].reset()
    (told,) = served.change(("# How", "# Thus"))
    assert told == "acme has changed and is served; its tasks are kept"


def test_a_folder_that_is_gone_is_told_and_served_on(served: Served) -> None:
    shutil.rmtree(served.file.parent.parent)
    (told,) = served.watch.look()
    assert told.startswith("acme has changed and is not served: ")
    assert served.word(served.key) == "pending"


def test_a_watched_application_starts_and_stops_with_its_server(tmp_path: Path) -> None:
    shutil.copy(JOBS, tmp_path)
    told: list[str] = []
    app = create_app(str(tmp_path / "jobs.yaml"), choices=Choices(watched=True), tell=told.append)
    with LiveServer(app) as live:
        assert httpx.options(f"{live.url}/jobs").headers["allow"] == "OPTIONS, POST"
    assert told == []


def test_an_application_inside_another_knows_where_it_stands() -> None:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(create_app("chainhub"), root_path="/mock")
        async with httpx.AsyncClient(transport=transport, base_url="http://mock.test") as client:
            headers = {"Authorization": "Bearer k", "Prefer": "status=completed"}
            return await client.post("/mock/luma/generations", json={"user_prompt": "a"}, headers=headers)

    answer = asyncio.run(ask())
    assert answer.json()["video"]["url"].startswith("http://mock.test/mock/__media/")


def test_each_provider_gets_the_faults_that_it_has_a_place_for() -> None:
    faults = ("503 on POST /luma/generations", "latency 1", "403 as out_of_credits", "429 on POST /fetch")
    server = build(Choices(faults=faults))
    kept = {name: [str(each) for each in provider.faults] for name, provider in server.providers.items()}
    assert kept == {
        "apiframe": ["latency 1", "429 on POST /fetch"],
        "chainhub": [*faults[:3]],
        "kkiai": [*faults[:3]],
    }
