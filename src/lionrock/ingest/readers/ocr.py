"""Recognition of text on one page image, by the PP-OCR models that the `rapidocr` wheel carries.

Models are opened from the installed package by their paths, so nothing is ever fetched. They are loaded when the first
page needs them. Lines come with their places, a confidence each, and the direction in which the page is written; the
order in which a person reads them is the work of `pdf_scan`.
"""

from __future__ import annotations

import functools
import importlib.util
import itertools
import math
import os
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lionrock.errors import ParserLimitError, UnsupportedFormatError

__all__ = ["LEAST_CONFIDENCE", "Recognised", "Seen", "recognise"]

Pixels = NDArray[np.uint8]
Corners = NDArray[np.float32]
"""Four corners of a line, (4, 2): top left, top right, bottom right, bottom left."""

LEAST_CONFIDENCE = 0.6
"""A line recognised with less is more often a picture than words; it is left out."""
_MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}
_THREADS = 2
_BATCH = 2
"""Lines recognised at a time: memory grows with it, speed hardly."""
_MOST_SIDE = 2_400
"""Longer side of the image that lines are cut from, in pixels: a page of A4 at 200 dots an inch."""
_LEAST_SIDE = 900
"""Smaller images are doubled."""
_FINDING_SIDE = 1_280
"""Longer side of the image in which lines are looked for; memory grows with its square."""
_TALL = 1.5
"""A line that much higher than wide is written downwards, or lies on its side."""
_FAINT = 20
"""Contrast of a line, of 255."""
_WIDEST = 50
"""Longest line that is recognised in one piece, in its own heights."""
_SAMPLE = 4
_SURE = 0.8
_MARGIN = 0.1
"""How much surer another direction must be."""
_DOWNWARDS = 0.72
"""Confidence of columns whose characters were put side by side; on a page laid on its side it is below 0.65."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One line on the image, as it stands upright: pixels from its left and upper edge."""

    text: str
    confidence: float
    x0: float
    y0: float
    x1: float
    y1: float
    faint: bool = False
    """Hardly darker or lighter than what is around it: a model sees it, a person does not."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """The lines of one image, in no order. Width and height are those of the image after `turned`."""

    lines: tuple[Seen, ...]
    width: int
    height: int
    downwards: bool = False
    """Written in columns from the top to the bottom, the first at the right."""
    turned: int = 0
    """Degrees that the image was turned counter-clockwise before it was read."""

    @property
    def confidence(self) -> float:
        """Mean over the characters, 0 to 1; 0 without any."""
        count = sum(len(line.text) for line in self.lines)
        return sum(line.confidence * len(line.text) for line in self.lines) / count if count else 0.0


def recognise(image: Image.Image) -> Recognised:
    """The words of one page.

    Raises `ParserLimitError` where recognition needs more memory than there is, and `UnsupportedFormatError` where it
    is not installed.
    """
    tools = _tools()
    width, height = image.size
    picture = _scaled(image.convert("RGB"))
    try:
        found = _read(tools, picture)
    except tools.faults as error:
        raise ParserLimitError("Recognising the text of an image took more memory than is allowed.") from error
    sides = (height, width) if found.turned % 180 else (width, height)
    ratio = sides[0] / found.width
    lines = tuple(
        replace(line, x0=line.x0 * ratio, y0=line.y0 * ratio, x1=line.x1 * ratio, y1=line.y1 * ratio)
        for line in found.lines
    )
    return replace(found, lines=lines, width=sides[0], height=sides[1])


@dataclass(frozen=True, slots=True)
class _Tools:
    """The loaded models: where lines stand, and what they say."""

    find: Callable[[Pixels], list[Corners]]
    say: Callable[[list[Pixels]], list[tuple[str, float]]]
    faults: tuple[type[Exception], ...]


@functools.cache
def _tools() -> _Tools:
    found = importlib.util.find_spec("rapidocr")
    folder = Path(found.origin).parent / "models" if found is not None and found.origin else None
    if folder is None or not all((folder / name).is_file() for name in _MODELS.values()):
        raise UnsupportedFormatError("Text recognition is not installed, so scans and images cannot be read.")
    _more_addresses()
    from rapidocr import RapidOCR
    from rapidocr.ch_ppocr_det import TextDetector
    from rapidocr.ch_ppocr_rec import TextRecInput, TextRecognizer
    from rapidocr.inference_engine.onnxruntime.main import ONNXRuntimeError

    engine = "EngineConfig.onnxruntime"
    params: dict[str, Any] = {f"{part}.model_path": str(folder / name) for part, name in _MODELS.items()}
    params |= {"Global.log_level": "critical", "Global.model_root_dir": str(folder)}
    params |= {
        f"{engine}.intra_op_num_threads": min(_THREADS, os.cpu_count() or 1),
        f"{engine}.inter_op_num_threads": 1,
    }
    params |= {"Det.limit_type": "max", "Det.limit_side_len": _FINDING_SIDE, "Rec.rec_batch_num": _BATCH}
    settings: Any = RapidOCR(params=params).cfg
    for part in (settings.Det, settings.Rec):
        part.engine_cfg = settings.EngineConfig.onnxruntime
    settings.Rec.font_path = None
    detector, recogniser = TextDetector(settings.Det), TextRecognizer(settings.Rec)

    def find(pixels: Pixels) -> list[Corners]:
        boxes = detector(pixels).boxes
        return [] if boxes is None else [np.asarray(box, np.float32) for box in boxes]

    def say(crops: list[Pixels]) -> list[tuple[str, float]]:
        if not crops:
            return []
        told: Any = recogniser(TextRecInput(img=crops, return_word_box=False))
        return [(str(text).strip(), float(score)) for text, score in zip(told.txts, told.scores, strict=True)]

    return _Tools(find, say, (ONNXRuntimeError, MemoryError))


def _more_addresses() -> None:
    """Lift the soft limit of address space to the hard one.

    The models' runtime reserves twice the addresses that it uses; real memory is watched by the parent process.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _scaled(picture: Image.Image) -> Image.Image:
    """Neither too large for memory nor too small for the models."""
    longer = max(picture.size)
    factor = _MOST_SIDE / longer if longer > _MOST_SIDE else 2.0 if longer < _LEAST_SIDE else 1.0
    if factor == 1.0:
        return picture
    sides = (max(32, round(picture.width * factor)), max(32, round(picture.height * factor)))
    return picture.resize(sides, Image.Resampling.LANCZOS if factor < 1 else Image.Resampling.BICUBIC)


