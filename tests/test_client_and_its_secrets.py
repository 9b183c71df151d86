"""The key of a client is a canary: wherever it sings, it has got out."""

from __future__ import annotations

import logging
import pickle
import traceback
from typing import Any

import httpx
import pytest

import lumakit
from lumakit import Client
from lumakit.secret import Key, Shown
from tests.calling import KEY, PROVIDERS, stage

FAULTS = ("401", "500", "reset", "truncate", "malformed", "break-schema", "latency 90", "429")


def told(error: BaseException) -> str:
    """Everything that an error may show, with the values of every frame, as tools for errors do."""
    lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
    return "".join(lines) + repr(error) + repr(vars(error))


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_error_shows_the_key(provider: str, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    at = stage(provider, judge="raise", faults=[fault])
    kind = next(iter(at.contract.reading.tasks))  # type: ignore[union-attr]
    with pytest.raises(lumakit.CallError) as caught:
        at.client.submit(kind, prompt="a lighthouse")
    assert KEY not in told(caught.value)
    assert KEY not in caplog.text
    assert KEY not in repr(at.client) + repr(vars(at.client)) + str(at.client.findings)


def test_an_answer_that_repeats_the_key_is_told_without_it() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(401, json={"error": f"the token {KEY} is not known"}))
    with Client("chainhub", api_key=KEY, transport=transport) as client, pytest.raises(lumakit.KeyRefused) as caught:
        client.fetch("some-id")
    assert "is not known" in str(caught.value)
    assert KEY not in told(caught.value)


def test_a_secret_of_a_webhook_is_not_told() -> None:
    at = stage("apiframe", judge="warn", faults=["500"])
    with pytest.raises(lumakit.Uncertain) as caught:
        at.client.submit("luma", prompt="a", webhook="https://a.example/hook", webhook_secret="sesame-0815")
    assert caught.value.request is not None
    assert b"sesame-0815" not in caught.value.request.body


def test_a_key_is_neither_shown_nor_pickled() -> None:
    key = Key(f" {KEY} ")
    shown = Shown("header", "Authorization", "Bearer", key)
    assert KEY not in f"{key!r} {key} {shown!r} {shown}"
    assert (key.reveal(), shown.reveal()) == (KEY, f"Bearer {KEY}")
    with pytest.raises(TypeError):
        pickle.dumps(key)


@pytest.mark.parametrize(
    ("scheme", "found"),
    [
        ({"type": "apiKey", "in": "query", "name": "key"}, lambda request: request.url.params["key"]),
        (
            {"type": "apiKey", "in": "cookie", "name": "key"},
            lambda request: request.headers["cookie"].partition("=")[2],
        ),
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, lambda request: request.headers["x-key"]),
        ({"type": "http", "scheme": "bearer"}, lambda request: request.headers["authorization"].partition(" ")[2]),
    ],
)
def test_a_key_is_shown_where_the_contract_says(scheme: dict[str, Any], found: Any, tmp_path: Any) -> None:
    paths = {"/a": {"get": {"responses": {"200": {"description": "ok"}}}}}
    document = {"openapi": "3.0.3", "info": {"title": "a", "version": "1"}, "paths": paths, "security": [{"k": []}]}
    document["components"] = {"securitySchemes": {"k": scheme}}
    document["servers"] = [{"url": "https://a.example/base"}]
    (tmp_path / "a.json").write_text(str(document).replace("'", '"'))
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    transport = httpx.MockTransport(answer)
    with Client(tmp_path / "a.json", api_key=KEY, transport=transport) as client:
        assert client.call("GET /a") is None
    assert found(asked[0]) == KEY
    assert asked[0].url.path == "/base/a"
