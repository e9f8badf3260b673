"""Fonts for PDF: one that has Chinese characters, and which characters a font has, read from its own tables.

A face is told by its file and its place in the file: one file of a Chinese font often holds a face for each region.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import typst

from lionrock.documents.words import FileLanguage
from lionrock.errors import FontMissingError

__all__ = ["Chosen", "choose", "coverage"]

_REGIONS: dict[FileLanguage, tuple[str, ...]] = {
    "zh-HK": ("HK", "HC", "TC", "TW", "SC", "CN"),
    "zh-CN": ("SC", "CN", "HK", "HC", "TC", "TW"),
    "en": ("HK", "HC", "TC", "TW", "SC", "CN"),
}
_REGIONAL = ("Noto Sans CJK", "Noto Sans", "Source Han Sans", "PingFang", "Noto Serif CJK", "Source Han Serif")
_OTHERS = (
    *("Microsoft JhengHei", "Microsoft YaHei", "Heiti TC", "Hiragino Sans GB", "WenQuanYi Micro Hei"),
    *("WenQuanYi Zen Hei", "AR PL UMing HK", "MingLiU_HKSCS", "PMingLiU", "SimSun", "Droid Sans Fallback"),
)
_PROBE = "中文香港"
"""A font without these is none for Chinese, whatever its name."""
_UNICODE = {(0, 3): 1, (3, 1): 2, (0, 4): 3, (0, 6): 3, (3, 10): 4}
"""Platform and encoding of the tables of characters that are read: the higher, the more characters it can hold."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The font of a file, and further ones for what it lacks."""

    families: tuple[str, ...]
    """The chosen one first."""
    fonts: typst.Fonts
    lacking: frozenset[str]
    """Characters that none of them has."""


def choose(font: str, language: FileLanguage, characters: Iterable[str]) -> Chosen:
    """The font in the file `font`, or of the machine's the first that suits the language.

    Raises `FontMissingError` when there is none with Chinese characters.
    """
    fonts, infos = _of_folder(str(Path(font).parent)) if font else _of_system()
    first = _named(font, infos, language) if font else _best(infos, language)
    wanted = {ord(char) for char in characters} - coverage(first.path or "", first.index)
    families = [first.family]
    if not font:
        for info in infos:
            if wanted and info.weight == 400 and info.style == "normal" and info.path and "Mono" not in info.family:
                covered = wanted & coverage(info.path, info.index)
                if covered:
                    families.append(info.family)
                    wanted -= covered
    return Chosen(tuple(families), fonts, frozenset(map(chr, wanted)))


@functools.cache
def _of_system() -> tuple[typst.Fonts, Sequence[typst.FontInfo]]:
    # Looking through the machine's fonts takes a third of a second, once in the life of the program.
    fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)
    return fonts, fonts.fonts()


@functools.lru_cache(maxsize=4)
def _of_folder(folder: str) -> tuple[typst.Fonts, Sequence[typst.FontInfo]]:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
    return fonts, fonts.fonts()


def _named(font: str, infos: Sequence[typst.FontInfo], language: FileLanguage) -> typst.FontInfo:
    file = Path(font).resolve()
    faces = [info for info in infos if info.path and Path(info.path).resolve() == file and _is_chinese(info)]
    if not faces:
        raise FontMissingError(
            f"The file {font} that the setting LIONROCK_FONT names is no font with Chinese characters; "
            "name a .ttf, .otf or .ttc file that has them, or leave the setting empty."
        )
    for region in _REGIONS[language]:
        for face in faces:
            if face.family.endswith(f" {region}") and "Mono" not in face.family:
                return face
    return faces[0]


def _best(infos: Sequence[typst.FontInfo], language: FileLanguage) -> typst.FontInfo:
    by_family: dict[str, typst.FontInfo] = {}
    for info in infos:
        if info.style == "normal" and abs(info.weight - 400) < abs(
            by_family[info.family].weight - 400 if info.family in by_family else 10_000
        ):
            by_family[info.family] = info
    regional = [f"{name} {region}" for name in _REGIONAL for region in _REGIONS[language]]
    for family in (*regional, *_OTHERS):
        found = by_family.get(family)
        if found is not None and _is_chinese(found):
            return found
    raise FontMissingError


def _is_chinese(info: typst.FontInfo) -> bool:
    return bool(info.path) and {ord(char) for char in _PROBE} <= coverage(info.path or "", info.index)


@functools.lru_cache(maxsize=64)
def coverage(path: str, index: int) -> frozenset[int]:
    """The code points that a face has a shape for; none of a file that is no font."""
    try:
        data = Path(path).read_bytes()
        return frozenset(_code_points(data, _character_table(data, index)))
    except (OSError, struct.error):
        return frozenset()


def _character_table(data: bytes, index: int) -> int:
    """Where the best table of characters begins; 0 if there is none."""
    base = struct.unpack_from(">I", data, 12 + 4 * index)[0] if data[:4] == b"ttcf" else 0
    for number in range(struct.unpack_from(">H", data, base + 4)[0]):
        tag, _, start, _ = struct.unpack_from(">4sIII", data, base + 12 + 16 * number)
        if tag == b"cmap":
            count = struct.unpack_from(">H", data, start + 2)[0]
            tables = [struct.unpack_from(">HHI", data, start + 4 + 8 * item) for item in range(count)]
            ranked = [(_UNICODE[key], offset) for *pair, offset in tables if (key := (pair[0], pair[1])) in _UNICODE]
            return int(start + max(ranked)[1]) if ranked else 0
    return 0


def _code_points(data: bytes, at: int) -> Iterable[int]:
    form = struct.unpack_from(">H", data, at)[0] if at else 0
    if form == 12:
        for group in range(struct.unpack_from(">I", data, at + 12)[0]):
            first, last, glyph = struct.unpack_from(">III", data, at + 16 + 12 * group)
            yield from range(first + (glyph == 0), min(last, 0x10FFFF) + 1)
    elif form == 4:
        yield from _segments(data, at)


def _segments(data: bytes, at: int) -> Iterable[int]:
    """Format 4: segments with an offset each, or an array of glyphs."""
    count = struct.unpack_from(">H", data, at + 6)[0] // 2
    ends, starts = (struct.unpack_from(f">{count}H", data, at + place) for place in (14, 16 + 2 * count))
    deltas, offsets = (struct.unpack_from(f">{count}H", data, at + 16 + place * count) for place in (4, 6))
    array = at + 16 + 6 * count
    for segment, (first, last) in enumerate(zip(starts, ends, strict=True)):
        for code in range(first, last + 1):
            glyph = code
            if offsets[segment]:
                place = array + 2 * segment + offsets[segment] + 2 * (code - first)
                glyph = struct.unpack_from(">H", data, place)[0]
                if not glyph:
                    continue
            if (glyph + deltas[segment]) & 0xFFFF:
                yield code
