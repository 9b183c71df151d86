"""The dashboard when it is hard: hostile texts, no mouse, a narrow window, ten thousand tasks."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from lumakit import Request
from tests.mockserver.devtools import chromium
from tests.mockserver.hostile import HOSTILE
from tests.mockserver.naughty import NAUGHTY
from tests.mockserver.onlooker import VIEWS, Browser, World, opened

# Opens the details of every element that a selector finds, one after the other, and tells what they show.
OPEN_ALL = """(async () => {
  const told = [];
  for (const opener of document.querySelectorAll(%s)) {
    opener.click();
    await new Promise(requestAnimationFrame);
    told.push(document.querySelector(%s)?.textContent);
  }
  return told;
})()"""
MOVED = """(async (path, key) => {
  const times = [];
  for (const [verb, lane] of [["hold", "waiting"], ["fail", "failed"]]) {
    const begun = performance.now();
    const there = new Promise((yes) => {
      const look = () => {
        const card = document.querySelector(`[data-lane=${lane}] .card[data-id="${key}"]`);
        if (card && (verb !== "hold" || !card.querySelector(".held").hidden)) yes(performance.now() - begun);
      };
      const all = {subtree: true, childList: true, attributes: true};
      new MutationObserver(look).observe(document.getElementById("main"), all);
    });
    await fetch(`${path}/${verb}`, {method: "POST", headers: {"Content-Type": "application/json"}, body: "{}"});
    times.push(await there);
  }
  return times;
})(%s, %s)"""
# What can be reached and has no name for those who cannot see it.
NAMELESS = """[...document.querySelectorAll("button, input, select, a, summary, section, [tabindex='0']")]
  .filter((each) => !each.closest("[hidden]"))
  .filter((each) => !(each.getAttribute("aria-label") || each.labels?.length || each.textContent.trim()))
  .map((each) => each.outerHTML)"""
# Notes when the first card is there, and when every lane is full.
STOPWATCH = """new MutationObserver(() => {
  window.carded ??= document.querySelector(".card") ? performance.now() : undefined;
  const lanes = [...document.querySelectorAll(".lane")];
  const full = lanes.length && lanes.every((lane) => lane.querySelectorAll(".card").length === 40);
  window.full ??= full ? performance.now() : undefined;
}).observe(document, {subtree: true, childList: true});"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as new:
        yield new


@pytest.fixture
def world(browser: Browser) -> Iterator[World]:
    with opened(browser) as found:
        found.look()
        yield found


# --- hostile texts ----------------------------------------------------------------------------------------------------


def test_a_prompt_with_html_in_it_stays_a_text(world: World) -> None:
    prompts = {*HOSTILE, *(text for text in NAUGHTY.values() if text.isprintable())}
    for prompt in prompts:
        world.mocks["chainhub"].tasks.seed("generation", prompt=prompt, status="processing")
    world.page.until(f"document.querySelector('[data-lane=running] .count').textContent === '{len(prompts)}'")
    world.page.click("[data-lane=running] .more")
    world.page.until(f"document.querySelectorAll('[data-lane=running] .card').length === {len(prompts)}")
    cards = world.page.ask("[...document.querySelectorAll('.card .prompt')].map((each) => each.textContent)")
    assert {*cards} == {prompt or "no prompt" for prompt in prompts}
    assert {*world.page.ask(OPEN_ALL % ("'.card'", "'.details .task-prompt'"))} == {*cards}


def test_an_id_with_html_in_it_stays_a_text(world: World) -> None:
    ids = {text for text in HOSTILE if text.isascii() and " " not in text and "\t" not in text}
    for key in ids:
        world.mocks["chainhub"].tasks.seed("generation", id=key, prompt="a cat")
    world.page.until(f"document.querySelectorAll('.card').length === {len(ids)}")
    assert {*world.page.ask(OPEN_ALL % ("'.card'", "'.details .facts code'"))} == ids
    world.page.until("document.querySelector('.plan li')")


def test_a_request_with_html_in_it_stays_a_text(world: World) -> None:
    sent = [text for text in HOSTILE if text.isascii() and "\t" not in text]
    for text in sent:
        headers = (("Authorization", "Bearer k"), ("User-Agent", text), ("Content-Type", "text/html"))
        path = f"/{quote(text, safe='<>()=/')}".replace("//", "/")
        world.mocks["chainhub"](Request("POST", path, f"q={text}", headers, text.encode()))
    world.page.key("2")
    world.page.until(f"document.querySelectorAll('main .exchange').length === {len(sent)}")
    assert {*world.page.ask(OPEN_ALL % ("'main .exchange'", "'.details pre'"))} == {*sent}
    seen = world.page.ask("[...document.querySelectorAll('.details .headers dd')].map((each) => each.textContent)")
    assert sent[0] in seen


