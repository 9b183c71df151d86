"""Which operation a path leads to."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.contract.routing import Ambiguous, Router, names_in


def router(*templates: str) -> Router[str]:
    return Router((template, "GET", template) for template in templates)


def found(path: str, *templates: str) -> tuple[str, dict[str, str]] | None:
    route = router(*templates).find(path)
    return (route.template, dict(route.values)) if route else None


def test_a_template_knows_its_names() -> None:
    assert names_in("/a/{b}/{c}.{d}") == ("b", "c", "d")


@pytest.mark.parametrize(
    "path", ["/nothing", "/tasks", "/tasks/", "/tasks/1/", "//tasks/1", "tasks/1", "", "/", "/tasks/1/extend/2"]
)
def test_a_path_that_nothing_documents_leads_nowhere(path: str) -> None:
    assert found(path, "/tasks/{id}", "/tasks/{id}/extend") is None


@pytest.mark.parametrize(
    ("path", "template", "values"),
    [
        ("/", "/", {}),
        ("/tasks/1", "/tasks/{id}", {"id": "1"}),
        ("/tasks/mine", "/tasks/mine", {}),
        ("/tasks/m%69ne", "/tasks/mine", {}),
        ("/tasks/mine/log", "/tasks/{id}/log", {"id": "mine"}),
        ("/tasks/a%2Fb", "/tasks/{id}", {"id": "a/b"}),
        ("/tasks/%C3%A9%20x+y", "/tasks/{id}", {"id": "é x+y"}),
        ("/tasks/%FF", "/tasks/{id}", {"id": "\ufffd"}),
        ("/tasks/", "/tasks/", {}),
        ("/tasks/1/tail/2", "/{kind}/{a}/tail/{b}", {"kind": "tasks", "a": "1", "b": "2"}),
    ],
)
def test_the_nearest_template_takes_the_path(path: str, template: str, values: dict[str, str]) -> None:
    templates = ("/", "/tasks/{id}", "/tasks/", "/tasks/mine", "/tasks/{id}/log", "/{kind}/{a}/tail/{b}")
    assert found(path, *templates) == (template, values)


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("/f/{id}.json", "/f/7.json", {"id": "7"}),
        ("/f/{id}.json", "/f/a.json.json", {"id": "a.json"}),
        ("/f/{id}.json", "/f/.json", None),
        ("/f/{id}.json", "/f/7.xml", None),
        ("/f/v{id}", "/f/7", None),
        ("/f/a{x}a", "/f/a", None),
        ("/f/a{x}a", "/f/aba", {"x": "b"}),
        ("/{a}-{b}", "/x-y-z", {"a": "x", "b": "y-z"}),
        ("/{a}-{b}", "/-y", None),
        ("/{a}-{b}", "/x-", None),
        ("/{a}-{b}", "/xy", None),
        ("/{a}{b}", "/xyz", {"a": "x", "b": "yz"}),
        ("/{a}:{b}@{c}", "/1:2@3", {"a": "1", "b": "2", "c": "3"}),
        ("/caf%C3%A9/{a}", "/café/1", {"a": "1"}),
    ],
)
def test_a_template_may_take_a_part_of_a_segment(template: str, path: str, values: dict[str, str] | None) -> None:
    assert found(path, template) == (None if values is None else (template, values))


def test_the_longer_literal_part_wins() -> None:
    assert found("/f/7.json", "/f/{id}", "/f/{id}.json") == ("/f/{id}.json", {"id": "7"})


@pytest.mark.parametrize(("one", "other"), [("/a/{x}", "/a/{y}"), ("/{x}-{y}/b", "/{a}-{b}/b"), ("/a", "/%61")])
def test_two_templates_for_the_same_requests_are_refused_by_name(one: str, other: str) -> None:
    with pytest.raises(Ambiguous) as caught:
        router(one, other)
    assert one in str(caught.value)
    assert other in str(caught.value)


def test_one_path_holds_all_its_methods() -> None:
    route = Router([("/a/{x}", "GET", 1), ("/a/{x}", "POST", 2)]).find("/a/b")
    assert route is not None
    assert route.methods == {"GET": 1, "POST": 2}


@pytest.mark.parametrize("path", ["/a", "/b/c"])
def test_a_route_cannot_be_changed(path: str) -> None:
    route = router("/a", "/b/{x}").find(path)
    assert route is not None
    for mapping in (route.values, route.methods):
        with pytest.raises(TypeError):
            mapping["x"] = "y"  # type: ignore[index]  # that is the point


@pytest.mark.parametrize("path", ["/a" * 200_000, "/" * 400_000, "/f/" + "-" * 400_000, "/f/" + "%2D" * 100_000])
def test_a_very_long_path_is_answered_in_little_time(path: str) -> None:
    routes = router("/f/{a}-{b}-{c}-{d}.json", "/{x}/a/{y}", "/a/{x}/a")
    before = time.process_time()
    assert routes.find(path) is None
    assert time.process_time() - before < 5


def test_a_document_may_nest_its_paths_deeply() -> None:
    template = "/{a}" + "/x" * 5_000
    assert found("/1" + "/x" * 5_000, template) == (template, {"a": "1"})


@given(st.lists(st.text("ab/%-.{é ", min_size=1, max_size=6), min_size=1, max_size=3))
def test_what_was_encoded_into_a_path_comes_out_of_it(values: list[str]) -> None:
    from urllib.parse import quote

    template = "/t" + "".join(f"/{{v{index}}}" for index in range(len(values)))
    path = "/t" + "".join("/" + quote(value, safe="") for value in values)
    assert found(path, template) == (template, {f"v{index}": value for index, value in enumerate(values)})
