"""Facts out of bodies and into them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.contract.frozen import freeze
from lumakit.contract.lens import CODECS, Fact, Lens, Misspelled
from tests.contract.builders import SECRET

MOMENT = 1_700_000_000_123  # 2023-11-14T22:13:20.123Z


def lens(*places: tuple[str, str], name: str = "f", **present: str) -> Lens:
    return Lens((Fact(name, places, tuple((f"/{field}", word) for field, word in present.items())),))


def read(codec: str, value: Any) -> Any:
    return lens(("/v", codec)).read({"v": value}).get("f")


def written(codec: str, like: Any, fact: Any) -> Any:
    return lens(("/v", codec)).write({"v": like}, {"f": fact})["v"]


@pytest.mark.parametrize(
    ("codec", "value", "fact"),
    [
        ("text", "a", "a"),
        ("text", 7, "7"),
        ("word", "done", "done"),
        ("word", 2, "2"),
        ("word", True, "true"),
        ("word", False, "false"),
        ("integer", 7, 7),
        ("integer", "7", 7),
        ("integer", 7.0, 7),
        ("iso", "2023-11-14T22:13:20Z", MOMENT - 123),
        ("iso", "2023-11-14T22:13:20.1Z", MOMENT - 23),
        ("iso", "2023-11-14T22:13:20.123456789Z", MOMENT),
        ("iso", "2023-11-15T03:43:20.123+05:30", MOMENT),
        ("iso", "1969-12-31T23:59:59.999Z", -1),
        ("unix-s", 1_700_000_000, MOMENT - 123),
        ("unix-s", "1700000000", MOMENT - 123),
        ("unix-s", 1_700_000_000.123, MOMENT),
        ("unix-ms", MOMENT, MOMENT),
        ("unix-ms", str(MOMENT), MOMENT),
        ("percent", 40, 40),
        ("percent", "40", 40),
        ("percent", "40%", 40),
        ("percent", 39.6, 40),
        ("percent", "39.6%", 40),
        ("fraction", 0.29, 29),
        ("fraction", 0.57, 57),
        ("fraction", "0.4", 40),
        ("fraction", 1, 100),
        ("one", "https://a", ("https://a",)),
        ("list", ["https://a", "https://b"], ("https://a", "https://b")),
        ("list", ("https://a",), ("https://a",)),
        ("list", [], ()),
    ],
)
def test_a_fact_is_read_as_it_is_spelled(codec: str, value: Any, fact: Any) -> None:
    assert read(codec, value) == fact
    assert type(read(codec, value)) is type(fact)


@pytest.mark.parametrize("value", [None, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"])
@pytest.mark.parametrize("codec", CODECS)
def test_null_and_the_zero_time_are_absence(codec: str, value: Any) -> None:
    assert lens(("/v", codec)).read({"v": value}) == {}
    assert lens(("/v", codec)).places_in({"v": value}) == frozenset()
    assert lens(("/v", codec)).write({"v": value}, {"f": "x"}) == {"v": value}


@pytest.mark.parametrize(
    ("codec", "value"),
    [
        ("text", {"a": SECRET}),
        ("text", True),
        ("text", 1.5),
        ("word", [SECRET]),
        ("integer", SECRET),
        ("integer", True),
        ("integer", 1.5),
        ("integer", [SECRET]),
        ("integer", float("inf")),
        ("iso", SECRET),
        ("iso", "2023-11-14T22:13:20"),
        ("iso", "2023-13-14T22:13:20Z"),
        ("iso", "2023-11-14T22:13:20Z\n"),
        ("iso", "٢٠٢٣-11-14T22:13:20Z"),
        ("iso", 5),
        ("unix-s", SECRET),
        ("unix-s", float("nan")),
        ("unix-ms", True),
        ("percent", SECRET),
        ("percent", True),
        ("percent", "nan"),
        ("percent", [40]),
        ("fraction", SECRET),
        ("fraction", False),
        ("fraction", "inf"),
        ("one", [SECRET]),
        ("list", SECRET),
        ("list", [5]),
    ],
)
def test_what_cannot_be_read_names_the_fact_and_not_the_value(codec: str, value: Any) -> None:
    with pytest.raises(Misspelled) as caught:
        read(codec, value)
    assert str(caught.value) == f"f at /v is not spelled as {codec}"
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("codec", "like", "fact", "spelled"),
    [
        ("text", "x", "7", "7"),
        ("text", 1, "7", 7),
        ("text", 1, "007", "007"),
        ("text", 1, "task-7", "task-7"),
        ("word", "pending", "done", "done"),
        ("word", 1, "2", 2),
        ("word", True, "false", False),
        ("word", False, "true", True),
        ("word", False, "odd", "odd"),
        ("integer", 1, 7, 7),
        ("integer", "1", 7, "7"),
        ("iso", "2020-01-01T00:00:00Z", MOMENT, "2023-11-14T22:13:20Z"),
        ("iso", "2020-01-01T00:00:00.0Z", MOMENT, "2023-11-14T22:13:20.1Z"),
        ("iso", "2020-01-01T00:00:00.000Z", MOMENT, "2023-11-14T22:13:20.123Z"),
        ("iso", "2020-01-01T00:00:00.000000Z", MOMENT, "2023-11-14T22:13:20.123000Z"),
        ("iso", "2020-01-01T00:00:00+05:30", MOMENT, "2023-11-15T03:43:20+05:30"),
        ("iso", "2020-01-01T00:00:00+00:00", MOMENT, "2023-11-14T22:13:20+00:00"),
        ("iso", "string", MOMENT, "2023-11-14T22:13:20.123Z"),
        ("iso", 0, MOMENT, "2023-11-14T22:13:20.123Z"),
        ("iso", "2020-01-01T00:00:00Z", -59_011_459_200_000, "0100-01-01T00:00:00Z"),
        ("unix-s", 1, MOMENT, 1_700_000_000),
        ("unix-s", "1", MOMENT, "1700000000"),
        ("unix-s", 1.0, MOMENT, 1_700_000_000.123),
        ("unix-ms", 1, MOMENT, MOMENT),
        ("percent", 0, 40, 40),
        ("percent", 0.0, 40, 40.0),
        ("percent", "0", 40, "40"),
        ("percent", "0%", 40, "40%"),
        ("fraction", 0.0, 29, 0.29),
        ("fraction", "0", 29, "0.29"),
        ("one", "https://x", ("https://a", "https://b"), "https://a"),
        ("one", "https://x", (), None),
        ("list", [], ("https://a", "https://b"), ["https://a", "https://b"]),
    ],
)
def test_a_fact_is_spelled_like_the_template(codec: str, like: Any, fact: Any, spelled: Any) -> None:
    assert written(codec, like, fact) == spelled
    assert type(written(codec, like, fact)) is type(spelled)


def test_the_first_place_that_holds_something_is_read_and_written() -> None:
    both = lens(("/a", "text"), ("/b/0/c", "text"))
    body = {"a": None, "b": [{"c": "x"}]}
    assert both.read(body) == {"f": "x"}
    assert both.write(body, {"f": "y"}) == {"a": None, "b": [{"c": "y"}]}
    assert both.write({"a": "1", "b": [{"c": "2"}]}, {"f": "y"}) == {"a": "y", "b": [{"c": "2"}]}


def test_a_fact_without_a_place_is_not_told() -> None:
    facts = Lens((Fact("id", (("/id", "text"),)), Fact("status", (("/status", "word"),))))
    assert facts.places_in({"id": "1"}) == {"id"}
    assert facts.write({"id": "1"}, {"id": "2", "status": "done", "odd": 1}) == {"id": "2"}
    assert facts.write({"id": "1"}, {}) == {"id": "1"}


def test_a_word_may_be_derived_from_what_is_there() -> None:
    status = lens(("/status", "word"), name="status", url="done", urls="done", error="failed")
    assert status.read({"status": "odd", "url": "x"}) == {"status": "odd"}
    assert status.read({"url": "x"}) == {"status": "done"}
    assert status.read({"url": None, "urls": "0001-01-01T00:00:00Z", "error": {}}) == {"status": "failed"}
    assert status.read({}) == {}


def test_the_whole_body_may_be_a_fact() -> None:
    whole = lens(("", "list"))
    assert whole.read(["a"]) == {"f": ("a",)}
    assert whole.write(["a"], {"f": ("b", "c")}) == ["b", "c"]
    with pytest.raises(Misspelled, match="f at / is not spelled as list"):
        whole.read("a")


def test_the_template_is_left_as_it_was() -> None:
    template = {"a": {"b": "x"}, "c": [1, 2]}
    frozen = freeze(template)
    body = lens(("/a/b", "text")).write(frozen, {"f": "y"})
    assert body == {"a": {"b": "y"}, "c": [1, 2]}
    body["c"].append(3)
    assert frozen == freeze(template)


@pytest.mark.parametrize("body", [None, "text", 5, [], {"v": {}}, {"v": [1]}])
def test_a_body_of_another_shape_tells_nothing(body: Any) -> None:
    assert lens(("/v/deep/er", "text")).read(body) == {}


# --- laws ------------------------------------------------------------------------------------------------------------

MOMENTS = st.integers(-(2**40), 2**44)
ADDRESSES = st.lists(st.text(min_size=1), min_size=1).map(tuple)
PERCENTS = st.integers(0, 100)
ISO = st.builds(
    "2020-02-29T12:34:56{}{}".format,
    st.sampled_from(["", ".1", ".12", ".123", ".123456", ".123456789"]),
    st.sampled_from(["Z", "+00:00", "+05:30", "-11:00", "+14:00"]),
)
CASES: dict[str, tuple[st.SearchStrategy[Any], st.SearchStrategy[Any]]] = {  # the facts, and what a template may hold
    "text": (st.text() | st.integers().map(str), st.text() | st.integers()),
    "word": (st.text() | st.sampled_from(["true", "false", "1"]), st.text() | st.integers() | st.booleans()),
    "integer": (st.integers(), st.integers() | st.integers().map(str)),
    "iso": (MOMENTS, ISO | st.just("string")),
    "unix-s": (MOMENTS, MOMENTS | MOMENTS.map(str) | st.floats(0, 1e9)),
    "unix-ms": (MOMENTS, MOMENTS | MOMENTS.map(str)),
    "number": (st.integers(0, 10**6).map(float), st.integers() | st.floats(0, 9) | st.just("7")),
    "percent": (PERCENTS, st.sampled_from([0, 99, 0.5, "0", "7%"])),
    "fraction": (PERCENTS, st.sampled_from([0.5, 1, 0, "0.25"])),
    "one": (ADDRESSES, st.text()),
    "list": (ADDRESSES, st.lists(st.text())),
}


def step(codec: str, like: Any) -> int:
    """How many milliseconds a time of this spelling can tell apart."""
    if codec == "unix-s":
        return 1 if isinstance(like, float) else 1000
    digits = len(like.partition(".")[2].rstrip("Z").partition("+")[0].partition("-")[0]) if like != "string" else 3
    return int(10 ** max(0, 3 - digits))


def told(codec: str, like: Any, fact: Any) -> Any:
    """What is left of a fact when it is spelled like that."""
    if codec in ("iso", "unix-s"):
        return fact - fact % step(codec, like)
    return fact[:1] if codec == "one" else fact


@pytest.mark.parametrize("codec", CODECS)
@given(data=st.data())
def test_a_lens_reads_back_what_it_wrote(codec: str, data: st.DataObject) -> None:
    facts, likes = CASES[codec]
    fact, like = data.draw(facts), data.draw(likes)
    made = lens(("/empty", codec), ("/data/0", codec))
    body = made.write({"empty": None, "data": [like]}, {"f": fact})
    assert made.read(body) == {"f": told(codec, like, fact)}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)


@given(st.sampled_from(sorted(CODECS)), ANYTHING)
def test_whatever_stands_there_is_read_or_misspelled(codec: str, value: Any) -> None:
    made = lens(("/v", codec))
    try:
        facts = made.read({"v": value})
    except Misspelled:
        return
    assert facts.keys() <= {"f"}
