"""Faults as hypothesis draws them: every kind, every condition, every bound."""

from __future__ import annotations

from hypothesis import strategies as st

from mockserver.faults import kinds
from mockserver.faults.fault import Fault, When

seconds = st.floats(0.001, 600) | st.integers(1, 600)
counts = st.integers(0, 10**6)
names = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], include_characters=" "), max_size=20)
wholes = st.integers(1, 10_000)

does: st.SearchStrategy[kinds.Does] = st.one_of(
    seconds.flatmap(lambda low: st.builds(kinds.Latency, st.just(low), st.floats(low, 600))),
    st.builds(kinds.LogNormal, seconds, st.floats(0, 5)),
    st.builds(kinds.Status, st.integers(400, 599), names, st.none() | counts),
    st.builds(kinds.Rate, wholes, seconds, st.booleans(), st.booleans()),
    st.builds(kinds.Running, counts, st.booleans()),
    st.builds(kinds.Reset, st.none() | counts),
    st.builds(kinds.Truncate, st.none() | counts),
    st.builds(kinds.Drip, st.floats(0.001, 1e6)),
    st.builds(kinds.WrongType, st.sampled_from(["text/html", "text/plain", "application/x+json"])),
    st.sampled_from([kinds.OutOfCredits(), kinds.Lost(), kinds.Malformed(), kinds.BreakSchema()]),
)
places = st.sampled_from(["", "media", "*", "/a/*", "POST /a/{id}", "GET *", "submitTask", "every", "/5%"])
whens = st.builds(
    When,
    places,
    st.sampled_from(["", "0123456789abcdef"]),
    counts,
    counts,
    counts,
    st.floats(0, 100) | st.integers(0, 100),
    st.none() | seconds,
)
faults = st.builds(Fault, does, whens)
