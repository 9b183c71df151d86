"""Overlays: what they do, what they refuse, and the laws that hold for all of them."""

from __future__ import annotations

import contextlib
import copy
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonpath_rfc9535
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lumakit.contract import jsonpath, pointer
from lumakit.contract.amend import Amended, amend
from lumakit.contract.document import Document
from lumakit.contract.overlay import MAX_DEPTH
from lumakit.errors import DocumentError, OverlayError
from lumakit.model import Basis, Severity

SETS = Path(__file__).parent / "overlay_compliant_sets"
READ_AS_1_1 = {"arazzo-sandbox-workflow", "asyncapi-remove-internal-channels"}
HEAD: dict[str, Any] = {"overlay": "1.1.0", "info": {"title": "t", "version": "1"}}


def overlay(*actions: Mapping[str, Any], **changes: Any) -> Document:
    """An overlay as a document whose lines can be found: printed JSON is YAML."""
    data = {**HEAD, "actions": list(actions), **changes}
    return Document("fix.overlay.yaml", data, json.dumps(data, indent=1))


def after(document: Mapping[str, Any], *actions: Mapping[str, Any]) -> dict[str, Any]:
    return amend(document, [overlay(*actions)]).document


def refusal(document: Mapping[str, Any], *overlays: Document, lenient: bool = False) -> OverlayError:
    with pytest.raises(OverlayError) as caught:
        amend(document, overlays, lenient=lenient)
    assert caught.value.where.startswith("fix.overlay.yaml:")
    assert caught.value.hint
    return caught.value


# --- the Overlay project's own sets ----------------------------------------------------------------------------------


def load(path: Path) -> Document:
    text = path.read_text(encoding="utf-8")
    return Document(path.name, yaml.load(text, Loader=yaml.CSafeLoader), text)


def compliant(name: str) -> tuple[dict[str, Any], Document, dict[str, Any]]:
    folder = SETS / name
    (entry,) = (path for path in folder.iterdir() if path.stem not in ("overlay", "output"))
    return load(entry).data, load(folder / "overlay.yaml"), load(folder / "output.yaml").data


@pytest.mark.parametrize("name", sorted({path.name for path in SETS.iterdir() if path.is_dir()} - READ_AS_1_1))
def test_a_compliant_set_gives_exactly_its_output(name: str) -> None:
    document, fix, expected = compliant(name)
    assert amend(document, [fix]).document == expected


@pytest.mark.parametrize("name", sorted(READ_AS_1_1))
def test_a_compliant_set_of_a_later_version_is_refused_and_right_when_read_as_1_1(name: str) -> None:
    document, fix, expected = compliant(name)
    with pytest.raises(OverlayError, match=r"1\.2\.0"):
        amend(document, [fix])
    data = {key: value for key, value in fix.data.items() if key != "targetFormat"}
    assert amend(document, [Document(fix.name, {**data, "overlay": "1.1.0"}, fix.text)]).document == expected


# --- update ----------------------------------------------------------------------------------------------------------


def test_update_merges_objects_at_every_depth() -> None:
    document = {"a": {"b": {"c": 1, "d": [1]}, "e": 2}}
    update = {"b": {"c": 9, "d": [2, 3], "f": {}}, "g": None}
    assert after(document, {"target": "$.a", "update": update}) == {
        "a": {"b": {"c": 9, "d": [1, 2, 3], "f": {}}, "e": 2, "g": None}
    }


@pytest.mark.parametrize(("update", "tags"), [([2, 3], [1, 2, 3]), ({"a": 1}, [1, {"a": 1}]), (None, [1, None])])
def test_update_of_an_array_appends(update: object, tags: list[object]) -> None:
    assert after({"tags": [1]}, {"target": "$.tags", "update": update}) == {"tags": tags}


@pytest.mark.parametrize("target", ["$.tags[0]", "$.tags[?@ == 1]", "$.tags[-1]"])
@pytest.mark.parametrize("update", ["x", None, 0, False])
def test_update_of_a_single_value_replaces_it(target: str, update: object) -> None:
    assert after({"tags": [1]}, {"target": target, "update": update}) == {"tags": [update]}


