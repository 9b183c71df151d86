"""Every defect the design lists for the published pages: the finding that shows it, or why no document can show it."""

from __future__ import annotations

import functools
from collections import Counter
from typing import NamedTuple

import pytest

from lumakit.contract.folder import find
from lumakit.contract.lint import lint
from lumakit.model import Edition, Finding


class Seen(NamedTuple):
    """A finding: its provider and code, a JSON pointer or `page.md:line`, and words of its message."""

    provider: str
    code: str
    place: str
    says: str = ""


_SUBMIT, _EXTEND = "/paths/~1luma~1generations/post", "/paths/~1luma~1generations~1{task_id}~1extend/post"
_BODY, _ANSWER = "/requestBody/content/application~1json", "/responses/200/content/application~1json"
_LUMA, _MOTION = "/paths/~1luma-extend/post", "/paths/~1imagine-video-extend/post"
_FIELD = f"{_BODY}/schema/properties"
_STATUS = f"{_ANSWER}/schema/properties/data/properties/task_status"
_OPTIONAL = {
    _EXTEND: "expand_prompt image_url image_end_url notify_hook".split(),
    _SUBMIT: "expand_prompt loop image_url image_end_url notify_hook".split(),
}


def chainhub(code: str, place: str, says: str = "") -> Seen:
    return Seen("chainhub", code, place, says)


def kkiai(code: str, place: str, says: str = "") -> Seen:
    return Seen("kkiai", code, place, says)


def apiframe(code: str, place: str, says: str = "") -> Seen:
    return Seen("apiframe", code, place, says)


