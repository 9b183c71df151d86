"""A task's timeline as an inline drawing: a dot for each look, coloured by phase, a diamond for a webhook.

Knows stories only. Colours come from the page's style, by class; no text from outside is put in unescaped.
"""

from __future__ import annotations

import html
from collections.abc import Collection, Iterator, Sequence

from lumakit.check.verdict import Look, Story, Via
from lumakit.report import printable

WIDTH, HEIGHT, MARGIN, BASE = 960, 132, 40, 74
_MOST = 400
_LABEL = 13  # letters of a word


def timeline(story: Story, wrong: Collection[int] = ()) -> str:
    """The drawing of one story; the numbers of wrong looks are ringed."""
    looks = _fewer(story.looks)
    if not looks:
        return ""
    places = _places([look.at_ms for look in looks])
    drawn = [*_curve(looks, places), *_stretches(looks, places), *_dots(looks, places, wrong), *_words(looks, places)]
    label = html.escape(f"task {printable(story.id)}: {' '.join(_said(looks))}")
    head = f'<svg class="timeline" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
    return "".join([head, *drawn, *_ends(looks, places), "</svg>"])


def _fewer(looks: Sequence[Look]) -> Sequence[Look]:
    """As many looks as can be drawn: of very many, those where the word changes and some between."""
    if len(looks) <= _MOST:
        return looks
    step = len(looks) // (_MOST // 2) + 1
    return [
        look
        for number, look in enumerate(looks)
        if number % step == 0 or look.word != looks[number - 1].word or look.via is Via.WEBHOOK or look is looks[-1]
    ][:_MOST]


def _places(times: Sequence[int]) -> list[float]:
    """Where each look is drawn: by its time, but never on top of the one before."""
    inner = WIDTH - 2 * MARGIN
    gap = min(14.0, inner / max(1, len(times)))
    span = max(1, times[-1] - times[0])
    found: list[float] = []
    for at in times:
        here = (at - times[0]) / span * inner
        found.append(max(here, found[-1] + gap) if found else here)
    scale = inner / found[-1] if found[-1] > inner else 1.0
    return [MARGIN + place * scale for place in found]


def _phase(look: Look) -> str:
    return look.snapshot.phase.value if look.snapshot and look.snapshot.phase else "unknown"


def _curve(looks: Sequence[Look], places: Sequence[float]) -> Iterator[str]:
    """How far the task said it was."""
    points = [
        (place, BASE - 6 - 0.34 * max(0, min(100, look.snapshot.progress)))
        for look, place in zip(looks, places, strict=True)
        if look.snapshot and look.snapshot.progress is not None
    ]
    if len(points) > 1:
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        ground = f"{points[0][0]:.1f},{BASE} {line} {points[-1][0]:.1f},{BASE}"
        yield f'<polygon class="area" points="{ground}"/><polyline class="progress" points="{line}"/>'


def _stretches(looks: Sequence[Look], places: Sequence[float]) -> Iterator[str]:
    for number in range(1, len(looks)):
        start, end = places[number - 1], places[number]
        points = f'x1="{start:.1f}" y1="{BASE}" x2="{end:.1f}" y2="{BASE}"'
        yield f'<line class="stretch {_phase(looks[number - 1])}" {points}/>'


def _dots(looks: Sequence[Look], places: Sequence[float], wrong: Collection[int]) -> Iterator[str]:
    for look, x in zip(looks, places, strict=True):
        title = html.escape(f"#{look.number} {look.via.value}: {printable(look.word or 'no word')}{_progress(look)}")
        ring = f'<circle class="ring" cx="{x:.1f}" cy="{BASE}" r="11"/>' if look.number in wrong else ""
        yield f'<g class="look {_phase(look)}"><title>{title}</title>{ring}{_mark(look, x)}</g>'


def _mark(look: Look, x: float) -> str:
    if look.via is Via.WEBHOOK:
        return f'<path d="M{x:.1f} {BASE - 7}l7 7-7 7-7-7z"/>'
    return f'<circle cx="{x:.1f}" cy="{BASE}" r="{6 if look.via in (Via.SUBMIT, Via.EXTEND) else 4.5}"/>'


def _progress(look: Look) -> str:
    known = look.snapshot is not None and look.snapshot.progress is not None
    return f" {look.snapshot.progress}%" if look.snapshot is not None and known else ""


def _words(looks: Sequence[Look], places: Sequence[float]) -> Iterator[str]:
    """Each word where it is said first, above the line or below where two would touch."""
    rows = {BASE - 52: -1e9, BASE + 26: -1e9, BASE + 42: -1e9}
    before: str | None = ""
    for look, x in zip(looks, places, strict=True):
        if look.word == before:
            continue
        before = look.word
        text = printable(look.word or "no word")
        text = text if len(text) <= _LABEL else f"{text[: _LABEL - 1]}…"
        row = next((row for row, end in rows.items() if x - end > 7.2 * len(text)), None)
        if row is not None:
            rows[row] = x
            anchor = "start" if x < MARGIN + 30 else "end" if x > WIDTH - MARGIN - 30 else "middle"
            yield f'<text class="word" x="{x:.1f}" y="{row}" text-anchor="{anchor}">{html.escape(text)}</text>'


def _ends(looks: Sequence[Look], places: Sequence[float]) -> Iterator[str]:
    """When it began and when it was seen last."""
    span = looks[-1].at_ms - looks[0].at_ms
    y = HEIGHT - 4
    yield f'<text class="time" x="{places[0]:.1f}" y="{y}">0 s</text>'
    if len(looks) > 1:
        yield f'<text class="time" x="{places[-1]:.1f}" y="{y}" text-anchor="end">{duration(span)}</text>'


def duration(milliseconds: int) -> str:
    """A time in words."""
    seconds = milliseconds / 1000
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def _said(looks: Sequence[Look]) -> list[str]:
    """The words of a story, each where it changes."""
    words = [printable(look.word or "no word") for look in looks]
    return [word for number, word in enumerate(words) if number == 0 or word != words[number - 1]][:20]
