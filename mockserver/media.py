"""The files of a finished task: real films and pictures that play, chosen by what was asked for.

Knows the films in mockserver/films/ (scripts/make-films.py makes them) and how to hand one out over HTTP. Does not know
tasks, addresses, providers or the clock; whether an address has expired is for the caller to say.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache, lru_cache
from importlib.resources import files

from lumakit import strictjson
from lumakit.model import Headers, Request, Response
from mockserver.conditions import asked_for

_ENDINGS = {"video": "mp4", "thumbnail": "jpg", "last_frame": "jpg"}
_MEDIA_TYPES = {"mp4": "video/mp4", "jpg": "image/jpeg"}
KINDS = tuple(_ENDINGS)
MOST_OF_A_KIND = 9

# Fixed, and before the start of any clock a test may set. The ETag is what tells two versions of a file apart.
LAST_MODIFIED = datetime(2000, 1, 1, tzinfo=UTC)
# A result address may expire while a client still holds the file: it has to ask each time, and gets 304 for it.
CACHE_CONTROL = "no-cache"

_DEFAULT_SHORT, _DEFAULT_S, _DEFAULT_RATIO = 720.0, 5.0, 16 / 9
_SMALLEST_SIDE = 100  # what is smaller is a ratio (16:9), what is larger a size (1280x720)
_LARGEST = 10**6
_NAME = re.compile(rf"({'|'.join(KINDS)})(?:-[1-{MOST_OF_A_KIND}])?\.([a-z0-9]+)", re.ASCII)
_PAIR = re.compile(r"(\d{1,5}(?:\.\d{1,5})?)\s*[x\u00d7*:\uff1a/]\s*(\d{1,5}(?:\.\d{1,5})?)", re.ASCII)
_LINES = re.compile(r"(\d{1,5})(?:\.0*)?(p|k)?", re.ASCII)
_NUMBER = re.compile(r"(\d{1,9}(?:\.\d{0,9})?)\s*(?:s|secs?|seconds?)?", re.ASCII)
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._ -]", re.ASCII)  # nothing that could end the header or name a folder
_REFUSALS = {
    412: "The file is not the version that If-Match or If-Unmodified-Since asks for.\n",
    416: "The file has {size} bytes, and the range asked for holds none of them.\n",
}
_RESOLUTIONS = {"sd": 540.0, "hd": 720.0, "fhd": 1080.0, "full hd": 1080.0, "uhd": 2160.0}
_RATIOS = {"landscape": 16 / 9, "horizontal": 16 / 9, "portrait": 9 / 16, "vertical": 9 / 16, "square": 1.0}


@dataclass(frozen=True, slots=True)
class File:
    """A file of the collection: its name there, its length in bytes and the sum of its content."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Film:
    """A film and its pictures, which are as large as the film."""

    width: int
    height: int
    duration_s: int
    video: File
    thumbnail: File
    last_frame: File

    def file(self, kind: str) -> File:
        """The file of one kind."""
        return {"video": self.video, "thumbnail": self.thumbnail, "last_frame": self.last_frame}[kind]


@cache
def films() -> tuple[Film, ...]:
    """Every film there is: all proportions in all resolutions and lengths."""
    index = strictjson.loads(_content("films.json"))
    known = {name: File(name, about["bytes"], about["sha256"]) for name, about in index["files"].items()}
    return tuple(Film(**(film | {kind: known[film[kind]] for kind in KINDS})) for film in index["films"])


@cache  # every name comes from the index: it holds the whole collection at most, which is less than a megabyte
def _content(name: str) -> bytes:
    return (files("mockserver") / "films" / name).read_bytes()


def choose(resolution: object = None, duration: object = None, aspect_ratio: object = None) -> Film:
    """The film nearest to what a request said, in whatever spelling; what says nothing counts as not said."""
    size = _size(resolution) or _size(aspect_ratio)
    shape = _ratio(aspect_ratio) or (size[0] / size[1] if size else _DEFAULT_RATIO)
    short = _short_side(resolution) or (min(size) if size else _DEFAULT_SHORT)
    length_s = _number(duration)
    return _nearest(shape, short, _DEFAULT_S if length_s is None else length_s)


@lru_cache(maxsize=512)
def _nearest(ratio: float, short: float, duration_s: float) -> Film:
    def distance(film: Film) -> tuple[float, float, float]:
        shape = abs(math.log(film.width / film.height / ratio))
        return shape, abs(min(film.width, film.height) - short), abs(film.duration_s - duration_s)

    return min(films(), key=distance)


