"""How text looks: whether a person sees it on its ground, and which sign a symbol font shows for a character."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["ANY_GROUND", "Look", "concealed", "highlight", "symbol", "symbols"]

ANY_GROUND = "any"
"""A ground of unknown colour: what stands on it counts as seen."""
_HEX = re.compile(r"[0-9A-Fa-f]{6}\Z")
_LEAST_POINTS = 3.0
_LEAST_CONTRAST = 1.25


@dataclass(frozen=True, slots=True)
class Look:
    """What is said about a run's look; None where nothing is said."""

    hidden: bool | None = None
    colour: str | None = None
    """Six hexadecimal digits; anything else is the automatic colour, which is always seen."""
    points: float | None = None
    ground: str | None = None
    """Colour of the shading or marker behind the text: digits as above, `ANY_GROUND`, or `none`."""
    clear: bool | None = None
    """Drawn without ink."""
    font: str | None = None

    def under(self, other: Look) -> Look:
        """This look with what `other` says more exactly."""
        if other == _PLAIN:
            return self
        return Look(
            self.hidden if other.hidden is None else other.hidden,
            self.colour if other.colour is None else other.colour,
            self.points if other.points is None else other.points,
            self.ground if other.ground is None else other.ground,
            self.clear if other.clear is None else other.clear,
            self.font if other.font is None else other.font,
        )


_PLAIN = Look()


def concealed(look: Look, ground: str) -> str | None:
    """Why a person does not see text of this look on a ground of this colour; None if he does."""
    if look.hidden:
        return "hidden text"
    if look.clear:
        return "transparent text"
    if look.points is not None and look.points < _LEAST_POINTS:
        return "tiny text"
    behind = look.ground if look.ground not in (None, "none") else ground
    if look.colour is None or not _HEX.match(look.colour) or behind is None or not _HEX.match(behind):
        return None
    ink, paper = _luminance(look.colour), _luminance(behind)
    if (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05) >= _LEAST_CONTRAST:
        return None
    return "white text" if ink > 0.8 else "text in the colour of its background"


def _luminance(colour: str) -> float:
    """Relative luminance, 0 to 1, after the definition of WCAG 2."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


_HIGHLIGHTS = {
    "black": "000000",
    "blue": "0000FF",
    "cyan": "00FFFF",
    "darkBlue": "000080",
    "darkCyan": "008080",
    "darkGray": "808080",
    "darkGreen": "008000",
    "darkMagenta": "800080",
    "darkRed": "800000",
    "darkYellow": "808000",
    "green": "00FF00",
    "lightGray": "C0C0C0",
    "magenta": "FF00FF",
    "red": "FF0000",
    "white": "FFFFFF",
    "yellow": "FFFF00",
}


def highlight(name: str | None) -> str | None:
    """The colour of a marker by its name in word processing files."""
    return None if name is None else _HIGHLIGHTS.get(name, "none")


_GREEK_LARGE = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ"
_GREEK_SMALL = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ"
_SYMBOL = {
    **{0x41 + at: sign for at, sign in enumerate(_GREEK_LARGE)},
    **{0x61 + at: sign for at, sign in enumerate(_GREEK_SMALL)},
    **dict(zip(range(0xA3, 0xBF), "≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐", strict=False)),
    0xC5: "⊕",
    0xC7: "∩",
    0xC8: "∪",
    0xCE: "∈",
    0xD6: "√",
    0xDE: "⇒",
    0xE5: "∑",
    0xF2: "∫",
}
_WINGDINGS = {
    0x28: "☎",
    0x29: "✆",
    0x2A: "✉",
    0x4A: "☺",
    0x4C: "☹",
    0x6C: "●",
    0x6E: "■",
    0x6F: "□",
    0x71: "❑",
    0x72: "❒",
    0x75: "◆",
    0x76: "❖",
    0x9F: "•",
    0xA7: "▪",
    0xA8: "□",
    0xD8: "➢",
    0xDF: "←",
    0xE0: "→",
    0xE1: "↑",
    0xE2: "↓",
    0xE8: "➔",
    0xFB: "✗",
    0xFC: "✓",
    0xFD: "☒",
    0xFE: "☑",
    **{0x80 + at: sign for at, sign in enumerate("⓪①②③④⑤⑥⑦⑧⑨⑩")},
    **{0x8B + at: sign for at, sign in enumerate("⓿❶❷❸❹❺❻❼❽❾❿")},
}
_WINGDINGS_2 = {0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0xA3: "□", 0x97: "●", 0x98: "●"}
_FONTS = {"symbol": _SYMBOL, "wingdings": _WINGDINGS, "wingdings 2": _WINGDINGS_2}


def symbol(font: str | None, code: int) -> str:
    """The sign that a symbol font shows for a code (0x20 to 0xFF, or that in the private range from 0xF000).

    Of a font that is not known here a replacement character tells that there is a sign.
    """
    table = _FONTS.get((font or "").strip().lower())
    if 0xF000 <= code <= 0xF0FF:
        code -= 0xF000
        if table is None:
            return "\ufffd"
    if table is not None and code <= 0xFF:
        if table is _SYMBOL and (0x20 <= code <= 0x40 or 0x5B <= code <= 0x5F or 0x7B <= code <= 0x7D):
            return table.get(code, chr(code))
        return " " if code == 0x20 else table.get(code, "\ufffd")
    return chr(code) if 0x20 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"


def symbols(font: str | None, text: str) -> str:
    """Text in a symbol font as its signs; text in any other font as it is."""
    if (font or "").strip().lower() not in _FONTS:
        return text
    return "".join(
        symbol(font, ord(char)) if ord(char) < 0x100 or 0xF000 <= ord(char) <= 0xF0FF else char for char in text
    )
