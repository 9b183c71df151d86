"""A file that is being received: complete or not there, whatever the disk says."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lumakit.errors import SurroundingsError, UsageError
from lumakit.part import MAX_BYTES, Part


@contextmanager
def disk_of(most: int) -> Iterator[None]:
    """A system that takes no file of more than so many bytes, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def left(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


def received(path: Path, *pieces: bytes, begin: int = 0, meanwhile: Callable[[], object] = str) -> Path:
    """A file that comes in pieces, and what happens meanwhile."""
    with Part(path, overwrite=path.suffix == ".new") as part:
        part.seek(begin)
        for piece in pieces:
            part.write(piece)
        meanwhile()
        return part.keep()


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("size", [100, 100_000])
def test_a_full_disk_is_said_in_words_and_leaves_nothing(size: int, tmp_path: Path) -> None:
    with disk_of(50), pytest.raises(SurroundingsError) as told:
        received(tmp_path / "a.mp4", b"x" * size)
    assert (told.value.code, left(tmp_path)) == ("save_failed", [])


def test_what_is_broken_off_on_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    with disk_of(50), pytest.raises(KeyboardInterrupt):
        received(tmp_path / "a.mp4", b"x" * 100, meanwhile=interrupt)
    assert left(tmp_path) == []


def test_going_on_on_a_full_disk_is_said_in_words(tmp_path: Path) -> None:
    with disk_of(50), Part(tmp_path / "a.mp4") as part:
        part.write(b"x" * 100)
        with pytest.raises(SurroundingsError):
            part.seek(100)
    assert left(tmp_path) == []


def test_a_file_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SurroundingsError) as told:
        received(tmp_path / "a.mp4", b"x", begin=MAX_BYTES)
    assert (told.value.code, left(tmp_path)) == ("save_too_long", [])


def test_a_file_that_has_come_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with pytest.raises(UsageError) as told:
        received(path, b"mine", meanwhile=lambda: path.write_bytes(b"theirs"))
    assert (told.value.code, path.read_bytes()) == ("save_exists", b"theirs")


def test_a_name_that_has_become_a_folder_is_said_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.new"
    with pytest.raises(SurroundingsError) as told:
        received(path, b"mine", meanwhile=path.mkdir)
    assert (told.value.code, left(tmp_path)) == ("save_failed", ["a.new"])


def test_going_back_forgets_what_stood_behind(tmp_path: Path) -> None:
    with Part(tmp_path / "a.mp4") as part:
        part.write(b"0123456789")
        part.seek(4)
        part.write(b"ab")
        assert part.have == 6
        part.keep()
    assert (tmp_path / "a.mp4").read_bytes() == b"0123ab"
