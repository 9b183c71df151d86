# /// script
# requires-python = ">=3.11"
# dependencies = ["av==18.1.0", "mozjpeg-lossless-optimization==1.3.2", "pillow==13.0.0"]
# ///
"""Make the films and pictures the mock server hands out: `uv run scripts/make-films.py`.

A tool for developers, needed only when the pictures shall change: what it writes to mockserver/films/ is kept in the
repository. The libraries above are pinned because the same versions write the same bytes. Knows how a film looks and
what keeps its file small; does not know who serves it.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

import av
import mozjpeg_lossless_optimization
from PIL import Image, ImageChops, ImageDraw, ImageFont

FOLDER = Path(__file__).resolve().parent.parent / "mockserver" / "films"
RATIOS = ((16, 9), (9, 16), (1, 1), (4, 3), (3, 4), (21, 9), (9, 21))
SHORT_SIDES = (540, 720, 1080)
LENGTHS_S = (5, 9)
FRAMES_PER_S = 10
FINER = 4  # drawn this much larger, then made smaller: that is what smooths the edges

SKY, SUN, FAR, NEAR, WORDS, QUIET = "#1d3557", "#f4a261", "#2a4f79", "#16263f", "#ffffff", "#c9d6e4"

# Flat colours and one moving disc: weighting for the eye buys nothing here, and the filter that smooths edges between
# squares makes a still picture cost as much as a moving one, because every frame then repairs what it did to the last.
X264 = (
    "no-psy=1:aq-mode=0:ref=1:weightp=0:ipratio=1:no-deblock=1:chroma-qp-offset=-6"
    ":colorprim=bt709:transfer=bt709:colormatrix=bt709"
)
VIDEO = {"preset": "veryslow", "qp": "30", "bf": "0", "g": "9999", "threads": "1", "x264-params": X264}
# Without B-frames no edit list is needed, so every reader finds the same length.
MP4 = {"movflags": "+faststart", "use_editlist": "0", "fflags": "+bitexact"}
WITHOUT_ENCODERS_REMARKS = "filter_units=remove_types=6"
JPEG = {"quality": 25, "subsampling": "4:2:0"}


@dataclass(frozen=True, slots=True)
class Size:
    """How large a picture is, and of which proportions."""

    ratio: tuple[int, int]
    short: int

    @property
    def width(self) -> int:
        return self.short * self.ratio[0] // min(self.ratio)

    @property
    def height(self) -> int:
        return self.short * self.ratio[1] // min(self.ratio)

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, slots=True)
class Scene:
    """What stays the same through a film: the land, and where the sky lets the sun be seen."""

    size: Size
    land: Image.Image
    sky: Image.Image
    sun: Image.Image


def even(value: float) -> int:
    """The even number below: colour is stored for squares of two by two."""
    return int(value) // 2 * 2


def on_the_grid(value: float) -> int:
    """The multiple of sixteen below: an edge there costs nothing, as both codecs cut pictures into such squares."""
    return int(value) // 16 * 16


def hill(size: Size) -> list[tuple[float, float]]:
    """The outline of the hills, closed at the foot of the picture."""
    turns = ((x, 8 * x / size.width + 0.4) for x in range(0, size.width + 8, 8))
    ridge = [(x, size.height * 0.60 - size.short * 0.05 * math.sin(turn)) for x, turn in turns]
    return [(x * FINER, y * FINER) for x, y in (*ridge, (size.width, size.height), (0, size.height))]


def smooth(drawn: Image.Image) -> Image.Image:
    """The picture at its own size."""
    return drawn.resize((drawn.width // FINER, drawn.height // FINER), Image.Resampling.BOX)


def write(pen: ImageDraw.ImageDraw, size: Size, below: float, height: float, words: str, colour: str) -> None:
    """Put words in the middle of a line that lies so far above the lower edge."""
    font = ImageFont.load_default(size.short * height * FINER)
    place = (size.width * FINER / 2, (size.height - size.short * below) * FINER)
    pen.text(place, words, font=font, fill=colour, anchor="mm")


def scene(size: Size) -> Scene:
    """Draw once what a film repeats in every picture."""
    canvas = (size.width * FINER, size.height * FINER)
    land, sky = Image.new("RGB", canvas, SKY), Image.new("L", canvas, 255)
    ridge = hill(size)
    pen = ImageDraw.Draw(land)
    pen.polygon(ridge, fill=FAR)
    pen.rectangle((0, on_the_grid(size.height - size.short * 0.25) * FINER, *canvas), fill=NEAR)
    write(pen, size, 0.17, 0.055, "lumakit mock", WORDS)
    write(pen, size, 0.11, 0.035, f"{size.width} x {size.height}", QUIET)
    ImageDraw.Draw(sky).polygon(ridge, fill=0)
    across = on_the_grid(size.short * 0.12)
    sun = Image.new("L", (across * FINER, across * FINER), 0)
    ImageDraw.Draw(sun).ellipse((0, 0, across * FINER - 1, across * FINER - 1), fill=255)
    return Scene(size, smooth(land), smooth(sky), smooth(sun))


def picture(drawn: Scene, done: float) -> Image.Image:
    """One moment of a film; `done` runs from 0 to 1."""
    size, frame = drawn.size, drawn.land.copy()
    left, top = on_the_grid(size.width * 0.68), even(size.height * 0.53 - size.height * 0.36 * done)
    box = (left, top, left + drawn.sun.width, top + drawn.sun.height)
    frame.paste(SUN, box, ImageChops.multiply(drawn.sun, drawn.sky.crop(box)))
    start, end = on_the_grid(size.width * 0.1), on_the_grid(size.width * 0.9)
    up = on_the_grid(size.height - size.short * 0.05)
    low = up + (16 if size.short > 540 else 8) - 1
    pen = ImageDraw.Draw(frame)
    pen.rectangle((start, up, end - 1, low), fill=FAR)
    if reached := even((end - start) * done):
        pen.rectangle((start, up, start + reached - 1, low), fill=SUN)
    return frame


def frames(drawn: Scene, length_s: int) -> Iterator[av.VideoFrame]:
    """Every picture of a film, in the colours a video player expects."""
    count = length_s * FRAMES_PER_S
    for number in range(count):
        frame = av.VideoFrame.from_image(picture(drawn, number / (count - 1)))
        yield frame.reformat(format="yuv420p", dst_colorspace="ITU709")


def encode(drawn: Scene, length_s: int) -> bytes:
    """A film as the bytes of an MP4 file, its index in front."""
    # A named file, because putting the index in front means that it is opened a second time.
    with NamedTemporaryFile(suffix=".mp4") as file:
        multiplex(file.name, drawn, length_s)
        return file.read()


def multiplex(path: str, drawn: Scene, length_s: int) -> None:
    """Write a film to a file."""
    with av.open(path, "w", format="mp4", options=MP4) as container:
        width, height = drawn.size.width, drawn.size.height
        stream = container.add_stream(
            "libx264", rate=FRAMES_PER_S, options=VIDEO, width=width, height=height, pix_fmt="yuv420p"
        )
        bare = av.BitStreamFilterContext(WITHOUT_ENCODERS_REMARKS, stream)
        for frame in (*frames(drawn, length_s), None):
            container.mux([kept for packet in stream.encode(frame) for kept in bare.filter(packet)])
        container.mux(bare.filter(None))


def photograph(drawn: Scene, done: float) -> bytes:
    """One moment as the bytes of a JPEG file."""
    file = io.BytesIO()
    picture(drawn, done).save(file, "JPEG", **JPEG)
    smaller: bytes = mozjpeg_lossless_optimization.optimize(file.getvalue())
    return smaller


def make(size: Size) -> tuple[dict[str, bytes], list[dict[str, object]]]:
    """The files of one size, and the films that use them: all lengths begin and end with the same picture."""
    drawn = scene(size)
    first, last = f"{size}-first.jpg", f"{size}-last.jpg"
    files = {first: photograph(drawn, 0), last: photograph(drawn, 1)}
    films: list[dict[str, object]] = []
    for length_s in LENGTHS_S:
        video = f"{size}-{length_s}s.mp4"
        files[video] = encode(drawn, length_s)
        film = {"width": size.width, "height": size.height, "duration_s": length_s}
        films.append({**film, "video": video, "thumbnail": first, "last_frame": last})
    return files, films


def index(files: dict[str, bytes], films: list[dict[str, object]]) -> str:
    """What the server reads instead of looking into the files."""
    sums = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in sorted(files.items())
    }
    return json.dumps({"films": films, "files": sums}, indent=1) + "\n"


def main() -> None:
    """Write every film, every picture and the index."""
    asked = argparse.ArgumentParser(description="Make the films of the mock server.")
    asked.add_argument("--folder", type=Path, default=FOLDER, help="where to write (default: mockserver/films)")
    folder: Path = asked.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, bytes] = {}
    films: list[dict[str, object]] = []
    for size in (Size(ratio, short) for ratio in RATIOS for short in SHORT_SIDES):
        made, shown = make(size)
        files.update(made)
        films.extend(shown)
        print(size, ", ".join(f"{name} {len(data)}" for name, data in made.items()), flush=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "films.json").write_text(index(files, films), encoding="utf-8")
    print(f"{len(files)} files, {sum(map(len, files.values()))} bytes, largest {max(map(len, files.values()))}")


if __name__ == "__main__":
    main()
