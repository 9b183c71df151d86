"""The dashboard in a real Chromium, before a mock on a real port: what a person sees, clicks and types."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import httpx
import pytest

from lumakit import Request, Response
from lumakit.clock import SystemClock
from mockserver.app import Choices, apart, build, control, door
from mockserver.door.asgi import Door
from mockserver.live import LiveServer
from tests.mockserver.devtools import chromium
from tests.mockserver.onlooker import Browser, World, opened, standing


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as new:
        yield new


@pytest.fixture
def world(browser: Browser) -> Iterator[World]:
    with opened(browser) as found:
        found.look()
        yield found


# --- tasks ------------------------------------------------------------------------------------------------------------


def test_a_task_moves_through_the_lanes_as_the_clock_goes_on(world: World) -> None:
    key = world.submit("a gust of wind")
    world.page.until(world.lane(key, "waiting"))
    world.page.click(".leaps button:nth-child(1)")  # +10 s
    world.page.until(world.lane(key, "running"))
    world.page.click(".leaps button:nth-child(3)")  # +10 min
    world.page.until(world.lane(key, "succeeded"))
    assert world.page.until(f"{world.lane(key, 'succeeded')}.querySelector('.thumb').naturalWidth > 100")
    assert "a gust of wind" in world.page.text(".card .prompt")


def test_a_finished_task_plays_in_its_details(world: World) -> None:
    world.mocks["chainhub"].tasks.complete(world.submit("a gust of wind"))
    world.page.click("[data-lane=succeeded] .card")
    assert world.page.until("document.querySelectorAll('.plan li').length") >= 2
    world.page.ask("document.querySelector('video').play()")
    assert world.page.until("document.querySelector('video').currentTime > 0")
    assert "POST" in world.page.text(".details .exchange")


def test_a_failure_is_forced_by_a_click(world: World) -> None:
    key = world.submit("a crowd")
    world.page.until(world.lane(key, "waiting"))
    world.page.click(".card .verb.fail")
    world.page.until(world.lane(key, "failed"))
    assert world.mocks["chainhub"].tasks[key].phase == "failed"
    world.page.until("document.querySelector('#spoken').textContent.includes('failed')")


def test_a_reason_is_given_in_the_details(world: World) -> None:
    key = world.submit("a crowd")
    world.page.click(".card .prompt")
    world.page.click(".task-steer input")
    world.page.type("moderation")
    world.page.click(".task-verbs .fail")
    world.page.until(world.lane(key, "failed"))
    assert world.mocks["chainhub"].tasks[key].error == "Frame moderation failed"


def test_a_search_and_a_provider_narrow_the_lanes(world: World) -> None:
    world.submit("two foxes")
    key = world.submit("a lighthouse")
    world.page.until("document.querySelectorAll('.card').length === 2")
    world.page.key("/")
    world.page.type("lighthouse")
    world.page.until("document.querySelectorAll('.card').length === 1")
    world.page.until(world.lane(key, "waiting"))
    world.page.choose("#filters select", "apiframe")
    world.page.until("document.querySelectorAll('.card').length === 0")


# --- the clock and what else is steered -------------------------------------------------------------------------------


def test_the_clock_is_frozen_moved_and_sped_up(world: World) -> None:
    clock = world.mocks["chainhub"].clock
    assert isinstance(clock, SystemClock)
    world.page.until("document.querySelector('.now').hasAttribute('data-frozen')")
    before = clock.now()
    world.page.click("#clock .leap")
    world.page.type("2 min")
    world.page.key("Enter")
    world.page.until("document.querySelector('#clock .leap').value === ''")
    assert clock.now() == before + 120_000
    world.page.choose(".speed select", "60")
    world.page.until("!document.querySelector('.now').hasAttribute('data-frozen')")
    assert clock.speed == 60
    world.page.click("#clock .toggle")
    world.page.until("document.querySelector('.now').hasAttribute('data-frozen')")
    assert clock.speed == 0


def test_a_scenario_is_switched_and_mixed(world: World) -> None:
    world.page.key("4")
    world.page.choose('[aria-label="Scenario of chainhub"]', "fail")
    world.page.until("document.querySelector('#spoken').textContent === 'chainhub plays fail'")
    assert (world.mocks["chainhub"].scenario, world.mocks["apiframe"].scenario) == ("fail", "success")
    world.page.click('[aria-label="A mixture for apiframe"]')
    world.page.type("95% success, 5% fail")
    world.page.key("Enter")
    world.page.until("document.querySelector('#spoken').textContent.startsWith('apiframe plays')")
    assert "95" in world.mocks["apiframe"].scenario


def test_a_fault_is_added_in_words_and_taken_away(world: World) -> None:
    world.page.key("4")
    world.page.click('[aria-label="A fault in words"]')
    world.page.type("503 every 3rd")
    world.page.key("Enter")
    world.page.until("document.querySelectorAll('.fault-list li').length === 2")
    assert [[str(fault) for fault in mock.faults] for mock in world.mocks.values()] == [["503 every 3rd"]] * 2
    world.page.click(".fault-list .plain")
    world.page.until("document.querySelectorAll('.fault-list li').length === 1")
    assert sum(len(list(mock.faults)) for mock in world.mocks.values()) == 1


def test_a_reset_is_asked_about_first(world: World) -> None:
    world.submit("two foxes")
    world.page.until("document.querySelectorAll('.card').length === 1")
    world.page.click("#top-end .button")
    world.page.key("Escape")
    world.page.until("!document.querySelector('dialog')")
    assert len(world.mocks["chainhub"].tasks) == 1
    world.page.click("#top-end .button")
    world.page.click("dialog .grave")
    world.page.until("document.querySelectorAll('.card').length === 0")
    assert len(world.mocks["chainhub"].tasks) == 0


# --- webhooks ---------------------------------------------------------------------------------------------------------


def test_a_webhook_is_seen_and_sent_again(world: World) -> None:
    heard: list[bytes] = []

    def receive(asked: Request) -> Response:
        heard.append(asked.body)
        return Response(204)

    with LiveServer(Door(receive)) as receiver:
        key = world.submit("a gust of wind", hook=f"{receiver.url}/hook")
        world.mocks["chainhub"].tasks.complete(key)
        world.page.key("3")
        world.page.until("document.querySelector('main .delivery')?.dataset.state === 'delivered'")
        world.page.click("main .delivery")
        assert f"{receiver.url}/hook" in world.page.until("document.querySelector('.details .line').textContent")
        world.page.click("main .with-button .button")
        world.page.until("document.querySelectorAll('.details .attempts li').length === 2")
    assert len(heard) == 2
    assert heard[0] == heard[1]


def test_a_webhook_that_is_blocked_says_why(world: World) -> None:
    world.mocks["chainhub"].tasks.complete(world.submit("a cat", hook="http://169.254.169.254/latest/meta-data"))
    world.page.key("3")
    world.page.until("document.querySelector('main .delivery')?.dataset.state === 'blocked'")
    assert world.page.text("main .delivery .why") != ""
    world.page.choose("main .tools select", "delivered")
    world.page.until("document.querySelectorAll('main .delivery').length === 0")


# --- requests, connecting, the contract -------------------------------------------------------------------------------


def test_the_journal_tells_verdict_and_reason(world: World) -> None:
    headers = (("Authorization", "Bearer any-key"), ("Content-Type", "application/json"))
    world.mocks["chainhub"](Request("POST", "/luma/generations", headers=headers, body=b'{"user_prompt": 7}'))
    world.page.key("2")
    world.page.click("main .exchange[data-verdict=refused]")
    assert 'not of type "string"' in world.page.until("document.querySelector('.details .card-error').textContent")
    assert '"user_prompt": 7' in world.page.text(".details pre")


def test_a_line_to_copy_makes_a_task(world: World) -> None:
    world.page.key("5")
    line = world.page.until("document.querySelector('[aria-label=chainhub] .command pre').textContent")
    _, _, url, *options = shlex.split(line)
    given = list(zip(options[::2], options[1::2], strict=True))
    headers = dict(value.split(": ", 1) for name, value in given if name == "-H")
    body = next(value for name, value in given if name == "-d")
    assert httpx.post(url, content=body, headers=headers).status_code == 200
    world.page.key("1")
    world.page.until("document.querySelectorAll('.card').length === 1")


def test_the_contract_is_told_with_its_corrections(world: World) -> None:
    world.page.key("6")
    panel = world.page.until("document.querySelector('main [aria-label=apiframe]').textContent")
    assert "staged" in panel
    assert "retrying" in panel
    assert "The official v1 SDK" in panel


# --- who may look, and whether anybody is there -----------------------------------------------------------------------


def test_a_token_is_asked_for_and_kept_for_the_tab(browser: Browser) -> None:
    with opened(browser, Choices(targets=("chainhub", "kkiai"), admin_token="mock-token"), calm=False) as world:
        world.page.go(f"{world.url}/__admin/")
        for token, asked in (("wrong", "printed once"), ("mock-token", "not the right one")):
            world.page.until(f"document.querySelector('dialog[open]')?.textContent.includes('{asked}')")
            world.page.until("document.querySelector('dialog[open] input') === document.activeElement")
            world.page.type(token)
            world.page.key("Enter")
        world.page.until("document.querySelector('#connection').dataset.state === 'live'")
        world.look()
        assert world.page.ask("document.querySelector('dialog')") is None


def test_on_a_port_of_its_own_it_shows_the_files_of_the_mock(browser: Browser) -> None:
    with opened(browser) as world:
        chosen = Choices(clock=standing(), targets=("chainhub", "kkiai"))
        server = build(chosen)
        with LiveServer(door(server)) as mock, LiveServer(apart(control(server, chosen))) as own:
            server.listen(mock.url)
            server.providers["chainhub"].tasks.seed("generation", status="completed")
            World(own.url, {}, world.page).look()
            world.page.until("document.querySelector('.card .thumb').naturalWidth > 100")
            assert world.page.ask("document.querySelector('.card .thumb').src").startswith(mock.url)


def test_the_page_finds_the_mock_again(browser: Browser) -> None:
    chosen = Choices(clock=standing(), targets=("chainhub", "kkiai"))
    with opened(browser, chosen, calm=False) as world:
        server = build(chosen)
        beside = control(server, chosen)
        with LiveServer(door(server, control=beside)) as live:
            port = live.port
            World(live.url, {}, world.page).look()
        world.page.until("document.querySelector('#connection').dataset.state === 'waiting'")
        with LiveServer(door(server, control=beside), port=port) as live:
            key = World(live.url, {}, world.page).submit("a gust of wind")
            world.page.until("document.querySelector('#connection').dataset.state === 'live'")
            world.page.until(world.lane(key, "waiting"))
