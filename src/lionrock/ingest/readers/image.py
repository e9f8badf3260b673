"""Images (PNG, JPEG, TIFF, GIF, BMP, WebP): the words on them, by text recognition.

A TIFF has pages; of moving images the first is read. Turned photographs are set upright by what they say of
themselves, large ones are made smaller, long ones (a screenshot of a whole page) are read in pieces. Descriptions and
comments inside the file are hidden text.
"""

from __future__ import annotations

import contextlib
import io
import re
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
from PIL import ExifTags, Image, ImageOps

from lionrock.errors import BrokenDocumentError, DocumentError, EmptyDocumentError, NotFoundError, TooLargeError
from lionrock.ingest.readers.ocr import Recognised, Seen, recognise
from lionrock.ingest.readers.pdf_scan import Scans, placed
from lionrock.ingest.readers.pdf_text import written
from lionrock.ingest.readers.progress import tell
from lionrock.records import Hidden, ParsedDocument

__all__ = ["opened", "pages_of", "read", "upright"]

_FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP")
_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    ArithmeticError,
    NotImplementedError,
    struct.error,
)
"""What Pillow raises for damaged files."""
_MOST_BYTES = 360_000_000
"""Of an image once it is unpacked."""
_MOST_PAGES = 1_000
_SIDE = 2_400
_LONG = 3.0
"""An image so many times as long as wide is read in pieces."""
_PIECE = 2.0
_A4 = 595.0
_MOST_HIDDEN = 20_000
_XML_TAG = re.compile(r"<[^>]*>")


def read(data: bytes, *, name: str) -> ParsedDocument:
    """The words of an image.

    Raises `EmptyDocumentError` where there are none, `TooLargeError` before a huge image is unpacked, or
    `BrokenDocumentError`.
    """
    notices: list[str] = []
    found: list[tuple[int, Recognised]] = []
    with opened(io.BytesIO(data)) as image:
        hidden = list(_described(image))
        count = pages_of(image, notices)
        for at in range(count):
            image.seek(at)
            found.append((at + 1, _recognised(upright(image))))
            tell(at + 1, count)
    scans = Scans(found)
    builder, starts = written([placed(page, number, _A4 / page.width) for number, page in found])
    if not builder.blocks:
        raise EmptyDocumentError(
            "No words could be recognised in the image; if it shows any, scan it again at 300 dpi."
        )
    return builder.document(
        pages=count,
        page_starts=starts,
        notices=(*notices, *scans.notices(image=count == 1)),
        hidden=(*hidden, *scans.hidden()),
    )


@contextlib.contextmanager
def opened(source: IO[bytes] | Path) -> Iterator[Image.Image]:
    """The image, not yet unpacked; what fails with it inside the block is told in words.

    Raises `TooLargeError` before a huge image is unpacked, and `BrokenDocumentError`.
    """
    with warnings.catch_warnings():
        # Sizes are checked by `upright`; damaged metadata is no reason to stop.
        warnings.simplefilter("ignore")
        try:
            Image.init()
            with Image.open(source, formats=_FORMATS) as image:
                yield image
        except Image.DecompressionBombError as error:
            raise TooLargeError(_too_large()) from error
        except (DocumentError, NotFoundError):
            raise
        except _FAULTS as error:
            raise BrokenDocumentError(
                "The image is damaged or cut short; open it in its own program and save it again."
            ) from error


def _too_large(size: tuple[int, int] | None = None) -> str:
    what = f" of {size[0]:,} x {size[1]:,} pixels" if size else ""
    return f"The image{what} is too large to be read; save it at a lower resolution, or cut it into parts."


def pages_of(image: Image.Image, notices: list[str]) -> int:
    """How many pages are read."""
    count = int(getattr(image, "n_frames", 1))
    if count > 1 and image.format != "TIFF":
        if image.format != "MPO":
            notices.append("The image moves; its first picture was read.")
        return 1
    if count > _MOST_PAGES:
        notices.append(f"The image has {count:,} pages; the first {_MOST_PAGES:,} were read.")
    return min(count, _MOST_PAGES)