DEFECTS: dict[str, list[Seen | str]] = {
    # 6.1: the two chainhub pages
    "6.1.1 invalid YAML": [
        chainhub("S101", "extend-video.md:16", "mapping values are not allowed"),
        chainhub("S101", "submit-video-generation-task.md:16", "mapping values are not allowed"),
    ],
    "6.1.2 required against Optional": [
        *(chainhub("S124", f"{at}{_FIELD}/{name}") for at, names in _OPTIONAL.items() for name in names),
        chainhub("S129", f"{_SUBMIT}{_FIELD}/resolution", "its default '720p' can never apply"),
        "That duration and model_name say neither is silence: `required` is then all that is said.",
    ],
    "6.1.3 request examples fail their schema": [
        chainhub("S130", f"{_EXTEND}{_BODY}/example", '"notify_hook" is a required property'),
        chainhub("S130", f"{_SUBMIT}{_BODY}/example", '"loop" is a required property'),
    ],
    "6.1.4 response example against schema": [
        *(chainhub("S132", f"{at}{_ANSWER}/example", "share no key") for at in (_EXTEND, _SUBMIT)),
        *(chainhub("S145", f"{at}{_ANSWER}/schema", "data.task_id and id") for at in (_EXTEND, _SUBMIT)),
        chainhub("S145", f"{_EXTEND}{_ANSWER}/schema", "data.task_status and state"),
        chainhub("S145", f"{_EXTEND}{_ANSWER}/schema", "data.created_at is integer, created_at is a text"),
        chainhub("S148", f"{_SUBMIT}{_ANSWER}/schema", "is written out once more"),
    ],
    "6.1.5 header parameters": [
        *(chainhub("S122", f"{_EXTEND}/parameters/{index}") for index in (1, 2, 3)),
        *(chainhub("S122", f"{_SUBMIT}/parameters/{index}") for index in (0, 1, 2)),
        chainhub("S122", f"{_EXTEND}/parameters/3", "the security scheme bearer says it already"),
        chainhub("S128", f"{_EXTEND}/parameters/3/example", "{{YOUR_API_KEY}}"),
        chainhub("S128", f"{_SUBMIT}/parameters/2/example", "{{YOUR_API_KEY}}"),
    ],
    "6.1.6 the mandatory body is optional": [
        *(chainhub("S123", f"{at}/requestBody", "user_prompt") for at in (_EXTEND, _SUBMIT)),
    ],
    "6.1.7 constraints in prose only": [
        chainhub("S125", f"{_SUBMIT}{_FIELD}/resolution", "720p or 1080p"),
        chainhub("S125", f"{_SUBMIT}{_FIELD}/resolution", "the default is 720p"),
        chainhub("S125", f"{_SUBMIT}{_FIELD}/duration", "5s"),
        chainhub("S125", f"{_SUBMIT}{_FIELD}/model_name", "ray-v1 or ray-v2"),
        chainhub("S125", f"{_EXTEND}{_FIELD}/image_url", "an address or Base64"),
        chainhub("S125", f"{_EXTEND}{_FIELD}/image_end_url", "an address or Base64"),
        *(chainhub("S125", f"{at}{_FIELD}/notify_hook", "an address") for at in (_EXTEND, _SUBMIT)),
        chainhub("S135", f"{_EXTEND}/parameters/0/schema", "task_id is a uuid"),
        "Which lengths a text may have stands nowhere, so a missing minLength or maxLength contradicts nothing.",
    ],
    "6.1.8 states, errors, callback, query": [
        *(chainhub("S126", f"{at}{_STATUS}") for at in (_EXTEND, _SUBMIT)),
        chainhub("S143", f"{_EXTEND}{_STATUS}"),
        chainhub("S140", "/paths", "2 of 2 operations describe no error"),
        *(chainhub("S141", f"{at}{_FIELD}/notify_hook") for at in (_EXTEND, _SUBMIT)),
        chainhub("S142", "/paths", "no operation tells what became of one"),
    ],
    "6.1.9 nulls": [
        *(chainhub("S133", f"{at}{_ANSWER}/example", "queue_state, video, video_raw") for at in (_EXTEND, _SUBMIT)),
    ],
    "6.1.10 inconsistent wording": [
        chainhub("S127", f"{_SUBMIT}{_FIELD}/notify_hook", "after processing is completed"),
        chainhub("S127", f"{_SUBMIT}{_FIELD}/image_end_url", "target keyframe image"),
        "The wording of kkiai is in the documents of another provider; one provider is read at a time.",
        "That extend takes no loop, resolution, duration and model_name may be so; no sentence says otherwise.",
        "The query that echoes aspect_ratio is not on the pages: it stands in our additions.",
    ],
    "6.1.11 empty words": [
        chainhub("S120", "/info/title"),
        chainhub("S120", "/info/description"),
        *(chainhub("S120", f"{at}/responses/200/description") for at in (_EXTEND, _SUBMIT)),
        *(chainhub("S121", at) for at in (_EXTEND, _SUBMIT)),
        chainhub("S137", f"{_SUBMIT}{_FIELD}/resolution/description", "resolution, duration, model_name"),
        "x-apifox-name is a note of the editor to itself: OpenAPI gives it no meaning that it could contradict.",
        "The other spelling of the summary is kkiai's; one provider is read at a time.",
    ],
    "6.1.12 two documents that can be united": [
        "Nothing is wrong in it. tests/contract/test_pages.py unites them.",
    ],
    "6.1.13 not the official format": [
        "The pages only claim it. What the official API is stands in another document, which they link to.",
    ],
    # 6.2: the kkiai page
    "6.2.1 code fences lost": [
        kkiai("S102", "extend-video.md:33", "cURL Example"),
        kkiai("S102", "extend-video.md:42", "Response"),
        kkiai("S112", "extend-video.md:30", "2 with the language as a word above"),
    ],
    "6.2.2 required against Optional, cells missing": [
        *(kkiai("S124", f"{_EXTEND}{_FIELD}/{name}") for name in ("expand_prompt", "image_url", "image_end_url")),
        kkiai("S105", "extend-video.md:27", "Description is missing"),
        kkiai("S105", "extend-video.md:19", "Example is missing"),
        kkiai("S113", "extend-video.md:15", "Example"),
    ],
    "6.2.3 response table against example": [
        kkiai("S132", f"{_EXTEND}{_ANSWER}/example", "share no key"),
        kkiai("S145", f"{_EXTEND}{_ANSWER}/schema", "data.created_at is integer, created_at is a text"),
    ],
    "6.2.4 nesting, bars, placeholders": [
        kkiai("S114", "extend-video.md:51", "draw their nesting"),
        kkiai("S114", "extend-video.md:13", "lack the bar in front"),
        kkiai("S108", "extend-video.md:9", "*****, {{YOUR_API_KEY}}, <token>"),
        kkiai("S122", f"{_EXTEND}/parameters/3", "the security scheme bearer says it already"),
    ],
    "6.2.5 samples, only 200, the site's frame": [
        kkiai("S130", f"{_EXTEND}{_BODY}/example", '"image_url" is a required property'),
        kkiai("S140", f"{_EXTEND}/responses", "documents only 200"),
        kkiai("S115", "extend-video.md:1", "Theme"),
        kkiai("S115", "extend-video.md:43", "200 Success"),
    ],
    "6.2.6 the same content as chainhub": [
        "It is a difference between two providers, and no defect of either; one provider is read at a time.",
    ],
    # 6.3: apiframe, luma-extend
    "6.3.1 tables missing": [
        apiframe("S106", "luma-extend.md:5", "Headers"),
        apiframe("S106", "luma-extend.md:6", "Body"),
    ],
    "6.3.2 no sample is JSON": [
        *(apiframe("S103", f"luma-extend.md:{line}", "it holds a comment") for line in (8, 12, 16, 18, 23)),
        apiframe("S103", "luma-extend.md:12", "a key is not quoted"),
        apiframe("S103", "luma-extend.md:23", "a comma stands before the end"),
        apiframe("S103", "luma-extend.md:29", "a comma stands before the end"),
    ],
    "6.3.3 HTTP statuses lost": [
        apiframe("S107", "luma-extend.md:8", "4 answers"),
    ],
    "6.3.4 bodies of the finished, the failed and the refused": [
        apiframe("S145", "/components/schemas/LumaExtendFinished", "LumaExtendFinished does not"),
        apiframe("S136", "/components/schemas/TaskInProgress/properties/percentage", "holds a number"),
        apiframe("S143", "/components/schemas/TaskInProgress/properties/status", "failed"),
        apiframe("S144", f"{_LUMA}/responses/401", "401 and 500"),
    ],
    "6.3.5 samples differ": [
        apiframe("S110", "luma-extend.md:103", "aspect_ratio"),
        'The "image input" stands in a sentence that names no field: only a reader can miss a field for it.',
    ],
    "6.3.6 filler ids and addresses": [
        apiframe("S108", "luma-extend.md:38", "parent_task_id"),
        apiframe("S108", "luma-extend.md:40", "https://........"),
        apiframe("S108", "luma-extend.md:26", "xxxx.mp4"),
    ],
    "6.3.7 kinds named by two rules": [
        apiframe("S146", "/paths/~1luma-extend", "luma-ext"),
    ],
    "6.3.8 the raw key, indentation lost": [
        apiframe("S147", "/components/securitySchemes/key", "without a scheme"),
        apiframe("S112", "luma-extend.md:8", "their indentation lost"),
    ],
    # 6.4: apiframe, imagine-video-extend
    "6.4.1 all samples call another path": [
        apiframe(
            "S104",
            "imagine-video-extend.md:107",
            "7 code samples call /imagine-video, the page documents /imagine-video-extend "
            "(lines 107, 133, 164, 203, 230, 252, 270)",
        ),
    ],
    "6.4.2 five samples are not JSON": [
        *(apiframe("S103", f"imagine-video-extend.md:{line}") for line in (22, 33, 44, 53, 80)),
    ],
    "6.4.3 index in prose": [
        apiframe("S125", f"{_MOTION}{_FIELD}/index", "1, 2, 3 or 4"),
        apiframe("S136", f"{_MOTION}{_FIELD}/index", "holds a number"),
        "That the sentence speaks of images and variations where a video is picked takes understanding, not reading.",
    ],
    "6.4.4 motion in prose, updates without a body": [
        apiframe("S125", f"{_MOTION}{_FIELD}/motion", "low or high, and no example has it"),
        apiframe("S125", f"{_MOTION}{_FIELD}/motion", "the default is low"),
        apiframe("S141", f"{_MOTION}{_FIELD}/webhook_url", "no callback is described"),
    ],
    "6.4.5 video_urls against video_url": [
        apiframe("S145", "/components/schemas/ImagineVideoExtendFinished", "video_url in LumaExtendFinished"),
        apiframe("S145", "/components/schemas/ImagineVideoExtendFinished", "ImagineVideoExtendFinished does not"),
    ],
    "6.4.6 two ids that look like one": [
        apiframe("S109", "imagine-video-extend.md:97", "differs from 29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a"),
    ],
    "6.4.7 three names for one thing": [
        "Only title and path are in the document, and a title is free to use other words; the rest is address and SDK.",
    ],
    "6.4.8 required by colour, mixed markup": [
        apiframe("S111", "imagine-video-extend.md:10", "red star"),
        apiframe("S116", "imagine-video-extend.md:3", "<mark> (line 3), <table> (line 14), {% %} (line 18)"),
    ],
}

