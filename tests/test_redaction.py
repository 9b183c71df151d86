"""Secrets are hidden wherever they stand and however they are spelled; everything else stays as it is."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lumakit.errors import UsageError
from lumakit.model import Headers, Request, Response
from lumakit.redaction import Redactor, is_secret, mask
from lumakit.redaction.names import ENDINGS, MARKERS, WHOLE, leaves_trace

KEY = 'Qm9-zq/7"é+ p'
JSON_TYPE = (("Content-Type", "application/json"),)
FORM_TYPE = (("content-type", "application/x-www-form-urlencoded"),)
PLAIN = Redactor()
TOLD = Redactor(
    names=frozenset({"X-Tenant", "Pass-Phrase"}), pointers=("/user/born",), secrets=frozenset({KEY, "zzzzzz"})
)

PROMPT = "A keyframe of an author passing the session hall; design by Basic Geometry, a flag bearer standing tall."


def hidden(*lengths: int) -> list[str]:
    return [f"<hidden: {length} characters>" for length in lengths]


# --- names -----------------------------------------------------------------------------------------------------------

SECRET_NAMES = (
    "password Passwd user_password token access_token X-Auth-Token idToken apiKey API_KEY x-api-key openai_key KEY "
    "key1 client.secret secret_value Authorization oauth signature X-Amz-Signature X-Goog-Credential sig sign jwt JWT "
    "cookies session_id csrf[token] SSHKEY privateKey pwd otp sid webhook_secret AWSAccessKeyId token[0]"
).split()
ORDINARY_NAMES = (
    "keyframes keyframe author authored design signal compass_x prompt user_prompt aspect_ratio state id max_tokens "
    "total-tokens idempotency_key Idempotency-Key status secre tokem credits webhook_url notify_hook"
).split()


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_secret_name_is_known(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ORDINARY_NAMES)
def test_an_ordinary_name_is_left_alone(name: str) -> None:
    assert not is_secret(name)


NAMES = st.text(alphabet="abkeyXKEY_-. 1[]", max_size=6)


@given(
    NAMES, st.sampled_from([*MARKERS, *ENDINGS, *WHOLE]), NAMES, st.sampled_from(['"%s":', "%s=", "<%s>", '\\"%s\\" :'])
)
def test_every_secret_name_leaves_a_trace(before: str, marker: str, behind: str, form: str) -> None:
    name = before + marker + behind
    assume(is_secret(name))
    assert leaves_trace(form % name, ())


# --- headers ---------------------------------------------------------------------------------------------------------


def shown(headers: Headers, redactor: Redactor = PLAIN) -> list[str]:
    return [value for _, value in redactor.headers(headers)]


def test_ordinary_headers_are_left_alone() -> None:
    headers = (("Content-Type", "application/json"), ("Host", "a.b"), ("X-Odd", "42"), ("User-Agent", "curl/8"))
    assert PLAIN.headers(headers) == PLAIN.headers(headers) == headers


@pytest.mark.parametrize(
    "name", ["Authorization", "x-api-key", "X-Auth-Token", "Proxy-Authorization", "X-Amz-Signature"]
)
def test_a_header_with_a_secret_name_is_hidden(name: str) -> None:
    assert shown(((name, "abc"), ("host", "a.b"), (name.upper(), "a"), (name, ""))) == [
        *hidden(3),
        "a.b",
        "<hidden: 1 character>",
        "",
    ]


@pytest.mark.parametrize("word", ["Bearer", "bearer", "Basic", "Digest"])
def test_the_kind_of_a_credential_is_shown(word: str) -> None:
    assert shown((("authorization", f"{word} abc def"),)) == [f"{word} <hidden: 7 characters>"]


def test_cookies_keep_their_names_only() -> None:
    assert shown((("Cookie", "a=12; b=345;c; d="),)) == [
        "a=<hidden: 2 characters>; b=<hidden: 3 characters>;<hidden: 1 character>; d="
    ]
    assert shown((("Set-Cookie", "sid=12; Path=/; HttpOnly"),)) == ["sid=<hidden: 2 characters>; Path=/; HttpOnly"]


def test_an_address_in_a_header_is_looked_through() -> None:
    address = "https://me:pw@a.b/c?page=2&token=abc"
    expected = "https://<hidden: 5 characters>@a.b/c?page=2&token=<hidden: 3 characters>"
    assert shown((("Location", address),)) == [expected]


def test_a_header_that_was_told_is_hidden() -> None:
    assert shown((("x-tenant", "abc"), ("X-TENANT", "abcd")), TOLD) == hidden(3, 4)
    assert shown((("x-tenant", "abc"),)) == ["abc"]


def test_a_told_secret_is_hidden_in_an_ordinary_header() -> None:
    assert shown((("user-agent", "me/zzzzzz"), ("host", "a.b")), TOLD) == ["me/<hidden: 6 characters>", "a.b"]


# --- queries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ""),
        ("a=1&b=%20x&c", "a=1&b=%20x&c"),
        ("token=abc", "token=<hidden: 3 characters>"),
        ("a=1&api%5Fkey=%41bc&b", "a=1&api%5Fkey=<hidden: 3 characters>&b"),
        ("token=&token", "token=&token"),
        ("pass-phrase=x+y", "pass-phrase=<hidden: 3 characters>"),
        ("to=https%3A%2F%2Fa.b%2Fc%3Fsig%3Dabcd%26n%3D1", "to=https://a.b/c?sig=<hidden: 4 characters>%26n=1"),
        ("to=https%253A%252F%252Fu%253Ap%2540a.b", "to=https://<hidden: 3 characters>@a.b"),
        ("q=%2573k-12345678", "q=<hidden: 11 characters>"),
        ("sk-12345678", "<hidden: 11 characters>"),
    ],
)
def test_a_query_shows_no_secret(query: str, expected: str) -> None:
    assert TOLD.query(query) == expected


# --- texts -----------------------------------------------------------------------------------------------------------

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PROMPT, PROMPT),
        ("task-1234567890 at 5 = five @home", "task-1234567890 at 5 = five @home"),
        (f"see {JWT}.", f"see <hidden: {len(JWT) + 1} characters>"),
        ("with sk-abcd_1234-X there", "with <hidden: 14 characters> there"),
        ("with whsec_ab+/c= there", "with <hidden: 12 characters> there"),
        ("Authorization: Bearer abcdefg1", "Authorization: Bearer <hidden: 8 characters>"),
        ("Authorization: Basic YWJjZGVmZ2hpamtsbW5v", "Authorization: Basic <hidden: 20 characters>"),
        ("redis://:pw@host:1/0", "redis://<hidden: 3 characters>@host:1/0"),
        ("curl -d password=hunter2 -d n=1", "curl -d password=<hidden: 7 characters> -d n=1"),
        (
            "https://s3/x?X-Amz-Credential=AK%2F1&X-Amz-Date=2&X-Amz-Signature=ab12",
            "https://s3/x?X-Amz-Credential=<hidden: 6 characters>&X-Amz-Date=2&X-Amz-Signature=<hidden: 4 characters>",
        ),
        (
            "https://g/x?GoogleAccessId=a&Expires=1&Signature=ab",
            "https://g/x?GoogleAccessId=a&Expires=1&Signature=<hidden: 2 characters>",
        ),
    ],
)
def test_what_looks_like_a_secret_is_hidden_in_a_text(text: str, expected: str) -> None:
    assert PLAIN.text(text) == expected
    assert json.loads(PLAIN.body(json.dumps({"note": text}).encode())) == {"note": expected}


def test_a_mask_is_no_secret() -> None:
    assert mask(mask("abcdef")) == mask("abcdef") == "<hidden: 6 characters>"
    assert mask("<hid") == "<hidden: 4 characters>"


# --- bodies ----------------------------------------------------------------------------------------------------------


def read(body: Any, redactor: Redactor = PLAIN) -> Any:
    return json.loads(redactor.body(body if isinstance(body, bytes) else json.dumps(body).encode(), JSON_TYPE))


def test_an_ordinary_body_is_left_alone() -> None:
    body = json.dumps(
        {"prompt": PROMPT.replace("Basic", "Bold"), "keyframes": {"frame0": [{"url": "https://a.b/c.png"}]}, "n": 1e2}
    ).encode()
    compact = b'{"id":"a","video":{"url":"https://a.b/c.mp4","key_of_d":null},"list":[1,{"n":2}]}'
    for ordinary in (body, compact, b"", b'{"n": 1}'):
        assert Redactor().body(ordinary) is ordinary
        assert PLAIN.body(ordinary) is PLAIN.body(ordinary) is ordinary


def test_members_with_secret_names_are_hidden_wherever_they_stand() -> None:
    body = {"token": "abc", "a": [{"Api-Key": 12345, "x": {"password": ["a", "b"], "ok": "yes"}}], "auth": {}}
    assert read(body) == {
        "token": "<hidden: 3 characters>",
        "a": [{"Api-Key": "<hidden: 5 characters>", "x": {"password": "<hidden: 9 characters>", "ok": "yes"}}],
        "auth": "<hidden: 2 characters>",
    }


def test_a_yes_a_no_and_nothing_are_no_secrets() -> None:
    body = {"token": None, "password": True, "secret": False, "key": ""}
    assert read(body) == body


def test_places_that_were_told_are_hidden() -> None:
    body = {"user": {"born": "1970", "name": "Ann"}, "born": "1980"}
    assert read(body, TOLD) == {"user": {"born": "<hidden: 4 characters>", "name": "Ann"}, "born": "1980"}
    deep = Redactor(pointers=("/list/1/a~1b", "/list/9/x", "/n/x/y", "/list/x"))
    assert read({"list": [1, {"a/b": 123}], "n": 1}, deep) == {"list": [1, {"a/b": "<hidden: 3 characters>"}], "n": 1}
    assert read([{"n": 1}], Redactor(pointers=("/0/n",))) == [{"n": "<hidden: 1 character>"}]


@pytest.mark.parametrize("pointer", ["", "user", "/a~2", "user/born"])
def test_a_place_that_is_none_is_refused(pointer: str) -> None:
    with pytest.raises(UsageError) as error:
        Redactor(pointers=(pointer,))
    assert error.value.code == "redaction_pointer"


def test_a_key_that_is_given_twice_hides_nothing() -> None:
    twice = b'{"a": {"password": "hunter2"}, "a": {"b": 1}}'
    spaced = b'{"a": {"password" :"hunter2"}, "a" :{"b": 1}}'
    alone = b'{"password": "hunter2", "password": null}'
    for body in (twice, alone, b'{"n":{"a":"hunter2"},"n":{"a":1}}', twice, spaced):
        PLAIN.body(b'{"a":{"b":1},"n":{"a":1}}')  # now these names are known to be harmless
        assert b"hunter2" not in PLAIN.body(body)


@pytest.mark.parametrize("text", ["a?download=1", "x == y", "naïve=1", "a=1&b[0]=2", "=" * 99, "a%3Db=c"])
def test_an_equals_sign_alone_hides_nothing(text: str) -> None:
    assert PLAIN.text(text) == text
    assert PLAIN.text(f"{text}&token=hunter2") == f"{text}&token=<hidden: 7 characters>"


def test_json_inside_a_text_is_read_too() -> None:
    inner = json.dumps({"password": "hunter2", "n": 1})
    assert json.loads(read({"payload": inner})["payload"]) == {"password": "<hidden: 7 characters>", "n": 1}
    assert b"hunter2" not in PLAIN.body(json.dumps(json.dumps(json.dumps(inner))).encode())
    for _ in range(9):
        inner = json.dumps({"inner": inner})
    assert b"hunter2" not in PLAIN.body(inner.encode())
    assert read({"log": 'got {"password": "hunter2"} from me'}) == {"log": "<hidden: 35 characters>"}
    assert read({"log": 'she said "hello": nice'}) == {"log": 'she said "hello": nice'}


def test_innocent_json_deep_inside_texts_is_shown() -> None:
    inner = "harmless"
    for _ in range(6):
        inner = json.dumps({"inner": inner})
    assert b"harmless" in PLAIN.body(inner.encode())


def test_a_name_spelled_with_escapes_is_a_name() -> None:
    assert read(b'{"p\\u0061ssword": "hunter2"}') == {"password": "<hidden: 7 characters>"}


def test_the_fields_of_a_form_are_hidden_like_those_of_a_query() -> None:
    assert PLAIN.body(b"a=1&p%61ssword=hunter2", FORM_TYPE) == b"a=1&p%61ssword=<hidden: 7 characters>"
    assert PLAIN.body(b"prompt=a+lion", FORM_TYPE) == b"prompt=a+lion"
    assert PLAIN.body(b"prompt=a lion", FORM_TYPE) == b"prompt=a lion"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"password": "hunter2"', JSON_TYPE),
        (b'{"password": "hunter2"', FORM_TYPE),
        (b'{"key" : "hunter2', ()),
        (b'{"p\\u0061ssword": "hunter2"', ()),
        (b"<password>hunter2</password>", (("content-type", "text/xml"),)),
        (b"p%61ssword=hunter2", (("content-type", "text/plain"),)),
        ('{"password": "hunter2"}'.encode("utf-16"), JSON_TYPE),
        (b'{"password": "hunter2\xff"}', JSON_TYPE),
        (b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\nhunter2\r\n--x--', ()),
        (b"hunter2 in brotli", (("Content-Encoding", "br"),)),
        (b"\x00hunter2", (("content-type", "video/mp4"),)),
        (b'{"password": "\\ud800 hunter2"}', JSON_TYPE),
        (b"[" * 500 + b'{"password": "hunter2"}' + b"]" * 500, JSON_TYPE),
        (b'{"a":' * 500 + b'{"password": "hunter2"}' + b"}" * 500, JSON_TYPE),
        (b"[" * 5000 + b'{"password": "hunter2"}' + b"]" * 5000, JSON_TYPE),
        (b'{"n": "hunter2", "x": "' + b"x" * 2**18 + b'"}', JSON_TYPE),
    ],
)
def test_what_cannot_be_read_and_may_hold_a_secret_is_hidden_as_a_whole(body: bytes, headers: Headers) -> None:
    for _ in range(2):
        assert PLAIN.body(body, headers) == f"<hidden: {len(body)} bytes that could not be read>".encode()


def test_innocent_json_that_is_nested_too_deeply_is_hidden_too() -> None:
    body = b'{"a":' * 900 + b"1" + b"}" * 900
    PLAIN.body(b'{"a":1}')
    assert PLAIN.body(body).startswith(b"<hidden: ")


@pytest.mark.parametrize(
    "body", [b'{"prompt": "a lion', b"not found: no such task", b"caf\xe9 \xff", b'"text"', b"[1, 2"]
)
def test_what_cannot_be_read_and_is_harmless_is_shown(body: bytes) -> None:
    assert PLAIN.body(body) == body


def test_a_place_that_was_told_hides_what_cannot_be_read() -> None:
    body = b'{"user": {"born": "1970"'
    assert TOLD.body(body) == b"<hidden: 24 bytes that could not be read>"
    assert PLAIN.body(body) == body


@pytest.mark.parametrize(
    "piece", ["eyJaaaaa", "Bearer ", "://a:", "a=", "sk-", "key ", "\\", "%25", "x%", "=&", "\"'x"]
)
def test_hostile_texts_take_no_long_time(piece: str) -> None:
    text = piece * (2**17 // len(piece))
    started = time.perf_counter()
    for body in (text.encode(), json.dumps({"x": text}).encode()):
        for redactor in (PLAIN, TOLD):
            redactor.body(body)
            redactor.body(body, FORM_TYPE)
    assert time.perf_counter() - started < 5  # what is read twice takes minutes


def test_the_learned_names_are_bounded() -> None:
    redactor = Redactor()
    for n in range(5000):
        redactor.body(json.dumps({f"name{n}": 1}).encode())
        redactor.headers(((f"x-name-{n}", "1"), ("Accept" if n % 2 else "accept", "a")))
    assert len(redactor._innocent) <= 4096
    assert redactor._ordinary == {"accept", "Accept"}


# --- canaries --------------------------------------------------------------------------------------------------------


def in_base64(secret: str) -> str:
    return base64.b64encode(secret.encode()).decode()


def in_escapes(secret: str) -> str:
    units = secret.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def in_percent(secret: str) -> str:
    return "".join(f"%{byte:02x}" for byte in secret.encode())


SPELLINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "json": lambda secret: json.dumps(secret)[1:-1],
    "json, UTF-8": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
    "escapes": in_escapes,
    "JSON in JSON": lambda secret: json.dumps(json.dumps(secret))[3:-3],
    "percent": lambda secret: quote(secret, safe=""),
    "percent, with plus": quote_plus,
    "percent throughout": in_percent,
    "percent twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "base64": in_base64,
    "base64 behind a user": lambda secret: in_base64(f"user:{secret}"),
    "base64 in the middle": lambda secret: in_base64(f"ab{secret}xyz"),
    "base64 for addresses": lambda secret: base64.urlsafe_b64encode(f"a{secret}".encode()).decode().rstrip("="),
    "base64 in percent": lambda secret: quote(in_base64(secret), safe=""),
}
SECRETS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=6, max_size=20).filter(
    lambda secret: len(set(secret)) > 3 and not set(secret) <= set("<hidden: 0123456789characters>")
)


def everywhere(spelled: str, raw: str) -> list[str]:
    """What is stored of messages that hold a spelled secret in ordinary places."""
    redactor = Redactor(secrets=frozenset({raw}))
    request = Request("GET", f"/a/{spelled}/b", f"q={spelled}", (("X-Odd", f"<{spelled}>"), ("accept", spelled)))
    bodies = [
        json.dumps({"note": f"it is {spelled}!", "list": [{"n": spelled}], "t": json.dumps([spelled])}).encode(),
        json.dumps({"note": spelled}, ensure_ascii=False).encode(),
        json.dumps({f"it is {spelled}": 1}).encode(),
        f"plain {spelled} text".encode(),
        f"plain {spelled} text \xff".encode("latin-1", "ignore"),
    ]
    hidden_request = redactor.request(request)
    kept = [hidden_request.path, hidden_request.query, *(value for _, value in hidden_request.headers)]
    return [*kept, *(redactor.body(body).decode("utf-8", "replace") for body in bodies)]


@given(SECRETS, st.sampled_from(sorted(SPELLINGS)))
@example(KEY, "raw")
@example("zz%2Fzz", "percent")
def test_a_told_secret_is_found_however_it_is_spelled(secret: str, spelling: str) -> None:
    spelled = SPELLINGS[spelling](secret)
    for kept in everywhere(spelled, secret):
        assert [form for form in SPELLINGS if SPELLINGS[form](secret) in kept] == []


@given(SECRETS, st.data())
def test_a_told_secret_is_found_in_any_mixture_of_spellings(secret: str, data: st.DataObject) -> None:
    ways = data.draw(st.lists(st.sampled_from(["raw", "escapes", "percent throughout"]), min_size=20, max_size=20))
    mixed = "".join(SPELLINGS[way](character) for way, character in zip(ways, secret, strict=False))
    assert Redactor(secrets=frozenset({secret})).text(f"a {mixed} b") == f"a <hidden: {len(mixed)} characters> b"


def test_a_short_secret_is_not_looked_for_inside_words() -> None:
    assert Redactor(secrets=frozenset({"test"})).text("the latest") == "the latest"


def test_no_secret_is_shown_by_the_redactor_itself() -> None:
    assert "zzzzzz" not in repr(TOLD)


VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12).map(lambda text: f"zq{text}9X")


@given(st.sampled_from(SECRET_NAMES), VALUES)
def test_nothing_is_shown_of_what_stands_under_a_secret_name(name: str, value: str) -> None:
    encoded, field = quote(value, safe=""), quote(name, safe="")
    address = f"https://a.b/c?n=1&{field}={encoded}&m=2"
    request = Request(
        "GET", "/", f"a=1&{field}={encoded}", ((name, value), ("Cookie", f"{name}={encoded}"), ("Referer", address))
    )
    bodies = [
        json.dumps({name: value}),
        json.dumps({"a": [1, {"b": {name: {"c": [value]}}}]}, ensure_ascii=False),
        json.dumps({"text": json.dumps({name: value})}),
        json.dumps({"address": address}),
        json.dumps({name: value})[:-1],
    ]
    kept = [str(PLAIN.request(request)), *(PLAIN.body(body.encode()).decode() for body in bodies)]
    kept.append(PLAIN.body(f"a=1&{field}={encoded}".encode(), FORM_TYPE).decode())
    for each in kept:
        assert "zq" not in each
        assert "9X" not in each


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_request_keeps_everything_but_its_secrets() -> None:
    request = Request(
        "POST", "/v1/sk-12345678", "token=abc", (("Authorization", "abc"),), b'{"key":"abc"}', "https://a:b@c.d"
    )
    assert PLAIN.request(request) == Request(
        "POST",
        "/v1/<hidden: 11 characters>",
        "token=<hidden: 3 characters>",
        (("Authorization", "<hidden: 3 characters>"),),
        b'{"key":"<hidden: 3 characters>"}',
        "https://<hidden: 3 characters>@c.d",
    )


def test_a_response_keeps_everything_but_its_secrets() -> None:
    response = Response(201, (("Set-Cookie", "a=bc"),), b'{"token":"abc"}', 0.5)
    expected = Response(201, (("Set-Cookie", "a=<hidden: 2 characters>"),), b'{"token":"<hidden: 3 characters>"}', 0.5)
    assert PLAIN.response(response) == expected


MESSAGES = st.builds(
    Request,
    st.just("POST"),
    st.text(max_size=20),
    st.text(alphabet="a=&%4token sk-+;é\ud800", max_size=30),
    st.lists(
        st.tuples(st.sampled_from(["Cookie", "X-Odd", "accept", "Token", "content-encoding"]), st.text(max_size=9))
    ).map(tuple),
    st.binary(max_size=30) | st.text(alphabet='{"token:[]}\\u041=&', max_size=30).map(str.encode),
)


@given(MESSAGES, st.sampled_from([PLAIN, TOLD]))
def test_hiding_takes_whatever_comes_and_twice_is_once(request: Request, redactor: Redactor) -> None:
    once = redactor.request(request)
    assert redactor.request(once) == once
