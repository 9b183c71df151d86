"""The phase `examples`: every documented example of a request, as the page shows it, though it may break its schema.

Only the address for webhooks is left out: nobody of ours listens there.
"""

from __future__ import annotations

from collections.abc import Iterator

from lumakit.check.phases.phase import Choices, Step, listed
from lumakit.check.requests import Maker, Unmakeable


def _steps(maker: Maker, _choices: Choices) -> Iterator[Step | str]:
    for operation in maker.contract.operations.values():
        try:
            request = maker.request(operation)
        except Unmakeable as error:
            yield str(error)
            continue
        shown = [value for _, value in maker.examples(operation)]
        if not operation.content:
            yield Step(operation.key, request, maker.cost(operation))
        for value in shown:
            yield Step(operation.key, maker.with_body(operation, request, value), maker.cost(operation))


EXAMPLES = listed("examples", "every documented example of a request", costs=True, steps=_steps)
