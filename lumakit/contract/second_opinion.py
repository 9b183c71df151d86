"""The same questions asked of openapi-core: slow, and answered from another book.

Knows openapi-core, what it cannot do, and how to ask around that; no other room names it. Gets a copy of the amended
document and none of our validators. Does not find the operation a request is for: `Contract.route` has done that.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from lumakit.contract import media
from lumakit.contract import pointer as pointers
from lumakit.contract.dialect import Direction
from lumakit.contract.plain_copy import Copy, callback_path
from lumakit.errors import SurroundingsError, UsageError
from lumakit.model import Request, Response

if TYPE_CHECKING:
    from lumakit.contract.compile import Contract

# Where the two may differ, and why. What can be asked around is not here: the reason stands where it is done.
EXCEPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "format uri": "It has no check for it.",
        "other formats": "It has its own idea of time, hostname, email and others, and breaks on a `byte` that is not "
        "ASCII: only formats that both judge alike are asked.",
        "leap second": "It refuses a date-time with second 60, which RFC 3339 allows.",
        "risky pattern": "Its matching backtracks without bound and could hang: such patterns are not asked. "
        "Inside `not` or `oneOf` that can turn the answer round.",
        "pattern dialect": "It matches with Python's re: `$` also before a last line feed, `\\d` also digits of other "
        "scripts.",
        "fractional multipleOf": "It divides binary fractions: 0.3 is no multiple of 0.1 to it.",
        "numbers JSON has not": "It reads NaN, Infinity and 1e999 as numbers.",
        "key given twice": "It keeps the last of them without a word.",
        "half a surrogate pair": "It lets the text through.",
        "encoding": "It guesses UTF-16, UTF-32 and a byte order mark; JSON on the network is UTF-8.",
        "depth": "It has no limit of depth but that of the stack.",
        "empty text": "It takes an empty answer body for a missing one, where a text may be empty.",
        "empty credential": "It asks whether a credential is there, not whether there is anything in it.",
        "number in a text": "It reads parameters with Python's int and float: `1_0`, `+1` and `nan` are numbers, and "
        "`1e2` is no integer.",
        "truth in a text": "It also reads yes, on, t and 1 as true, and their opposites as false.",
        "blank after a comma": "It keeps the blank that HTTP allows between the items of a header.",
        "repeated header": "It looks only at the first of several lines of a header, which are one list.",
        "empty list": "It reads an empty text as a list of one empty item.",
        "composed parameter": "It cannot read a parameter whose schema has no single plain type: only presence is "
        "asked.",
        "composed form field": "It leaves a form field whose schema has no single plain type a text.",
        "deep object": "It reads one level of brackets, and objects alone: a deepObject parameter with lists or "
        "objects inside is not asked, not even for presence.",
        "brackets in a form": "It looks for a form field under its plain name, whatever its encoding.",
        "empty value allowed": "It judges the empty text of a parameter that is allowed to be empty.",
        "exploded object": "It looks under the object's own name for an object whose members stand in the query one "
        "by one: such parameters are not asked.",
        "delimited list": "It expects the blanks of spaceDelimited still encoded, and delimiters only in what is not "
        "exploded: only presence is asked of the rest.",
        "media type range": "It does not decode a body that is only documented by a range such as `*/*`.",
        "undeclared form field": "It drops the fields of a form that the schema does not name, before judging.",
        "matrix list of another name": "It reads it as an empty list.",
        "repeated form field": "It looks only at the first of several fields where one is meant.",
        "multipart value": "It leaves every part a text, whatever type the schema asks for.",
    }
)

_BREAKS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class SecondOpinion:
    """What openapi-core has against a request or a response; empty where it has nothing."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._judges = {direction: _judge(Copy(contract, direction)) for direction in Direction}

    def request(self, request: Request) -> tuple[str, ...]:
        """What is wrong with a request."""
        match = self._contract.route(request)
        if match.operation is None:
            return (_unknown(request),)
        return self._ask_request(request, match.operation.path, match.path_values)

    def response(self, request: Request, response: Response) -> tuple[str, ...]:
        """What is wrong with the response to a request."""
        match = self._contract.route(request)
        if match.operation is None:
            return (_unknown(request),)
        judge, path = self._judges[Direction.RESPONSE], match.operation.path
        return _complaints(lambda: judge.iter_response_errors(_asked(request, path, {}), _answered(response)))

    def callback(self, operation_key: str, name: str, request: Request) -> tuple[str, ...]:
        """What is wrong with a request that the provider sends to a callback of an operation."""
        operation = self._contract.operation(operation_key)
        named = [each for each in operation.callbacks if each.name == name]
        if not named:
            hint = f"one of {', '.join(dict.fromkeys(each.name for each in operation.callbacks)) or 'none'}"
            raise UsageError(f"{operation.key} has no callback {name!r}", code="callback_not_found", hint=hint)
        verdicts = [
            self._ask_request(request, callback_path(each.operation.pointer), {})
            for each in named
            if each.operation.method == request.method.upper()
        ]
        return min(verdicts, key=len, default=(_unknown(request),))

    def _ask_request(self, request: Request, path: str, values: Mapping[str, str]) -> tuple[str, ...]:
        judge = self._judges[Direction.REQUEST]
        return _complaints(lambda: judge.iter_request_errors(_asked(request, path, values)))


