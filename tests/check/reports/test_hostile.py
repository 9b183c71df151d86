"""Texts from outside, in every place and in every format: none steers, none breaks out, and no key comes along."""

from __future__ import annotations

import json
import unicodedata
import xml.etree.ElementTree as ET  # what we wrote ourselves

import pytest

from lumakit.check.reports import FORMATS, pytest_file, render
from lumakit.check.traffic import Arrival, Traffic, Unanswered
from lumakit.check.verdict import Covered, Evidence, Judged, Look, Open, Reach, Story, Support, Verdict, Via
from lumakit.model import (
    Basis,
    Edition,
    Exchange,
    Finding,
    Lost,
    Phase,
    Request,
    Response,
    Severity,
    Snapshot,
)
from tests.check.reports.test_page import Reader

EVIL = (
    "</pre></style><script>alert(1)</script><img src=x onerror=alert(2)>\"'`${x}$(id)`id`\\x\n\r\t"
    "\x1b[31m\x9b\u202e\u2028"
    "\x00\ufeff::error::x%0A]]>&lt;!--|{0}\ud800"
)


def request() -> Request:
    return Request(EVIL, f"/{EVIL}", EVIL, ((EVIL, EVIL), ("X-A", EVIL)), EVIL.encode("utf-8", "replace"), EVIL)


def hostile() -> Verdict:
    """A verdict with the text in every field that can hold one."""
    answer = Response(200, ((EVIL, EVIL),), json.dumps({EVIL: [EVIL]}).encode())
    finding = Finding(
        "X214",
        EVIL,
        EVIL,
        Severity.ERROR,
        f"/{EVIL}/~",
        edition=Edition.CORRECTED,
        basis=Basis.INFERRED,
        evidence=(EVIL,),
        subject=EVIL,
        hint=EVIL,
    )
    told = Snapshot(EVIL, Phase.RUNNING, EVIL, progress=10)
    judged = tuple(
        Judged(finding, (number,), side, EVIL, 3) for number, side in ((1, "response"), (2, "request"), (3, ""))
    )
    story = Story(EVIL, EVIL, EVIL, EVIL, (Look(1, 1, Via.FETCH, EVIL, told), Look(3, 2, Via.WEBHOOK, EVIL, None)))
    return Verdict(
        provider=EVIL,
        edition=Edition.CORRECTED,
        target=EVIL,
        judged=judged,
        beside=judged,
        stories=(story,),
        coverage=tuple(
            Covered(axis, EVIL, Reach.NOT_REACHABLE, 0, EVIL)
            for axis in ("operation", "status", "state", "enum", "webhook")
        ),
        corrections=(Evidence(EVIL, EVIL, EVIL, Support.REFUTED, (1,), EVIL),),
        opens=(Open(EVIL, EVIL, EVIL),),
        phases={EVIL: EVIL},
        traffic=Traffic(
            (Exchange(1, 1, request(), answer, operation=EVIL, owner=EVIL),),
            (Unanswered(2, 2, request(), Lost(EVIL), EVIL),),
            (Arrival(3, 3, request(), 200, EVIL, refused=EVIL),),
        ),
        known=judged,
        stale=(EVIL,),
    )


@pytest.mark.parametrize("form", FORMATS)
def test_no_report_steers_a_terminal(form: str) -> None:
    printed = render(hostile(), form)
    strange = {letter for letter in printed if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert strange <= {"\n"}
    printed.encode()


def test_the_page_shows_them_and_runs_none() -> None:
    reader = Reader(render(hostile(), "html"))
    assert {tag for tag, _ in reader.tags}.isdisjoint({"script", "img"})
    assert all(not name.startswith("on") for _, attributes in reader.tags for name in attributes)
    assert any("<script>alert(1)</script>" in text for text in reader.texts)


def test_xml_and_json_can_be_read() -> None:
    ET.fromstring(render(hostile(), "junit"))  # noqa: S314  # our own
    assert json.loads(render(hostile(), "json"))["target"] == EVIL
    assert json.loads(render(hostile(), "sarif"))["version"] == "2.1.0"


def test_every_line_for_github_is_one_of_ours() -> None:
    for line in render(hostile(), "github").splitlines():
        assert line.startswith(("::error title=X214 ", "::warning title=left open::", "3 found"))


def test_no_line_of_the_markdown_begins_with_theirs() -> None:
    printed = render(hostile(), "markdown")
    assert "<script" not in printed
    assert "<img" not in printed


def test_the_pytest_file_is_python_with_only_our_functions() -> None:
    import ast

    tree = ast.parse(pytest_file(hostile(), spec=EVIL))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert names[:2] == ["told", "asked"]
    assert all(name.startswith("test_x214_") for name in names[2:])
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert calls.isdisjoint({"alert", "eval", "exec"})