# What is still said of the corrected editions, because it is true.
STAYS = {
    ("apiframe", "S144"): "the provider really answers {} to a wrong key and to its own faults",
    ("apiframe", "S146"): "the provider really calls the task of /luma-extend luma-ext",
}

ALL = [(defect, seen) for defect, facts in DEFECTS.items() for seen in facts if isinstance(seen, Seen)]


@functools.cache
def said(provider: str, edition: Edition = Edition.PUBLISHED) -> tuple[Finding, ...]:
    return lint(find(provider), edition)


def places(found: Finding) -> set[str]:
    return {found.pointer, f"{found.where.rpartition('/')[2]}:{found.line}"}


@pytest.mark.parametrize(("defect", "seen"), ALL, ids=lambda value: value if isinstance(value, str) else value.code)
def test_the_published_edition_shows_the_defect(defect: str, seen: Seen) -> None:
    assert any(
        found.code == seen.code and seen.place in places(found) and seen.says in found.message
        for found in said(seen.provider)
    ), defect


def test_every_numbered_defect_is_in_the_table() -> None:
    numbers = {name.split()[0] for name in DEFECTS}
    counted = Counter(number.rpartition(".")[0] for number in numbers)
    assert counted == {"6.1": 13, "6.2": 6, "6.3": 8, "6.4": 8}
    assert all(facts for facts in DEFECTS.values())


