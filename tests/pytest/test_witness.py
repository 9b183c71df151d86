"""From which lines a request was sent."""

from __future__ import annotations

import threading
from collections.abc import Callable

from lumakit.pytest.witness import Origin, origin

HERE = "tests/pytest/test_witness.py"


def application(ask: Callable[[], Origin]) -> Origin:
    return ask()


def test_a_request_of_the_test_itself_has_one_line() -> None:
    found = origin(__file__)
    assert found.application == found.test
    assert found.test.startswith(f"{HERE}:")


def test_a_file_that_is_not_the_test_is_the_application() -> None:
    found = application(lambda: origin("/elsewhere/test_other.py"))
    assert found.application.startswith(f"{HERE}:")
    assert found.test == ""


def test_a_request_from_another_thread_has_no_line_in_the_test() -> None:
    found: list[Origin] = []
    thread = threading.Thread(target=lambda: found.append(origin("/elsewhere/test_other.py")))
    thread.start()
    thread.join()
    assert found[0].test == ""
