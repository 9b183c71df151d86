"""A verdict as a pytest file that shows each finding again: it fails while one stands, and passes once it is mended.

What one response shows is asked anew. What only a story shows, or a webhook, is judged again from the record: its task
has ended, and another one may cost. A test that could make a task runs only with LUMAKIT_PAY=yes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lumakit.check.identity import identity
from lumakit.check.reports import curl, digest
from lumakit.check.traffic import Arrival, Traffic
from lumakit.check.verdict import Judged, Verdict, Via
from lumakit.model import Exchange, Request

_ANSWERED = frozenset("X211 X212 X213 X214 X215 X216 X220".split())  # what `Operation.check_response` says
_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_HEAD = '''\
"""What lumakit found, shown again: a test for each finding, which fails while the finding stands.

    {url}=... {key}=... pytest THIS_FILE

A test that could make a task, and so cost something, runs only with LUMAKIT_PAY=yes.
"""

import os
import re

import httpx
import pytest

import lumakit
from lumakit.check.identity import identity
from lumakit.check.judge import judge
from lumakit.check.traffic import Arrival, Traffic, Unanswered
from lumakit.model import Exchange, Lost, Request, Response

HERE = os.path.dirname(os.path.abspath(__file__))
CONTRACT = lumakit.load({spec}, {edition}, {specs})
os.environ.setdefault({wrong}, "nobody-has-this-key")
paid = pytest.mark.skipif(os.environ.get("LUMAKIT_PAY") != "yes", reason="it could make a task: LUMAKIT_PAY=yes")


def told(text, name):
    """A text with what was hidden in it put in from the environment."""
    if not re.search({hidden}, text):
        return text
    assert name in os.environ, f"set {{name}}: the request has a secret"
    return re.sub({hidden}, lambda _: os.environ[name], text)


def asked(method, target, headers, body, key={key_text}, origin={origin}):
    """The answer to a request."""
    origin = os.environ.get({url_text}, origin)
    assert origin, "set {url} to the address of what is checked"
    shown = [(name, told(value, key)) for name, value in headers]
    body = told(body.decode("latin-1"), {secret_text}).encode("latin-1")
    answer = httpx.request(method, origin.rstrip("/") + told(target, key), headers=shown, content=body)
    return Response(answer.status_code, tuple(answer.headers.multi_items()), answer.content)
'''
_ASKED = """

{mark}def test_{name}():
    {message}
    response = asked({method}, {target}, {headers}, {body}, {key})
    found = CONTRACT.operation({operation}).check_response(response)
    assert not [each.message for each in found if identity(each) == {identity}]
"""
_RECORDED = """

def test_{name}():
    {message}
    traffic = Traffic(
        exchanges={exchanges},
        unanswered={unanswered},
        arrivals={arrivals},
        listened={listened},
    )
    found = judge(CONTRACT, traffic, {how}).findings
    assert not [each.message for each in found if identity(each) == {identity}]
"""


def pytest_file(verdict: Verdict, *, spec: str = "", specs: str = "") -> str:
    """The file. `spec` and `specs` name the contract, where the provider's name alone does not, as `lumakit.load` takes
    them; a path is one from the file's own folder."""
    return "".join([_head(verdict, spec, specs), *_tests(verdict)])


def _head(verdict: Verdict, spec: str, specs: str) -> str:
    url, key, secret = (curl.variable(verdict.provider, what) for what in ("URL", "API_KEY", "SECRET"))
    first = next((each.request.origin for each in verdict.traffic.exchanges), "")
    origin = first + verdict.base if first.startswith(("http://", "https://")) else ""
    wrong = ascii(curl.variable(verdict.provider, "WRONG_KEY"))
    texts = {
        "wrong": wrong,
        "url": url,
        "key": key,
        "url_text": ascii(url),
        "key_text": ascii(key),
        "secret_text": ascii(secret),
    }
    hidden = f"r{ascii(curl.HIDDEN.pattern).replace(chr(92) * 2, chr(92))}"
    edition = ascii(verdict.edition.value)
    named = {"spec": _named(spec or verdict.provider), "edition": edition, "specs": _named(specs)}
    return _HEAD.format(**texts, **named, hidden=hidden, origin=ascii(origin))


def _named(text: str) -> str:
    """A name as it is, or a path (with `./` before it) from the folder of the file."""
    return f"os.path.join(HERE, {text!a})" if text.startswith("./") else ascii(text or None)


def _tests(verdict: Verdict) -> Iterator[str]:
    for number, judged in enumerate(verdict.judged, 1):
        finding = judged.finding
        name = re.sub(r"\W+", "_", f"{finding.code}_{finding.where}_{number}".lower(), flags=re.ASCII)
        shown = digest.seen(verdict, judged)
        if finding.code in _ANSWERED and isinstance(shown, Exchange):
            yield _again(verdict, judged, shown, name)
        elif judged.numbers:
            yield _from_record(verdict, judged, name)


def _again(verdict: Verdict, judged: Judged, shown: Exchange, name: str) -> str:
    finding, request = judged.finding, shown.request
    return _ASKED.format(
        mark="" if _is_free(verdict, shown) else "@paid\n",
        name=name,
        message=ascii(finding.message),
        method=ascii(request.method),
        target=ascii(_target(request, verdict.base)),
        headers=ascii([pair for pair in request.headers if pair[0].lower() not in _OWN]),
        body=ascii(request.body),
        operation=ascii(finding.where),
        key=ascii(curl.key_variable(verdict, shown)),
        identity=ascii(identity(finding)),
    )


_OWN = frozenset("host content-length connection accept-encoding transfer-encoding".split())


def _target(request: Request, base: str) -> str:
    path = request.path.removeprefix(base)
    return f"{path}?{request.query}" if request.query else path


def _is_free(verdict: Verdict, exchange: Exchange) -> bool:
    """True for what cannot make a task: it only reads, or was seen to tell of tasks."""
    polls = (Via.FETCH, Via.FETCH_MANY)
    looks = {look.number for story in verdict.stories for look in story.looks if look.via in polls}
    return exchange.request.method in _SAFE or exchange.number in looks


def _from_record(verdict: Verdict, judged: Judged, name: str) -> str:
    finding, kept = judged.finding, _kept(verdict, judged)
    return _RECORDED.format(
        name=name,
        message=ascii(finding.message),
        exchanges=ascii(kept.exchanges),
        unanswered=ascii(kept.unanswered),
        arrivals=ascii(kept.arrivals),
        listened=kept.listened,
        how=f"own={verdict.own}, probing={verdict.probing}, base={verdict.base!a}",
        identity=ascii(identity(finding)),
    )


def _kept(verdict: Verdict, judged: Judged) -> Traffic:
    """What a finding rests on, with everything that was seen of its task."""
    looks = (look.number for story in verdict.stories if story.id == judged.task for look in story.looks)
    numbers = {*judged.numbers, *looks}
    seen = verdict.traffic
    return Traffic(
        tuple(_bare(each) for each in seen.exchanges if each.number in numbers),
        tuple(each for each in seen.unanswered if each.number in numbers),
        tuple(each for each in seen.arrivals if each.number in numbers or _is_of(each, judged.task)),
        seen.listened,
    )


def _is_of(arrival: Arrival, task: str) -> bool:
    return bool(task) and arrival.task == task


def _bare(exchange: Exchange) -> Exchange:
    """An exchange as it was seen, without what was thought of it."""
    return replace(exchange, findings=(), response=replace(exchange.response, breaks=None))