def test_update_reaches_the_root() -> None:
    assert after({"a": 1}, {"target": "$", "update": {"a": 2, "b": 3}}) == {"a": 2, "b": 3}


def test_a_target_selected_twice_is_updated_once() -> None:
    assert after({"a": []}, {"target": "$['a', 'a']", "update": 1}) == {"a": [1]}


def test_actions_see_what_the_actions_before_them_did() -> None:
    actions: list[dict[str, Any]] = [
        {"target": "$.a", "remove": True},
        {"target": "$", "update": {"a": [2]}},
        {"target": "$.a", "update": 3},
    ]
    assert after({"a": [1]}, *actions) == {"a": [2, 3]}


@pytest.mark.parametrize(
    ("target", "update"),
    [
        ("$.object", [1]),
        ("$.object", "x"),
        ("$.object", {"list": {"x": 1}}),
        ("$.object", {"list": "x"}),
        ("$.object", {"one": {}}),
        ("$.object", {"one": []}),
        ("$.object", {"inner": None}),
        ("$.object.one", {}),
        ("$.object.one", []),
        ("$", []),
        ("$", 1),
        ("$.object.*", 1),
    ],
)
def test_an_update_of_another_kind_than_its_target_is_refused(target: str, update: object) -> None:
    document = {"object": {"list": [], "one": 1, "inner": {}}}
    assert refusal(document, overlay({"target": target, "update": update})).code == "overlay_mismatch"


# --- remove ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["$.a[0,2]", "$.a[2,0,2]", "$.a[?@.x]", "$.a[::2]"])
def test_removing_several_elements_removes_the_right_ones(target: str) -> None:
    document = {"a": [{"x": 1}, {"y": 2}, {"x": 3}, {"y": 4}][:3]}
    assert after(document, {"target": target, "remove": True}) == {"a": [{"y": 2}]}


def test_removing_places_inside_removed_places_is_no_trouble() -> None:
    document = {"a": [{"a": [1, {"a": 2}]}], "b": 1}
    assert after(document, {"target": "$..a", "remove": True}) == {"b": 1}
    assert after({"b": [[1, 2], [3]]}, {"target": "$.b..*", "remove": True}) == {"b": []}


@pytest.mark.parametrize("remove", [True, False])
def test_only_remove_true_removes(remove: bool) -> None:
    assert ("a" in after({"a": 1}, {"target": "$.a", "remove": remove})) is not remove
    assert after({"a": 1}, {"target": "$.a", "update": 2, "remove": False}) == {"a": 2}


@pytest.mark.parametrize("target", ["$", "$[?@.a]"])
def test_the_root_cannot_be_removed(target: str) -> None:
    fix = overlay({"target": target, "remove": True})
    assert refusal({"x": 1}, fix).code == ("overlay_mismatch" if target == "$" else "overlay_unmatched")


# --- copy ------------------------------------------------------------------------------------------------------------


def test_copy_merges_what_it_takes() -> None:
    document = {"items": {"get": {"a": [1]}}, "some": {"delete": {}}}
    result = after(document, {"target": "$.some", "copy": "$.items"})
    assert result["some"] == {"delete": {}, "get": {"a": [1]}}


def test_a_part_is_moved_by_update_copy_and_remove() -> None:
    actions: list[dict[str, Any]] = [
        {"target": "$.paths", "update": {"/new": {}}},
        {"target": "$.paths['/new']", "copy": "$.paths['/old']"},
        {"target": "$.paths['/old']", "remove": True},
    ]
    assert after({"paths": {"/old": {"get": 1}}}, *actions) == {"paths": {"/new": {"get": 1}}}


def test_a_document_can_be_copied_into_its_own_part() -> None:
    assert after({"a": {"b": 1}}, {"target": "$.a", "copy": "$"}) == {"a": {"b": 1, "a": {"b": 1}}}


