"""Rules on one exchange (X2xx): what the contract has against the request and the answer, and against the two together.

Knows operations, and nothing of tasks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lumakit import strictjson
from lumakit.check.packing import is_unread
from lumakit.check.rules.rule import Over, Rule
from lumakit.check.scene import Scene, address_of, plain
from lumakit.check.telling import Seen
from lumakit.check.traffic import WRONG_KEY
from lumakit.check.verdict import Judged
from lumakit.contract import media
from lumakit.contract import pointer as pointers
from lumakit.contract.operation import Operation, Taken
from lumakit.contract.parameters import MISSING
from lumakit.model import Basis, Finding, Severity

REQUEST = ("X201", "X202", "X203", "X204", "X205", "X206", "X207")
RESPONSE = ("X211", "X212", "X213", "X214", "X215", "X216", "X220")
MAX_PATH = 200  # characters of a path that is none of ours
_NO_METHOD = (405, 501)
_DOWN = (502, 503, 504)  # whatever it was asked
_FILES = ("audio/", "image/", "video/")


def request_breaks_the_contract(scene: Scene, seen: Seen) -> Iterator[Judged]:
    """X201 to X207: somebody's request is not what the operation takes, and was not refused for that."""
    if scene.probing or seen.refused or seen.operation is None:
        return
    for found in _seen_to_be_wrong(seen.asked):
        yield _judged(found, seen, "request")
    if not seen.keyed and not seen.served and scene.shows_keys:
        wrong = seen.operation.check_request(seen.exchange.request, seen.match.path_values)
        yield from (_judged(each, seen, "request") for each in wrong if each.code == "X207")


def answer_breaks_the_contract(_: Scene, seen: Seen) -> Iterator[Judged]:
    """X211 to X220: the answer is not what is documented."""
    return (_judged(found, seen, "response") for found in _seen_to_be_wrong(seen.told))


def _seen_to_be_wrong(taken: Taken) -> Iterator[Finding]:
    """What is wrong with a message, but for what is only the mark that stands in place of a secret."""
    return (each for each in taken.findings if not _is_masked(taken.body, each.pointer))


def _is_masked(body: object, pointer: str) -> bool:
    value = pointers.look(body, pointer, None) if pointer else None
    return isinstance(value, str) and value.startswith("<hidden: ")


def path_is_not_documented(scene: Scene, seen: Seen) -> Iterator[Judged]:
    """X221: something is served at a path that is not documented, and that no answer has told of."""
    request, status = seen.exchange.request, seen.exchange.response.status
    if seen.operation or seen.match.allow or seen.refused or 300 <= status < 400 or request.method == "OPTIONS":
        return
    if status not in _NO_METHOD and plain(address_of(request)) not in scene.addresses:
        path = request.path if len(request.path) <= MAX_PATH else f"{request.path[:MAX_PATH]}..."
        what = f"nothing is documented at {path}, and the answer is {status}"
        yield _judged(scene.finding("X221", f"{request.method} {path}", what, "path"), seen, "request")


def served_without_key(scene: Scene, seen: Seen) -> Iterator[Judged]:
    """X222: an operation that asks for credentials served a request that shows none."""
    operation = seen.operation
    if operation and seen.served and not seen.keyed and (scene.probing or scene.shows_keys):
        what = f"the answer is {seen.exchange.response.status} without {operation.security.described()}"
        yield _judged(_on_security(scene, "X222", operation, what), seen, "request")


def served_with_wrong_key(scene: Scene, seen: Seen) -> Iterator[Judged]:
    """X223: an operation that asks for credentials served a key that is nobody's."""
    operation = seen.operation
    if operation and seen.served and seen.exchange.owner == WRONG_KEY and operation.security.schemes:
        what = f"the answer is {seen.exchange.response.status}, and the key is nobody's"
        yield _judged(_on_security(scene, "X223", operation, what), seen, "request")


def invalid_request_is_served(scene: Scene, seen: Seen) -> Iterator[Judged]:
    """X224: we broke the contract on purpose, and the answer is a yes."""
    if not scene.probing or not seen.served or seen.operation is None:
        return
    for found in seen.asked.findings:
        if found.severity is Severity.ERROR:
            what = (
                f"{seen.exchange.response.status} is the answer to a request that breaks the contract: {found.message}"
            )
            made = scene.finding("X224", seen.operation.key, what, found.subject, found.pointer, basis=found.basis)
            yield _judged(made.but(evidence=found.evidence), seen, "request")


