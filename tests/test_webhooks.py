"""The receiving side: what a mock sends is taken, what anybody changed is not, and nothing else than that happens."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lumakit
from lumakit.contract.compile import Contract
from lumakit.contract.reading import Task as Kind
from lumakit.errors import UsageError
from lumakit.model import Headers, Phase, Request, Response
from lumakit.signing import Signing
from lumakit.webhooks import MAX_BODY_BYTES, Delivery, NotVerified, Receiver, Refused, Seen, Unreadable
from mockserver.scenario import SCENARIOS
from tests.mockserver.webhooks.post import APIFRAME, CHAINHUB, NAMED_KINDS, Post

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PLAIN = "canary-9d2c77e1"
NOW_S = 1_767_225_600
JSON: Headers = (("Content-Type", "application/json"),)
DONE = {"task_id": "t-1", "task_type": "luma", "status": "finished", "percentage": 100, "video_url": "https://x.test/v"}
WAYS = {
    "echo": PLAIN,
    "hmac": PLAIN,
    "hmac header=X-Sig prefix=sha256= encoding=base64": PLAIN,
    "hmac timestamp=X-Time key=sha256-hex": PLAIN,
    "standard": SECRET,
}


def raw(body: Any) -> bytes:
    return json.dumps(body).encode()


def read(receiver: Receiver, body: Any, headers: Headers = JSON) -> Delivery:
    return receiver.read(headers, body if isinstance(body, bytes) else raw(body), now_s=NOW_S)


def signed(signing: str, body: bytes, *secrets: str, at_s: int = NOW_S) -> Headers:
    headers = Signing.parse(signing, secrets or (WAYS[signing],)).headers(body, id="msg_1", at_s=at_s)
    return (*JSON, *headers)


# what a mock sends


class Taker:
    """A receiver of a mock's webhooks that reads them, and answers as its errors say."""

    def __init__(self, receiver: Receiver, now_ms: Callable[[], int] = lambda: 0) -> None:
        self.receiver = receiver
        self.now_ms = now_ms
        self.taken: list[Delivery] = []

    def __call__(self, request: Request) -> Response:
        try:
            delivery = self.receiver.read(request.headers, request.body, now_s=self.now_ms() / 1000)
        except Refused as no:
            return Response(no.status, (), no.reason.encode())
        self.taken.append(delivery)
        return Response(200)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize(("contract", "kind"), NAMED_KINDS.values(), ids=NAMED_KINDS)
def test_every_delivery_of_a_mock_is_taken_and_breaks_nothing(contract: Contract, kind: Kind, scenario: str) -> None:
    taker = Taker(Receiver(contract, secret=SECRET, signing="standard"))
    post = Post(contract, taker, signing={"signing": "standard", "secrets": [SECRET]}, scenario=scenario)
    taker.now_ms = post.clock.now
    task = post.submit(kind=kind)
    for _ in range(400):
        post.pass_by(5)
    assert {*post.states()} <= {"delivered", "lost"}
    assert all(each.verified and each.findings == () for each in taker.taken)
    assert {each.snapshot.id for each in taker.taken} <= {each.id for each in post.mock.tasks}
    assert any(each.snapshot.id == task for each in taker.taken) or scenario in ("lost", "stuck")
    assert len(taker.taken) == post.states().count("delivered") * (2 if scenario == "twice" else 1)
    assert {each.id for each in taker.taken} == {each.id for each in post.mock.webhooks if each.state == "delivered"}


@pytest.mark.parametrize("scenario", ["success", "fail:moderation", "flaky"])
@pytest.mark.parametrize(("contract", "kind"), NAMED_KINDS.values(), ids=NAMED_KINDS)
def test_the_last_delivery_tells_what_the_mock_knows(contract: Contract, kind: Kind, scenario: str) -> None:
    taker = Taker(Receiver(contract))
    post = Post(contract, taker, scenario=scenario)
    task = post.submit(kind=kind)
    post.pass_by()
    told, known = taker.taken[-1].snapshot, post.mock.tasks[task]
    assert (told.phase, told.status, told.id) == (known.phase, known.status, known.id)
    assert told.phase is (Phase.FAILED if "fail" in scenario else Phase.SUCCEEDED)
    assert len(told.results) == len(known.results)
    assert bool(told.error) == (told.phase is Phase.FAILED)