@pytest.mark.parametrize("source", ["$.nothing", "$.*"])
def test_copy_takes_exactly_one_place(source: str) -> None:
    assert refusal({"a": {}, "b": {}}, overlay({"target": "$.a", "copy": source})).code == "overlay_copy"


def test_copy_asks_for_1_1() -> None:
    error = refusal({"a": {}}, overlay({"target": "$.a", "copy": "$.a"}, overlay="1.0.0"))
    assert "1.1.0" in error.hint


# --- names, and the record of what was applied -----------------------------------------------------------------------


def test_a_named_action_is_recorded_and_skipped_the_next_time() -> None:
    fix = overlay({"target": "$.a", "update": [2], "x-lumakit-id": "C01"})
    once = amend({"a": [1]}, [fix])
    again = amend(once.document, [fix])
    assert once.document == again.document == {"a": [1, 2], "x-lumakit-applied": ["C01"]}
    assert again.actions == ()


def test_the_record_cannot_be_selected_and_keeps_what_stood_there() -> None:
    document = {"a": 1, "x-lumakit-applied": ["A1"]}
    result = after(document, {"target": "$.*", "update": 2, "x-lumakit-id": "A2"})
    assert result == {"a": 2, "x-lumakit-applied": ["A1", "A2"]}
    assert after(document, {"target": "$.a", "remove": True}) == {"x-lumakit-applied": ["A1"]}


def test_an_overlay_cannot_write_the_record() -> None:
    error = refusal({}, overlay({"target": "$", "update": {"x-lumakit-applied": ["A1"]}}))
    assert error.code == "overlay_record"


@pytest.mark.parametrize("record", ["A1", [1], {}])
def test_a_spoiled_record_is_refused(record: object) -> None:
    with pytest.raises(DocumentError, match="not a list of names"):
        amend({"x-lumakit-applied": record}, [])


def test_what_an_action_says_of_itself_is_kept() -> None:
    action = {
        "target": "$.a",
        "update": 2,
        "description": "why",
        "x-lumakit-id": "C03",
        "x-lumakit-basis": "mirror",
        "x-lumakit-evidence": ["https://example.com/a"],
    }
    (found,) = amend({"a": 1}, [overlay({"target": "$", "update": {"b": 1}}, action)]).actions[1:]
    assert (found.id, found.kind, found.target, found.description) == ("C03", "update", "$.a", "why")
    assert (found.basis, found.evidence) == (Basis.MIRROR, ("https://example.com/a",))
    assert (found.overlay, found.pointer, found.line) == ("fix.overlay.yaml", "/actions/1", 14)


def test_an_action_that_gives_no_basis_is_inferred() -> None:
    (found,) = amend({"a": 1}, [overlay({"target": "$.a", "update": 2})]).actions
    assert (found.id, found.basis, found.evidence) == ("", Basis.INFERRED, ())


# --- targets that match nothing --------------------------------------------------------------------------------------


def test_an_unmatched_target_names_overlay_line_action_and_target() -> None:
    fix = overlay({"target": "$.paths['/gone'].get", "remove": True, "x-lumakit-id": "C07"})
    error = refusal({"paths": {"/here": {}}}, fix)
    assert error.code == "overlay_unmatched"
    assert error.where == "fix.overlay.yaml:8"
    assert all(word in error.what for word in ("C07", "/actions/0", "$.paths['/gone'].get"))
    assert "as far as /paths" in error.hint
    assert "--lenient" in error.hint


@pytest.mark.parametrize("target", ["$.a.b", "$.a[0]", "$.l[9]", "$.l.x", "$['']", "$..gone"])
def test_a_target_of_another_shape_matches_nothing(target: str) -> None:
    assert refusal({"a": 1, "l": [1]}, overlay({"target": target, "update": 1})).code == "overlay_unmatched"


