"""The examples of the catalogue for exchanges, stories and webhooks brought to life, on the contract of the clips.

Steps stand between lines of dashes, each ten seconds after the one before: a request, and its answer. What is asked at
`/hooks/ID` is a webhook for the task with that id. Whose key is shown stands in the key, `wrong` is nobody's.
"""

from __future__ import annotations

import re

from lumakit.check.judge import judge
from lumakit.check.rules.second import judges_differ
from lumakit.check.scene import Scene
from lumakit.check.traffic import Arrival, Record, Traffic
from lumakit.clock import FIRST_DAY_MS
from lumakit.model import Exchange, Finding, Headers, Request, Response
from tests.check.play import ORIGIN, clips

PROBED = ("L323", "X222", "X224", "X229")  # what only is a fault where we ask, and know what we do
_STEP = re.compile(r"(?m)^---.*\n")
_ORIGIN = re.compile(r"https?://[^/]+")
_ANSWER = re.compile(r"(?m)^HTTP/1\.1 (\d{3}).*\n?")


def found(example: str, *, probing: bool) -> tuple[Finding, ...]:
    """What is found in an example."""
    return judge(clips(), traffic(example), probing=probing, own=True).findings


def differing(example: str) -> tuple[Finding, ...]:
    """What is found in an example where another judge has nothing against anything."""
    scene = Scene(clips(), traffic(example), second=Content())
    return tuple(each.finding for seen in scene.seen for each in judges_differ(scene, seen))


class Content:
    """A judge that has nothing against anything."""

    def request(self, _: Request) -> tuple[str, ...]:
        """Nothing."""
        return ()

    def response(self, _: Request, __: Response) -> tuple[str, ...]:
        """Nothing."""
        return ()


def traffic(example: str) -> Traffic:
    """The traffic that an example shows."""
    record = Record(listened="/hooks/" in example)
    for step in _STEP.split(example.strip("\n") + "\n"):
        number = record.number()
        record.add(_step(step, number, FIRST_DAY_MS + 10_000 * number))
    return record.traffic()


def _step(text: str, number: int, at_ms: int) -> Exchange | Arrival:
    answer = _ANSWER.search(text)
    assert answer, text
    start, headers, body = _taken_apart(text[: answer.start()])
    method, target = start.split()
    origin = _ORIGIN.match(target)
    path, _, query = target[origin.end() if origin else 0 :].partition("?")
    request = Request(method, path, query, headers, body, origin[0] if origin else ORIGIN)
    _, told, content = _taken_apart("\n" + text[answer.end() :])
    response = Response(int(answer[1]), told, content)
    if path.startswith("/hooks/"):
        secret = request.header("x-secret")
        refused = "" if secret == "abc" else "the header X-Secret is another" if secret else "there is no X-Secret"
        return Arrival(number, at_ms, request, response.status, path.removeprefix("/hooks/"), True, refused)
    owner = (request.header("authorization") or "").partition(" ")[2]
    sizes = {"request_bytes": len(body), "response_bytes": len(content)}
    return Exchange(number, at_ms, request, response, owner=owner, **sizes)  # type: ignore[arg-type]


def _taken_apart(text: str) -> tuple[str, Headers, bytes]:
    head, _, body = text.partition("\n\n")
    start, *lines = head.split("\n")
    headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines) if name)
    return start, headers, body.strip("\n").encode()
