"""For applications that use requests: a mock as an adapter of a session, or behind the library `responses`.

The one room that names those two libraries; each is imported when somebody asks for it.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lumakit.errors import SurroundingsError, UsageError, as_given
from lumakit.model import Request, Response
from lumakit.pytest.mock import Mock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lumakit.pytest.mocks import Mocks

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


def requests_adapter(mock: Mock | Mocks) -> Any:
    """An adapter for `session.mount(address, adapter)`, which asks the mock instead of the network: one provider's, or
    `lumakit_mock` itself for the one that is configured."""
    one = _one(mock, "requests_adapter")
    library = _needed("requests")
    from requests.adapters import BaseAdapter, HTTPAdapter

    class Adapter(BaseAdapter):
        """Asks a mock."""

        def send(self, request: Any, *_: Any, **choices: Any) -> Any:
            """The mock's answer."""
            asked = _asked(request.method, request.url, request.headers, request.body)
            given = one(asked)
            _endure(one, given, request, choices.get("timeout"))
            return HTTPAdapter().build_response(request, _raw(given))

        def close(self) -> None:
            """Nothing is open."""

    del library
    return Adapter()


def answer_responses(mock: Mock | Mocks, responses: Any) -> None:
    """Let `responses` (the module, or a RequestsMock of it) ask the mock for everything at its addresses."""
    one = _one(mock, "answer_responses")
    _needed("responses")
    if not hasattr(responses, "add_callback"):
        what = f"answer_responses takes the module `responses`, or a RequestsMock of it, not {as_given(responses)}"
        raise UsageError(what, code="wrong_argument", hint="answer_responses(lumakit_mock, responses)")

    def answer(request: Any) -> Any:
        given = one(_asked(request.method, request.url, request.headers, request.body))
        try:
            _endure(one, given, request, request.req_kwargs.get("timeout"))
        except OSError as error:  # those of requests are
            return error
        kind = given.header("content-type") or "application/octet-stream"
        headers = [(name, value) for name, value in given.headers if name.lower() != "content-type"]
        return given.status, [*headers, ("Content-Type", kind)], given.body

    for address in one.addresses:
        at = re.compile(rf"{re.escape(address.rstrip('/'))}(?:[/?].*)?$")  # of ours: an address, quoted
        for method in METHODS:
            responses.add_callback(method, at, callback=answer, content_type=None)


def _one(mock: object, asker: str) -> Mock:
    """The mock that is meant."""
    from lumakit.pytest.mocks import Mocks

    if isinstance(mock, Mocks):
        return mock()
    if isinstance(mock, Mock):
        return mock
    hint = f'{asker}(lumakit_mock), or of one provider: {asker}(lumakit_mock("..."))'
    raise UsageError(f"{asker} takes a mock of this process, not {as_given(mock)}", code="wrong_argument", hint=hint)


def _asked(method: str, url: str, headers: Mapping[str, str], body: Any) -> Request:
    parts = urlsplit(url)
    raw = body.encode() if isinstance(body, str) else b"".join(body) if _is_stream(body) else body or b""
    given = (("Host", parts.netloc), *((str(name), _text(value)) for name, value in headers.items()))
    return Request(method, parts.path or "/", parts.query, given, raw, f"{parts.scheme}://{parts.netloc}")


def _is_stream(body: Any) -> bool:
    return body is not None and not isinstance(body, (bytes, str))


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _endure(mock: Mock, given: Response, request: Any, timeout: Any) -> None:
    """Wait on the mock's clock as long as the answer is held back; raise what requests meets on a broken wire."""
    import requests

    patience_s = timeout[-1] if isinstance(timeout, tuple) else timeout
    if given.delay_s:
        if patience_s is not None and given.delay_s > patience_s:
            mock.clock.sleep(patience_s)
            raise requests.exceptions.ReadTimeout(f"Read timed out. (read timeout={patience_s})", request=request)
        mock.clock.sleep(given.delay_s)
    if given.breaks is None or given.breaks.ending is None:
        return
    if not given.breaks.answers:
        raise requests.exceptions.ConnectionError("Connection reset by peer", request=request)
    raise requests.exceptions.ChunkedEncodingError(
        "Connection broken: the body did not come to its end", request=request
    )


def _raw(given: Response) -> Any:
    from urllib3 import HTTPHeaderDict, HTTPResponse

    return HTTPResponse(
        body=io.BytesIO(given.body),
        status=given.status,
        headers=HTTPHeaderDict(given.headers),
        preload_content=False,
        decode_content=False,
    )


def _needed(name: str) -> Any:
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError:
        raise SurroundingsError(
            f"{name} is not installed", code="extra_missing", hint=f"pip install {name}, or use lumakit_server"
        ) from None