def test_lenient_makes_an_unmatched_target_a_note() -> None:
    gone = {"target": "$.gone", "remove": True, "x-lumakit-id": "C07", "x-lumakit-basis": "observed"}
    result = amend({"a": 1}, [overlay(gone, {"target": "$.a", "update": 2})], lenient=True)
    (note,) = result.findings
    assert result.document == {"a": 2}
    assert [action.pointer for action in result.actions] == ["/actions/1"]
    assert (note.code, note.severity, note.where) == ("S190", Severity.NOTE, "fix.overlay.yaml")
    assert (note.pointer, note.line, note.subject, note.basis) == ("/actions/0", 8, "C07", Basis.OBSERVED)


def test_lenient_reads_over_unknown_keys() -> None:
    fix = overlay({"target": "$.a", "update": 2, "notes": "x"}, targetFormat="openapi")
    assert refusal({"a": 1}, fix).code == "overlay_malformed"
    assert amend({"a": 1}, [fix], lenient=True).document == {"a": 2}


# --- what each action touched, and where a place comes from ----------------------------------------------------------


def test_an_update_touches_the_deepest_places_it_wrote() -> None:
    document = {"a": {"b": {"c": 1}, "t": [1]}}
    update = {"b": {"c": 2, "d": {"e": 3}}, "t": [2, 3]}
    (action,) = amend(document, [overlay({"target": "$.a", "update": update})]).actions
    assert action.touched == ("/a/b/c", "/a/b/d", "/a/t/1", "/a/t/2")


def test_an_empty_update_touches_nothing() -> None:
    (action,) = amend({}, [overlay({"target": "$", "update": {}})]).actions
    assert action.touched == ()


def test_a_removal_touches_what_it_removed() -> None:
    document = {"a": [1, 2, 3], "b": 1}
    fix = overlay({"target": "$.a[0,2]", "remove": True}, {"target": "$.b", "remove": True})
    assert [action.touched for action in amend(document, [fix]).actions] == [("/a/0", "/a/2"), ("/b",)]


def sources(result: Amended, *places: str) -> list[str]:
    return [action.pointer if (action := result.origin(place)) else "" for place in places]


def test_a_place_comes_from_the_last_action_that_wrote_it_or_what_holds_it() -> None:
    fix = overlay(
        {"target": "$", "update": {"a": {"b": {"c": 1}, "x": 1}}},
        {"target": "$.a.b", "update": {"c": 2}},
        {"target": "$.a.x", "remove": True},
        {"target": "$.a.b.c", "update": 3},
    )
    result = amend({"old": {"a": 1}}, [fix])
    places = ("/a", "/a/b", "/a/b/c", "/a/b/c/d", "/a/x", "/old/a", "")
    expected = ["/actions/0", "/actions/0", "/actions/3", "/actions/3", "/actions/2", "", ""]
    assert sources(result, *places) == expected


def test_origins_move_up_with_the_elements_of_an_array() -> None:
    fix = overlay(
        {"target": "$.a", "update": [{"x": 1}, {"x": 2}]},
        {"target": "$.a[0, 1]", "remove": True},
        {"target": "$.b[0]", "remove": True},
    )
    result = amend({"a": [0], "b": [1, 2]}, [fix])
    assert result.document == {"a": [{"x": 2}], "b": [2]}
    assert sources(result, "/a/0/x", "/a/1", "/b/0") == ["/actions/0", "", ""]


def test_a_place_written_anew_does_not_come_from_what_was_removed() -> None:
    fix = overlay(
        {"target": "$", "update": {"a": {"b": 1}}},
        {"target": "$.a", "update": {"c": 1}},
        {"target": "$.a", "remove": True},
        {"target": "$", "update": {"a": {"c": 2}}},
    )
    assert sources(amend({}, [fix]), "/a", "/a/b", "/a/c") == ["/actions/3"] * 3


def test_an_origin_is_asked_for_by_a_pointer() -> None:
    with pytest.raises(ValueError):
        amend({}, []).origin("a")


# --- malformed overlays ----------------------------------------------------------------------------------------------

FINE = {"target": "$.a", "update": {}}