def test_only_addresses_of_this_server_are_followed(world: World) -> None:
    elsewhere = [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://evil.example/video.mp4",
        "//evil.example/a.jpg",
        "file:///x",
    ]
    code = "import('./links.js').then(({address}) => %s.map((each) => address(each)?.href ?? null))"
    assert world.page.ask(code % json.dumps(elsewhere)) == [None] * len(elsewhere)
    own = world.page.ask(code % json.dumps([f"{world.url}/__media/a/video.mp4", "/__media/b/thumbnail.jpg"]))
    assert own == [f"{world.url}/__media/a/video.mp4", f"{world.url}/__media/b/thumbnail.jpg"]


def test_what_would_run_is_set_by_nobody(world: World) -> None:
    for name in ("onclick", "style", "srcdoc"):
        tried = f"try {{ h('p', {{{name}: 'x'}}); }} catch (no) {{ return no.name; }}"
        assert world.page.ask(f"import('./dom.js').then(({{h}}) => {{ {tried} }})") == "TypeError"
    link = "import('./dom.js').then(({h}) => h('a', {href: 'javascript:alert(1)'}).hasAttribute('href'))"
    assert world.page.ask(link) is False


# --- small parts ------------------------------------------------------------------------------------------------------


def test_a_stream_cut_anywhere_gives_the_same_events(world: World) -> None:
    text = ': hello\n\nid: 7\nevent: task\ndata: {"a":\ndata: 1}\n\r\nid:8\rdata:x\r\r\ndata: \u00e9\n\n'
    code = """import('./stream.js').then(({Frames}) => { const text = %s, all = [];
      for (let at = 0; at <= text.length; at++) {
        const frames = new Frames();
        all.push(JSON.stringify([...frames.feed(text.slice(0, at)), ...frames.feed(text.slice(at))]));
      }
      return [...new Set(all)]; })"""
    told = world.page.ask(code % json.dumps(text))
    assert len(told) == 1
    assert [(each["event"], each["id"], each["data"]) for each in json.loads(told[0])] == [
        ("task", "7", '{"a":\n1}'),
        ("message", "8", "x"),
        ("message", None, "\u00e9"),
    ]


def test_json_is_shown_digit_for_digit(world: World) -> None:
    text = '{"a":[],"b":{ },"n":123456789012345678901234567890.10,"s":"\\u00e9 {[\\"","l":[1,[2,{"x":null}]]}'
    told = world.page.ask(f"import('./pretty.js').then(({{pretty}}) => pretty({json.dumps(text)}))")
    assert "".join(told.split()) == "".join(text.split())
    assert '\n  "n": 123456789012345678901234567890.10,\n' in told


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("2m", 120), ("1,5 h", 5400), ("250 ms", 0.25), ("soon", None), ("1 year", None)]
)
def test_a_span_of_time_is_read(world: World, text: str, seconds: float | None) -> None:
    assert world.page.ask(f"import('./words.js').then(({{seconds}}) => seconds({json.dumps(text)}))") == seconds


# Asks for a page; while it is on its way an event says what is newer; then the page comes.
OVERTAKEN = """import('./%s').then(async ({%s: Kind}) => {
  let come;
  const page = new Promise((yes) => { come = yes; });
  const all = new Kind(() => page, () => {});
  const loading = all.load();
  all.take(%s);
  come(%s);
  await loading;
  return all.%s;
})"""


def test_a_task_is_not_overtaken_by_an_older_page(world: World) -> None:
    older = {"provider": "p", "id": "1", "phase": "running", "status": "processing", "created_at": 1}
    newer = older | {"phase": "succeeded", "status": "completed"}
    page = {"tasks": [older], "next": None, "total": 1}
    code = OVERTAKEN % ("tasks.js", "Tasks", json.dumps(newer), json.dumps(page), "get('p/1').status")
    assert world.page.ask(code) == "completed"


def test_a_task_whose_move_was_not_told_is_asked_for_once(world: World) -> None:
    late = {
        "provider": "p",
        "id": "1",
        "phase": "running",
        "created_at": 1,
        "held": False,
        "next": {"at": 5, "status": "x"},
    }
    code = f"""import('./tasks.js').then(({{Tasks}}) => {{
      const all = new Tasks(null, () => {{}});
      all.take({json.dumps(late)});
      return [4, 5, 6, 7].map((now) => all.overdue(now).length);
    }})"""
    assert world.page.ask(code) == [0, 0, 1, 0]