def _unknown(request: Request) -> str:
    return f"no operation is documented for this path and {request.method.upper()}"


# --- the answers in words --------------------------------------------------------------------------------------------


def _complaints(ask: Callable[[], Iterable[Exception]]) -> tuple[str, ...]:
    """The complaints of an answer; openapi-core's own errors carry values, so only their kind and place is told."""
    try:
        with warnings.catch_warnings(action="ignore"):  # it warns of deprecated operations and parameters
            return tuple(dict.fromkeys(line for error in ask() for line in _lines(error)))
    except _BREAKS as error:
        return (f"openapi-core breaks on it: {type(error).__name__}",)


def _lines(error: Exception) -> Iterator[str]:
    about = " ".join(str(getattr(error, key)) for key in ("location", "name") if hasattr(error, key))
    subject = f"{type(error).__name__} {about}".rstrip()
    cause = error.__cause__
    for inner in getattr(cause, "schema_errors", ()):
        yield f"{subject}: {pointers.join(*inner.absolute_path) or 'the value'} does not fit `{inner.validator}`"
    if not getattr(cause, "schema_errors", ()):
        yield f"{subject}: {type(cause).__name__}" if cause else subject


# --- the exchange as openapi-core wants it ---------------------------------------------------------------------------


@dataclass(slots=True)
class _Asked:
    """A request; the path is the template, because openapi-core neither decodes a path nor finds the best template."""

    method: str
    path: str
    parameters: Any
    content_type: str
    body: bytes
    host_url: str = "http://any"


@dataclass(slots=True)
class _Answered:
    status_code: int
    headers: Any
    content_type: str
    data: bytes


def _asked(request: Request, path: str, values: Mapping[str, str]) -> _Asked:
    from openapi_core.datatypes import RequestParameters
    from werkzeug.datastructures import Headers, ImmutableMultiDict

    crumbs = (crumb.strip().partition("=") for crumb in (request.header("cookie") or "").split(";"))
    parameters = RequestParameters(
        query=ImmutableMultiDict(parse_qsl(request.query, keep_blank_values=True)),
        header=Headers(list(request.headers)),
        cookie=ImmutableMultiDict([(name, unquote(value)) for name, _, value in crumbs]),
        path={spelled: text for name, text in values.items() for spelled in _spellings(name)},
    )
    return _Asked(request.method.lower(), path, parameters, _content_type(request), request.body)


def _spellings(name: str) -> tuple[str, ...]:
    """The names under which it looks for a path parameter: for a label it expects `{.name*}` in the template."""
    return name, f".{name}", f".{name}*", f";{name}", f";{name}*"


def _answered(response: Response) -> _Answered:
    from werkzeug.datastructures import Headers

    return _Answered(response.status, Headers(list(response.headers)), _content_type(response), response.body)


def _content_type(message: Request | Response) -> str:
    """The content type with nothing but a boundary: openapi-core breaks on a parameter without one `=`."""
    given = message.header("content-type")
    if not given:
        return "application/octet-stream"
    kind = media.essence(given)
    boundary = next((text for text in given.split(";")[1:] if text.strip().lower().startswith("boundary=")), "")
    return f"{kind};{boundary}" if kind == media.MULTIPART and boundary.count("=") == 1 else kind


def _judge(copy: Copy) -> Any:
    try:
        from openapi_core import Config, OpenAPI
    except ImportError:
        raise SurroundingsError(
            "a second opinion needs openapi-core, which is not installed",
            code="extra_missing",
            hint="pip install 'lumakit[check]'",
        ) from None
    # The document is compiled already: validating it again takes more time than a hundred questions.
    return OpenAPI.from_dict(
        copy.document, config=Config(spec_validator_cls=None, extra_media_type_deserializers=copy.decoders)
    )