@pytest.mark.parametrize(
    "changes",
    [
        {"overlay": "1.2.0"},
        {"overlay": "2.0.0"},
        {"overlay": "1.1"},
        {"overlay": "1.1.0\n"},
        {"overlay": 1.1},
        {"overlay": None},
        {"info": None},
        {"info": []},
        {"info": {"title": "t"}},
        {"info": {"version": "1"}},
        {"info": {"title": "t", "version": 1}},
        {"info": {"title": "t", "version": "1", "description": 1}},
        {"info": {"title": "t", "version": "1", "note": "x"}},
        {"extends": 1},
        {"extends": None},
        {"surprise": 1},
        {"actions": None},
        {"actions": []},
        {"actions": {}},
        {"actions": "x"},
        {"actions": [None]},
        {"actions": ["x"]},
        {"actions": [[]]},
    ],
)
def test_an_overlay_of_another_shape_is_refused(changes: dict[str, Any]) -> None:
    assert refusal({"a": {}}, overlay(FINE, **changes)).code in ("overlay_malformed", "overlay_version")


@pytest.mark.parametrize("key", ["overlay", "info", "actions"])
def test_a_missing_part_is_refused(key: str) -> None:
    data = {name: value for name, value in overlay(FINE).data.items() if name != key}
    assert key in refusal({}, Document("fix.overlay.yaml", data, json.dumps(data))).what


@pytest.mark.parametrize(
    "action",
    [
        {},
        {"update": {}},
        {"target": "$.a"},
        {"target": None, "update": {}},
        {"target": 1, "update": {}},
        {"target": ["$.a"], "update": {}},
        {**FINE, "description": 1},
        {**FINE, "surprise": 1},
        {**FINE, "remove": True},
        {**FINE, "copy": "$.a"},
        {**FINE, "remove": "true"},
        {"target": "$.a", "remove": None},
        {"target": "$.a", "remove": True, "copy": "$.a"},
        {"target": "$.a", "copy": None},
        {"target": "$.a", "copy": {}},
        {**FINE, "x-lumakit-id": 3},
        {**FINE, "x-lumakit-id": ""},
        {**FINE, "x-lumakit-basis": "guessed"},
        {**FINE, "x-lumakit-basis": None},
        {**FINE, "x-lumakit-basis": []},
        {**FINE, "x-lumakit-evidence": "one"},
        {**FINE, "x-lumakit-evidence": [1]},
    ],
)
def test_an_action_of_another_shape_is_refused(action: dict[str, Any]) -> None:
    assert refusal({"a": {}}, overlay(action)).code == "overlay_malformed"


def test_the_same_name_or_the_same_action_twice_is_refused() -> None:
    named = [{"target": "$.a", "update": {key: 1}, "x-lumakit-id": "C01"} for key in "xy"]
    assert "/actions/0" in refusal({"a": {}}, overlay(*named)).what
    assert "twice" in refusal({"a": {}}, overlay(FINE, FINE)).what
    assert amend({"a": {}}, [overlay(FINE, FINE)], lenient=True).document == {"a": {}}


@pytest.mark.parametrize(("version", "lenient"), [("1.0.0", False), ("1.1.0", True)])
def test_where_update_and_remove_may_stand_together_remove_wins(version: str, lenient: bool) -> None:
    fix = overlay({**FINE, "remove": True}, overlay=version)
    assert amend({"a": {}}, [fix], lenient=lenient).document == {}


def test_extends_and_extensions_are_let_be() -> None:
    fix = overlay({**FINE, "x-note": 1}, extends="./other.yaml", overlay="1.0.1", **{"x-by": "me"})
    assert amend({"a": {}}, [fix]).document == {"a": {}}


@pytest.mark.parametrize(
    "path",
    [
        "",
        "a",
        "$.",
        "$a",
        "$.a-b",
        "$['a'",
        "$[01]",
        "$[" + "9" * 30 + "]",
        "$[" + "9" * 5000 + "]",
        "$[?@.a == 1e999]",
        "$[?@.a",
        "$[?length(@)]",
        "$[?nothing(@)]",
        "$" + "[?" + "(" * 3000,
        "/a/b",
        "$.a ",
        "$.a\n",
        "\x00",
    ],
)
@pytest.mark.parametrize("key", ["target", "copy"])
def test_a_bad_path_is_refused_with_place_and_hint(path: str, key: str) -> None:
    action = {"target": path, "update": 1} if key == "target" else {"target": "$", "copy": path}
    assert refusal({"a": {"a": 1}}, overlay(action)).code == "overlay_path"