def _size(said: object) -> tuple[float, float] | None:
    """Two sides in pixels: `1280x720`."""
    pair = _pair(said)
    return pair if pair and min(pair) >= _SMALLEST_SIDE else None


def _ratio(said: object) -> float | None:
    """Width by height: `16:9`, `1280x720`, `portrait`, 1.5."""
    if pair := _pair(said):
        return pair[0] / pair[1]
    number = _RATIOS.get(_word(said)) or _number(said)
    return number if number and number > 0 else None


def _short_side(said: object) -> float | None:
    """The short side in pixels: `720p`, `1080`, 720, `4k`, `hd`."""
    if lines := _LINES.fullmatch(_word(said)):
        return float(lines[1]) * (540 if lines[2] == "k" else 1)
    return _RESOLUTIONS.get(_word(said)) or (None if isinstance(said, str) else _number(said))


def _pair(said: object) -> tuple[float, float] | None:
    found = _PAIR.fullmatch(_word(said))
    pair = (float(found[1]), float(found[2])) if found else (0.0, 0.0)
    return pair if all(pair) else None


def _number(said: object) -> float | None:
    """A number, said as one or as text, cut to what can be compared."""
    if isinstance(said, str):
        found = _NUMBER.fullmatch(_word(said))
        return float(found[1]) if found else None
    if isinstance(said, bool) or not isinstance(said, int | float) or (isinstance(said, float) and math.isnan(said)):
        return None
    return float(max(-_LARGEST, min(said, _LARGEST)))


def _word(said: object) -> str:
    return said.strip().casefold() if isinstance(said, str) else ""


def name(kind: str, number: int = 1) -> str:
    """What a task calls its file: `video.mp4`, the second one `video-2.mp4`."""
    if kind not in _ENDINGS or not 1 <= number <= MOST_OF_A_KIND:
        raise ValueError(f"a task has no file {kind!r} number {number}: kinds are {', '.join(KINDS)}, numbers 1 to 9")
    return f"{kind}{'' if number == 1 else f'-{number}'}.{_ENDINGS[kind]}"


def kind_of(name: str) -> str | None:
    """Which kind of file a name means, if any."""
    found = _NAME.fullmatch(name)
    return found[1] if found and found[2] == _ENDINGS[found[1]] else None


def serve(film: Film, kind: str, request: Request, *, filename: str = "") -> Response:
    """Answer a GET or HEAD of one file; any other method is refused before it comes here."""
    file = film.file(kind)
    etag = f'"{file.sha256[:32]}"'
    status, part = asked_for(request, etag, LAST_MODIFIED, file.size)
    always: Headers = (("ETag", etag), ("Cache-Control", CACHE_CONTROL), ("X-Content-Type-Options", "nosniff"))
    if status == 304:
        return Response(304, always)
    if status in _REFUSALS:
        return _refusal(status, file, request)
    body = b"" if request.method == "HEAD" else _content(file.name)[part.start : part.stop]
    return Response(status, always + _about(status, file, part) + _saved_as(request, filename or name(kind)), body)


def _about(status: int, file: File, part: range) -> Headers:
    """The headers that come with a file, or with a part of it."""
    headers: Headers = (
        ("Content-Type", _MEDIA_TYPES[file.name.rpartition(".")[2]]),
        ("Content-Length", str(len(part))),
        ("Last-Modified", format_datetime(LAST_MODIFIED, usegmt=True)),
        ("Accept-Ranges", "bytes"),
    )
    if status == 206:
        headers += (("Content-Range", f"bytes {part.start}-{part.stop - 1}/{file.size}"),)
    return headers


def _saved_as(request: Request, filename: str) -> Headers:
    """Nothing, unless the address asks for a file to keep: `?download=1`."""
    if "download=1" not in request.query.split("&"):
        return ()
    plain = _NOT_IN_A_NAME.sub("_", filename)
    return (("Content-Disposition", f'attachment; filename="{plain}"'),)


def _refusal(status: int, file: File, request: Request) -> Response:
    """Why nothing of the file is given."""
    said = _REFUSALS[status].format(size=file.size).encode()
    headers: Headers = (("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(said))))
    if status == 416:
        headers += (("Content-Range", f"bytes */{file.size}"), ("Accept-Ranges", "bytes"))
    return Response(status, headers, b"" if request.method == "HEAD" else said)