def method_is_not_documented(scene: Scene, seen: Seen) -> Iterator[Judged]:
    """X225: a path serves a method that is not documented there."""
    method = seen.exchange.request.method.upper()
    head = method == "HEAD" and "GET" in seen.match.allow
    if seen.match.wrong_method and seen.served and not head and method != "OPTIONS":
        path = _template(scene, seen)
        what = f"{method} is served at {path}, only {', '.join(seen.match.allow)} is documented"
        yield _judged(scene.finding("X225", f"{method} {path}", what, "method"), seen, "request")


def answer_says_more(scene: Scene, seen: Seen) -> Iterator[Judged]:
    """X226, X227: a field that no schema declares, and a value that an open vocabulary does not list."""
    if seen.operation is None or not seen.sound:
        return
    for each in seen.operation.unlisted(seen.exchange.response, seen.told.body):
        code = "X226" if each.member else "X227"
        what = "is not declared" if each.member else "is none of the listed values; the list is open"
        about = f"{seen.exchange.response.status} body"
        message = f"{about} {each.pointer}: {what}"
        found = scene.finding(code, seen.operation.key, message, about, each.pointer, (each.place,))
        yield _judged(found, seen, "response")


def body_is_something_else(scene: Scene, seen: Seen) -> Iterator[Judged]:
    """X228: the Content-Type says what the body is not, where no schema is there to notice."""
    response = seen.exchange.response
    if seen.operation is None or is_unread(response.body):
        return
    if any(each.code in ("X211", "X212", "X213") for each in seen.told.findings):
        return
    kind = media.essence(response.header("content-type") or "")
    if response.body and (seen.told.body is MISSING or seen.told.body is media.OPAQUE) and lies(kind, response.body):
        what = f"the body of {response.status} is said to be {kind} and is {what_it_is(response.body)}"
        yield _judged(scene.finding("X228", seen.operation.key, what, f"{response.status} body"), seen, "response")


def server_breaks_on_it(scene: Scene, seen: Seen) -> Iterator[Judged]:
    """X229: we broke the contract on purpose, and the server takes the blame instead of refusing."""
    status = seen.exchange.response.status
    if not scene.probing or seen.operation is None or status < 500 or status in _DOWN:
        return
    wrong = [each for each in seen.asked.findings if each.severity is Severity.ERROR]
    subjects = dict.fromkeys(each.subject for each in wrong) or ([] if seen.keyed else ["security"])
    for subject in subjects:
        wrong_in = "has no credentials" if subject == "security" else f"is wrong: {subject}"
        what = f"{status} is the answer to a request that {wrong_in}"
        yield _judged(scene.finding("X229", seen.operation.key, what, subject, basis=Basis.OBSERVED), seen, "response")


def lies(kind: str, body: bytes) -> bool:
    """True for a body that cannot be of the kind it is said to be."""
    if media.is_json(kind):
        return not _is_json(body)
    return kind.startswith(_FILES) and what_it_is(body) in ("JSON", "HTML")


def what_it_is(body: bytes) -> str:
    """What a body looks like."""
    start = body[:64].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "HTML"
    return "JSON" if start[:1] in (b"{", b"[") and _is_json(body) else "something else"


def _is_json(body: bytes) -> bool:
    try:
        strictjson.loads(body)
    except strictjson.JsonProblem:
        return False
    return True


def _template(scene: Scene, seen: Seen) -> str:
    """The documented path of a request whose method is not."""
    asked = replace(seen.exchange.request, method=seen.match.allow[0])
    operation = scene.route(asked).operation
    return operation.path if operation else asked.path


def _on_security(scene: Scene, code: str, operation: Operation, what: str) -> Finding:
    return scene.finding(code, operation.key, what, "security", "", (f"{operation.pointer}/security",))


def _judged(found: Finding, seen: Seen, side: str) -> Judged:
    return Judged(found, (seen.exchange.number,), side)


RULES = (
    Rule(REQUEST, Over.EXCHANGE, request_breaks_the_contract),
    Rule(RESPONSE, Over.EXCHANGE, answer_breaks_the_contract),
    Rule(("X221",), Over.EXCHANGE, path_is_not_documented),
    Rule(("X222",), Over.EXCHANGE, served_without_key),
    Rule(("X223",), Over.EXCHANGE, served_with_wrong_key),
    Rule(("X224",), Over.EXCHANGE, invalid_request_is_served),
    Rule(("X225",), Over.EXCHANGE, method_is_not_documented),
    Rule(("X226", "X227"), Over.EXCHANGE, answer_says_more),
    Rule(("X228",), Over.EXCHANGE, body_is_something_else),
    Rule(("X229",), Over.EXCHANGE, server_breaks_on_it),
)
