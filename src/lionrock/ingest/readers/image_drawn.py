"""An image as it is shown: sizes of its pages, and one of them at a width."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from lionrock.errors import NotFoundError
from lionrock.ingest.readers.image import opened, pages_of, upright

__all__ = ["draw", "sizes"]

_DOTS = 96.0
"""An inch of a file that does not say how large it is."""
_SENSIBLE = (50.0, 1_200.0)
_TURNED = frozenset({5, 6, 7, 8})
"""What a file says of itself when it lies on its side."""
_ORIENTATION = 274
_MOST_PIXELS = 12_000_000
_MOST_SIDE = 16_000


def sizes(path: Path) -> list[tuple[float, float]]:
    """(width, height) of each page in points. Raises `BrokenDocumentError`, `TooLargeError`."""
    found: list[tuple[float, float]] = []
    with opened(path) as image:
        for at in range(pages_of(image, [])):
            image.seek(at)
            across, down = _dots(image)
            wide, high = image.width * 72 / across, image.height * 72 / down
            turned = image.getexif().get(_ORIENTATION) in _TURNED
            found.append((high, wide) if turned else (wide, high))
    return found


def _dots(image: Image.Image) -> tuple[float, float]:
    said = image.info.get("dpi")
    if (
        isinstance(said, tuple)
        and len(said) == 2
        and all(_SENSIBLE[0] <= float(value) <= _SENSIBLE[1] for value in said)
    ):
        return float(said[0]), float(said[1])
    return _DOTS, _DOTS


def draw(path: Path, number: int, width: int) -> Image.Image:
    """A page at most `width` pixels wide; it is never made larger. Raises `NotFoundError`, `BrokenDocumentError`, `TooLargeError`."""
    with opened(path) as image:
        count = pages_of(image, [])
        if number > count:
            raise NotFoundError(f"There is no page {number}: the image has {count:,}.")
        image.seek(number - 1)
        picture = upright(image)
    wide, high = picture.size
    scale = min(1.0, width / wide, (_MOST_PIXELS / (wide * high)) ** 0.5, _MOST_SIDE / high)
    if scale == 1.0:
        return picture
    return picture.resize((max(1, round(wide * scale)), max(1, round(high * scale))), Image.Resampling.LANCZOS)
