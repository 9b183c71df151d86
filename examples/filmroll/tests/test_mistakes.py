"""Mistakes that such a command can make: each story tells the one that makes it from the one that does not."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from filmroll.films import EVERY_S, Films, NotKnown, NotMade
from lumakit.pytest import Server, Waiting
from lumakit.pytest.waiting import EndlessWait

pytestmark = pytest.mark.lumakit(progress="time")


class OrdersAgain(Films):
    """Takes an order that was not answered for one that was not taken."""

    def order(self, prompt: str) -> str:
        try:
            return super().order(prompt)
        except NotKnown:
            return super().order(prompt)


class KnowsNoFailure(Films):
    """Waits for a film that has failed."""

    def wait(self, task: str) -> str:
        while True:
            try:
                if address := self._look(task):
                    return address
            except NotMade:
                self.say("not yet")
            time.sleep(EVERY_S)


def films(kind: type[Films], server: Server, session: requests.Session) -> Films:
    """One or the other, at the server of the test."""
    return kind(server.url, server.key, session)


@pytest.mark.lumakit(faults=["lost first 1 on POST /luma/generations"])
@pytest.mark.parametrize(("kind", "films_paid"), [(Films, 1), (OrdersAgain, 2)])
def test_an_order_whose_answer_got_lost_is_paid_once(
    lumakit_server: Server, kind: type[Films], films_paid: int
) -> None:
    with requests.Session() as session, contextlib.suppress(NotKnown):
        films(kind, lumakit_server, session).order("a gust of wind")
    assert len(lumakit_server.tasks) == films_paid


@pytest.mark.lumakit(scenario="fail:moderation")
@pytest.mark.parametrize(("kind", "end"), [(Films, NotMade), (KnowsNoFailure, EndlessWait)])
def test_a_film_that_failed_is_not_waited_for(
    lumakit_server: Server, lumakit_no_waiting: Waiting, kind: type[Films], end: type[BaseException]
) -> None:
    lumakit_no_waiting.limit_s = 1200
    with requests.Session() as session:
        made = films(kind, lumakit_server, session)
        with pytest.raises(end):
            made.wait(made.order("a gust of wind"))


def test_the_retries_of_requests_are_left_alone(lumakit_server: Server, tmp_path: Path) -> None:
    """A session that sends everything again after a broken connection pays twice, too."""
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    lumakit_server.faults.add("lost first 1 on POST /luma/generations")
    with requests.Session() as session:
        everything: Any = None
        session.mount("http://", HTTPAdapter(max_retries=Retry(2, allowed_methods=everything)))
        films(Films, lumakit_server, session).order("a gust of wind")
    assert len(lumakit_server.tasks) == 2, "which is why filmroll mounts no such adapter"
