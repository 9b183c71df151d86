"""Receive the webhooks of a provider on this machine: verify each, read it, hold it against the contract, print a line.

A delivery that is not verified is answered 401, one that cannot be read 400, every other 200. Ctrl-C ends it.
"""

from __future__ import annotations

import argparse
import signal
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lumakit import report, strictjson
from lumakit.cli import deliveries, output, values
from lumakit.clock import SystemClock
from lumakit.errors import UsageError
from lumakit.model import Request, Response
from lumakit.redaction import Redactor

if TYPE_CHECKING:
    from lumakit.webhooks import Delivery, Receiver

PORT = 4011  # the mock's is the one before
MAX_SHOWN = 80  # letters of a name on a line
MAX_TEXT = 2000  # letters of a text in JSON
MAX_LISTED = 20  # findings, and results
_TEXT = (("Content-Type", "text/plain; charset=utf-8"),)


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    add = parser.add_argument
    words = "whose webhooks they are: a provider, a provider's folder, or a document beside its lifecycle"
    add("--provider", metavar="NAME", required=True, help=words)
    words = f"0 takes any that is free, and prints it (default: {PORT})"
    # Not the setting `port`, which is the mock's: both stand in one file.
    add("-p", "--port", dest="listen_port", type=values.port, default=PORT, help=words)
    words = "a file with the secrets to verify with, one a line; without one nothing is verified"
    add("--secret-file", dest="webhook_secret_file", metavar="FILE", help=words)
    deliveries.secret_flag(parser)
    words = "standard, or `hmac header=X-Signature prefix=sha256=`, where the provider's documents do not tell"
    add("--signing", dest="webhook_signing", metavar="HOW", default="", help=words)
    words = "how far the time of a signed delivery may be from ours (default: 300)"
    add("--tolerance", type=values.whole, default=300, metavar="SECONDS", help=words)
    words = "what to answer to a delivery that is taken: 500 lets the sender try again (default: 200)"
    add("--status", type=values.status, default=200, metavar="CODE", help=words)
    add("--count", type=values.count, metavar="N", help="end after so many deliveries")
    add("--json", action="store_true", help="a JSON object a line")
    output.edition_flag(parser)
    output.specs_flag(parser)


def execute(options: argparse.Namespace) -> int:
    """Listen until a signal comes, or enough was heard."""
    from lumakit.webhooks import MAX_BODY_BYTES
    from mockserver.door.asgi import Door
    from mockserver.door.limits import Limits
    from mockserver.live import serve

    taker = receiver(options)
    say = as_json if options.json else as_line
    hidden = Redactor(secrets=frozenset(taker.signing.secrets))
    clock = SystemClock(1.0)

    def tell(told: Mapping[str, Any]) -> None:
        print(f"{say(told, hidden)}\n", end="", flush=True)  # in one piece, however standard output is buffered

    def ready(url: str) -> None:
        try:
            tell(listening(taker, url, options))
        except OSError:  # nobody reads: what for, then?
            _end()

    listener = Listener(taker, tell, clock.now, status=options.status, count=options.count, end=_end)
    door = Door(listener, too_large=listener.too_large, limits=Limits(body_bytes=MAX_BODY_BYTES))
    serve(door, port=options.listen_port, on_ready=ready)
    return 0


def receiver(options: argparse.Namespace) -> Receiver:
    """The receiver that the flags have chosen."""
    from lumakit.webhooks import Receiver

    try:
        return Receiver(
            options.provider,
            secret=deliveries.secrets(options) or None,
            signing=options.webhook_signing or None,
            edition=options.edition,
            specs=options.specs,
            tolerance_s=options.tolerance,
        )
    except UsageError as error:
        if error.code not in _FLAGS:
            raise
        raise UsageError(error.what, code=error.code, where=error.where, hint=_FLAGS[error.code]) from None


# Errors of Python's arguments, with the flags that stand for them.
_FLAGS = {
    "signing_secret": "--secret-file, or LUMAKIT_WEBHOOK_SECRET",
    "signing_unknown": "--signing standard, or `--signing 'hmac header=X-Signature prefix=sha256='`",
}


def _end() -> None:
    """End as by Ctrl-C: what is being answered is answered first."""
    signal.raise_signal(signal.SIGINT)


