"""What every fuzz target shares: how bytes and values are spoiled, how many are tried, and what may come of it.

The law: a value or an error of ours, within time; never another exception, never a hang. Short in every run of the
tests; `LUMAKIT_FUZZ=long` (`make fuzz`) tries many more, and other ones each time.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, ParamSpec, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from lumakit.errors import InputError

P = ParamSpec("P")
T = TypeVar("T")
E = TypeVar("E", bound=Exception)
LONG = os.environ.get("LUMAKIT_FUZZ") == "long"
EXAMPLES = int(os.environ.get("LUMAKIT_FUZZ_EXAMPLES", "0")) or (5_000 if LONG else 20)
MOST_S = 10.0  # of the processor, for one input of some kilobytes on a machine under load

law = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=not LONG,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@contextmanager
def in_time() -> Iterator[None]:
    """Break off what takes longer than anything may; where a system has no such timer, a hang hangs the test."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _too_long(*_: object) -> NoReturn:
    raise AssertionError(f"more than {MOST_S:g} s were taken")


def outcome(refusal: type[E], ask: Callable[[], T]) -> T | E:
    """What came of it within time: a value, or the refusal that was to be expected."""
    try:
        with in_time():
            return ask()
    except refusal as no:
        return no


def told(ask: Callable[P, T], *given: P.args, **named: P.kwargs) -> T | InputError:
    """What came of it: a value, or an error that says what is wrong with what was given."""
    found = outcome(InputError, lambda: ask(*given, **named))
    if isinstance(found, InputError):
        assert found.what
        assert found.code
        assert len(str(found)) < 4_000
    return found


# --- bytes ------------------------------------------------------------------------------------------------------------

TOKENS = [
    *(
        b"[" * 3_000,
        b"{" * 3_000,
        b'{"a":' * 3_000,
        b"- " * 3_000,
        b"(" * 3_000,
        b"a=[" * 500,
        b"a: &a [*a]\n",
        b"<<: ",
    ),
    *(
        b"9" * 5_000,
        b"1e999",
        b"-1e999",
        b"1E+99999999999999999999",
        b"NaN",
        b"Infinity",
        b".inf",
        b"-0",
        b"0x" + b"f" * 400,
    ),
    *(
        b"\x00",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\xff\xfe",
        b"\x1b[2J",
        b"\xe2\x80\xa8",
        b"\xc2\x85",
        b"\x7f",
        b"\r",
    ),
    *(
        b'"',
        b"'",
        b"\\",
        b"\\u0000",
        b"\\ud800",
        b'\\"',
        b"\n",
        b"\t",
        b",",
        b":",
        b": ",
        b"=",
        b"#",
        b"|",
        b">",
        b"%",
        b"!",
        b"&a",
        b"*a",
    ),
    *(
        b"!!python/object/apply:os.system [id]",
        b"!!binary x",
        b"---\n",
        b"...\n",
        b"{}",
        b"[]",
        b"null",
        b"true",
        b"~",
        b"''",
    ),
    *(b"2020-13-45", b"9999-12-31T23:59:60Z", b"25:61", b"/../", b"..%2f", b"http://", b"//", b"?", b"\xc3\xa9" * 300),
]


@st.composite
def spoiled_bytes(draw: st.DrawFn, specimens: Sequence[bytes]) -> bytes:
    """A good specimen in which something was cut out, put in or said again, or bytes that nobody ever wrote."""
    raw = draw(st.sampled_from(specimens))
    if draw(st.integers(0, 9)) == 0:
        raw = draw(st.binary(max_size=40))
    for _ in range(draw(st.integers(1, 4))):
        at, cut = draw(st.integers(0, len(raw))), draw(st.sampled_from((0, 0, 1, 2, 7, 40)))
        again = raw[at : at + draw(st.integers(0, 60))] * draw(st.sampled_from((1, 2, 50)))
        put = draw(st.sampled_from(TOKENS) | st.binary(max_size=4) | st.just(again))
        raw = raw[:at] + put + raw[at + cut :]
    return raw


def spoiled_texts(specimens: Sequence[str]) -> st.SearchStrategy[str]:
    """The same for texts; bytes that are no UTF-8 become halves of letters."""
    raw = [each.encode() for each in specimens]
    return spoiled_bytes(raw).map(lambda found: found.decode(errors="surrogateescape")) | st.text(max_size=60)


# --- values -----------------------------------------------------------------------------------------------------------

_LEAVES = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        1,
        404,
        10**18,
        2**64,
        10**300,
        1.5,
        1e308,
        -0.0,
        "",
        "x",
        "/",
        "/a/~1/0",
        "\x00",
        "1e999",
    ]
)
_LEAVES |= st.sampled_from(
    ["$", "$..*", "\U0001f600", "é" * 300, "^(a+)+$", "(?", "{$request.body#/x}", "a > b", "1..2"]
)


@st.composite
def values(draw: st.DrawFn, words: Sequence[str], depth: int = 3) -> Any:
    """Any JSON value whose keys and texts may be these words."""
    kind = draw(st.integers(0, 5 if depth else 3))
    if kind < 2:
        return draw(_LEAVES)
    if kind < 4:
        return _word(draw, words)
    inner = [draw(values(words, depth - 1)) for _ in range(draw(st.integers(0, 3)))]
    return inner if kind == 4 else {_word(draw, words): each for each in inner}


def _word(draw: st.DrawFn, words: Sequence[str]) -> str:
    return draw(st.sampled_from([*words, "", "$ref", "x-odd", "\x00"]))


@st.composite
def spoiled_values(draw: st.DrawFn, specimens: Sequence[Any]) -> Any:
    """A good value in which something was replaced, taken out or put in; its own words turn up elsewhere in it."""
    value = _copy(draw(st.sampled_from(specimens)))
    junk = values(sorted(set(_words(value)))[:300] or ["x"])
    for _ in range(draw(st.integers(1, 4))):
        places = list(_places(value))
        if not places:
            return draw(junk)
        holder, key = draw(st.sampled_from(places))
        verb = draw(st.integers(0, 3))
        if verb == 0:
            del holder[key]
        elif verb == 1 and isinstance(holder, list):
            holder.insert(key, draw(junk))
        elif verb == 1:
            holder[draw(st.sampled_from(sorted(set(_words(value)))))] = draw(junk)
        else:
            holder[key] = draw(junk)
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(members):
        yield value, key
        yield from _places(inner)


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for holder, key in _places(value):
        if isinstance(key, str):
            yield key
        if isinstance(holder[key], str):
            yield holder[key]


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value