def upright(image: Image.Image) -> Image.Image:
    """The picture of the current page, opaque, in grey or colour, at a bearable size."""
    shorter = min(image.size)
    if image.format in ("JPEG", "MPO") and shorter > _SIDE:
        # JPEG is made smaller while it is unpacked.
        factor = _SIDE / shorter
        image.draft(None, (int(image.width * factor), int(image.height * factor)))
    if image.width * image.height * max(1, len(image.getbands())) > _MOST_BYTES:
        raise TooLargeError(_too_large(image.size))
    picture: Image.Image = image
    if min(picture.size) >= 2 * _SIDE and picture.mode in ("L", "RGB", "RGBA", "LA", "CMYK"):
        picture = picture.reduce(min(picture.size) // _SIDE)
    if picture.mode.startswith(("I", "F")):
        picture = _grey(picture)
    if picture.has_transparency_data:
        clear = picture.convert("RGBA")
        picture = Image.new("RGB", clear.size, "white")
        picture.paste(clear, mask=clear.getchannel("A"))
    turned = ImageOps.exif_transpose(picture if picture is not image else image.copy())
    return turned.convert("RGB")


def _grey(image: Image.Image) -> Image.Image:
    """Sixteen bits or more a pixel, from the darkest to the lightest."""
    values = np.asarray(image, np.float32)
    low, high = (float(value) for value in np.percentile(values, (0.1, 99.9)))
    level = (values - low) * (255 / (high - low)) if high > low else np.full_like(values, 255)
    return Image.fromarray(level.clip(0, 255).astype(np.uint8))


def _recognised(picture: Image.Image) -> Recognised:
    """A long picture in pieces, cut where least is drawn."""
    if picture.height < _LONG * picture.width:
        return recognise(picture)
    lines: list[Seen] = []
    downwards = 0
    for top, piece in _strips(picture):
        found = recognise(piece)
        downwards += len(found.lines) if found.downwards else -len(found.lines)
        lines += [
            Seen(line.text, line.confidence, line.x0, line.y0 + top, line.x1, line.y1 + top, line.faint)
            for line in found.lines
        ]
    return Recognised(tuple(lines), *picture.size, downwards=downwards > 0)


def _strips(picture: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """(upper edge, piece) from the top to the foot."""
    width, height = picture.size
    step = max(64, int(_PIECE * width))
    top = 0
    while top < height:
        foot = min(height, top + step)
        if foot < height:
            window = np.asarray(picture.crop((0, foot - step // 4, width, foot)).convert("L"), np.float32)
            blank = np.flatnonzero(window.std(axis=1) <= window.std(axis=1).min() + 0.5)
            foot = foot - step // 4 + int(blank[len(blank) // 2]) + 1
        yield top, picture.crop((0, top, width, foot))
        top = foot


def _described(image: Image.Image) -> Iterator[Hidden]:
    """Descriptions, titles and comments that the file carries."""
    told: list[str] = []
    exif = image.getexif()
    tags = [exif.get(tag) for tag in (270, 315, 33432)]
    # Those that one system writes are always of two bytes a character.
    wide = (exif.get(tag) for tag in range(40091, 40096))
    tags += [value.decode("utf-16-le", "replace") if isinstance(value, bytes) else value for value in wide]
    tags.append(exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment))
    keyed = [value for value in image.info.values() if isinstance(value, str)]
    for value in (*tags, *keyed, image.info.get("comment"), image.info.get("xmp")):
        words = _decoded(value) if isinstance(value, bytes) else str(value or "")
        words = " ".join((_XML_TAG.sub(" ", words) if "<x:xmpmeta" in words else words).replace("\0", " ").split())
        if len(words) > 1:
            told.append(words[:_MOST_HIDDEN])
    yield from (Hidden("metadata", text) for text in dict.fromkeys(told))


def _decoded(value: bytes) -> str:
    if value.startswith((b"ASCII\0\0\0", b"UNICODE\0")):
        value = value[8:]
    wide = value[1::2].count(0) > len(value) // 4 or value[::2].count(0) > len(value) // 4
    return value.decode(("utf-16-be" if value[:1] == b"\0" else "utf-16-le") if wide else "utf-8", "replace")
