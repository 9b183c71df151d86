"""What a whole session tells: figures, properties, workers put together."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest

from lumakit import load
from lumakit.check import recorded
from lumakit.check.judge import judge
from lumakit.check.traffic import Traffic
from lumakit.model import Exchange
from tests.pytest.runs import apart, run, said

pytest_plugins = ["pytester"]

FOUR = """
    @pytest.mark.parametrize("turn", range(4))
    @pytest.mark.lumakit(provider="apiframe")
    def test_it(lumakit_mock, turn):
        look(submit().json()["task_id"])
    """


def test_the_summary_tells_what_of_the_contract_was_met(pytester: pytest.Pytester) -> None:
    result = run(pytester, FOUR)
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        [
            "*= lumakit =*",
            "apiframe: 8 requests in 4 tests",
            "  met: 2 of 7 operations, 2 of * statuses, 1 of * states, *",
            "  never called: POST /luma-extend, *",
        ]
    )


def test_workers_are_added_up(pytester: pytest.Pytester) -> None:
    alone = re.findall(r"^(?:apiframe:|  met:).*$", said(run(pytester, FOUR)), re.MULTILINE)
    result = apart(pytester, FOUR, "-n", "2")
    result.assert_outcomes(passed=4)
    assert re.findall(r"^(?:apiframe:|  met:).*$", said(result), re.MULTILINE) == alone
    assert len(alone) == 2


def test_a_session_that_does_not_use_it_says_nothing(pytester: pytest.Pytester) -> None:
    assert "lumakit ==" not in said(run(pytester, "\ndef test_it(): pass"))


def test_every_test_has_a_property_in_the_junit_file(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
        pytestmark = pytest.mark.lumakit(provider="apiframe")

        def test_some(lumakit_mock): submit(), submit(prompt=7)

        def test_one(lumakit_mock): submit(prompt=7)

        def test_good(lumakit_mock): submit()

        def test_none(lumakit_mock): pass
        """,
        "--junitxml=out.xml",
    )
    made = ET.fromstring((pytester.path / "out.xml").read_text())  # noqa: S314  # pytest has just written it
    assert [(each.get("name"), each.get("value")) for each in made.iter("property")] == [
        ("lumakit apiframe", "2 requests, 1 of them broke the contract"),
        ("lumakit apiframe", "1 request, which broke the contract"),
        ("lumakit apiframe", "1 request"),
        ("lumakit apiframe", "0 requests"),
    ]


def test_every_exchange_is_recorded_without_secrets_and_reads_back(pytester: pytest.Pytester) -> None:
    run(pytester, FOUR, "--lumakit-record=out.jsonl").stdout.fnmatch_lines(["written: out.jsonl"])
    raw = (pytester.path / "out.jsonl").read_bytes()
    found = recorded.parse(raw, "out.jsonl")
    assert b"key-of-the-test" not in raw
    assert found.provider == "apiframe"
    assert [each.number for each in found.seen] == list(range(1, 9))
    assert judge(load("apiframe"), Traffic(tuple(e for e in found.seen if isinstance(e, Exchange)))).judged == ()


def test_workers_record_what_one_process_would(pytester: pytest.Pytester) -> None:
    run(pytester, FOUR, "--lumakit-record=alone.jsonl")
    apart(pytester, FOUR, "-n", "2", "--lumakit-record=together.jsonl", "--lumakit-report=together.json")
    alone, together = ((pytester.path / f"{name}.jsonl").read_text() for name in ("alone", "together"))
    assert len(together.splitlines()) == 9
    assert [_without_id(line) for line in together.splitlines()] == [_without_id(line) for line in alone.splitlines()]
    told = json.loads((pytester.path / "together.json").read_text())
    assert (told["seen"], told["findings"], len(told["stories"])) == (8, [], 4)


def _without_id(line: str) -> str:
    """A line without the number that the mock gives each answer, which counts in each process by itself."""
    return re.sub(r"mock-\w+-\d+", "", line)


