"""The corpora of this folder as they are meant: bytes by name, and texts. Where they come from stands in NOTICE.md."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent


def bodies(letter: str) -> dict[str, bytes]:
    """The bodies that must be read (`y`), must be refused (`n`), or may be either (`i`)."""
    found = _read("json_test_suite.json")
    return {name: _body(told) for name, told in found.items() if name.startswith(f"{letter}_")}


def naughty() -> list[str]:
    """Texts that have broken programs before."""
    return [base64.b64decode(told).decode() for told in _read("naughty_strings.json")]


def _read(name: str) -> Any:
    return json.loads((_HERE / name).read_bytes())


def _body(told: str | list[str]) -> bytes:
    return base64.b64decode(told) if isinstance(told, str) else zlib.decompress(base64.b64decode(told[0]))
