"""The straight lines that a PDF page draws: what tables are ruled with."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

__all__ = ["TOUCH", "Rule", "Turn", "connected", "rules_of"]

TOUCH = 3.0
"""How far apart two lines may end that meet for the eye, in points."""
_THIN = 2.6
_SHORTEST = 6.0
_MOST_OBJECTS = 6_000
_MOST_RULES = 300
_MOST_SEGMENTS = 800

Turn = Callable[[float, float], tuple[float, float]]
"""From the page's own axes to those of the reader."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line of the page: level (`flat`) at the height `at`, or upright at that place, from `low` to `high`."""

    flat: bool
    at: float
    low: float
    high: float


def rules_of(page: pdfium.PdfPage, turn: Turn) -> list[Rule]:
    """Level and upright lines that the page draws, as lines, thin boxes, or sides of boxes."""
    count = raw.FPDFPage_CountObjects(page)
    if count > _MOST_OBJECTS:
        return []
    found: list[Rule] = []
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    for at in range(count):
        item = raw.FPDFPage_GetObject(page, at)
        if raw.FPDFPageObj_GetType(item) != raw.FPDF_PAGEOBJ_PATH:
            continue
        if not raw.FPDFPageObj_GetBounds(item, left, bottom, right, top):
            continue
        (x0, y0), (x1, y1) = turn(left.value, bottom.value), turn(right.value, top.value)
        found += _sides(item, min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1), turn)
        if len(found) > 20 * _MOST_RULES:
            return []
    merged = _merged(found)
    return merged if len(merged) <= _MOST_RULES else []


def _sides(item: object, x0: float, y0: float, x1: float, y1: float, turn: Turn) -> Iterator[Rule]:
    if y1 - y0 <= _THIN and x1 - x0 >= _SHORTEST:
        yield Rule(True, (y0 + y1) / 2, x0, x1)
    elif x1 - x0 <= _THIN and y1 - y0 >= _SHORTEST:
        yield Rule(False, (x0 + x1) / 2, y0, y1)
    elif x1 - x0 >= _SHORTEST and y1 - y0 >= _SHORTEST:
        for (ax, ay), (bx, by) in _segments(item, turn):
            if abs(ay - by) < 0.5 and abs(ax - bx) >= _SHORTEST:
                yield Rule(True, (ay + by) / 2, min(ax, bx), max(ax, bx))
            elif abs(ax - bx) < 0.5 and abs(ay - by) >= _SHORTEST:
                yield Rule(False, (ax + bx) / 2, min(ay, by), max(ay, by))


def _segments(item: object, turn: Turn) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Straight segments of a path in the page's measure."""
    count = raw.FPDFPath_CountSegments(item)
    matrix = raw.FS_MATRIX()
    if not 0 < count <= _MOST_SEGMENTS or not raw.FPDFPageObj_GetMatrix(item, matrix):
        return
    x, y = ctypes.c_float(), ctypes.c_float()
    first = last = (0.0, 0.0)
    for at in range(count):
        segment = raw.FPDFPath_GetPathSegment(item, at)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        here = turn(
            matrix.a * x.value + matrix.c * y.value + matrix.e, matrix.b * x.value + matrix.d * y.value + matrix.f
        )
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            first = here
        elif kind == raw.FPDF_SEGMENT_LINETO:
            yield last, here
        if raw.FPDFPathSegment_GetClose(segment):
            yield here, first
        last = here


def _merged(rules: list[Rule]) -> list[Rule]:
    """Pieces of one line put together."""
    out: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: (rule.flat, round(rule.at), rule.low)):
        last = out[-1] if out else None
        if last and last.flat == rule.flat and abs(last.at - rule.at) <= 1.5 and rule.low <= last.high + TOUCH:
            out[-1] = Rule(rule.flat, last.at, last.low, max(last.high, rule.high))
        else:
            out.append(rule)
    return out


def connected(rules: list[Rule]) -> list[list[Rule]]:
    """Level and upright lines that touch, as groups."""
    parent = list(range(len(rules)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    flat = [at for at, rule in enumerate(rules) if rule.flat]
    upright = [at for at, rule in enumerate(rules) if not rule.flat]
    for a in flat:
        for b in upright:
            h, v = rules[a], rules[b]
            if h.low - TOUCH <= v.at <= h.high + TOUCH and v.low - TOUCH <= h.at <= v.high + TOUCH:
                parent[root(a)] = root(b)
    groups: dict[int, list[Rule]] = {}
    for at, rule in enumerate(rules):
        groups.setdefault(root(at), []).append(rule)
    return list(groups.values())
