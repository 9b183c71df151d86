"""A verdict for GitHub."""

from __future__ import annotations

from lumakit.check.reports import render
from lumakit.check.verdict import Judged
from tests.check.verdicts import WRONG, verdict


def test_each_finding_is_an_annotation_that_names_its_operation() -> None:
    first, second, third, last = render(verdict(), "github").splitlines()
    assert first == (
        "::error title=X214 The response body does not fit its schema::"
        "GET /jobs/{id}: body /state: 7 is not of type string (in the response of #3; task t-1)"
    )
    assert second.startswith("::notice title=X211")
    assert third.startswith("::warning title=left open::the task t-2")
    assert last == "2 found: 1 error, 1 note; 1 question left open"


def test_a_text_from_outside_begins_no_command_of_its_own() -> None:
    judged = Judged(WRONG.finding.but(message="a\n::set-output name=x::y\r%0A::error::z"))
    printed = render(verdict(judged=(judged,), provider="x\n::stop-commands::t"), "github")
    assert all(
        line.startswith(("::error title=X214", "::warning title=left open", "1 found")) for line in printed.splitlines()
    )
    assert "%250A" in printed


def test_the_page_of_a_step_has_findings_coverage_and_corrections() -> None:
    page = render(verdict(), "markdown")
    assert "| error | X214 | GET /jobs/\\{id\\} |" in page
    assert "| statuses | 1 | 2 | 0 |" in page
    assert "| ❌ C02 | The state is a word. |" in page
    assert "**2 found: 1 error, 1 note; 1 question left open**" in page


def test_markdown_and_markup_of_others_stay_text() -> None:
    judged = Judged(WRONG.finding.but(message="a | b <img src=x> [x](y) `c` **d**\n# e"))
    page = render(verdict(judged=(judged,)), "markdown")
    (row,) = (line for line in page.splitlines() if line.startswith("| error"))
    assert "a \\| b &lt;img src=x&gt; \\[x\\]\\(y\\) \\`c\\` \\*\\*d\\*\\*" in row
