"""Every film and picture in a real browser: it plays, and it is as large and as long as the index says."""

from __future__ import annotations

import html
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lumakit.model import Request, Response
from mockserver import media
from tests.mockserver import browser

# A few films at a time. `orange` counts the pixels of the progress bar at a point that is reached by half of the film.
PAGE = """<!doctype html><link rel="icon" href="data:,"><img src="/held"><pre id="told"></pre><script>
const happens = (what, event) => new Promise((yes, no) => {
  what.addEventListener(event, yes, {once: true});
  what.addEventListener("error", () => no(Error(what.src + " " + what.error?.message)), {once: true});
});
function orange(video) {
  const canvas = Object.assign(document.createElement("canvas"), {width: 1, height: video.videoHeight});
  const pen = canvas.getContext("2d");
  pen.drawImage(video, Math.round(video.videoWidth * 0.3), 0, 1, canvas.height, 0, 0, 1, canvas.height);
  const seen = pen.getImageData(0, 0, 1, canvas.height).data;
  let count = 0;
  for (let at = 0; at < seen.length; at += 4) count += seen[at] > 200 && seen[at + 2] < 150;
  return count;
}
async function shown(video) {
  for (let tries = 0; tries < 300 && !orange(video); tries++) await new Promise(requestAnimationFrame);
  return orange(video);
}
async function seek(video, second) {
  const there = happens(video, "seeked");
  video.currentTime = second;
  await there;
  return video.currentTime;
}
async function film(number) {
  const video = Object.assign(document.createElement("video"), {muted: true, preload: "auto"});
  const ready = happens(video, "canplaythrough");
  video.src = `/${number}/video.mp4`;
  await ready;
  const told = {width: video.videoWidth, height: video.videoHeight, duration_s: video.duration, before: orange(video)};
  told.at_s = await seek(video, 4.5);
  told.after = await shown(video);
  await seek(video, 0);
  video.playbackRate = 16;
  const over = happens(video, "ended");
  await video.play();
  await over;
  told.end_s = video.currentTime;
  told.pictures = [await picture(number, "thumbnail"), await picture(number, "last_frame")];
  return told;
}
async function picture(number, kind) {
  const image = Object.assign(new Image(), {src: `/${number}/${kind}.jpg`});
  await image.decode();
  return [image.naturalWidth, image.naturalHeight];
}
const told = [], waiting = Array.from({length: COUNT}, (_, number) => number);
async function work() {
  while (waiting.length) {
    const number = waiting.shift();
    told[number] = await film(number).catch(String);
  }
}
Promise.all([work(), work(), work(), work()]).then(() => {
  document.getElementById("told").textContent = JSON.stringify(told);
  fetch("/done");
});
</script>"""


class Cinema(BaseHTTPRequestHandler):
    """Hands out the page and the films, and holds the page's load back until its script is done."""

    protocol_version = "HTTP/1.1"
    done: threading.Event

    def do_GET(self) -> None:
        answer = self.answer(self.path)
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def answer(self, path: str) -> Response:
        if path == "/":
            page = PAGE.replace("COUNT", str(len(media.films()))).encode()
            return Response(200, (("Content-Type", "text/html"), ("Content-Length", str(len(page)))), page)
        if path == "/held":
            self.done.wait(browser.PATIENCE_S)
        elif path == "/done":
            self.done.set()
        else:
            _, number, name = path.split("/")
            request = Request("GET", path, headers=tuple(self.headers.items()))
            return media.serve(media.films()[int(number)], media.kind_of(name) or "", request)
        return Response(204)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the library's
        """Say nothing."""


@pytest.fixture(scope="module")
def cinema() -> Iterator[str]:
    Cinema.done = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Cinema) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        Cinema.done.set()
        server.shutdown()
        thread.join()


def test_every_film_plays_and_is_as_large_and_as_long_as_it_says(cinema: str) -> None:
    page = browser.dump(cinema + "/")
    told = json.loads(html.unescape(page.partition('<pre id="told">')[2].partition("</pre>")[0]))
    assert len(told) == len(media.films())
    for film, seen in zip(media.films(), told, strict=True):
        size = [film.width, film.height]
        assert [seen["width"], seen["height"], *seen["pictures"]] == [*size, size, size]
        assert seen["duration_s"] == pytest.approx(film.duration_s, abs=0.001)
        assert seen["at_s"] == pytest.approx(4.5, abs=0.05)
        assert seen["end_s"] == pytest.approx(film.duration_s, abs=0.05)
        assert seen["before"] == 0 < seen["after"], "the progress bar has not moved"


def test_a_film_has_its_size_in_a_window(cinema: str, tmp_path: Path) -> None:
    film = media.choose("720p")
    number = media.films().index(film)
    browser.screenshot(f"{cinema}/{number}/thumbnail.jpg", tmp_path / "seen.png", (film.width, film.height))
    header = (tmp_path / "seen.png").read_bytes()[16:24]
    assert [int.from_bytes(header[:4]), int.from_bytes(header[4:])] == [film.width, film.height]


def test_a_machine_without_a_browser_skips() -> None:
    with pytest.raises(pytest.skip.Exception, match="chromium is not installed"):
        browser.found(None, {})


def test_a_machine_that_must_have_a_browser_fails_without_one() -> None:
    with pytest.raises(pytest.fail.Exception, match="required"):
        browser.found(None, {"LUMAKIT_TEST_BROWSER": "required"})
