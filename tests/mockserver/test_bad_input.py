"""What a bad body gets: the provider's refusal with its reason; never a 5xx, a traceback or a secret.

Each row is a case. What is refused makes no task and stands in the diary; what is accepted is kept as it came. The door
to the network has tests of its own: here a request has come as far as `MockProvider`.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable, MutableMapping
from typing import Any

import pytest

from lumakit.model import Request
from mockserver import MockProvider
from mockserver.admission import BODY_BYTES
from mockserver.door.asgi import Door
from tests.mockserver.naughty import NAUGHTY
from tests.mockserver.sender import CANARY, CONTRACTS, Sender


@pytest.fixture(params=CONTRACTS)
def sender(request: pytest.FixtureRequest) -> Sender:
    return Sender(CONTRACTS[request.param])


# --- bodies -----------------------------------------------------------------------------------------------------------

Change = Callable[[bytes], bytes]
DEEP = 100_000


def plus(raw: bytes | str) -> Change:
    """A whole body with one more member, whose value is written like this."""
    value = raw if isinstance(raw, bytes) else raw.encode()
    return lambda whole: whole[:-1] + b', "more": ' + value + b"}"


def like(body: bytes) -> Change:
    """This body, whatever a whole one would be."""
    return lambda _: body


NOT_JSON: dict[str, tuple[Change, str]] = {
    "without its end": (lambda whole: whole[:-1], "the end of what is open"),
    "half of it": (lambda whole: whole[: len(whole) // 2], "not JSON"),
    "empty": (like(b""), "the body is missing"),
    "blanks": (like(b" \r\n"), "a value is expected"),
    "NaN": (plus("NaN"), "a number is too large, or none at all"),
    "Infinity": (plus("[Infinity]"), "a number is too large, or none at all"),
    "-Infinity": (plus("-Infinity"), "a number is too large, or none at all"),
    "1e999": (plus("1e999"), "a number is too large, or none at all"),
    "-1e999": (plus('{"a": -1e999}'), "a number is too large, or none at all"),
    "a million digits": (plus("9" * 1_000_000), "a number is too large, or none at all"),
    "a key twice": (lambda whole: whole[:-1] + b"," + whole[1:], "given twice"),
    "a key twice inside": (plus('{"a": 1, "a": 1}'), "'a' is given twice"),
    "a key twice, once escaped": (plus('{"a": 1, "\\u0061": 1}'), "'a' is given twice"),
    "deep arrays": (plus("[" * DEEP + "]" * DEEP), "nested deeper than 64 levels"),
    "deep arrays, never closed": (like(b"[" * DEEP), "nested deeper than 64 levels"),
    "deep objects": (plus('{"a":' * DEEP + "1" + "}" * DEEP), "nested deeper than 64 levels"),
    "one level too deep": (plus("[" * 64 + "]" * 64), "nested deeper than 64 levels"),
    "half a surrogate pair": (plus('"\\ud800"'), "half a surrogate pair"),
    "a surrogate pair the wrong way": (plus('"\\udc00\\ud800"'), "half a surrogate pair"),
    "half a surrogate pair in a key": (plus('{"\\udfff": 1}'), "half a surrogate pair"),
    "half a surrogate pair as bytes": (plus(b'"\xed\xa0\x80"'), "not UTF-8"),
    "a byte that is never UTF-8": (plus(b'"\xff"'), "not UTF-8"),
    "an overlong slash": (plus(b'"\xc0\xaf"'), "not UTF-8"),
    "half a character": (plus(b'"\xe7\x8c"'), "not UTF-8"),
    "Latin-1": (plus(b'"caf\xe9"'), "not UTF-8"),
    "UTF-8 with a byte order mark": (lambda whole: b"\xef\xbb\xbf" + whole, "byte order mark"),
    "UTF-16": (lambda whole: whole.decode().encode("utf-16"), "not UTF-8"),
    "UTF-16 without a mark": (lambda whole: whole.decode().encode("utf-16-be"), "a value is expected"),
    "UTF-32": (lambda whole: whole.decode().encode("utf-32"), "not UTF-8"),
    "a zero byte behind": (lambda whole: whole + b"\0", "behind the end"),
    "a zero byte before": (lambda whole: b"\0" + whole, "a value is expected"),
    "two values": (lambda whole: whole + whole, "behind the end"),
    "rubbish behind": (lambda whole: whole + b"]", "behind the end"),
    "a comment before": (lambda whole: b"/* x */" + whole, "a value is expected"),
    "a comment behind": (lambda whole: whole + b" // x", "behind the end"),
    "a comma too many": (lambda whole: whole[:-1] + b",}", "no comma may stand"),
    "a comma too many in an array": (plus("[1,]"), "no comma may stand"),
    "single quotes": (like(b"{'a': 1}"), "double quotes"),
    "a key without quotes": (like(b"{a: 1}"), "double quotes"),
    "a leading zero": (plus("01"), "not JSON"),
    "a plus": (plus("+1"), "a value is expected"),
    "no digit before the point": (plus(".5"), "a value is expected"),
    "no digit behind the point": (plus("1."), "not JSON"),
    "a hexadecimal number": (plus("0x10"), "not JSON"),
    "a line end in a text": (plus(b'"a\nb"'), "a control character"),
    "a zero byte in a text": (plus(b'"a\0b"'), "a control character"),
    "an escape that does not exist": (plus('"\\x41"'), "this escape does not exist"),
    "an escape cut short": (plus('"\\u12"'), "four hexadecimal digits"),
    "a hundred thousand quotes": (like(b'"' * 100_000), "not JSON"),
    "gzip": (gzip.compress, "not UTF-8"),
}


@pytest.mark.parametrize("case", NOT_JSON)
def test_what_is_no_json_is_refused_with_its_place(sender: Sender, case: str) -> None:
    change, words = NOT_JSON[case]
    sender.refused(sender.post(change(sender.whole())), sender.user.reading.problems["invalid"], words)


WRONG: dict[str, tuple[Change, str]] = {
    "null": (like(b"null"), 'not of type "object"'),
    "an array": (like(b"[]"), 'not of type "object"'),
    "a text": (like(b'"x"'), 'not of type "object"'),
    "a number": (like(b"7"), 'not of type "object"'),
    "an empty object": (like(b"{}"), "is a required property"),
}


@pytest.mark.parametrize("case", WRONG)
def test_json_that_breaks_the_schema_is_refused(sender: Sender, case: str) -> None:
    change, words = WRONG[case]
    sender.refused(sender.post(change(sender.whole())), 400, words)


@pytest.mark.parametrize("value", [None, True, 1, 2**70, 1.5, [], ["a cat"], {}], ids=repr)
def test_a_prompt_that_is_no_text_is_refused(sender: Sender, value: object) -> None:
    body = sender.whole(**{sender.field: value})
    sender.refused(sender.post(body), 400, f'body /{sender.field}: the value is not of type "string"')


NUMBERS = "9223372036854775808 18446744073709551616 9007199254740993 -0 -0.0 1.0 1 1E2 1e308 5e-324 1e-999".split()


@pytest.mark.parametrize("number", [*NUMBERS, "9" * 308, "0." + "9" * 100_000], ids=lambda number: number[:24])
def test_a_number_that_is_odd_but_right_is_accepted(sender: Sender, number: str) -> None:
    sender.accepted(sender.post(plus(number)(sender.whole(**{sender.field: "a cat"}))), "a cat")


@pytest.mark.parametrize("name", NAUGHTY)
def test_a_naughty_prompt_is_kept_and_told_as_it_came(sender: Sender, name: str) -> None:
    prompt = NAUGHTY[name]
    task = sender.accepted(sender.post(sender.whole(**{sender.field: prompt})), prompt)
    sender.mock.tasks.complete(task)
    told = sender.user.read(sender.user.fetch(sender.kind, task))
    assert told.get("prompt", prompt) == prompt
    raw = json.dumps({**sender.example, sender.field: prompt}, ensure_ascii=False).encode()
    sender.accepted(sender.post(raw), prompt)


def test_some_provider_tells_the_prompt_back() -> None:
    sender = Sender(CONTRACTS["chainhub"])
    task = sender.accepted(sender.post(sender.whole(user_prompt="a cat")), "a cat")
    sender.mock.tasks.complete(task)
    assert sender.user.read(sender.user.fetch(sender.kind, task))["prompt"] == "a cat"


@pytest.mark.parametrize("letter", ["x", "\u732b", "\U0001f408", "\\", "\n"], ids=ascii)
def test_a_prompt_of_four_megabytes_is_not_lost(sender: Sender, letter: str) -> None:
    prompt = letter * (4_000_000 // len(letter.encode()))
    body = json.dumps({**sender.example, sender.field: prompt}, ensure_ascii=False).encode()
    sender.accepted(sender.post(body), prompt)


def test_a_body_may_have_ten_mebibytes_and_no_byte_more(sender: Sender) -> None:
    blanks = BODY_BYTES - len(sender.whole(**{sender.field: "a cat"}))
    body = sender.whole(**{sender.field: "a cat"}) + b" " * blanks
    sender.accepted(sender.post(body), "a cat")
    too_large = sender.user.reading.problems["too_large"]
    assert too_large == 413
    sender.refused(sender.post(body + b" "), too_large, "more than 10485760 bytes")


def test_a_body_that_was_not_read_is_refused_by_the_provider_at_the_door(sender: Sender) -> None:
    request = sender.post(b"x" * (BODY_BYTES + 1))
    status, headers = asyncio.run(through_the_door(sender.mock, request))
    assert (status, headers[b"content-type"]) == (413, b"application/json")
    assert b"more than 10485760 bytes" in headers[b"mock-reason"]
    noted = sender.mock.journal.entries(limit=1)[0]
    assert (noted.response.status, noted.operation) == (413, sender.operation.key)
    assert "more than 10485760 bytes" in noted.reason
    assert CANARY not in repr(noted)


async def through_the_door(mock: MockProvider, request: Request) -> tuple[int, dict[bytes, bytes]]:
    """A request in pieces, as a server brings them; the status and the headers of its answer."""
    pieces = iter(request.body[at : at + 65536] for at in range(0, len(request.body), 65536))
    told: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": next(pieces), "more_body": True}

    async def send(message: MutableMapping[str, Any]) -> None:
        told.append(message)

    headers = [(name.lower().encode(), value.encode()) for name, value in request.headers]
    scope = {"type": "http", "method": "POST", "scheme": "http", "path": request.path, "query_string": b""}
    await Door(mock, too_large=mock.too_large)({**scope, "headers": headers}, receive, send)
    return told[0]["status"], dict(told[0]["headers"])


# --- types ------------------------------------------------------------------------------------------------------------

PARTS = b"".join(b'--b\r\nContent-Disposition: form-data; name="p%d"\r\n\r\nx\r\n' % n for n in range(100_000))
OTHER_TYPES: dict[str, tuple[str | None, Change]] = {
    "none": (None, bytes),
    "empty": ("", bytes),
    "text": ("text/plain", bytes),
    "a form": ("application/x-www-form-urlencoded", like(b"prompt=x&user_prompt=x")),
    "a hundred thousand parts": ("multipart/form-data; boundary=b", like(PARTS + b"--b--\r\n")),
    "parts without a boundary": ("multipart/form-data", like(PARTS)),
    "XML": ("application/xml", like(b"<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><x>&y;</x>")),
    "YAML": ("application/yaml", like(b"prompt: x\nuser_prompt: x")),
    "nearly JSON": ("application/jsonx", bytes),
    "another JSON": ("application/vnd.api+json", bytes),
    "a range": ("*/*", bytes),
    "half a range": ("application/*", bytes),
    "two at once": ("application/json, text/plain", bytes),
    "a zero byte": ("application/json\0", bytes),
    "not ASCII": ("appl\xefcation/json", bytes),
    "ten thousand letters": ("x" * 10_240, bytes),
    "a slash": ("/", bytes),
    "a semicolon": (";", bytes),
}


@pytest.mark.parametrize("case", OTHER_TYPES)
def test_a_body_of_another_type_is_refused(sender: Sender, case: str) -> None:
    kind, change = OTHER_TYPES[case]
    request = sender.post(change(sender.whole()), kind=None if kind is None else ("Content-Type", kind))
    sender.refused(request, sender.user.reading.problems["unsupported_media"], "content type")


SAME_TYPE = (
    "APPLICATION/JSON",
    "application/json; charset=utf-8",
    "Application/Json;charset=UTF-8",
    "application/json;",
)


@pytest.mark.parametrize("kind", [*SAME_TYPE, " application/json\t", "application/json; profile=x; a=\xff"])
def test_json_by_another_spelling_is_accepted(sender: Sender, kind: str) -> None:
    body = sender.whole(**{sender.field: "a cat"})
    sender.accepted(sender.post(body, kind=("content-TYPE", kind)), "a cat")


def test_json_in_another_charset_is_refused_whatever_is_said_of_it(sender: Sender) -> None:
    kind = ("Content-Type", "application/json; charset=utf-16")
    sender.refused(sender.post(sender.whole().decode().encode("utf-16"), kind=kind), 400, "not UTF-8")


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip", "br", "nonsense", "\xff"])
def test_a_coded_body_is_refused(sender: Sender, coding: str) -> None:
    request = sender.post(gzip.compress(sender.whole()), ("Content-Encoding", coding))
    sender.refused(request, sender.user.reading.problems["unsupported_media"], "the body is encoded")


NOT_JSON_WANTED = (
    "text/html",
    "image/*",
    "*/*;q=0",
    "application/json;q=0.000",
    "application/xml;q=1, application/json;q=0",
)


@pytest.mark.parametrize("accept", NOT_JSON_WANTED)
def test_who_does_not_accept_json_is_told_so(sender: Sender, accept: str) -> None:
    request = sender.post(sender.whole(), ("Accept", accept))
    sender.refused(request, sender.user.reading.problems["not_acceptable"], "only application/json is documented")


ACCEPTED = ("*/*", "application/*", "text/html, */*;q=0.1", "", ",", "rubbish", '"', "\xff", "application/json;q=2")


@pytest.mark.parametrize("accept", [*ACCEPTED, "x" * 10_240, "," * 10_000, "*/*," * 5_000], ids=lambda each: each[:20])
def test_an_accept_that_asks_for_nothing_else_is_no_obstacle(sender: Sender, accept: str) -> None:
    body = sender.whole(**{sender.field: "a cat"})
    sender.accepted(sender.post(body, ("Accept", accept)), "a cat")