def test_a_report_tells_what_the_application_did_wrong_and_what_was_met(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        pytestmark = pytest.mark.lumakit(provider="apiframe")

        def test_wrong(lumakit_mock): submit(prompt=7)

        def test_wrong_again(lumakit_mock): submit(prompt=8)

        @pytest.mark.lumakit(allow=["X206"])
        def test_on_purpose(lumakit_mock): submit(prompt=9)

        @pytest.mark.lumakit(faults=["malformed first 1"])
        def test_the_mock_is_to_blame(lumakit_mock): submit()
        """,
        "--lumakit-report=out.json",
    )
    result.assert_outcomes(passed=2, failed=2)
    told = json.loads((pytester.path / "out.json").read_text())
    assert [(each["code"], each["times"]) for each in told["findings"]] == [("X206", 2)]
    assert told["coverage"]["totals"]["operation"]["seen"] == 1


WRONG = """
    import urllib.request
    pytestmark = pytest.mark.lumakit(provider="apiframe")

    @pytest.mark.lumakit(calls=["POST /fetch"])
    def test_wrong(lumakit_mock):
        submit(prompt=7)
        httpx.get(f"{HOST}/nowhere", headers=KEY)

    @pytest.mark.xfail
    def test_wrong_too(lumakit_mock): submit(prompt=8)

    def test_astray(lumakit_mock):
        with pytest.raises(AssertionError): httpx.get("https://telemetry.example.com/v1")
        with pytest.raises(OSError): urllib.request.urlopen(f"{HOST}/fetch")

    @pytest.mark.lumakit(judge=False, calls=["POST /fetch"])
    def test_on_purpose(lumakit_mock):
        with pytest.raises(AssertionError): httpx.get("https://telemetry.example.com/v2")
    """


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_report_names_the_test_and_the_line_and_what_was_not_judged(
    workers: tuple[str, ...], pytester: pytest.Pytester
) -> None:
    (apart if workers else run)(pytester, WRONG, *workers, "--lumakit-report=out.json")
    told = json.loads((pytester.path / "out.json").read_text().replace(told_file(pytester), "FILE"))
    sent = {each["code"]: each["sent"] for each in told["findings"]}
    assert sent["X206"] == ["by FILE::test_wrong, at FILE:9", "by FILE::test_wrong_too, at FILE:9"]
    assert sent["X200"] == ["by FILE::test_wrong, at FILE:20"]
    assert {each["what"]: each["why"] for each in told["opens"]} == {
        "GET https://telemetry.example.com/v1 was not answered": "it is nobody's that is mocked; "
        "sent by FILE::test_astray, at FILE:26",
        "a request to api.apiframe.pro was not let out": "by a library that is not httpx, "
        "sent by FILE::test_astray, at FILE:27",
        "POST /fetch was to be called": "it was not, by FILE::test_wrong",
    }


def told_file(pytester: pytest.Pytester) -> str:
    """The name of the file of tests that was run."""
    return next(pytester.path.glob("test_*.py")).name


@pytest.mark.parametrize("form", ["html", "md", "sarif", "xml"])
def test_every_form_of_a_report_names_the_line(form: str, pytester: pytest.Pytester) -> None:
    run(pytester, WRONG, f"--lumakit-report=out.{form}")
    text = (pytester.path / f"out.{form}").read_text().replace("\\", "")
    assert "::test_wrong_too" in text
    assert f"sent by {told_file(pytester)}::test_wrong, at {told_file(pytester)}:20" in text


def test_one_key_has_one_name_to_ask_again_with(pytester: pytest.Pytester) -> None:
    tests = f"""{WRONG}
    def test_another_key(lumakit_mock):
        httpx.post(f"{{HOST}}/luma-imagine", json={{"prompt": "x", "loop": 7}}, headers={{"Authorization": "other"}})
    """
    run(pytester, tests, "--lumakit-report=out.json", "--lumakit-record=out.jsonl")
    told = json.loads((pytester.path / "out.json").read_text())
    named = {each["curl"].partition("$")[2].partition('"')[0] for each in told["findings"]}
    assert named == {"APIFRAME_API_KEY", "APIFRAME_KEY_2"}
    found = recorded.parse((pytester.path / "out.jsonl").read_bytes(), "out.jsonl")
    assert {each.owner for each in found.seen if isinstance(each, Exchange)} == {"", "key 1", "key 2"}


@pytest.mark.parametrize(
    ("form", "told"),
    [("html", "<!doctype html>"), ("md", "## apiframe"), ("sarif", '"version": "2.1.0"'), ("xml", "<testsuite ")],
)
def test_a_report_comes_in_the_form_its_name_asks_for(pytester: pytest.Pytester, form: str, told: str) -> None:
    run(pytester, FOUR, f"--lumakit-report=out.{form}")
    assert told in (pytester.path / f"out.{form}").read_text()


def test_several_providers_have_a_file_each(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
        def test_it(lumakit_mock):
            submit()
            httpx.get("https://api.chainhub.tech/luma/generations/none", headers={"Authorization": "Bearer k"})
        """,
        "--lumakit-record=out.jsonl",
    ).stdout.fnmatch_lines(["written: out-apiframe.jsonl", "written: out-chainhub.jsonl"])


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("--lumakit-report=out.pdf", "a report cannot be written as out.pdf"),
        ("--lumakit-record=nowhere/out.jsonl", "there is no folder nowhere"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_runs(
    pytester: pytest.Pytester, option: str, told: str
) -> None:
    result = run(pytester, FOUR, option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {told}*"])


def test_a_file_that_cannot_be_written_in_the_end_is_told(pytester: pytest.Pytester) -> None:
    pytester.mkdir("out.jsonl")
    result = run(pytester, FOUR, "--lumakit-record=out.jsonl")
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    result.stdout.fnmatch_lines(["ERROR: out.jsonl cannot be written: Is a directory*"])