@pytest.mark.parametrize("provider", ["apiframe", "chainhub", "kkiai"])
def test_every_finding_on_a_published_page_is_a_listed_defect(provider: str) -> None:
    listed = {(seen.provider, seen.code) for _, seen in ALL}
    assert {(provider, found.code) for found in said(provider)} - listed <= {
        ("apiframe", "S121"),  # it has no operationId either
        ("apiframe", "S122"),
        ("apiframe", "S126"),
        ("apiframe", "S135"),
        ("apiframe", "S142"),
        *((("kkiai"), code) for code in ("S121", "S125", "S126", "S133", "S135", "S141", "S142", "S143")),
    }


@pytest.mark.parametrize("provider", ["apiframe", "chainhub", "kkiai"])
def test_the_corrected_edition_is_clean_of_what_was_corrected(provider: str) -> None:
    left = {(provider, found.code) for found in said(provider, Edition.CORRECTED)}
    assert left == {known for known in STAYS if known[0] == provider}


@pytest.mark.parametrize("edition", list(Edition))
@pytest.mark.parametrize("provider", ["apiframe", "chainhub", "kkiai"])
def test_every_finding_names_its_file_and_its_line(provider: str, edition: Edition) -> None:
    for found in said(provider, edition):
        assert found.where.startswith(f"{provider}/")
        assert found.where.endswith((".md", ".yaml"))
        assert found.line
        assert bool(found.pointer) != found.where.endswith(".md")
        assert found.edition is edition


def test_no_two_findings_of_a_provider_are_the_same() -> None:
    for provider in ("apiframe", "chainhub", "kkiai"):
        seen = Counter(found.fingerprint for found in said(provider))
        assert not [found for found in said(provider) if seen[found.fingerprint] > 1]


# --- the list of the issue, by name ---------------------------------------------------------------------------------


def on(provider: str, code: str) -> list[Finding]:
    return [found for found in said(provider) if found.code == code]


def test_chainhub_the_invalid_line_of_both_pages() -> None:
    assert {(found.where, found.line) for found in on("chainhub", "S101")} == {
        ("chainhub/published/extend-video.md", 16),
        ("chainhub/published/submit-video-generation-task.md", 16),
    }


def test_chainhub_nine_fields_in_two_operations_are_required_and_optional() -> None:
    found = on("chainhub", "S124")
    assert len(found) == 9
    assert Counter(each.pointer.startswith(_EXTEND) for each in found) == {True: 4, False: 5}


def test_chainhub_both_request_examples_fail() -> None:
    messages = sorted(found.message.count("is a required property") for found in on("chainhub", "S130"))
    assert messages == [3, 5]


def test_chainhub_both_response_examples_share_no_key() -> None:
    assert len(on("chainhub", "S132")) == 2


def test_chainhub_headers_body_prose_and_callback() -> None:
    assert len(on("chainhub", "S122")) == 6
    assert len(on("chainhub", "S123")) == 2
    assert len(on("chainhub", "S125")) == 8
    assert len(on("chainhub", "S141")) == 2


def test_kkiai_glued_samples_required_rows_and_examples() -> None:
    assert [found.line for found in on("kkiai", "S102")] == [33, 42]
    assert len(on("kkiai", "S124")) == 3
    assert 27 in [found.line for found in on("kkiai", "S105")]
    assert len(on("kkiai", "S132")) == 1


def test_apiframe_samples_paths_prose_and_vocabularies() -> None:
    samples = Counter(found.where.rpartition("/")[2] for found in on("apiframe", "S103"))
    assert samples == {"luma-extend.md": 6, "imagine-video-extend.md": 5}
    assert len(on("apiframe", "S104")) == 1
    assert {"index values", "motion values"} <= {found.subject for found in on("apiframe", "S125")}
    assert on("apiframe", "S145")