def _read(tools: _Tools, picture: Image.Image, turned: int = 0) -> Recognised:
    """Find lines, see how the page lies, and recognise them."""
    boxes = tools.find(_pixels(picture))
    if not boxes:
        return Recognised((), *picture.size, turned=turned)
    tall = sum(_length(box) for box in boxes if _is_tall(box))
    downwards = False
    if tall > 0.5 * sum(map(_length, boxes)):
        way = _way(tools, picture, boxes) if not turned else 0
        if way:
            return _read(tools, picture.rotate(way, expand=True), way)
        downwards = True
    page = _Page(tools, picture, boxes, downwards)
    found = Recognised(page.lines(), *picture.size, downwards=downwards, turned=turned)
    if turned or downwards or page.mean >= _SURE:
        return found
    longest = sorted(boxes, key=_length)[-_SAMPLE:]
    crops = [np.rot90(_crop(picture, box), 2) for box in longest]
    over = _mean(tools.say(crops))
    if over > page.mean + _MARGIN and over > _mean(tools.say([_crop(picture, box) for box in longest])) + _MARGIN:
        return _read(tools, picture.rotate(180), 180)
    return found


def _way(tools: _Tools, picture: Image.Image, boxes: list[Corners]) -> int:
    """How far a page of tall lines is to be turned, counter-clockwise; 0 where it is written downwards."""
    longest = [_crop(picture, box) for box in sorted(filter(_is_tall, boxes), key=_length)[-_SAMPLE:]]
    left = _mean(tools.say([np.rot90(crop) for crop in longest]))
    right = _mean(tools.say([np.rot90(crop, -1) for crop in longest]))
    if right > left + _MARGIN:
        return 270
    beside = _mean(tools.say([_side_by_side(crop) for crop in longest]))
    return 0 if beside >= _DOWNWARDS else 90


@dataclass(slots=True)
class _Page:
    """The lines of a page that stands upright."""

    tools: _Tools
    picture: Image.Image
    boxes: list[Corners]
    downwards: bool
    mean: float = 0.0
    """Confidence over all lines, those that are left out too."""

    def lines(self) -> tuple[Seen, ...]:
        level = [box for box in self.boxes if not _is_tall(box)]
        upright = [box for box in self.boxes if _is_tall(box)]
        told = list(zip(level, self._say(level, lambda crop: crop), strict=True))
        # A column is recognised lying on its side: the models know characters so.
        aside = self._say(upright, np.rot90)
        if not self.downwards:
            short = self._say(upright, lambda crop: crop)
            other = self._say(upright, lambda crop: np.rot90(crop, -1))
            aside = [max(three, key=lambda one: one[1]) for three in zip(aside, short, other, strict=True)]
        told += zip(upright, aside, strict=True)
        count = sum(len(text) for _, (text, _) in told)
        self.mean = sum(score * len(text) for _, (text, score) in told) / count if count else 0.0
        straight = _straightened([box for box, _ in told])
        return tuple(
            Seen(text, score, *place, faint=_is_faint(_crop(self.picture, box)))
            for place, (box, (text, score)) in zip(straight, told, strict=True)
            if text and score >= LEAST_CONFIDENCE
        )

    def _say(self, boxes: list[Corners], turn: Callable[[Pixels], Pixels]) -> list[tuple[str, float]]:
        pieces = [_pieces(np.ascontiguousarray(turn(_crop(self.picture, box)))) for box in boxes]
        told = iter(self.tools.say([piece for several in pieces for piece in several]))
        out = []
        for several in pieces:
            said = [next(told) for _ in several]
            out.append(("".join(text for text, _ in said), fmean(score for _, score in said)))
        return out


