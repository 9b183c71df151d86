"""Texts put into a page: every one is escaped here. Knows no verdict."""

from __future__ import annotations

import html

from lumakit.report import printable


def shown(value: object) -> str:
    """A text as it stands in a page: it cannot be markup, and cannot turn the direction of writing."""
    return html.escape(printable(str(value)))


def pill(kind: str, label: str = "") -> str:
    """A word in a coloured frame; the kind tells the colour."""
    return f'<span class="pill {shown(kind).replace(" ", "-")}">{shown(label or kind)}</span>'
