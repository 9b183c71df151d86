"""Webhooks in a test: they arrive, are handed on to the application, and are asked about."""

from __future__ import annotations

import pytest

from tests.pytest.runs import run, said

pytest_plugins = ["pytester"]

ASKED = """
    pytestmark = pytest.mark.lumakit(provider="apiframe")
    FINISHED = ["pending", "starting", "processing", "finished"]
    ORDER = {"webhook_secret": "whsec-of-the-test"}

    def told(mock, task):
        for _ in range(6):
            look(task)
            mock.deliver()
"""


def with_webhooks(pytester: pytest.Pytester, tests: str) -> pytest.RunResult:
    """Run tests of somebody who orders webhooks."""
    return run(pytester, ASKED + tests)


def test_every_update_arrives_in_its_order_and_can_be_verified(pytester: pytest.Pytester) -> None:
    result = with_webhooks(
        pytester,
        """
    def test_it(lumakit_mock, lumakit_webhooks):
        lumakit_webhooks.secret = ORDER["webhook_secret"]
        task = submit(webhook_url=lumakit_webhooks.url, **ORDER).json()["task_id"]
        told(lumakit_mock, task)
        lumakit_webhooks.assert_arrived(task, "finished", times=1)
        assert lumakit_webhooks.words(task)[-1] == "finished"
        lumakit_webhooks.assert_order(task, lumakit_webhooks.words(task))
        lumakit_webhooks.assert_verified()
        assert len(lumakit_webhooks) == len(lumakit_webhooks.of(task)) >= 2
        assert [each.status for each in lumakit_webhooks][0] == 200
    """,
    )
    result.assert_outcomes(passed=1)


def test_what_did_not_arrive_is_told_with_what_did(pytester: pytest.Pytester) -> None:
    result = with_webhooks(
        pytester,
        """
    def test_nothing(lumakit_mock, lumakit_webhooks):
        lumakit_webhooks.assert_arrived("t-1")

    def test_no_single_one(lumakit_mock, lumakit_webhooks):
        lumakit_webhooks.assert_arrived("t-2", times=1)

    def test_another(lumakit_mock, lumakit_webhooks):
        task = submit(webhook_url=lumakit_webhooks.url).json()["task_id"]
        told(lumakit_mock, task)
        lumakit_webhooks.assert_arrived(task, "failed")

    def test_unverified(lumakit_mock, lumakit_webhooks):
        told(lumakit_mock, submit(webhook_url=lumakit_webhooks.url).json()["task_id"])
        lumakit_webhooks.assert_verified()
    """,
    )
    result.assert_outcomes(failed=4)
    assert "something of the task t-2 was to arrive once, and nothing" in said(result)
    assert "something of the task t-1 was to arrive, and nothing did; mock.deliver() sends it" in said(result)
    assert "'failed' of the task" in said(result)
    assert "no secret to verify it with was known" in said(result)


def test_a_wrong_secret_is_not_believed(pytester: pytest.Pytester) -> None:
    result = with_webhooks(
        pytester,
        """
    def test_it(lumakit_mock, lumakit_webhooks):
        lumakit_webhooks.secret = "another"
        told(lumakit_mock, submit(webhook_url=lumakit_webhooks.url, **ORDER).json()["task_id"])
        with pytest.raises(AssertionError, match="was not verified"):
            lumakit_webhooks.assert_verified()
    """,
    )
    result.assert_outcomes(passed=1)
    assert "whsec-of-the-test" not in said(result)


