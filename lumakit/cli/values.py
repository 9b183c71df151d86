"""What may stand behind a flag: each reads a text, or says in words what it should have been.

Knows argparse's way to complain, and no command.
"""

from __future__ import annotations

import argparse
import math
import re
from urllib.parse import urlsplit

from lumakit.clock import MAX_SPEED

_ADDRESS = re.compile(r"https?://[^/?#@\s]+(/[^?#\s]*)?")
_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#@*\s]+/?")


def whole(text: str) -> int:
    """0, 1, 2 ..."""
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def port(text: str) -> int:
    """A port; 0 is any that is free."""
    if (number := whole(text)) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port: 1 to 65535, or 0 for any that is free")
    return number


def count(text: str) -> int:
    """1, 2, 3 ..."""
    if (number := whole(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def status(text: str) -> int:
    """What a server may answer."""
    if not 200 <= (number := whole(text)) <= 599:
        raise argparse.ArgumentTypeError(f"{text} is no status that a server answers: 200 to 599")
    return number


def speed(text: str) -> float:
    """How fast a clock runs."""
    try:
        speed = float(text)
    except ValueError:
        speed = -1.0
    if not 0 <= speed <= MAX_SPEED:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed: a number from 0 to {MAX_SPEED:,.0f}")
    return speed


def seconds(text: str) -> float:
    """A time above 0."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds


def address(text: str) -> str:
    """Where something is, without a slash at the end."""
    try:
        fits = _ADDRESS.fullmatch(text) and urlsplit(text).port != 0
    except ValueError:
        fits = False
    if not fits:
        raise argparse.ArgumentTypeError(f"{text!r} is no address: write `http://mock.test:4010`")
    return text.rstrip("/")


def origin(text: str) -> str:
    """What a browser says of a page: scheme, name and port."""
    if not _ORIGIN.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no origin: write `https://app.test`; a path or `*` is none")
    return text.rstrip("/").lower()


def name(text: str) -> str:
    """The name of a machine, or its address."""
    if not re.fullmatch(r"[A-Za-z0-9._-]+|(?=.*:.*:)[0-9A-Fa-f:.]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name: write `mock.test`, without a scheme and a port")
    return text
