"""A video comes down: whole, or not at all; on from where it broke off; never over a file that is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import lumakit
from lumakit import Client
from lumakit.client import AsyncClient
from lumakit.clock import VirtualClock
from mockserver import LiveServer, MockProvider
from tests.calling import KEY, in_a_loop, stage
from tests.egress.receiver import Receiver, notes, witness

FILM = bytes(range(256)) * 40
URL = "https://files.example.com/a.mp4?signature=s3cr3t"


class Files(httpx.BaseTransport):
    """A server of one file that breaks each answer off after some bytes, and understands ranges."""

    def __init__(self, break_after: int | None = None, etag: str = '"1"') -> None:
        self.break_after, self.etag = break_after, etag
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        begin = int(request.headers.get("range", "bytes=0-")[6:-1])
        rest = FILM[begin:]
        headers = {"Content-Length": str(len(rest)), **({"ETag": self.etag} if self.etag else {})}
        if begin:
            headers["Content-Range"] = f"bytes {begin}-{len(FILM) - 1}/{len(FILM)}"
        return httpx.Response(206 if begin else 200, headers=headers, stream=Broken(rest, self.break_after))


class Broken(httpx.SyncByteStream):
    """A body that ends too early."""

    def __init__(self, body: bytes, after: int | None) -> None:
        self.body, self.after = body, after

    def __iter__(self) -> Iterator[bytes]:
        yield self.body if self.after is None else self.body[: self.after]
        if self.after is not None and self.after < len(self.body):
            raise httpx.ReadError("no more")


def saver(handler: httpx.BaseTransport | Callable[[httpx.Request], httpx.Response]) -> Client:
    transport = handler if isinstance(handler, httpx.BaseTransport) else httpx.MockTransport(handler)
    return Client("chainhub", api_key=KEY, transport=transport, clock=VirtualClock())


def left(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_what_breaks_off_is_gone_on_with(tmp_path: Path) -> None:
    files = Files(break_after=3000)
    seen: list[tuple[int, int | None]] = []
    path = saver(files).save(URL, tmp_path / "a.mp4", on_progress=lambda have, total: seen.append((have, total)))
    assert path.read_bytes() == FILM
    assert [each.headers.get("range") for each in files.asked] == [None, "bytes=3000-", "bytes=6000-", "bytes=9000-"]
    assert files.asked[1].headers["if-range"] == '"1"'
    assert seen == [(3000, len(FILM)), (6000, len(FILM)), (9000, len(FILM)), (len(FILM), len(FILM))]
    assert left(tmp_path) == ["a.mp4"]


@pytest.mark.parametrize("etag", ["", 'W/"1"'])
def test_what_may_have_changed_is_begun_again_and_given_up_in_the_end(etag: str, tmp_path: Path) -> None:
    files = Files(break_after=3000, etag=etag)
    with pytest.raises(lumakit.Unavailable):
        saver(files).save(URL, tmp_path / "a.mp4")
    assert all("range" not in each.headers for each in files.asked)
    assert left(tmp_path) == []


def test_no_key_and_no_cookie_goes_to_where_files_are(tmp_path: Path) -> None:
    files = Files()
    with httpx.Client(transport=files, headers={"Authorization": KEY}, cookies={"session": KEY}) as http:
        Client("chainhub", api_key=KEY, http=http).save(URL, tmp_path / "a.mp4")
    assert KEY not in str(files.asked[0].headers.raw)


def test_a_file_that_is_there_is_only_replaced_when_told(tmp_path: Path) -> None:
    path, client = tmp_path / "a.mp4", saver(Files())
    path.touch()
    with pytest.raises(lumakit.UsageError, match="overwrite=True"):
        client.save(URL, path)
    assert client.save(URL, path, overwrite=True).read_bytes() == FILM
    with pytest.raises(lumakit.UsageError, match="is a folder"):
        client.save(URL, tmp_path)
    with pytest.raises(lumakit.SurroundingsError):
        client.save(URL, tmp_path / "nowhere" / "a.mp4")
    assert left(tmp_path) == ["a.mp4"]


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, "ResultGone"), (403, "ResultGone"), (410, "ResultGone"), (503, "Unavailable"), (204, "ContractBroken")],
)
def test_an_answer_that_is_no_file_leaves_none(status: int, error: str, tmp_path: Path) -> None:
    with pytest.raises(lumakit.CallError) as told:
        saver(lambda _: httpx.Response(status)).save(URL, tmp_path / "a.mp4")
    assert type(told.value).__name__ == error
    assert "s3cr3t" not in repr(told.value.request)
    assert left(tmp_path) == []


@pytest.mark.parametrize(("target", "whole"), [("/b.mp4", True), ("http://files.example.com/b.mp4", False)])
def test_a_redirect_is_followed_where_it_is_safe(target: str, whole: bool, tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/a.mp4":
            return httpx.Response(302, headers={"Location": target})
        return httpx.Response(200, content=FILM)

    client = saver(answer)
    if whole:
        assert client.save(URL, tmp_path / "a.mp4").read_bytes() == FILM
    else:
        with pytest.raises(lumakit.ContractBroken, match="not safe"):
            client.save(URL, tmp_path / "a.mp4")


def test_redirects_come_to_an_end(tmp_path: Path) -> None:
    with pytest.raises(lumakit.ContractBroken, match="on and on"):
        saver(lambda _: httpx.Response(307, headers={"Location": "/a.mp4"})).save(URL, tmp_path / "a.mp4")


NO_ADDRESSES = ["file:///etc/passwd", "ftp://a.example/b", "https://u:p@a.example/b", "//a", "http://[::1"]


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_an_address_that_is_none_is_not_asked(url: str, tmp_path: Path) -> None:
    with pytest.raises(lumakit.UsageError) as told:
        saver(Files()).save(url, tmp_path / "a.mp4")
    assert told.value.code == "video_address"
    assert left(tmp_path) == []


def test_whoever_stops_the_progress_leaves_nothing(tmp_path: Path) -> None:
    def stop(_have: int, _total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        saver(Files()).save(URL, tmp_path / "a.mp4", on_progress=stop)
    assert left(tmp_path) == []


INSIDE = ["http://127.0.0.1:6379/", "http://localhost/", "http://169.254.169.254/latest/", "http://[fd00:ec2::254]/x"]


def led_to(url: str) -> httpx.MockTransport:
    """A server of files that sends everybody elsewhere, and a network in which everything answers."""

    def answer(request: httpx.Request) -> httpx.Response:
        first = request.url.host == "files.example.com"
        return httpx.Response(302, headers={"Location": url}) if first else httpx.Response(200, content=FILM)

    return httpx.MockTransport(answer)


@pytest.mark.parametrize("url", [*INSIDE, "http://10.0.0.1/a.mp4", "http://2130706433/a.mp4"])
def test_an_address_inside_is_not_asked_and_neither_is_one_that_a_redirect_names(url: str, tmp_path: Path) -> None:
    files = Files()
    with pytest.raises(lumakit.ResultBlocked) as first:
        saver(files).save(url, tmp_path / "a.mp4")
    assert ("files_from=" in str(first.value)) is (first.value.code == "not_allowed")
    with pytest.raises(lumakit.ResultBlocked) as told:
        saver(led_to(url)).save(URL.replace("https", "http"), tmp_path / "a.mp4")
    assert (files.asked, left(tmp_path)) == ([], [])
    assert told.value.request is not None


def test_what_the_user_allows_is_fetched_and_what_nobody_may_allow_is_not(tmp_path: Path) -> None:
    given: dict[str, Any] = {"api_key": KEY, "clock": VirtualClock(), "files_from": "public, 10.0.0.0/8"}
    client = Client("chainhub", transport=led_to("http://10.0.0.1/"), **given)
    assert client.save("http://files.example.com/a.mp4", tmp_path / "a.mp4").read_bytes() == FILM
    anywhere = Client("chainhub", transport=led_to(INSIDE[2]), **{**given, "files_from": "any"})
    with pytest.raises(lumakit.ResultBlocked, match="metadata"):
        anywhere.save("http://files.example.com/a.mp4", tmp_path / "b.mp4")
    with pytest.raises(lumakit.UsageError) as wrong:
        Client("chainhub", api_key=KEY, files_from="nowhere at all")
    assert wrong.value.code == "bad_policy"


def test_a_client_of_this_machine_fetches_files_from_it_and_one_of_the_world_does_not(tmp_path: Path) -> None:
    mock = MockProvider("chainhub", clock=VirtualClock())
    with LiveServer(mock) as served:
        near: dict[str, Any] = {"api_key": KEY, "base_url": served.url}
        with Client("chainhub", clock=mock.clock, **near) as client:
            film = client.run(prompt="a lighthouse").save(tmp_path / "a.mp4")
        url = f"{served.url}/__media/a/video.mp4"
        with Client("chainhub", api_key=KEY) as far, witness() as dialled:
            with pytest.raises(lumakit.ResultBlocked):
                far.save(url, tmp_path / "b.mp4")
            assert dialled == []
        assert asyncio.run(from_a_loop(near, url, tmp_path / "c.mp4")) == "ResultGone"
    assert film.read_bytes()[4:8] == b"ftyp"
    assert left(tmp_path) == ["a.mp4"]


async def from_a_loop(given: dict[str, Any], url: str, path: Path) -> str:
    """What an asynchronous client says of an address."""
    async with AsyncClient("chainhub", **given) as client:
        with pytest.raises(lumakit.CallError) as told:
            await client.save(url, path)
    return type(told.value).__name__


MISHAPS = ["reset after 200 on media first 2", "truncate 300 on media the 1st", "503 on media first 1"]


@pytest.mark.parametrize("fault", MISHAPS)
def test_the_files_of_the_mock_come_down_over_its_faults(fault: str, tmp_path: Path) -> None:
    at = stage("chainhub", faults=[fault])
    task = at.client.run(prompt="a lighthouse")
    whole = at.client.save(task.video, tmp_path / "a.mp4").read_bytes()

    async def story(client: AsyncClient) -> None:
        at.mock.faults.replace([fault])
        assert (await client.save(task.results[0], tmp_path / "b.mp4")).read_bytes() == whole

    in_a_loop(at.mock, story)
    assert left(tmp_path) == ["a.mp4", "b.mp4"]


def test_a_video_that_has_expired_is_gone(tmp_path: Path) -> None:
    at = stage("chainhub", scenario="expire")
    task = at.client.run(prompt="a lighthouse")
    at.clock.advance(120)
    with pytest.raises(lumakit.ResultGone, match="fetch the task again"):
        task.save(tmp_path / "a.mp4")


def test_where_a_proxy_is_named_it_fetches_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []
    with Receiver(notes(heard)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "")
        with Client("chainhub", api_key=KEY) as client, witness() as dialled:
            client.save("http://files.example.com/a.mp4", tmp_path / "a.mp4")
            with pytest.raises(lumakit.ResultBlocked):
                client.save("http://10.0.0.1/a.mp4", tmp_path / "b.mp4")
    assert heard[0].startswith(b"GET http://files.example.com/a.mp4 ")
    assert dialled == [("127.0.0.1", proxy.port)]
