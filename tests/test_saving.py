"""A video comes down: whole, or not at all; on from where it broke off; never over a file that is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

import lumakit
from lumakit import Client
from lumakit.client import AsyncClient
from lumakit.clock import VirtualClock
from tests.calling import KEY, in_a_loop, stage

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
