"""Pages of other origins in a real Chromium: whatever they try, they change nothing and read nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lumakit.clock import SystemClock
from lumakit.model import Response
from mockserver import LiveServer
from mockserver.door.asgi import Door
from tests.mockserver.control.desk import Desk
from tests.mockserver.devtools import Page, chromium

ORDERS: list[tuple[str, str, Any]] = [
    ("GET", "/tasks", None),
    ("GET", "/requests", None),
    ("GET", "/settings", None),
    ("GET", "/events", None),
    ("GET", "/openapi.json", None),
    ("GET", "/", None),
    ("POST", "/reset", {}),
    ("POST", "/tasks", {"kind": "generation", "id": "theirs"}),
    ("POST", "/tasks/ours/fail", {}),
    ("POST", "/requests/find", {}),
    ("PUT", "/clock", {"speed": 5}),
    ("PUT", "/scenario", {"scenario": "fail"}),
    ("POST", "/faults", {"text": "503 every 3rd"}),
    ("DELETE", "/faults", None),
]
# Every way a page has to send something: what it could read of the answer is told, and how often it asked.
TRY = """
const read = [], soon = (ms) => new Promise((yes) => setTimeout(yes, ms));
let asked = 0;
async function attempt(what, how) {
  asked++;
  try { const told = await Promise.race([how(), soon(3000).then(() => "")]); if (told) read.push(what + ": " + told); }
  catch { }
}
const loads = (name, attributes) => () => new Promise((yes) => {
  const element = Object.assign(document.createElement(name), attributes);
  element.onload = () => yes("");
  element.onerror = () => yes("");
  document.body.append(element);
  setTimeout(() => yes(""), 500);
});
async function everything(base, orders) {
  const all = [];
  for (const [method, path, value] of orders) {
    const url = base + path, body = value === null ? undefined : JSON.stringify(value);
    const json = {"Content-Type": "application/json"};
    const sends = (options) => async () => {
      const answer = await fetch(url, {method, body, ...options});
      return answer.type === "opaque" ? "" : answer.status + " " + (await answer.text()).slice(0, 80);
    };
    const whole = method === "GET" || method === "POST";
    all.push(attempt("fetch " + url, sends({})));
    all.push(attempt("fetch json " + url, sends({headers: json})));
    all.push(attempt("fetch credentials " + url, sends({headers: json, credentials: "include"})));
    if (whole) all.push(attempt("fetch no-cors " + url, sends({mode: "no-cors"})));
    if (whole) all.push(attempt("fetch no referrer " + url, sends({mode: "no-cors", referrerPolicy: "no-referrer"})));
    all.push(attempt("xhr " + url, () => new Promise((yes) => {
      const ask = new XMLHttpRequest();
      ask.open(method, url);
      ask.onloadend = () => yes(ask.status ? ask.status + " " + ask.responseText.slice(0, 80) : "");
      ask.send(body);
    })));
    if (method === "POST") {
      all.push(attempt("beacon " + url, async () => { navigator.sendBeacon(url, body); return ""; }));
      for (const enctype of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
        all.push(attempt("form " + url, async () => {
          const frame = Object.assign(document.createElement("iframe"), {name: "f" + Math.random()});
          const sent = {method, enctype, action: url, target: frame.name};
          const form = Object.assign(document.createElement("form"), sent);
          form.append(Object.assign(document.createElement("input"), {name: body + "//", value: ""}));
          document.body.append(frame, form);
          form.submit();
          return "";
        }));
    }
    all.push(attempt("img " + url, loads("img", {src: url})));
    all.push(attempt("script " + url, loads("script", {src: url})));
    all.push(attempt("style " + url, loads("link", {rel: "stylesheet", href: url})));
    all.push(attempt("frame " + url, async () => {
      const frame = Object.assign(document.createElement("iframe"), {src: url});
      document.body.append(frame);
      await soon(500);
      return frame.contentDocument?.body?.textContent;
    }));
    all.push(attempt("events " + url, () => new Promise((yes) => {
      const source = new EventSource(url);
      source.onopen = source.onmessage = () => yes("an open stream");
      source.onerror = () => { source.close(); yes(""); };
    })));
    all.push(attempt("websocket " + url, () => new Promise((yes) => {
      const wire = new WebSocket(url.replace("http", "ws"));
      wire.onopen = () => yes("an open socket");
      wire.onerror = wire.onclose = () => yes("");
    })));
  }
  await Promise.all(all);
  await soon(300);
  return {asked, read};
}
"""
PAGE = f'<!doctype html><link rel="icon" href="data:,"><script>{TRY}</script><body>'.encode()


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    with chromium() as opened:
        page = opened()
        yield page
        page.close()


@pytest.fixture
def desk() -> Desk:
    """A mock with a task that somebody would like to change."""
    made = Desk(clock=SystemClock(0))
    made.mock.tasks.seed("generation", id="ours", prompt="a secret of ours")
    made.mock.faults.add("latency 1s")
    return made


@pytest.fixture
def ours(desk: Desk) -> Iterator[LiveServer]:
    with LiveServer(Door(desk.server, too_large=desk.server.too_large, control=desk.control)) as live:
        yield live


@pytest.fixture
def theirs() -> Iterator[LiveServer]:
    def page(_: object) -> Response:
        return Response(200, (("Content-Type", "text/html"),), PAGE)

    with LiveServer(Door(page)) as live:
        yield live


def state(desk: Desk) -> Any:
    """Everything that a page might want to change."""
    tasks = [(each.id, each.status) for each in desk.mock.tasks]
    return tasks, desk.get("/clock"), desk.get("/scenario"), desk.get("/faults")


def tried(page: Page, origin: str, base: str) -> dict[str, Any]:
    """What a page of an origin achieves."""
    page.go(f"{origin}/")
    told: dict[str, Any] = page.ask(f"everything({json.dumps(base)}, {json.dumps(ORDERS)})")
    assert told["asked"] > 10 * len(ORDERS)
    return told


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "evil.localhost"])
def test_a_page_of_another_origin_changes_nothing_and_reads_nothing(
    browser_page: Page, desk: Desk, ours: LiveServer, theirs: LiveServer, name: str
) -> None:
    before = state(desk)
    told = tried(browser_page, f"http://{name}:{theirs.port}", f"{ours.url}/__admin")
    assert told["read"] == []
    assert state(desk) == before
    assert desk.mock.events.listeners == 0


def test_a_name_that_somebody_pointed_here_opens_nothing(browser_page: Page, desk: Desk, ours: LiveServer) -> None:
    before = state(desk)
    browser_page.go(f"http://evil.localhost:{ours.port}/__admin/tasks")
    told = browser_page.ask("document.body.textContent")
    assert "host_not_allowed" in told
    assert "a secret of ours" not in told
    browser_page.go(f"http://evil.localhost:{ours.port}/")  # the mock plane, which has no policy of its own
    code = "fetch('/__admin/reset', {method: 'POST', body: '{}', headers: {'Content-Type': 'application/json'}})"
    assert browser_page.ask(f"{code}.then((answer) => answer.status)") == 403
    assert state(desk) == before


def test_our_own_page_may_do_all_that(browser_page: Page, desk: Desk, ours: LiveServer) -> None:
    browser_page.go(f"{ours.url}/__admin/")
    browser_page.ask(f"{{ {TRY}; window.everything = everything; }}")
    told = browser_page.ask(f"everything('/__admin', {json.dumps(ORDERS[6:7])})")
    assert any(each.startswith("fetch json /__admin/reset: 200") for each in told["read"])
    assert len(desk.mock.tasks) == 0
