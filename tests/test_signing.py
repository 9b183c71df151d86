"""What was signed verifies, anything else does not, and other people's libraries agree."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import time

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from lumakit.errors import UsageError
from lumakit.model import Headers
from lumakit.signing import Encoding, Key, Kind, Signing, verify

WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another key, of 32 bytes in all.").decode()
BODY = b'{"task_id": "t1", "status": "completed"}'
NOW_S = 1_767_225_600

STANDARD = Signing.parse("standard").keyed(WHSEC)
ECHO = Signing.parse("echo").keyed("tops3cret")
HMAC = Signing.parse("hmac header=X-Webhook-Signature prefix=sha256=").keyed("tops3cret")
STAMPED = Signing.parse("hmac timestamp=X-Webhook-Timestamp encoding=base64").keyed("tops3cret")

SECRETS = st.text(min_size=1, max_size=40).filter(lambda text: text.isprintable())
HMACS = st.builds(
    Signing,
    kind=st.just(Kind.HMAC),
    prefix=st.sampled_from(["", "sha256=", "v1,"]),
    encoding=st.sampled_from(Encoding),
    key=st.sampled_from(Key),
    timestamp=st.sampled_from(["", "x-webhook-timestamp"]),
    secrets=st.tuples(SECRETS),
)
KEYS = st.binary(min_size=1, max_size=64).map(lambda key: f"whsec_{base64.b64encode(key).decode()}")
STANDARDS = st.builds(Signing, kind=st.just(Kind.STANDARD), secrets=st.lists(KEYS, min_size=1, max_size=3).map(tuple))
ECHOES = st.builds(Signing, kind=st.just(Kind.ECHO), secrets=st.tuples(st.text("abc-!~", min_size=1)))
SIGNED = HMACS | STANDARDS
IDS = st.text("abcXYZ019_.-", min_size=1, max_size=40)


def sent(signing: Signing, body: bytes = BODY, message_id: str = "msg_1", at_s: int = NOW_S) -> Headers:
    """The headers of a delivery."""
    return signing.headers(body, id=message_id, at_s=at_s)


def with_value(headers: Headers, name: str, value: str) -> Headers:
    """The same headers, one of them with another value."""
    return tuple((key, value if key.lower() == name.lower() else old) for key, old in headers)


# laws


@given(SIGNED | ECHOES, st.binary(max_size=200), IDS, st.integers(0, 10**11), st.integers(-300, 300))
def test_what_was_signed_verifies(signing: Signing, body: bytes, message_id: str, at_s: int, away_s: int) -> None:
    headers = sent(signing, body, message_id, at_s)
    assert verify(signing, headers, body, now_s=at_s + away_s) == ""
    shouted = tuple((name.upper(), value) for name, value in headers)
    assert verify(signing, shouted, body, now_s=at_s + away_s) == ""


@given(SIGNED, st.binary(min_size=1, max_size=200), st.data())
def test_any_changed_byte_does_not(signing: Signing, body: bytes, data: st.DataObject) -> None:
    headers = sent(signing, body)
    at, flipped = data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(1, 255))
    changed = body[:at] + bytes([body[at] ^ flipped]) + body[at + 1 :]
    assert "does not fit" in verify(signing, headers, changed, now_s=NOW_S)
    assert "does not fit" in verify(signing, headers, body + b"\0", now_s=NOW_S)


@given(SIGNED | ECHOES, st.data())
def test_any_changed_header_does_not(signing: Signing, data: st.DataObject) -> None:
    headers = sent(signing)
    name, value = data.draw(st.sampled_from(headers))
    at, letter = data.draw(st.integers(0, len(value) - 1)), data.draw(st.sampled_from("!~09aZ\u00e9\ud800"))
    assume(value[at] != letter)
    changed = with_value(headers, name, value[:at] + letter + value[at + 1 :])
    if signing.kind is not Kind.STANDARD or len(signing.secrets) == 1:
        assert verify(signing, changed, BODY, now_s=NOW_S)


@given(SIGNED | ECHOES, st.data())
def test_a_missing_and_a_doubled_header_do_not(signing: Signing, data: st.DataObject) -> None:
    headers = sent(signing)
    chosen = data.draw(st.sampled_from(headers))
    without = tuple(header for header in headers if header != chosen)
    assert verify(signing, without, BODY, now_s=NOW_S) == f"there is no {chosen[0]}"
    assert verify(signing, (*headers, chosen), BODY, now_s=NOW_S) == f"there is more than one {chosen[0]}"


@given(SIGNED | ECHOES)
def test_a_secret_is_never_shown(signing: Signing) -> None:
    canary = Signing(kind=signing.kind, header=signing.header, secrets=("whsec_Y2FuYXJ5Y2FuYXJ5",))
    wrong = verify(canary, with_value(sent(canary), canary.header or "webhook-signature", "v1,x"), BODY, now_s=NOW_S)
    assert "Y2FuYXJ5" not in f"{canary!r} {canary} {wrong}"


# Standard Webhooks


@given(st.lists(KEYS, min_size=1, max_size=3), st.text(max_size=100), IDS)
@example([WHSEC], "\u00e9 \U0001f3c3", "msg_1")
def test_the_reference_library_verifies_what_we_sign(keys: list[str], body: str, message_id: str) -> None:
    headers = dict(sent(Signing.parse("standard", keys), body.encode(), message_id, int(time.time())))
    for key in keys:
        Webhook(key).verify(body, headers, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(body, headers, json_parse=False)


@given(KEYS, st.text(max_size=100), IDS)
def test_we_verify_what_the_reference_library_signs(key: str, body: str, message_id: str) -> None:
    at = datetime.datetime.fromtimestamp(NOW_S, tz=datetime.UTC)
    headers = (("Webhook-Id", message_id), ("Webhook-Timestamp", str(NOW_S)))
    signed = (*headers, ("Webhook-Signature", Webhook(key).sign(message_id, at, body)))
    assert verify(Signing.parse("standard", [key]), signed, body.encode(), now_s=NOW_S) == ""


def test_the_example_of_the_specification_is_signed_as_it_says() -> None:
    body = b'{"test": 2432232314}'
    headers = dict(sent(STANDARD, body, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330))
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_new_secret_and_an_old_one_sign_together() -> None:
    both = STANDARD.keyed(OTHER, WHSEC)
    headers = sent(both)
    assert dict(headers)["webhook-signature"].count("v1,") == 2
    for secrets in ((OTHER,), (WHSEC,), (WHSEC, OTHER)):
        assert verify(STANDARD.keyed(*secrets), headers, BODY, now_s=NOW_S) == ""


@pytest.mark.parametrize("secret", ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_YQ", "whsec_YQ==", "YWI"])
def test_a_secret_without_its_prefix_or_its_padding_is_understood(secret: str) -> None:
    headers = dict(sent(STANDARD.keyed(secret), at_s=int(time.time())))
    Webhook(secret).verify(BODY, headers)


def test_signatures_of_other_versions_are_left_aside() -> None:
    headers = sent(STANDARD)
    ours = dict(headers)["webhook-signature"]
    mixed = with_value(headers, "webhook-signature", f"v1a,abc v2,x nonsense {ours}")
    assert verify(STANDARD, mixed, BODY, now_s=NOW_S) == ""
    foreign = with_value(headers, "webhook-signature", ours.replace("v1,", "v1a,"))
    assert verify(STANDARD, foreign, BODY, now_s=NOW_S) == "webhook-signature has no signature of version v1"


def test_without_a_secret_there_is_an_id_and_a_time() -> None:
    assert sent(Signing.parse("standard")) == (("webhook-id", "msg_1"), ("webhook-timestamp", str(NOW_S)))


@pytest.mark.parametrize("message_id", ["", "a\r\nX: 1", "\u00e9", " a"])
def test_an_id_that_no_header_may_have_is_refused(message_id: str) -> None:
    with pytest.raises(UsageError) as caught:
        sent(STANDARD, message_id=message_id)
    assert caught.value.code == "bad_signing"


# time


@pytest.mark.parametrize("signing", [STANDARD, STAMPED])
@pytest.mark.parametrize(
    ("away_s", "reason"),
    [
        (300, ""),
        (-300, ""),
        (301, "is 301 s old, and 300 s are allowed"),
        (-301, "is 301 s ahead, and 300 s are allowed"),
        (float("nan"), "is nan s old, and 300 s are allowed"),
    ],
)
def test_a_delivery_is_believed_for_five_minutes(signing: Signing, away_s: float, reason: str) -> None:
    found = verify(signing, sent(signing), BODY, now_s=NOW_S + away_s)
    assert found.partition(" ")[2] == reason


@pytest.mark.parametrize("stamp", ["-1", "1.5", "", "1e9", "0x1", " 1", "9" * 13, "\u0661"])
def test_a_time_that_cannot_be_read_is_no_time(stamp: str) -> None:
    found = verify(STANDARD, with_value(sent(STANDARD), "webhook-timestamp", stamp), BODY, now_s=NOW_S)
    assert found in ("webhook-timestamp is no time in seconds", "there is no webhook-timestamp")


# the other kinds


@pytest.mark.parametrize(
    ("key", "derived"),
    [
        ("raw", b"tops3cret"),
        ("sha256-raw-digest", hashlib.sha256(b"tops3cret").digest()),
        ("sha256-hex", hashlib.sha256(b"tops3cret").hexdigest().encode()),
    ],
)
def test_the_key_of_an_hmac_is_made_as_said(key: str, derived: bytes) -> None:
    signing = Signing.parse(f"hmac header=X-Sig prefix=sha256= key={key}", "tops3cret")
    assert sent(signing) == (("X-Sig", f"sha256={hmac.new(derived, BODY, 'sha256').hexdigest()}"),)


def test_an_hmac_may_be_base64_and_have_a_time() -> None:
    signature = base64.b64encode(hmac.digest(b"tops3cret", b"%d." % NOW_S + BODY, "sha256")).decode()
    assert sent(STAMPED) == (("x-webhook-signature", signature), ("X-Webhook-Timestamp", str(NOW_S)))


def test_an_echo_says_the_secret_itself() -> None:
    assert sent(ECHO) == (("x-webhook-secret", "tops3cret"),)
    assert verify(ECHO.keyed("new", "tops3cret"), sent(ECHO), BODY, now_s=NOW_S) == ""
    assert verify(ECHO.keyed("other"), sent(ECHO), BODY, now_s=NOW_S) == "x-webhook-secret is not the secret"


def test_a_signature_without_its_prefix_is_named() -> None:
    bare = with_value(sent(HMAC), "X-Webhook-Signature", "0" * 64)
    assert verify(HMAC, bare, BODY, now_s=NOW_S) == "X-Webhook-Signature does not begin with sha256="


def test_nothing_is_said_and_nothing_asked_where_nobody_signs() -> None:
    assert sent(Signing()) == ()
    assert verify(Signing(), (), BODY, now_s=NOW_S) == ""


@pytest.mark.parametrize("kind", ["echo", "hmac"])
def test_without_a_secret_nothing_is_signed_and_nothing_believed(kind: str) -> None:
    signing = Signing.parse(kind)
    assert sent(signing) == ()
    assert verify(signing, sent(signing), BODY, now_s=NOW_S) == "there is no secret to check it with"


# reading


def test_a_mapping_and_a_text_say_the_same() -> None:
    mapping = {"kind": "hmac", "header": "X-Sig", "prefix": "sha256=", "encoding": "base64", "key": "sha256-hex"}
    text = "hmac header=X-Sig prefix=sha256= encoding=base64 key=sha256-hex"
    assert Signing.parse(mapping) == Signing.parse(text)
    assert Signing.parse({"secrets": ["a", "b"], "kind": "echo"}, ["c"]).secrets == ("a", "b", "c")
    assert Signing.parse({"secrets": "abc", "kind": "echo"}).secrets == ("abc",)
    assert Signing.parse("") == Signing.parse({}) == Signing()


@pytest.mark.parametrize(
    "given_",
    [
        "rsa",
        "hmac sha256=",
        "hmac header",
        "hmac header=X header=Y",
        "hmac kind=echo",
        "hmac header=X:Y",
        "hmac prefix=\u00e9",
        "hmac algorithm=sha1",
        "hmac encoding=hexadecimal",
        "hmac key=md5",
        "hmac header=X timestamp=x",
        "hmac timestamp=\u00e9",
        "echo secrets=canary",
        {"kind": 7},
        {"header": None, "kind": "hmac"},
        {"kind": "hmac", 7: "x"},
    ],
)
def test_what_says_nothing_clear_is_refused(given_: str) -> None:
    with pytest.raises(UsageError) as caught:
        Signing.parse(given_)
    assert (caught.value.code, bool(caught.value.hint), "canary" in str(caught.value)) == ("bad_signing", True, False)


@pytest.mark.parametrize(
    ("kind", "secret"),
    [
        ("echo", ""),
        ("hmac", ""),
        ("standard", ""),
        ("standard", "whsec_"),
        ("standard", "whsec_canary!"),
        ("standard", "whsec_canar"),
        ("standard", "whsec_canary\u00e9"),
        ("standard", "whsec_YW Jj"),
        ("standard", "whsec_whsec_YWJj"),
        ("standard", "whsec_" + "YWJj" * 2500),
        ("hmac", "canary" * 2000),
        ("hmac", "canary\ud800"),
        ("echo", "canary\u00e9"),
        ("echo", "canary\r\nX: 1"),
        ("echo", " canary"),
    ],
)
def test_a_secret_that_cannot_be_used_is_refused_and_not_shown(kind: str, secret: str) -> None:
    with pytest.raises(UsageError) as caught:
        Signing.parse(kind).keyed(secret)
    assert (caught.value.code, bool(caught.value.hint), "canar" in str(caught.value)) == ("bad_secret", True, False)


@pytest.mark.parametrize("secrets", [7, [7], {"a": 1}, ["a"] * 9])
def test_secrets_are_a_few_texts(secrets: object) -> None:
    with pytest.raises(UsageError) as caught:
        Signing.parse({"kind": "hmac", "secrets": secrets})
    assert caught.value.code == "bad_secret"


@pytest.mark.parametrize("name", ["Content-Type", "host", "Content-Length", "user-agent"])
def test_a_header_that_says_something_else_already_is_none_for_a_signature(name: str) -> None:
    for text in (f"hmac header={name}", f"hmac timestamp={name}"):
        with pytest.raises(UsageError, match="already"):
            Signing.parse(text)
