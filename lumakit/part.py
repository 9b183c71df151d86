"""A file that is being received: it stands under another name beside its own until it is complete.

The one room that writes what a provider sent. Knows no HTTP.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from types import TracebackType

from lumakit.errors import LumakitError, SurroundingsError, UsageError

MAX_BYTES = 8 * 2**30


class Part:
    """Collects bytes; `keep` gives them their name, and leaving without that leaves nothing."""

    def __init__(self, path: str | Path, *, overwrite: bool = False) -> None:
        self.path: Path = Path(path)
        self.have: int = 0
        self._overwrite = overwrite
        if self.path.is_dir() or not self.path.name:
            raise UsageError(f"{self.path} is a folder", code="save_folder", hint="name the file itself")
        self._there = self.path.with_name(f".{self.path.name[:200]}.{secrets.token_hex(4)}.part")
        self._refuse_to_replace()
        try:
            self._file = self._there.open("xb")
        except OSError as error:
            raise self._trouble(error) from None

    def seek(self, at: int) -> None:
        """Go on at a byte, and forget what stood from there on."""
        try:
            self._file.seek(at)
            self._file.truncate()
        except OSError as error:
            raise self._trouble(error) from None
        self.have = at

    def write(self, piece: bytes) -> None:
        """Add a piece."""
        if self.have + len(piece) > MAX_BYTES:
            raise SurroundingsError(f"the file has more than {MAX_BYTES} bytes", code="save_too_long")
        try:
            self._file.write(piece)
        except OSError as error:
            raise self._trouble(error) from None
        self.have += len(piece)

    def keep(self) -> Path:
        """Give it its name."""
        try:
            self._file.close()
            self._refuse_to_replace()
            os.replace(self._there, self.path)
        except OSError as error:
            raise self._trouble(error) from None
        return self.path

    def __enter__(self) -> Part:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):  # a full disk: what could not be written is thrown away here
            self._file.close()
        self._there.unlink(missing_ok=True)

    def _refuse_to_replace(self) -> None:
        if not self._overwrite and self.path.exists():
            raise UsageError(f"{self.path} exists", code="save_exists", hint="another name, or overwrite=True")

    def _trouble(self, error: OSError) -> LumakitError:
        reason = error.strerror or "it cannot be written"
        return SurroundingsError(f"{self.path}: {reason}", code="save_failed", hint="another place")