def test_a_secret_that_the_request_gave_is_looked_for_where_the_provider_puts_it() -> None:
    taker = Taker(Receiver(APIFRAME, secret=["the-next-one", PLAIN]))
    post = Post(APIFRAME, taker)
    post.submit(webhook_secret=PLAIN)
    post.pass_by()
    assert {*post.states()} == {"delivered"}
    assert taker.receiver.signing.header == "x-webhook-secret"
    assert all(each.verified for each in taker.taken)


def test_without_a_secret_it_reads_and_says_that_it_did_not_verify() -> None:
    receiver = Receiver("apiframe")
    delivery = read(receiver, DONE)
    assert (delivery.verified, receiver.verifies, delivery.provider) == (False, False, "apiframe")
    assert (delivery.snapshot.phase, delivery.snapshot.progress) == (Phase.SUCCEEDED, 100)
    assert (delivery.snapshot.kind, delivery.snapshot.results) == ("luma", ("https://x.test/v",))
    assert (delivery.raw, delivery.body, delivery.findings) == (raw(DONE), DONE, ())


def test_a_body_that_only_shows_its_result_has_finished() -> None:
    told = {"task_id": "t-1", "task_type": "luma", "video_url": "https://x.test/v"}
    delivery = read(Receiver("apiframe", edition="published"), told)
    assert (delivery.snapshot.status, delivery.snapshot.phase) == ("finished", Phase.SUCCEEDED)
    assert delivery.snapshot.progress is None
    assert delivery.findings == ()


# what breaks the contract


def test_what_a_body_has_against_the_contract_is_told_and_does_not_keep_it_out() -> None:
    delivery = read(Receiver("apiframe"), {**DONE, "percentage": "1000", "task_type": PLAIN})
    assert {each.code for each in delivery.findings} == {"X214"}
    assert (delivery.snapshot.phase, delivery.snapshot.progress, delivery.snapshot.kind) == (Phase.SUCCEEDED, 100, "")
    assert PLAIN not in repr(delivery.findings)


@pytest.mark.parametrize(("progress", "told"), [(-5, 0), (250, 100), ("41", 41), (41.6, 42), ("7%", 7)])
def test_progress_is_told_from_0_to_100(progress: Any, told: int) -> None:
    body = {**DONE, "status": "processing", "percentage": progress}
    assert read(Receiver("apiframe"), body).snapshot.progress == told


def test_a_body_of_another_type_than_documented_is_a_finding() -> None:
    delivery = read(Receiver("chainhub"), {"id": "t-1", "state": "completed"}, (("Content-Type", "text/plain"),))
    assert [each.code for each in delivery.findings] == ["X212"]
    delivery = read(Receiver("chainhub"), {"id": "t-1", "state": "completed"})
    assert {each.code for each in delivery.findings} == {"X214"}


# whose it is


@pytest.mark.parametrize("signing", [each for each in WAYS if each != "echo"])  # an echo says nothing of the body
@settings(max_examples=60)
@given(data=st.data())
def test_any_changed_byte_of_a_signed_body_is_refused(signing: str, data: st.DataObject) -> None:
    body = raw(DONE)
    receiver, headers = Receiver(APIFRAME, secret=WAYS[signing], signing=signing), signed(signing, body)
    assert read(receiver, body, headers).verified
    at, bits = data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(1, 255))
    changed = body[:at] + bytes([body[at] ^ bits]) + body[at + 1 :]
    with pytest.raises(NotVerified):
        read(receiver, changed, headers)


@pytest.mark.parametrize("signing", WAYS)
@settings(max_examples=60)
@given(data=st.data())
def test_any_changed_letter_of_what_signs_is_refused(signing: str, data: st.DataObject) -> None:
    body = raw(DONE)
    receiver = Receiver(APIFRAME, secret=WAYS[signing], signing=signing)
    headers = list(signed(signing, body)[1:])
    number = data.draw(st.integers(0, len(headers) - 1))
    name, value = headers[number]
    at = data.draw(st.integers(0, len(value) - 1))
    letter = data.draw(st.characters(codec="latin-1").filter(lambda each: each != value[at]))
    headers[number] = (name, value[:at] + letter + value[at + 1 :])
    with pytest.raises(NotVerified):
        read(receiver, body, tuple(headers))


