"""What stands against believing a run that found nothing: a key that was refused, or nothing valid that was accepted.

Looks at what the run itself asked. Finds no fault with anybody: it says what stays open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from lumakit import strictjson
from lumakit.check.phases.phase import OWN
from lumakit.check.requests import Maker
from lumakit.check.scene import Scene
from lumakit.check.telling import Seen
from lumakit.check.verdict import Open
from lumakit.flow import refusals
from lumakit.strictjson import JsonProblem

_NOT_LET_IN = (401, 403)


def doubts(scene: Scene, maker: Maker) -> Iterator[Open]:
    """Why what was seen may say nothing of the endpoint."""
    asked = [seen for seen in scene.seen if seen.operation and seen.exchange.owner == OWN and seen.keyed]
    keyed = [seen for seen in asked if seen.operation and seen.operation.security.schemes]
    if keyed and all(seen.exchange.response.status in _NOT_LET_IN for seen in keyed):
        yield Open("what the key opens", f"it was refused every time, by {_statuses(keyed)}: is it the right one?")
        return
    valid = [
        seen for seen in asked if not seen.asked.findings and seen.operation and not maker.id_place(seen.operation)
    ]
    if valid and not any(seen.served for seen in valid):
        why = f"{len(valid)} sent and none served: {_answers(valid)}{_sentence(valid[0])}"
        yield Open("whether a valid request is served", why)


def _statuses(several: Iterable[Seen]) -> str:
    return " and ".join(str(each) for each in sorted({seen.exchange.response.status for seen in several}))


def _answers(several: Sequence[Seen]) -> str:
    counts = Counter(seen.exchange.response.status for seen in several)
    return ", ".join(
        f"{count} times {status}" if count > 1 else str(status) for status, count in sorted(counts.items())
    )


def _sentence(seen: Seen) -> str:
    """What an answer says, in the words of whoever was asked."""
    with suppress(JsonProblem):
        if said := refusals.said(strictjson.loads(seen.exchange.response.body)):
            return f', "{said}"'
    return ""
