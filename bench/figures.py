"""Figures as a table, and their place in a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any


def table(every: Sequence[Any]) -> str:
    """The figures, a line each."""
    names = list(asdict(every[0]))
    lines = [f"| {' | '.join(each.replace('_', ' ') for each in names)} |", "|---" * len(names) + "|"]
    lines += [f"| {' | '.join(str(value) for value in asdict(each).values())} |" for each in every]
    return "\n".join(lines) + "\n"


def write(path: Path, told: str, command: str, place: str = "torture") -> None:
    """Put the figures into the page, in the place of those before them."""
    begin, end = f"<!-- {place} -->", f"<!-- end of {place} -->"
    before, _, rest = path.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    path.write_text(f"{before}{begin}\n\n    {command}\n\n{told}\n{end}{after}", encoding="utf-8")
