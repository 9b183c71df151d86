"""The state machine itself, in hypothesis' words. The one room of the checker that names hypothesis."""

from __future__ import annotations

import zlib

from hypothesis import HealthCheck, Verbosity, seed, settings
from hypothesis import Phase as Stretch
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from lumakit.check.phases.stage import Stage, Unsteady

_ANY = st.integers(min_value=0, max_value=7)
_SECONDS = st.sampled_from((0.5, 2.0, 10.0, 45.0, 120.0))


def tell(stage: Stage, seed_text: str, stories: int, steps: int) -> None:
    """Tell stories until enough were told, or one breaks the contract and cannot be shortened any more.

    Unsteady where one goes otherwise when it is told again.
    """
    try:
        run_state_machine_as_test(
            seed(zlib.crc32(seed_text.encode()))(_story(stage)), settings=_settings(stories, steps)
        )
    except Flaky as error:
        raise Unsteady from error


def _story(stage: Stage) -> type[RuleBasedStateMachine]:
    """What can happen in a story on a stage."""

    class Story(RuleBasedStateMachine):
        """One story."""

        def __init__(self) -> None:
            super().__init__()
            stage.begin()

        @rule(at=_ANY)
        def submit(self, at: int) -> None:
            stage.submit(stage.kinds[at % len(stage.kinds)])

        @precondition(lambda _: bool(stage.tasks))
        @rule(at=_ANY)
        def extend(self, at: int) -> None:
            stage.extend(at)

        @precondition(lambda _: bool(stage.tasks))
        @rule(at=_ANY)
        def look(self, at: int) -> None:
            stage.look(at)

        @precondition(lambda _: bool(stage.tasks))
        @rule()
        def look_at_all(self) -> None:
            stage.look_at_all()

        @precondition(lambda _: bool(stage.tasks))
        @rule(at=_ANY)
        def look_as_another(self, at: int) -> None:
            stage.look_as_another(at)

        @rule()
        def look_for_nobody(self) -> None:
            stage.look_for_nobody()

        @precondition(lambda _: bool(stage.tasks))
        @rule(seconds=_SECONDS)
        def wait(self, seconds: float) -> None:
            stage.wait(seconds)

        def teardown(self) -> None:
            stage.end()

    return Story


def _settings(stories: int, steps: int) -> settings:
    """So many stories of so many steps, always the same ones, and nothing that is printed or kept."""
    return settings(
        max_examples=stories,
        stateful_step_count=steps,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        phases=(Stretch.generate, Stretch.shrink),
    )
