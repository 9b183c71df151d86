"""The files of tasks at their addresses: handed out while a task has succeeded and its addresses work.

Knows tasks as they are kept, and the lifecycle. What the files are and how they go over HTTP is the media's.
"""

from __future__ import annotations

from urllib.parse import unquote

from lumakit.contract.lifecycle import Lifecycle
from lumakit.model import Phase, Request, Response
from mockserver import engine, kept, media
from mockserver.defaults import MEDIA
from mockserver.problems import Refused
from mockserver.stores import Store

_FETCHED = (("Allow", "GET, HEAD, OPTIONS"),)


class TaskFiles:
    """The files of the tasks of one contract; there are none where it has no lifecycle."""

    def __init__(self, lifecycle: Lifecycle | None, store: Store) -> None:
        self._lifecycle = lifecycle
        self._store = store

    def served(self, request: Request, now_ms: int) -> Response:
        """One file of a finished task; its address is secret enough, so no key is asked for."""
        if request.method == "OPTIONS":
            return Response(204, _FETCHED)
        if request.method not in ("GET", "HEAD"):
            raise Refused("wrong_method", "a file can only be fetched", _FETCHED)
        key, _, name = request.path.removeprefix(MEDIA).partition("/")
        task, kind = kept.find(self._store, unquote(key)), media.kind_of(name)
        if task is None or kind is None or self._lifecycle is None:
            raise Refused("unknown_path", "there is no such file")
        if engine.phase(task, self._lifecycle, now_ms) is not Phase.SUCCEEDED:
            raise Refused("unknown_path", "the task has not succeeded: there is no file yet")
        if engine.expired(task, now_ms):
            raise Refused("expired", f"the addresses of this task stopped working {task.expires_s:g} s after its end")
        return _explained(media.serve(kept.film(task), kind, request, filename=name))


def _explained(served: Response) -> Response:
    """The answer, with the reason where it is a refusal."""
    if served.status < 400:
        return served
    reason = ("Mock-Reason", served.body.decode().strip() or "what was asked of the file does not hold")
    return Response(served.status, (*served.headers, reason), served.body)