# --- sizes -----------------------------------------------------------------------------------------------------------


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


def test_actions_that_double_the_document_are_stopped() -> None:
    actions = [{"target": "$.a", "copy": "$", "x-lumakit-id": str(index)} for index in range(60)]
    assert refusal({"a": [1]}, overlay(*actions)).code == "overlay_size"


def test_a_copy_may_reach_the_depth_a_document_may_have_and_no_deeper() -> None:
    deep = nested(MAX_DEPTH - 1)
    action = {"target": "$.a", "copy": "$.deep"}
    assert after({"a": {}, "deep": deep}, action) == {"a": deep, "deep": deep}
    assert refusal({"a": [], "deep": deep}, overlay(action)).code == "overlay_size"
    assert refusal({"a": {}, "deep": {"a": deep}}, overlay(action)).code == "overlay_size"


def test_an_overlay_nested_too_deep_is_refused() -> None:
    fix = overlay({"target": "$.a", "update": nested(MAX_DEPTH)})
    assert "nested deeper" in refusal({"a": {}}, fix).what


def test_an_endless_document_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["a"] = endless
    with pytest.raises(DocumentError):
        amend(endless, [])
    with pytest.raises(OverlayError):
        amend({}, [Document("x", {**HEAD, "actions": endless}, "")])


def test_a_path_that_selects_too_much_is_refused() -> None:
    document = {"a": [0] * 400}
    many = "$[" + ", ".join(["'a'"] * 400) + "][*]"
    assert refusal(document, overlay({"target": many, "update": 1})).code == "overlay_size"


def test_a_deep_document_is_searched_to_its_ground() -> None:
    document = nested(MAX_DEPTH)
    assert len(amend(document, [overlay({"target": "$..a", "update": {}})]).actions) == 1


# --- laws ------------------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "é", "/x", "0", ""])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "s"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=4)
PATHS = st.sampled_from(
    ["$", "$.a", "$.*", "$..*", "$..a", "$.a[0]", "$['/x']", "$[?@.a]", "$.a[0, 2]", "$.b[-1]", "$..[0]"]
)
ACTIONS = st.fixed_dictionaries({"target": PATHS}) | PATHS.flatmap(
    lambda path: (
        st.fixed_dictionaries({"target": st.just(path), "update": VALUES})
        | st.fixed_dictionaries({"target": st.just(path), "remove": st.just(True)})
        | st.fixed_dictionaries({"target": st.just(path), "copy": PATHS})
    )
)
OVERLAYS = st.lists(ACTIONS, min_size=1, max_size=4).map(
    lambda actions: overlay(*({**action, "x-lumakit-id": f"A{index}"} for index, action in enumerate(actions)))
)


def containers(value: Any) -> Iterator[Any]:
    if isinstance(value, (dict, list)):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from containers(inner)


def outcome(document: dict[str, Any], *overlays: Document) -> Amended | None:
    try:
        return amend(document, overlays, lenient=True)
    except OverlayError:
        return None


@given(DOCUMENTS, OVERLAYS)
def test_amending_is_deterministic_and_leaves_its_input_untouched(document: dict[str, Any], fix: Document) -> None:
    before, data = copy.deepcopy(document), copy.deepcopy(fix.data)
    first, second = outcome(document, fix), outcome(document, fix)
    assert (document, fix.data) == (before, data)
    assert first == second
    assert json.dumps(first and first.document) == json.dumps(second and second.document)


@given(DOCUMENTS, OVERLAYS)
def test_no_two_places_share_an_object_and_none_is_the_inputs(document: dict[str, Any], fix: Document) -> None:
    result = outcome(document, fix)
    if result:
        kept = [*containers(document), *containers(fix.data), *containers(result.document)]
        assert len({id(item) for item in kept}) == len(kept)


