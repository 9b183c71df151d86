"""What is done for a request that may come in: an act on tasks, an answer from the document, a file; and its callbacks.

Knows the contract's operations and who does what for them. Every "no" is raised as a refusal; who asks, what is noted
and what an answer looks like as it leaves are not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lumakit.contract.compile import Contract, Match
from lumakit.contract.expressions import Happened
from lumakit.contract.operation import Operation
from lumakit.draws import Draw
from lumakit.model import Request, Response
from mockserver import admission, sketch
from mockserver.acts import Acts
from mockserver.call import Call, Done
from mockserver.defaults import MEDIA
from mockserver.files import TaskFiles
from mockserver.prefer import Wishes
from mockserver.problems import Refused
from mockserver.rules import Rules
from mockserver.stores import Full, Store
from mockserver.webhooks.callbacks import Callbacks
from mockserver.webhooks.sending import Webhooks


@dataclass(frozen=True)
class Serving:
    """Serves the requests for one contract; `base` tells where files are for who asks at an origin."""

    contract: Contract
    acts: Acts | None
    files: TaskFiles
    callbacks: Callbacks
    webhooks: Webhooks
    store: Store
    rules: Callable[[], Rules]
    base: Callable[[str], str]
    self_check: bool

    def done(self, request: Request, wishes: Wishes, match: Match, owner: str, now_ms: int) -> Done:
        """What came of a request."""
        operation = match.operation
        if operation is None:
            return self._elsewhere(request, match, now_ms)
        if wishes.code is not None and wishes.code >= 400:
            return self._sketched(operation, request, wishes)
        body = admission.checked(operation, request, match)
        act = self.acts.find(operation) if self.acts and not wishes.static else None
        if act is None:
            done = self._sketched(operation, request, wishes)
        else:
            base = self.base(request.origin)
            done = act(Call(operation, request, match.path_values, body, owner, wishes, now_ms, base))
            if self.self_check:
                _self_checked(operation, done)
        if operation.key in self.callbacks and not done.again:
            happened = Happened(request, match.path_values, body, done.response)
            done = self._called_back(operation, happened, done, now_ms)
        return done

    def _elsewhere(self, request: Request, match: Match, now_ms: int) -> Done:
        """What is no operation: the files of tasks, OPTIONS, and what is not documented."""
        if request.path.startswith(MEDIA):
            file = self.files.served(request, now_ms)
            return Done(file, reason=file.header("mock-reason") or "")
        if request.method == "OPTIONS" and (match.allow or request.path == "*"):
            return Done(Response(204, (("Allow", admission.allowed(match) or "GET, HEAD, POST, OPTIONS"),)))
        raise admission.undocumented(self.contract, request, match)

    def _sketched(self, operation: Operation, request: Request, wishes: Wishes) -> Done:
        """An answer without a task."""
        draw = self._draw(operation.key)
        if wishes.dynamic and wishes.seed is None:
            draw = draw.under(self.store.count("sketches"))
        elif wishes.seed is not None:
            draw = Draw(wishes.seed).under(operation.key)
        try:
            made = sketch.sketch(operation, admission.accepted(request), wishes, draw)
        except sketch.NotAcceptable as error:
            raise Refused("not_acceptable", str(error)) from None
        except sketch.NoAnswer as error:
            raise Refused("bad_wish" if wishes.static else "not_mocked", str(error)) from None
        return Done(made.response, (), made.applied, made.reason)

    def _called_back(self, operation: Operation, happened: Happened, done: Done, now_ms: int) -> Done:
        """The answer, and what the callbacks of the operation ask for in the outbox."""
        draw = self._draw(f"{self.store.epoch}/{operation.key}").under(self.store.count("callbacks"))
        try:
            made = self.callbacks.made(operation.key, happened, draw, self.webhooks.policy, now_ms)
            self.webhooks.post(made)
        except Full:
            raise Refused("unavailable", "no callback can be kept: too many webhooks wait to be sent") from None
        trouble = self.callbacks.trouble(operation.key)
        return done._replace(reason="; ".join(filter(None, (done.reason, trouble)))) if trouble else done

    def _draw(self, name: str) -> Draw:
        return Draw(f"{self.rules().seed}/{name}")


def _self_checked(operation: Operation, done: Done) -> None:
    """Refuse an answer of ours that breaks its own contract."""
    if findings := operation.check_response(done.response):
        raise Refused("broken", f"the mock made an answer that breaks its own contract: {admission.words(findings)}")
