"""The application as the receiver of webhooks: what reaches it, and what becomes of its errors."""

from __future__ import annotations

import pytest

from tests.pytest.runs import said
from tests.pytest.test_inbox import with_webhooks

pytest_plugins = ["pytester"]


def test_an_application_that_breaks_over_a_webhook_fails_the_test(pytester: pytest.Pytester) -> None:
    result = with_webhooks(
        pytester,
        """
    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.responses import Response as Answer
    from starlette.routing import Route

    async def function(request): raise KeyError("no such order")
    def wsgi(environ, start): raise KeyError("no such order")
    async def hook(request): raise KeyError("no such order")
    async def later(request): return Answer(status_code=202, background=BackgroundTask(broken))
    def broken(): raise KeyError("no such order")

    asgi = Starlette(routes=[Route("/hook", hook, methods=["POST"]), Route("/later", later, methods=["POST"])])
    APPS = [(function, "hook", 500), (wsgi, "hook", 500), (asgi, "hook", 500), (asgi, "later", 202)]

    def broke(mock, inbox, app, at):
        inbox.to("https://shop.example", app)
        mock.tasks.complete(submit(webhook_url=f"https://shop.example/{at}").json()["task_id"])
        mock.deliver()

    @pytest.mark.parametrize(("app", "at", "status"), APPS)
    def test_it(lumakit_mock, lumakit_webhooks, app, at, status):
        broke(lumakit_mock, lumakit_webhooks, app, at)
        assert {each.status for each in lumakit_webhooks} == {status}

    @pytest.fixture
    def afterwards(lumakit_mock, lumakit_webhooks):
        yield
        broke(lumakit_mock, lumakit_webhooks, function, "hook")

    def test_late(afterwards): pass

    def test_on_purpose(lumakit_mock, lumakit_webhooks):
        broke(lumakit_mock, lumakit_webhooks, function, "hook")
        assert isinstance(lumakit_webhooks.broken[0].error, KeyError)
        lumakit_webhooks.broken.clear()

    @pytest.mark.lumakit(judge=False)
    def test_unjudged(lumakit_mock, lumakit_webhooks): broke(lumakit_mock, lumakit_webhooks, function, "hook")
    """,
    )
    result.assert_outcomes(failed=4, passed=3, errors=1)
    assert "the application broke over a webhook to https://shop.example/hook, which was answered 500:" in said(result)
    assert "the application broke over a webhook to https://shop.example/later, which was answered 202:" in said(result)
    assert "in broken" in said(result)
    assert "KeyError: 'no such order'" in said(result)


@pytest.mark.parametrize("kind", ["asgi", "wsgi"])
def test_a_path_reaches_an_application_as_from_a_server(pytester: pytest.Pytester, kind: str) -> None:
    result = with_webhooks(
        pytester,
        f"""
    from starlette.applications import Starlette
    from starlette.responses import Response as Answer
    from starlette.routing import Route
    import flask

    heard = []

    async def hook(request):
        heard.append((request.path_params["name"], request.scope["raw_path"]))
        return Answer(status_code=204)

    asgi = Starlette(routes=[Route("/hooks/{{name}}", hook, methods=["POST"])])
    wsgi = flask.Flask("shop")

    @wsgi.post("/hooks/<name>")
    def wsgi_hook(name):
        heard.append((name, b"/hooks/caf%C3%A9%201"))
        return "", 204

    def test_it(lumakit_mock, lumakit_webhooks):
        lumakit_webhooks.to("https://shop.example", {kind})
        told(lumakit_mock, submit(webhook_url="https://shop.example/hooks/caf%C3%A9%201").json()["task_id"])
        assert set(heard) == {{("caf\u00e9 1", b"/hooks/caf%C3%A9%201")}}
    """,
    )
    result.assert_outcomes(passed=1)
