"""Everything that can become of a task and of a request, as parameters."""

from __future__ import annotations

import pytest

from lumakit import load
from lumakit.contract import folder
from lumakit.errors import UsageError
from lumakit.pytest import Trouble, endings, troubles
from tests.pytest.runs import bare

pytest_plugins = ["pytester"]
PROVIDERS = folder.providers()

PLAYED = """
import pytest
from lumakit import Client
from lumakit.call_errors import CallError
from lumakit.model import Phase
from lumakit.pytest import endings, troubles

@pytest.mark.parametrize("ending", endings({name!r}))
def test_ending(ending, lumakit_mock, lumakit_clock):
    with Client({name!r}, api_key="k", transport=lumakit_mock.transport(), clock=lumakit_clock) as client:
        task = client.submit(prompt="a cat", kind=next(iter(lumakit_mock.contract.reading.tasks)))
        for _ in range(9):
            task = client.fetch(task.id)
        assert (task.phase, task.status) == (ending.phase, ending.word)
        if ending.error:
            assert ending.error in task.error

@pytest.mark.parametrize("trouble", troubles({name!r}))
def test_trouble(trouble, lumakit_mock):
    import httpx
    contract = lumakit_mock.contract
    operation = next(each for each in contract.operations.values() if str(trouble.status) in each.answers)
    with httpx.Client(transport=lumakit_mock.transport(), base_url=contract.servers[0]) as client:
        answer = client.request(operation.method, operation.path.replace("{{task_id}}", "t"))
        assert answer.status_code == trouble.status
"""


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_ending_of_every_provider_comes_true(pytester: pytest.Pytester, name: str) -> None:
    result = bare(pytester, PLAYED.format(name=name), "-k", "test_ending")
    result.assert_outcomes(passed=len(endings(name)), deselected=len(troubles(name)))


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_trouble_of_every_provider_strikes(pytester: pytest.Pytester, name: str) -> None:
    result = bare(pytester, PLAYED.format(name=name), "-k", "test_trouble")
    result.assert_outcomes(passed=len(troubles(name)), deselected=len(endings(name)))


@pytest.mark.parametrize("name", PROVIDERS)
def test_there_is_success_failure_and_expiry_with_names_to_choose_by(name: str) -> None:
    names = [each.id for each in endings(name, stuck=True)]
    assert names[0] == "success"
    assert {"fail", "expire", "stuck"} <= set(names)
    assert len(names) == len(set(names))


def test_further_choices_go_along() -> None:
    (mark,) = endings("apiframe", edition="published", progress="time")[0].marks
    assert mark.kwargs == {"provider": "apiframe", "scenario": "success", "edition": "published", "progress": "time"}


def test_a_document_without_a_reading_has_no_endings() -> None:
    with pytest.raises(UsageError, match=r"has no lifecycle.yaml"):
        endings("tests/data/jobs.yaml")


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_troubles_of_an_operation_are_those_it_documents(name: str) -> None:
    for each in load(name).operations.values():
        found = [parameter.values[0] for parameter in troubles(name, operation=each.key)]
        assert {str(one.status) for one in found if isinstance(one, Trouble)} == {
            status for status in each.answers if status >= "400"
        }


def test_one_operation_has_not_the_troubles_of_another() -> None:
    names = [each.id for each in troubles("apiframe", operation="POST /luma-imagine")]
    assert "invalid" in names
    assert not {"unknown_task", "parent_unready"} & set(names)
    assert [each.id for each in troubles("apiframe", operation="lumaImagine")] == names


def test_troubles_of_an_operation_that_is_not_there_are_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"no operation 'POST /lma'.*\n.*did you mean POST /luma-"):
        troubles("apiframe", operation="POST /lma")
