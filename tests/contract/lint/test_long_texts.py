"""Other people's texts are long: no rule may take time that grows faster than they do."""

from __future__ import annotations

import time

import pytest

from lumakit.contract.folder import Sources
from lumakit.contract.lint import RULES, open_dossier
from lumakit.model import Edition
from tests.contract.lint import specimens

LONG = 20_000
LINES = {
    "spaces": " " * LONG + "x",
    "comment": "```json\n//" + " " * LONG + "x\n```",
    "slashes": "```json\n{," + "/" * LONG + "x\n```",
    "comments": "```json\n{," + "//\n" * LONG + "x\n```",
    "commas": "```json\n{" + ", " * LONG + "x\n```",
    "keys": "```json\n{" + "a" * LONG + "\n```",
    "stars": "*" * LONG + "x",
    "braces": "{{" * LONG + "x",
    "template": "{{" + "a" * LONG,
    "dots": "https://" + "." * LONG + "/x",
    "addresses": "https://a.." * LONG,
    "quotes": '"' * LONG,
    "word": '"' + "a" * LONG + '": "' + "x" * LONG,
    "glued": "}" * LONG + "a " * LONG + "1",
    "styles": 'style="color:red;">' * LONG,
    "template path": "POST https://a.example/" + "{a}" * 200 + "\nhttps://a.example/" + "a" * LONG + "/",
    "not an address": "POST https://a.example/x\nhttps://[a\nhttps://a.example/y",
    "ids": "\n".join(f"{number:08x}-0000-0000-0000-000000000000" for number in range(2_000)),
    "payloads": '{"a": 1, "b": 2}\n' * 2_000 + '{"a": 1, "b": 2, "c": 3}\n' * 2,
    "rows": "| a | b |\n|---|---|\n" * 2_000,
    "sections": "Headers\n" * 2_000,
}
TEXTS = {
    "or": "can be 1" + "or" * LONG,
    "values": "can be " + "1 or " * LONG + "x",
    "commas": "one of " + "1, " * LONG,
    "callback": "callback " * LONG,
    "default": "default " * LONG,
    "quotes": "'" * LONG,
    "word": "a." * LONG,
    "spaces": "optional" + " " * LONG + "x",
    "signs": "." * LONG + "optional",
    "url": "url " * LONG,
}


@pytest.mark.parametrize("name", LINES)
def test_a_page_is_judged_in_no_time(name: str) -> None:
    began = time.process_time()
    specimens.linted(specimens.pictures(), pages=(specimens.page(LINES[name]),))
    assert time.process_time() - began < 5


@pytest.mark.parametrize("shared", [False, True])
def test_a_thousand_schemas_of_jobs_are_compared_in_no_time(shared: bool) -> None:
    names = ("job_id", "job_type", "job_status")
    job = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
    schemas = {f"Job{number}": job | {"example": {"job_id": "7" if shared else f"{number}"}} for number in range(1000)}
    document = specimens.pictures() | {"components": specimens.pictures()["components"] | {"schemas": schemas}}
    dossier = open_dossier(Sources(name="pictures", entry=specimens.written(document)), Edition.CORRECTED)
    began = time.process_time()
    found = list(RULES["S145"](dossier))
    assert time.process_time() - began < 1
    assert found == []


@pytest.mark.parametrize("name", TEXTS)
def test_a_description_is_judged_in_no_time(name: str) -> None:
    field = {"type": "string", "description": TEXTS[name]}
    document = specimens.pictures()
    schema = {"type": "object", "properties": {"webhook_url": field, "state": field, "percentage": field}}
    document["paths"]["/pictures"]["post"]["requestBody"]["content"]["application/json"]["schema"] = schema
    began = time.process_time()
    specimens.linted(document)
    assert time.process_time() - began < 5