def _pixels(picture: Image.Image) -> Pixels:
    """Blue, green, red, as the models were trained."""
    return np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])


def _width(box: Corners) -> float:
    return float(max(np.linalg.norm(box[1] - box[0]), np.linalg.norm(box[2] - box[3])))


def _height(box: Corners) -> float:
    return float(max(np.linalg.norm(box[3] - box[0]), np.linalg.norm(box[2] - box[1])))


def _length(box: Corners) -> float:
    return max(_width(box), _height(box))


def _is_tall(box: Corners) -> bool:
    return _height(box) >= _TALL * _width(box)


def _mean(told: Sequence[tuple[str, float]]) -> float:
    return fmean(score if text else 0.0 for text, score in told) if told else 0.0


def _crop(picture: Image.Image, box: Corners) -> Pixels:
    """The line alone, made level."""
    sides = (max(4, round(_width(box))), max(4, round(_height(box))))
    corners = tuple(float(value) for at in (0, 3, 2, 1) for value in box[at])
    return _pixels(picture.transform(sides, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC))


def _is_faint(crop: Pixels) -> bool:
    low, high = np.percentile(crop, (1, 99), axis=(0, 1))
    return float((high - low).max()) < _FAINT


def _ink(crop: Pixels, axis: int) -> NDArray[np.float64]:
    """How uneven each row (axis 1) or column (axis 0) of pixels is: 0 where nothing is drawn."""
    return np.asarray(crop.mean(axis=2).std(axis=axis), np.float64)


def _pieces(crop: Pixels) -> list[Pixels]:
    """A line too long for one go, cut where least is drawn."""
    height, width = crop.shape[:2]
    longest = _WIDEST * height
    if width <= longest:
        return [crop]
    ink = _ink(crop, 0)
    pieces = []
    start = 0
    while width - start > longest:
        low = start + longest - 2 * height
        cut = low + int(np.argmin(ink[low : start + longest]))
        pieces.append(crop[:, start:cut])
        start = cut
    return [*pieces, crop[:, start:]]


def _side_by_side(column: Pixels) -> Pixels:
    """The characters of a column put side by side, cut where least is drawn."""
    height, width = column.shape[:2]
    ink = _ink(column, 1)
    drawn = np.flatnonzero(ink > 0.3 * ink.max())
    if not drawn.size:
        return column
    cuts = [int(drawn[0])]
    step = 0.9 * width
    while height - cuts[-1] > 1.4 * step:
        low, high = cuts[-1] + int(0.7 * step), cuts[-1] + int(1.3 * step) + 1
        cuts.append(low + int(np.argmin(ink[low:high])))
    cuts.append(height)
    tiles = [
        np.asarray(Image.fromarray(column[a:b]).resize((width, width)), np.uint8)
        for a, b in itertools.pairwise(cuts)
        if b - a > 2
    ]
    return np.ascontiguousarray(np.hstack(tiles)) if tiles else column


def _straightened(boxes: list[Corners]) -> list[tuple[float, float, float, float]]:
    """Left, top, right, bottom of each line once the page hangs straight."""
    slants = [
        math.atan2(float(b[1][1] - b[0][1]), float(b[1][0] - b[0][0])) for b in boxes if _width(b) > 8 * _height(b)
    ]
    angle = median(slants) if len(slants) > 2 else 0.0
    if abs(angle) < 0.002:
        angle = 0.0
    cos, sin = math.cos(angle), math.sin(angle)
    places = []
    for box in boxes:
        xs = [cos * x + sin * y for x, y in box.tolist()]
        ys = [cos * y - sin * x for x, y in box.tolist()]
        # Corners that a slant moved: the middle of two is where the edge is.
        xs, ys = sorted(xs), sorted(ys)
        places.append(((xs[0] + xs[1]) / 2, (ys[0] + ys[1]) / 2, (xs[2] + xs[3]) / 2, (ys[2] + ys[3]) / 2))
    return places
