"""The films and pictures themselves: the index equals the files, and the files are what a player expects."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from importlib.resources import files

import pytest

from mockserver import media
from mockserver.media import Film

FOLDER = files("mockserver") / "films"
FILMS = media.films()


def boxes(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The boxes of an MP4 file, one level deep."""
    while data:
        length = int.from_bytes(data[:4])
        assert 8 <= length <= len(data)
        yield data[4:8].decode("ascii"), data[8:length]
        data = data[length:]


def box(data: bytes, *path: str) -> bytes:
    for name in path:
        (data,) = [content for kind, content in boxes(data) if kind == name]
    return data


def numbers(data: bytes, *places: int) -> list[int]:
    return [int.from_bytes(data[place : place + 4]) for place in places]


def frame_of(jpeg: bytes) -> tuple[int, int]:
    """Width and height in a JPEG file: its first start-of-frame segment."""
    at = 2
    while jpeg[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return int.from_bytes(jpeg[at + 7 : at + 9]), int.from_bytes(jpeg[at + 5 : at + 7])


def named(film: Film) -> str:
    return film.video.name


def test_the_index_names_exactly_the_files_there_are() -> None:
    used = {film.file(kind).name for film in FILMS for kind in media.KINDS}
    assert used == {path.name for path in FOLDER.iterdir()} - {"films.json"}


def test_all_shapes_resolutions_and_lengths_are_there() -> None:
    shapes = {(16, 9), (9, 16), (1, 1), (4, 3), (3, 4), (21, 9), (9, 21)}
    sizes = {(short * w // min(w, h), short * h // min(w, h)) for short in (540, 720, 1080) for w, h in shapes}
    assert {(film.width, film.height, film.duration_s) for film in FILMS} == {(*s, n) for s in sizes for n in (5, 9)}
    assert len(FILMS) == len(sizes) * 2
    assert all(side % 2 == 0 for size in sizes for side in size)


@pytest.mark.parametrize("film", FILMS, ids=named)
def test_the_index_tells_the_sum_and_the_length_of_each_file(film: Film) -> None:
    for kind in media.KINDS:
        file, data = film.file(kind), (FOLDER / film.file(kind).name).read_bytes()
        assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("film", FILMS, ids=named)
def test_a_film_is_as_large_and_as_long_as_the_index_says(film: Film) -> None:
    moov = box((FOLDER / film.video.name).read_bytes(), "moov")
    assert box(moov, "mvhd")[0] == box(moov, "trak", "tkhd")[0] == box(moov, "trak", "mdia", "mdhd")[0] == 0
    clock, length = numbers(box(moov, "mvhd"), 12, 16)
    assert length == film.duration_s * clock
    assert numbers(box(moov, "trak", "tkhd"), 20, 76, 80) == [length, film.width << 16, film.height << 16]
    clock, length = numbers(box(moov, "trak", "mdia", "mdhd"), 12, 16)
    assert length == film.duration_s * clock


@pytest.mark.parametrize("film", FILMS, ids=named)
def test_a_film_is_silent_h264_that_starts_before_all_of_it_is_there(film: Film) -> None:
    data = (FOLDER / film.video.name).read_bytes()
    order = [kind for kind, _ in boxes(data)]
    assert order.index("moov") < order.index("mdat")
    described = box(data, "moov", "trak", "mdia", "minf", "stbl", "stsd")[8:]
    ((codec, about),) = boxes(described)
    assert codec == "avc1"
    assert (int.from_bytes(about[24:26]), int.from_bytes(about[26:28])) == (film.width, film.height)


@pytest.mark.parametrize("film", FILMS, ids=named)
def test_the_pictures_are_as_large_as_the_film(film: Film) -> None:
    for kind in ("thumbnail", "last_frame"):
        data = (FOLDER / film.file(kind).name).read_bytes()
        assert (data[:2], data[-2:]) == (b"\xff\xd8", b"\xff\xd9")
        assert frame_of(data) == (film.width, film.height)
    assert film.thumbnail != film.last_frame


def test_the_files_stay_small() -> None:
    sizes = [len(path.read_bytes()) for path in FOLDER.iterdir() if path.name != "films.json"]
    assert max(sizes) < 25_000
    assert sum(sizes) < 700_000


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed (Debian: apt-get install ffmpeg)")
@pytest.mark.parametrize("film", FILMS, ids=named)
def test_ffprobe_finds_the_same(film: Film) -> None:
    command = "ffprobe -v error -of json -show_format -show_streams -count_frames -".split()
    said = subprocess.run(command, input=(FOLDER / film.video.name).read_bytes(), capture_output=True, check=True)
    told = json.loads(said.stdout)
    (stream,) = told["streams"]
    assert (stream["codec_name"], stream["pix_fmt"]) == ("h264", "yuv420p")
    assert (stream["width"], stream["height"]) == (film.width, film.height)
    assert {float(told["format"]["duration"]), float(stream["duration"])} == {film.duration_s}
    assert (int(stream["nb_read_frames"]), said.stderr) == (film.duration_s * 10, b"")