def test_a_delivery_is_not_overtaken_by_an_older_page(world: World) -> None:
    older = {"provider": "p", "id": "1", "state": "waiting", "attempts": []}
    newer = older | {"state": "delivered"}
    page = {"deliveries": [older], "next": None}
    code = OVERTAKEN % ("deliveries.js", "Deliveries", json.dumps(newer), json.dumps(page), "rows()[0].state")
    assert world.page.ask(code) == "delivered"


# --- no mouse, little room --------------------------------------------------------------------------------------------


def test_the_keyboard_alone_is_enough(world: World) -> None:
    page = world.page
    first, second = world.submit("a lighthouse"), world.submit("two foxes")
    page.until("document.querySelectorAll('.card').length === 2")
    page.ask("document.querySelector('#skip').focus()")
    page.key("Enter")
    page.key("Tab")
    page.until("document.activeElement.matches('.card')")
    page.key("Home")
    page.until(f"document.activeElement.dataset.id === {json.dumps(second)}")  # the newest is the first
    page.key("ArrowDown")
    page.until(f"document.activeElement.dataset.id === {json.dumps(first)}")
    page.key("h")
    page.until("!document.activeElement.querySelector('.held').hidden")
    page.key("f")
    page.until(world.lane(first, "failed"))
    page.until(f"document.activeElement.dataset.id === {json.dumps(first)}")  # the focus went with the card
    page.key("ArrowLeft")
    page.until(f"document.activeElement.dataset.id === {json.dumps(second)}")
    page.key("Tab")
    page.until("document.activeElement.dataset.verb === 'complete'")
    page.key("Enter")
    page.until(world.lane(second, "succeeded"))
    page.ask(f"{world.lane(second, 'succeeded')}.focus()")
    page.key("Enter")
    page.until("document.activeElement.id === 'details-title'")
    page.key("Escape")
    page.until(f"document.activeElement.dataset.id === {json.dumps(second)}")
    assert page.ask("document.querySelector('#details').hidden") is True


def test_the_help_opens_and_closes_and_turns_keys_off(world: World) -> None:
    page = world.page
    page.key("?")
    page.until("document.querySelector('dialog[open] .keys')")
    page.click("dialog .check input")
    page.key("Escape")
    page.until("!document.querySelector('dialog')")
    page.key("2")
    page.key("?")
    page.click("dialog .check input")
    assert page.ask("location.hash") == ""
    page.key("Escape")
    page.until("!document.querySelector('dialog')")
    page.key("2")
    page.until("location.hash === '#requests'")


def test_everything_that_is_used_has_a_name(world: World) -> None:
    world.submit("a gust of wind")
    for view in VIEWS:
        world.page.ask(f"location.hash = '{view}'")
        world.page.until(f"document.querySelector('#main').dataset.view === '{view}'")
        assert world.page.ask(NAMELESS) == []


def test_four_hundred_pixels_are_enough(world: World) -> None:
    key = world.submit("a prompt with a very long word: " + "w" * 300)
    world.page.size(400, 800)
    for view in VIEWS:
        world.page.ask(f"location.hash = '{view}'")
        world.page.until(f"document.querySelector('#main').dataset.view === '{view}'")
        assert world.page.ask("document.documentElement.scrollWidth") == 400
    world.page.ask("location.hash = 'tasks'")
    world.page.click(".lane-tab[data-lane=waiting]")
    world.page.click(f".card[data-id='{key}']")
    world.page.until("document.querySelector('.plan li')")
    assert world.page.ask("document.querySelector('#details').scrollWidth") == 400


# --- many -------------------------------------------------------------------------------------------------------------


def test_ten_thousand_tasks_are_shown_at_once_and_a_card_moves_at_once(browser: Browser) -> None:
    with opened(browser) as world:
        tasks, page, key = world.mocks["chainhub"].tasks, world.page, ""
        for word, many in (("completed", 6000), ("failed", 1000), ("processing", 2000), ("pending", 1000)):
            for number in range(many):
                key = tasks.seed("generation", prompt=f"prompt {number}", status=word).id
        page.before(STOPWATCH)
        world.look()
        page.until("window.full")
        painted = page.until("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
        held, moved = page.ask(MOVED % (json.dumps(f"tasks/{key}"), json.dumps(key)))
        figures = {
            "painted": painted,
            "card": page.ask("carded"),
            "lanes": page.ask("full"),
            "held": held,
            "moved": moved,
        }
        told = ", ".join(f"{name} {figure:.0f} ms" for name, figure in figures.items())
        sys.stdout.write(f"\n10,000 tasks: {told}\n")
        assert page.ask("document.querySelectorAll('.card').length") <= 200
        assert max(figures.values()) < 5000
