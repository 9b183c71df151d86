"""Faults as texts: every value says itself and is read back, and a text that is none is told what is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.errors import UsageError
from mockserver.faults import kinds
from mockserver.faults.fault import Fault, When
from mockserver.faults.text import parse
from mockserver.gate import owner_of
from tests.mockserver.faults.drawn import faults

READ = {
    "latency 2": Fault(kinds.Latency(2, 2)),
    "latency 300ms": Fault(kinds.Latency(0.3, 0.3)),
    "latency 0.5..3": Fault(kinds.Latency(0.5, 3)),
    "latency lognormal 1 0.5": Fault(kinds.LogNormal(1, 0.5)),
    "503 on POST /luma/generations every 3rd": Fault(kinds.Status(503), When("POST /luma/generations", every=3)),
    "503 on post /x the 2nd": Fault(kinds.Status(503), When("POST /x", nth=2)),
    "429 retry-after 7 for key abc": Fault(kinds.Status(429, retry_after_s=7), When(owner=owner_of("abc"))),
    '400 retry-after 1 as "too long" first 3': Fault(kinds.Status(400, "too long", 1), When(first=3)),
    "rate 10/60s per key": Fault(kinds.Rate(10, 60)),
    "rate 10/1m in all": Fault(kinds.Rate(10, 60, in_all=True)),
    "rate sliding 10/60s": Fault(kinds.Rate(10, 60, sliding=True)),
    "at most 2 running": Fault(kinds.Running(2)),
    "out of credits on submitGeneration": Fault(kinds.OutOfCredits(), When("submitGeneration")),
    "reset 5%": Fault(kinds.Reset(), When(percent=5)),
    "reset after 20": Fault(kinds.Reset(20)),
    "lost first 1": Fault(kinds.Lost(), When(first=1)),
    "truncate": Fault(kinds.Truncate()),
    "truncate 20 for 60s": Fault(kinds.Truncate(20), When(for_s=60)),
    "malformed": Fault(kinds.Malformed()),
    "drip 100/s for 2h on media": Fault(kinds.Drip(100), When("media", for_s=7200)),
    "wrong-type": Fault(kinds.WrongType()),
    "wrong-type text/plain on *": Fault(kinds.WrongType("text/plain"), When("*")),
    "break-schema": Fault(kinds.BreakSchema()),
    "media 404": Fault(kinds.Status(404), When("media")),
    " MEDIA  403 ": Fault(kinds.Status(403), When("media")),
}


@pytest.mark.parametrize("text", READ)
def test_a_text_is_read_as_it_is_meant(text: str) -> None:
    assert parse(text) == READ[text]


@given(faults)
def test_every_fault_says_itself_and_is_read_back(fault: Fault) -> None:
    assert parse(str(fault)) == fault


def test_a_name_of_several_words_stands_in_quotes() -> None:
    fault = Fault(kinds.Status(400, 'a "b" \\c'))
    assert str(fault) == '400 as "a \\"b\\" \\\\c"'
    assert parse(str(fault)) == fault


def test_a_key_is_kept_as_its_owner_only() -> None:
    assert "abc" not in repr(parse("503 for key abc"))
    assert str(parse("503 for key abc")) == f"503 for owner {owner_of('abc')}"


WRONG = {
    "": ("what the fault does is missing", "lumakit mock --help"),
    "latncy 2": ("'latncy'", "did you mean `latency`?"),
    "brake-schema": ("'brake-schema'", "did you mean `break-schema`?"),
    "zzzz": ("'zzzz'", "a status such as 503, or one of"),
    "latency": ("is missing at the end", "--help"),
    "latency soon": ("'soon' is not a time", "write a time such as `2`"),
    "latency 601": ("a latency cannot be 601", "seconds, from 0 to 600"),
    "latency 3..1": ("the upper end of a latency cannot be 1", "seconds, from 3 to 600"),
    "latency lognormal 1": ("a sigma such as `0.5` is missing", "--help"),
    "latency lognormal 1 9": ("the sigma of a latency cannot be 9", "from 0 to 5"),
    "200": ("the status of a fault cannot be 200", "from 400 to 599"),
    "5000000": ("'5000000'", "a status such as 503"),
    "503 every": ("a number such as `3` or `3rd` is missing", "--help"),
    "503 every 0": ("`every 0` is no request", "`every 1` is the least"),
    "503 every third": ("'third' is not a number", "`3rd`"),
    "503 evry 3": ("'evry' is no condition", "did you mean `every`?"),
    "503 sometimes": ("'sometimes' is no condition", "one of `on`"),
    "503 5% 6%": ("said twice how likely", "make two faults of it"),
    "503 first 1 first 2": ("said twice how many", "say it once"),
    "media 404 on /x": ("said twice where", "say it once"),
    "media nothing": ("'nothing'", "a status"),
    "503 101%": ("a share cannot be 101", "percent, from 0 to 100"),
    "503 on": ("a place such as `POST /path` is missing", "--help"),
    "503 on a?b": ("'a?b' is no place", "`POST /path`"),
    "503 for ever": ("'ever' is not `key KEY`", "a time such as `60s`"),
    "503 for 0s": ("the time a fault lasts cannot be 0", "from 0.001"),
    "503 for owner me": ("an owner is 16 hexadecimal digits", "`for key KEY`"),
    "429 retry-after soon": ("'soon' is not a number of seconds", "`7`"),
    '503 as "two words': ("a text in quotes has no end", "two words"),
    '503 as "a\x01"': ("the name of an example cannot be", "printable"),
    "rate 10": ("'10' is not a count and a window", "`10/60s`"),
    "rate 0/60s": ("the count of a rate cannot be 0", "from 1 to 10000"),
    "rate 10/0s": ("the window of a rate cannot be 0", "from 0.001"),
    "at least 2 running": ("'least' stands where `most` should be", "at most 2 running"),
    "at most 2 tasks": ("'tasks' stands where `running` should be", "at most 2 running"),
    "at most two running": ("'two' is not a whole number", "`2`"),
    "out of": ("`credits` is missing at the end", "--help"),
    "out off credits": ("'off' stands where `of` should be", "out of credits"),
    "reset after lunch": ("'lunch' is not a number of bytes", "`20`"),
    "drip 100": ("'100' is not bytes a second", "`100/s`"),
    "drip 0/s": ("the speed of a drip cannot be 0", "from 0.001"),
    "wrong-type a/b/c": ("'a/b/c' is no content type", "`wrong-type text/plain`"),
    "x" * 2001: ("a fault of 2001 characters is too long", "at most 2000"),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_text_that_is_no_fault_is_told_why(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    what, hint = WRONG[text]
    assert caught.value.code == "fault_invalid"
    assert what in caught.value.what
    assert hint in caught.value.hint


@given(st.text(max_size=60) | st.lists(st.sampled_from([*" ".join(READ).split(), '"', "0", "-1"])).map(" ".join))
def test_any_text_is_a_fault_or_is_refused(text: str) -> None:
    try:
        fault = parse(text)
    except UsageError:
        return
    assert parse(str(fault)) == fault