def test_a_receiver_that_fails_gets_the_same_once_more(pytester: pytest.Pytester) -> None:
    result = with_webhooks(
        pytester,
        """
    def test_it(lumakit_mock, lumakit_webhooks, lumakit_clock):
        lumakit_webhooks.answer(500)
        task = submit(webhook_url=lumakit_webhooks.url).json()["task_id"]
        lumakit_mock.tasks.complete(task)
        lumakit_mock.deliver()
        assert [each.status for each in lumakit_webhooks] [0] == 500
        for _ in range(20):
            lumakit_clock.advance(600)
            lumakit_mock.deliver()
        first, *rest = lumakit_webhooks
        assert first.request.body in [each.request.body for each in rest]
        assert "finished" in lumakit_webhooks.words(task)
    """,
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("kind", ["asgi", "wsgi", "function", "coroutine"])
def test_deliveries_to_an_address_of_the_application_go_to_the_application(
    pytester: pytest.Pytester, kind: str
) -> None:
    result = with_webhooks(
        pytester,
        f"""
    from starlette.applications import Starlette
    from starlette.responses import Response as Answer
    from starlette.routing import Route
    import flask

    heard = []

    async def hook(request):
        heard.append(await request.json())
        return Answer(status_code=204)

    asgi = Starlette(routes=[Route("/hooks/video", hook, methods=["POST"])])
    wsgi = flask.Flask("shop")

    @wsgi.post("/hooks/video")
    def wsgi_hook():
        heard.append(flask.request.get_json())
        return "", 204

    def function(request):
        heard.append(request.body)
        return 204

    async def coroutine(request):
        heard.append(request.body)
        return 204

    def test_it(lumakit_mock, lumakit_webhooks):
        lumakit_webhooks.to("https://shop.example", {kind})
        task = submit(webhook_url="https://shop.example/hooks/video").json()["task_id"]
        told(lumakit_mock, task)
        assert heard and len(heard) == len(lumakit_webhooks)
        assert {{each.status for each in lumakit_webhooks}} == {{204}}
    """,
    )
    result.assert_outcomes(passed=1)


def test_an_application_on_the_loop_of_the_test_is_told_there(pytester: pytest.Pytester) -> None:
    result = with_webhooks(
        pytester,
        """
    import asyncio

    async def story(mock, inbox):
        heard = asyncio.Event()

        async def app(request):
            heard.set()
            return 200

        inbox.to("https://shop.example/", app)
        task = submit(webhook_url="https://shop.example/hook").json()["task_id"]
        mock.tasks.complete(task)
        await mock.deliver_async()
        await asyncio.wait_for(heard.wait(), 1)

    def test_it(lumakit_mock, lumakit_webhooks):
        asyncio.run(story(lumakit_mock, lumakit_webhooks))
    """,
    )
    result.assert_outcomes(passed=1)


def test_a_webhook_before_the_answer_comes_on_the_loop_of_the_test(pytester: pytest.Pytester) -> None:
    result = with_webhooks(
        pytester,
        """
    import asyncio

    async def story(inbox):
        lock, heard = asyncio.Lock(), []

        async def app(request):
            async with lock:
                heard.append(asyncio.get_running_loop())
            return 200

        inbox.to("https://shop.example/", app)
        async with httpx.AsyncClient(headers=KEY) as client, lock:
            asked = asyncio.create_task(client.post(f"{HOST}/luma-imagine", json=ORDERED))
            await asyncio.sleep(0.01)
            assert not asked.done() and not heard
            lock.release()
            assert (await asked).is_success
            await lock.acquire()
        assert heard == [asyncio.get_running_loop()]

    ORDERED = {"prompt": "x", "webhook_url": "https://shop.example/hook"}

    @pytest.mark.lumakit(scenario="early", progress="time")
    def test_it(lumakit_mock, lumakit_webhooks):
        asyncio.run(story(lumakit_webhooks))
    """,
    )
    result.assert_outcomes(passed=1)


def test_an_address_that_is_nobodys_is_a_failed_delivery_with_its_reason(pytester: pytest.Pytester) -> None:
    result = with_webhooks(
        pytester,
        """
    def test_it(lumakit_mock, lumakit_webhooks):
        task = submit(webhook_url="https://shop.example/hook").json()["task_id"]
        lumakit_mock.tasks.complete(task)
        rows = lumakit_mock.deliver()
        assert "no application of this test is at https://shop.example" in str(rows[0])
        assert not len(lumakit_webhooks)
    """,
    )
    result.assert_outcomes(passed=1)


def test_what_is_no_application_and_no_address_is_refused(pytester: pytest.Pytester) -> None:
    result = with_webhooks(
        pytester,
        """
    def test_address(lumakit_webhooks): lumakit_webhooks.to("shop.example", print)

    def test_app(lumakit_webhooks): lumakit_webhooks.to("https://shop.example", "shop:app")
    """,
    )
    result.assert_outcomes(failed=2)
    assert "'shop.example' is no address" in said(result)
    assert "'shop:app' is no application" in said(result)


def test_a_live_server_sends_to_a_real_port(pytester: pytest.Pytester) -> None:
    result = with_webhooks(
        pytester,
        """
    def test_it(lumakit_server, lumakit_webhooks):
        order = {"prompt": "x", "webhook_url": lumakit_webhooks.live_url, **ORDER}
        lumakit_webhooks.secret = ORDER["webhook_secret"]
        task = httpx.post(f"{lumakit_server.url}/luma-imagine", json=order, headers=KEY).json()["task_id"]
        lumakit_server.tasks.complete(task)
        assert lumakit_webhooks.wait_for(task, "finished").snapshot.done
        lumakit_webhooks.assert_verified()
    """,
    )
    result.assert_outcomes(passed=1)


def test_webhooks_count_in_the_figures_of_the_session(pytester: pytest.Pytester) -> None:
    result = with_webhooks(
        pytester,
        """
    def test_it(lumakit_mock, lumakit_webhooks):
        told(lumakit_mock, submit(webhook_url=lumakit_webhooks.url).json()["task_id"])
    """,
    )
    assert " 0 of 32 webhooks" not in said(result)
    result.stdout.fnmatch_lines(["*of 32 webhooks"])


def test_an_application_that_never_answers_is_a_failed_delivery(pytester: pytest.Pytester) -> None:
    result = with_webhooks(
        pytester,
        """
    import asyncio

    async def app(request): await asyncio.sleep(3600)

    def test_it(lumakit_mock, lumakit_webhooks, lumakit_no_waiting):
        lumakit_webhooks.to("https://shop.example", app)
        lumakit_mock.tasks.complete(submit(webhook_url="https://shop.example/hook").json()["task_id"])
        assert "the application did not answer within" in str(lumakit_mock.deliver()[0])
    """,
    )
    result.assert_outcomes(passed=1)