@pytest.mark.parametrize("signing", WAYS)
@pytest.mark.parametrize("secrets", [("old",), ("new", "old"), ("old", "new")])
def test_while_secrets_are_changed_any_of_them_will_do(signing: str, secrets: tuple[str, ...]) -> None:
    named = {"old": WAYS[signing], "new": "whsec_bmV3LW5ldy1uZXc="}
    receiver = Receiver(APIFRAME, secret=[named[each] for each in secrets], signing=signing)
    body = raw(DONE)
    assert read(receiver, body, signed(signing, body, named["old"])).verified
    with pytest.raises(NotVerified):
        read(receiver, body, signed(signing, body, "whsec_c3RyYW5nZXI="))


@pytest.mark.parametrize("away_s", [-301, 301, 10**9])
def test_a_delivery_of_another_time_is_refused_as_far_as_its_time_is_signed(away_s: int) -> None:
    body, receiver = raw(DONE), Receiver(APIFRAME, secret=SECRET, signing="standard")
    with pytest.raises(NotVerified, match="300 s are allowed"):
        read(receiver, body, signed("standard", body, at_s=NOW_S + away_s))
    patient = Receiver(APIFRAME, secret=SECRET, signing="standard", tolerance_s=10**10)
    assert read(patient, body, signed("standard", body, at_s=NOW_S + away_s)).verified


# what it is known by


def test_a_delivery_is_known_by_its_own_id_where_that_is_signed_or_nothing_is() -> None:
    body = raw(DONE)
    standard = Receiver(APIFRAME, secret=SECRET, signing="standard")
    assert read(standard, body, signed("standard", body)).id == "msg_1"
    assert read(Receiver(APIFRAME), body, (("WEBHOOK-ID", "msg_2"),)).id == "msg_2"


@pytest.mark.parametrize("ids", [(), ("",), ("a", "b"), ("x" * 201,), ("a b",)])
def test_a_delivery_without_a_good_id_is_known_by_its_body(ids: tuple[str, ...]) -> None:
    receiver = Receiver(APIFRAME)
    known = {read(receiver, body, tuple(("webhook-id", each) for each in ids)).id for body in (DONE, DONE)}
    (digest,) = known
    assert len(digest) == 64
    assert read(receiver, {**DONE, "percentage": 99}).id != digest


def test_an_id_that_no_signature_covers_makes_nothing_new_of_a_delivery() -> None:
    body, receiver = raw(DONE), Receiver(APIFRAME, secret=PLAIN, signing="hmac")
    ids = {read(receiver, body, (*signed("hmac", body), ("webhook-id", each))).id for each in ("a", "b")}
    assert len(ids) == 1


# what is hostile

NESTED = b"[" * 5000 + b"]" * 5000
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "space": b"  \n",
    "no JSON": b"task_id=t-1&status=finished",
    "half": raw(DONE)[:-4],
    "two": raw(DONE) * 2,
    "no UTF-8": b'{"task_id": "\xff"}',
    "a byte order mark": b"\xef\xbb\xbf" + raw(DONE),
    "UTF-16": json.dumps(DONE).encode("utf-16"),
    "zeros": bytes(1000),
    "deep": NESTED,
    "deep inside": b'{"task_id": "t", "status": "finished", "x": ' + NESTED + b"}",
    "a number": b"7",
    "a text": b'"finished"',
    "null": b"null",
    "a list": b"[]",
    "a list of tasks": raw([DONE]),
    "an empty object": b"{}",
    "a key twice": b'{"task_id": "t-1", "task_id": "t-2", "status": "finished"}',
    "a long key twice": b'{"%s": 1, "%s": 2}' % (b"k" * 100_000, b"k" * 100_000),
    "NaN": b'{"task_id": "t-1", "status": "processing", "percentage": NaN}',
    "too large a number": b'{"task_id": "t-1", "status": "processing", "percentage": 1e999}',
    "many digits": b'{"task_id": "t-1", "status": "processing", "percentage": %s}' % (b"9" * 5000),
    "half a surrogate pair": b'{"task_id": "\\ud800", "status": "finished"}',
    "no id": raw({"status": "finished"}),
    "an empty id": raw({**DONE, "task_id": ""}),
    "an id that is an object": raw({**DONE, "task_id": {"$ne": None}}),
    "an id that is true": raw({**DONE, "task_id": True}),
    "no status": raw({"task_id": "t-1"}),
    "a status nobody knows": raw({**DONE, "status": f"{PLAIN}\x1b[2J"}),
    "a status that is a list": raw({**DONE, "status": ["finished"]}),
    "a status that is a number": raw({**DONE, "status": 1.5}),
    "progress in words": raw({**DONE, "percentage": "nan"}),
    "progress without end": raw({**DONE, "percentage": "inf"}),
    "progress that is an object": raw({**DONE, "percentage": {}}),
    "results that are numbers": raw({**DONE, "video_url": None, "video_urls": [1, 2]}),
    "a result that is an object": raw({**DONE, "video_url": {"url": "https://x.test/v"}}),
    "too long": b" " * (MAX_BODY_BYTES + 1),
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("secret", [None, PLAIN])
def test_a_hostile_body_is_refused_with_a_status_and_a_reason(name: str, secret: str | None) -> None:
    receiver = Receiver("apiframe", secret=secret)
    with pytest.raises(Unreadable) as caught:
        read(receiver, BODIES[name], (("x-webhook-secret", PLAIN),))
    assert (caught.value.status, caught.value.code) == (400, "unreadable")
    assert 0 < len(caught.value.reason) <= 310
    assert PLAIN not in str(caught.value)
    assert caught.value.__cause__ is None


