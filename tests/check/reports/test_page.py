"""A verdict as one page."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from lumakit.check.reports import render
from lumakit.check.reports.drawing import WIDTH, timeline
from lumakit.check.reports.page import POLICY
from lumakit.check.traffic import Traffic, Unanswered
from lumakit.check.verdict import Judged, Look, Story, Via
from lumakit.model import Lost, Phase, Request, Snapshot
from tests.check.reports.test_terminal import NOTHING
from tests.check.verdicts import STORY, TRAFFIC, WRONG, verdict

VOID = {"meta", "br", "rect", "circle", "path", "line", "polygon", "polyline"}
LOOSE = {"tr", "td", "th"}  # HTML closes these itself


class Reader(HTMLParser):
    """Tags, attributes and texts; refuses what is not closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.marked: list[str] = []
        self.inside: list[str] = []
        self.feed(page)
        assert self.inside == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID | LOOSE:
            self.inside.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in LOOSE:
            assert self.inside.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if "mark" in self.inside:
            self.marked.append(data)


def read(**changes: Any) -> Reader:
    return Reader(render(verdict(**changes), "html"))


def test_the_page_is_closed_and_needs_nothing_else() -> None:
    page = render(verdict(), "html")
    for tag, attributes in Reader(page).tags:
        assert tag not in ("script", "link", "img", "iframe", "object", "base", "form")
        assert not any(name.startswith("on") or name in ("src", "style", "srcset") for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in page
    assert "@import" not in page


def test_the_policy_lets_nothing_in_but_its_own_style() -> None:
    found = [each for tag, each in read().tags if tag == "meta" and each.get("http-equiv")]
    assert found == [{"http-equiv": "Content-Security-Policy", "content": POLICY}]
    assert POLICY.startswith("default-src 'none'; style-src 'sha256-")


def test_every_link_leads_somewhere_on_the_page() -> None:
    tags = read(known=(WRONG,)).tags
    places = {each["id"] for _, each in tags if "id" in each}
    links = {(each["href"] or "").removeprefix("#") for tag, each in tags if tag == "a"}
    assert links <= places
    assert len(links) == 8


def test_the_failing_place_is_marked() -> None:
    assert [text.strip() for text in read(judged=(WRONG,)).marked] == ['"state": 7,']


def test_a_status_that_is_wrong_is_marked_in_the_head() -> None:
    judged = Judged(WRONG.finding.but(code="X211", subject="status", pointer=""), (4,), "response")
    assert read(judged=(judged,)).marked == ["HTTP 500"]


def test_what_a_request_has_wrong_is_marked_in_the_request() -> None:
    judged = Judged(WRONG.finding.but(code="X206", pointer="/prompt"), (1,), "request")
    assert [text.strip() for text in read(judged=(judged,)).marked] == ['"prompt": "a cat"']


@pytest.mark.parametrize(
    ("changes", "headline"),
    [
        ({}, "The contract is broken"),
        ({"judged": ()}, "Not decided"),
        ({"judged": (), "opens": (), "known": ()}, "The contract is kept"),
        ({"judged": (), "opens": (), "known": (WRONG,)}, "Nothing new is broken"),
        ({**NOTHING, "traffic": Traffic()}, "Nothing was checked"),
    ],
)
def test_the_headline_says_what_came_of_it(changes: dict[str, Any], headline: str) -> None:
    assert headline in read(**changes).texts


def test_a_document_without_overlays_has_no_other_edition_to_show() -> None:
    assert "Both editions" in read().texts
    assert "Both editions" not in read(beside=(), corrections=()).texts


def test_a_webhook_and_a_request_without_an_answer_are_shown_too() -> None:
    lost = Unanswered(9, 1, Request("POST", "/jobs", origin="https://a.test"), Lost("the connection was reset"))
    judged = (Judged(WRONG.finding, (5,)), Judged(WRONG.finding.but(where="POST /jobs"), (9,), "request"))
    texts = " ".join(read(judged=judged, traffic=replace(TRAFFIC, unanswered=(lost,))).texts)
    assert "Webhook #5" in texts
    assert "the connection was reset" in texts


def test_a_very_long_report_is_cut_and_says_so() -> None:
    many = tuple(Judged(WRONG.finding.but(pointer=f"/{number}"), (3,), "response") for number in range(600))
    reader = read(judged=many, stories=(STORY,) * 80)
    assert "100 more are in the JSON report." in reader.texts
    assert "20 more are in the JSON report." in reader.texts


def test_a_timeline_has_a_dot_for_each_look_and_a_ring_where_it_is_wrong() -> None:
    drawn = timeline(STORY, {3})
    assert drawn.count('class="look') == 4
    assert drawn.count('class="ring"') == 1
    assert drawn.count("<path") == 1  # the webhook
    assert '<polyline class="progress"' in drawn


@pytest.mark.parametrize("looks", [0, 1, 2, 5000])
def test_a_timeline_stays_inside_its_frame(looks: int) -> None:
    told = Snapshot("t", Phase.RUNNING, "running", progress=50)
    story = Story("t", "job", "", "", tuple(Look(n, n * n, Via.FETCH, f"word {n % 9}", told) for n in range(looks)))
    drawn = timeline(story)
    places = [float(found) for found in re.findall(r'c?x="([-0-9.]+)"', drawn)]
    assert all(0 <= place <= WIDTH for place in places)
    assert drawn.count('class="look') == min(looks, drawn.count('class="look'))
    assert drawn.count('class="look') <= 400


def test_words_and_looks_without_a_snapshot_are_drawn() -> None:
    story = Story("t", "", "", "", (Look(1, 1, Via.FETCH, "strange", None), Look(2, 2, Via.FETCH, None, None)))
    assert "strange" in timeline(story)
    assert "no word" in timeline(story)


def test_what_only_one_edition_says_is_marked_so() -> None:
    reader = read()
    assert reader.texts.count("only here") == 1  # the note that only the chosen edition has
    assert "only here" not in read(judged=(WRONG,)).texts