@given(DOCUMENTS, OVERLAYS)
def test_applying_named_actions_twice_equals_once(document: dict[str, Any], fix: Document) -> None:
    once = outcome(document, fix)
    if once and not once.findings:
        assert amend(once.document, [fix]).document == once.document
        assert amend(document, [fix, fix]).document == once.document


@given(DOCUMENTS, OVERLAYS)
def test_what_no_action_is_the_origin_of_stands_as_it_came(document: dict[str, Any], fix: Document) -> None:
    result = outcome(document, fix)
    if result and not any(action.kind == "remove" for action in result.actions):
        for place, value in places(result.document):
            untouched = result.origin(place) is None and not isinstance(value, (dict, list))
            assert not untouched or place.startswith("/x-lumakit-applied") or pointer.look(document, place) == value


def places(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    yield at, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, at + pointer.join(key))


TRICKY = st.text(st.sampled_from("$.[]'\"\\ab0 1-*?@,:é\n\x1f/"), max_size=10)
STEPS = st.sampled_from(
    [".a", ".b", "['/x']", '["é"]', "[0]", "[10]", "['']", '["\'"]', "['\"']", "[00]", "[-1]", ". a", "[ 0 ]"]
)


@given(DOCUMENTS, TRICKY | st.lists(STEPS | TRICKY, max_size=4).map("".join) | st.lists(STEPS, max_size=4).map("".join))
def test_our_walk_agrees_with_the_library(document: dict[str, Any], rest: str) -> None:
    plain = jsonpath.plain_location("$" + rest)
    if plain is not None:
        found = jsonpath_rfc9535.find("$" + rest, document)
        reached = jsonpath.reach(document, plain) == len(plain)
        assert [node.location for node in found] == ([plain] if reached else [])


@given(st.lists(st.sampled_from([".a", "['/x']", '["é b"]', "[0]", "[12]"]), max_size=5).map("".join))
def test_every_plain_path_is_walked_without_the_library(rest: str) -> None:
    assert jsonpath.plain_location("$" + rest) is not None


JUNK = st.recursive(
    st.none() | st.booleans() | st.floats() | TRICKY | st.sampled_from(["$", "$.a", "1.1.0", "observed"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["target", "update", "remove", "copy", "title", "version", "x-lumakit-id", "y"]), inner
        )
    ),
    max_leaves=10,
)


@given(DOCUMENTS, st.dictionaries(st.sampled_from(["overlay", "info", "extends", "actions", "y"]), JUNK), st.booleans())
def test_any_junk_gives_an_overlay_error_and_no_other(
    document: dict[str, Any], junk: dict[str, Any], lenient: bool
) -> None:
    data = {**HEAD, "actions": [{"target": "$", "update": {}}], **junk}
    with contextlib.suppress(OverlayError):
        amend(document, [Document("junk", data, "")], lenient=lenient)


@given(DOCUMENTS, st.lists(JUNK, min_size=1, max_size=3), TRICKY)
def test_any_junk_as_an_action_gives_an_overlay_error_and_no_other(
    document: dict[str, Any], junk: list[Any], path: str
) -> None:
    for actions in (junk, [{"target": "$" + path, "update": junk[0]}], [{"target": "$", "copy": "$" + path}]):
        with contextlib.suppress(OverlayError):
            amend(document, [Document("junk", {**HEAD, "actions": actions}, "")], lenient=True)


def test_plain_paths_do_not_import_the_library() -> None:
    code = (
        "import sys; from lumakit.contract.amend import amend; from lumakit.contract.document import Document;"
        "data = {'overlay': '1.1.0', 'info': {'title': 't', 'version': '1'},"
        " 'actions': [{'target': '$.paths[\"/x\"].get', 'update': {'a': 1}}]};"
        "print(amend({'paths': {'/x': {'get': {}}}}, [Document('x', data, '')]).document);"
        "print('jsonpath_rfc9535' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["{'paths': {'/x': {'get': {'a': 1}}}}", "False"]