SIGNED = signed("standard", raw(DONE))
HEADERS: dict[str, Headers] = {
    "none": (),
    "another": (("authorization", SECRET),),
    "no signature": SIGNED[:-1],
    "no id": (*SIGNED[:1], *SIGNED[2:]),
    "no time": (*SIGNED[:2], *SIGNED[3:]),
    "an empty signature": (*SIGNED[:-1], ("webhook-signature", "")),
    "a signature twice": (*SIGNED, SIGNED[-1]),
    "an id twice": (*SIGNED, ("Webhook-Id", "msg_1")),
    "another id": (*SIGNED[:1], ("webhook-id", "msg_2"), *SIGNED[2:]),
    "a time in words": (*SIGNED[:2], ("webhook-timestamp", "now"), SIGNED[-1]),
    "a time in other digits": (*SIGNED[:2], ("webhook-timestamp", "\u0661" * 10), SIGNED[-1]),
    "a time without end": (*SIGNED[:2], ("webhook-timestamp", "9" * 5000), SIGNED[-1]),
    "a time before all": (*SIGNED[:2], ("webhook-timestamp", "-1"), SIGNED[-1]),
    "another version": (*SIGNED[:-1], ("webhook-signature", "v2," + SIGNED[-1][1][3:])),
    "no base64": (*SIGNED[:-1], ("webhook-signature", "v1,\u00ff\x00")),
    "half a surrogate pair": (*SIGNED[:-1], ("webhook-signature", "v1,\ud800")),
    "half a pair as id": (*SIGNED[:1], ("webhook-id", "\udfff"), *SIGNED[2:]),
    "many signatures": (*SIGNED[:-1], ("webhook-signature", "v1,x " * 100_000)),
    "the secret itself": (*SIGNED[:-1], ("webhook-signature", f"v1,{SECRET}")),
}


@pytest.mark.parametrize("name", HEADERS)
def test_hostile_headers_are_refused_with_a_status_and_a_reason(name: str) -> None:
    receiver = Receiver("apiframe", secret=SECRET, signing="standard")
    with pytest.raises(NotVerified) as caught:
        read(receiver, DONE, HEADERS[name])
    assert (caught.value.status, caught.value.code) == (401, "not_verified")
    assert SECRET not in str(caught.value) + repr(caught.value)


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
PLACES = "task_id id status state percentage video_url video_urls created_at failure_reason video request data message"


@settings(max_examples=400)
@given(
    st.binary(max_size=200) | st.dictionaries(st.sampled_from(PLACES.split()), JSONS).map(raw),
    st.sampled_from([APIFRAME, CHAINHUB]),
    st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), max_size=3),
)
def test_whatever_comes_is_taken_or_refused(body: bytes, contract: Contract, headers: list[tuple[str, str]]) -> None:
    with contextlib.suppress(Unreadable):
        delivery = RECEIVERS[contract.name].read(headers, body, now_s=NOW_S)
        assert isinstance(delivery.snapshot.phase, Phase)
        assert delivery.snapshot.id


RECEIVERS = {each.name: Receiver(each) for each in (APIFRAME, CHAINHUB)}


# how it is made