class Listener:
    """Answers deliveries, and tells each: what it said, or why it was not taken."""

    def __init__(
        self,
        receiver: Receiver,
        tell: Callable[[Mapping[str, Any]], None],
        now_ms: Callable[[], int],
        *,
        end: Callable[[], None],
        status: int = 200,
        count: int | None = None,
    ) -> None:
        from lumakit.webhooks import Seen

        self._receiver = receiver
        self._tell = tell
        self._now_ms = now_ms
        self._end = end
        self._status = status
        self._left = count
        self._seen = Seen()

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        if request.method != "POST":
            return _answer(405, "webhooks are posted here", ("Allow", "POST"))
        return self._closing(lambda: self._taken(request))

    def too_large(self, request: Request) -> Response:  # noqa: ARG002  # as doors call it
        """Answer a delivery whose body is larger than any webhook."""
        return self._closing(lambda: self._refused(413, "too_large", "the body is larger than any webhook"))

    def _closing(self, answer: Callable[[], Response]) -> Response:
        """An answer, after which it ends where that was the last one, or where nobody can be told any more."""
        if self._left == 0:
            return _answer(503, "enough webhooks were heard here")
        try:
            answered = answer()
        except OSError:
            self._left = 0
            self._end()
            return _answer(503, "nobody hears what is told here")
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                self._end()
        return answered

    def _taken(self, request: Request) -> Response:
        from lumakit.webhooks import Refused

        now_ms = self._now_ms()
        try:
            delivery = self._receiver.read(request.headers, request.body, now_s=now_ms / 1000)
        except Refused as no:
            return self._refused(no.status, no.code, no.reason)
        again = not self._seen.add(delivery.id)
        self._tell({"event": "delivery", "at": now_ms, **_told(delivery), "again": again, "answered": self._status})
        return _answer(self._status, "")

    def _refused(self, status: int, code: str, reason: str) -> Response:
        told = {"event": "refused", "at": self._now_ms(), "answered": status, "code": code, "reason": reason}
        self._tell(told)
        return _answer(status, reason)


def _answer(status: int, reason: str, *more: tuple[str, str]) -> Response:
    return Response(status, (*_TEXT, *more) if reason else (), f"{reason}\n".encode() if reason else b"")


# --- what is told -----------------------------------------------------------------------------------------------------


def listening(receiver: Receiver, url: str, options: argparse.Namespace) -> Mapping[str, Any]:
    """Where it is, and how it verifies."""
    kind = receiver.signing.kind.value if receiver.verifies else ""
    contract = receiver.contract
    edition = contract.edition.value if contract.actions else ""
    port = int(url.rpartition(":")[2])
    told = {"event": "listening", "url": url, "port": port, "provider": contract.name, "edition": edition}
    return {**told, "signing": kind, "header": receiver.signing.header, "free": options.listen_port == 0}


def _told(delivery: Delivery) -> Mapping[str, Any]:
    task = delivery.snapshot
    return {
        "id": delivery.id,
        "provider": delivery.provider,
        "task": task.id[:MAX_TEXT],
        "kind": task.kind,
        "status": task.status,
        "phase": task.phase and task.phase.value,
        "progress": task.progress,
        "results": [each[:MAX_TEXT] for each in task.results[:MAX_LISTED]],
        "error": task.error and task.error[:MAX_TEXT],
        "verified": delivery.verified,
        "findings": [report.as_dict(each) for each in delivery.findings[:MAX_LISTED]],
        "findings_left_out": max(0, len(delivery.findings) - MAX_LISTED),
    }


def as_json(told: Mapping[str, Any], hidden: Redactor) -> str:
    """One JSON object on one line, without secrets."""
    return hidden.body(strictjson.dumps(told)).decode()


def as_line(told: Mapping[str, Any], hidden: Redactor) -> str:
    """The same for people."""
    if told["event"] == "listening":
        return "\n".join(_greeting(told))
    words = _refusal(told) if told["event"] == "refused" else _news(told)
    moment = datetime.fromtimestamp(told["at"] / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return report.printable(hidden.text("  ".join([moment, *words])))


def _greeting(told: Mapping[str, Any]) -> Iterator[str]:
    yield told["url"]
    if told["free"]:
        yield f"port: {told['port']}"
    how = f"verified by {told['header'] or told['signing']}" if told["signing"] else "not verified: there is no secret"
    edition = f", {told['edition']} edition" if told["edition"] else ""
    yield f"webhooks of {told['provider']}{edition}, {how}"
    yield "Ctrl-C ends it."


def _refusal(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"refused with {told['answered']}: {told['reason']}"


def _news(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"{told['status']:<10}"
    yield "    " if told["progress"] is None else f"{told['progress']:>3}%"
    yield told["task"][:MAX_SHOWN]
    yield "verified" if told["verified"] else "not verified"
    if told["again"]:
        yield "again"
    if told["answered"] != 200:
        yield f"answered {told['answered']}"
    if told["findings"]:
        yield "; ".join(f"{each['code']} {each['message']}" for each in told["findings"])
    if told["findings_left_out"]:
        yield f"and {told['findings_left_out']} more"