@pytest.mark.parametrize(
    ("provider", "given", "said"),
    [
        ("apifrane", {}, "did you mean apiframe?"),
        ("apiframe", {"edition": "draft"}, "published, corrected"),
        ("chainhub", {"secret": PLAIN}, "how chainhub signs its webhooks is not known"),
        ("chainhub", {"secret": PLAIN, "signing": "none"}, "how chainhub signs its webhooks is not known"),
        ("chainhub", {"signing": "hmac"}, "to verify hmac needs a secret"),
        ("chainhub", {"signing": "rsa", "secret": PLAIN}, "one of none, echo, hmac, standard"),
        ("apiframe", {"signing": "standard", "secret": f"whsec_{PLAIN}!"}, "not whsec_ and base64"),
        ("apiframe", {"secret": ""}, "the secret is empty"),
        ("apiframe", {"secret": []}, "the list of secrets is empty"),
        ("apiframe", {"secret": [PLAIN] * 9}, "9 secrets at once are too many"),
        ("apiframe", {"tolerance_s": -1}, "-1 is no tolerance"),
        ("apiframe", {"tolerance_s": float("nan")}, "nan is no tolerance"),
        ("tests/data/jobs.yaml", {}, "jobs is not known to send webhooks"),
    ],
)
def test_a_receiver_that_cannot_be_is_wrong_usage(provider: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        Receiver(provider, **given)
    assert said in str(caught.value)
    assert PLAIN not in str(caught.value)


def test_a_provider_that_documents_how_it_signs_is_taken_at_its_word() -> None:
    assert APIFRAME.reading
    kinds = {
        name: replace(kind, webhook=replace(kind.webhook, signing="hmac prefix=v0="))
        for name, kind in APIFRAME.reading.tasks.items()
        if kind.webhook
    }
    contract = replace(APIFRAME, reading=replace(APIFRAME.reading, tasks=kinds))
    receiver = Receiver(contract, secret=PLAIN)
    headers = Signing.parse("hmac prefix=v0=", PLAIN).headers(raw(DONE), id="x", at_s=0)
    assert read(receiver, DONE, headers).verified


def test_signing_may_be_a_value_with_its_own_secrets() -> None:
    receiver = Receiver("apiframe", signing=Signing.parse("hmac", PLAIN), secret="another")
    assert receiver.signing.secrets == (PLAIN, "another")
    assert PLAIN not in repr(receiver) + repr(receiver.signing)
    assert repr(receiver) == "Receiver('apiframe', 'corrected', verifies=True)"


@pytest.mark.parametrize("body", [DONE, json.dumps(DONE), None])
def test_a_body_that_is_no_bytes_is_wrong_usage(body: Any) -> None:
    with pytest.raises(UsageError, match="the bytes that came"):
        Receiver("apiframe").read({}, body, now_s=NOW_S)


class Nearly:
    """Headers as some libraries have them: not a mapping, and iterated by pairs."""

    def items(self) -> list[tuple[str, str]]:
        return [("X-Webhook-Secret", PLAIN)]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Webhook-Secret": PLAIN},
        [("x-webhook-secret", PLAIN)],
        [(b"x-webhook-secret", PLAIN.encode())],
        Nearly(),
    ],
)
def test_headers_come_as_the_libraries_have_them(headers: Any) -> None:
    receiver = Receiver("apiframe", secret=PLAIN)
    for body in (raw(DONE), bytearray(raw(DONE)), memoryview(raw(DONE))):
        assert receiver.read(headers, body, now_s=NOW_S).verified  # type: ignore[arg-type]  # bytes by another name


def test_the_room_is_there_for_who_imports_the_house() -> None:
    assert lumakit.webhooks.Receiver is Receiver


# once only


@given(st.lists(st.integers(0, 6).map(str), max_size=40), st.integers(1, 5))
def test_what_was_seen_among_the_latest_is_known(ids: list[str], most: int) -> None:
    seen, latest = Seen(most), list[str]()
    for each in ids:
        assert (each in seen) == (each in latest)
        assert seen.add(each) == (each not in latest)
        latest = (latest if each in latest else [*latest, each])[-most:]
    assert len(seen) == len(latest)


def test_what_could_not_be_handled_may_come_again() -> None:
    seen = Seen()
    assert seen.add("a")
    assert not seen.add("a")
    seen.forget("a")
    seen.forget("never seen")
    assert seen.add("a")


def test_of_many_threads_one_sees_a_delivery_first() -> None:
    seen, first = Seen(), list[bool]()
    threads = [threading.Thread(target=lambda: first.append(seen.add("a"))) for _ in range(16)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(first) == 1


def test_nothing_can_be_remembered_in_no_room() -> None:
    with pytest.raises(UsageError, match="at least 1"):
        Seen(0)
