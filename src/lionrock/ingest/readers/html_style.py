"""What of a page a person sees: inline styles, the plain rules of its style sheets and a few attributes.

Only rules that name one element, class or id are taken at their word. A rule that depends on where an element stands
may give it a background, so that the colour of its text says nothing; it never hides text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

__all__ = ["START", "Look", "Sheet"]

Colour: TypeAlias = tuple[int, int, int]

_WHITE: Colour = (255, 255, 255)
_NAMES: Mapping[str, Colour] = {
    "white": _WHITE,
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "ghostwhite": (248, 248, 255),
    "whitesmoke": (245, 245, 245),
    "black": (0, 0, 0),
    "red": (255, 0, 0),
    "lime": (0, 255, 0),
    "green": (0, 128, 0),
    "blue": (0, 0, 255),
    "navy": (0, 0, 128),
    "yellow": (255, 255, 0),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
}
_NEAR = 24
"""Colours whose channels differ by less in all cannot be told apart on a screen."""
_TINY = 2.0
_FAR = 500.0
_PROPERTIES = frozenset(
    "display visibility font-size opacity color background background-color background-image position left top right"
    " text-indent clip clip-path overflow height max-height width mso-hide".split()
)
_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_SIMPLE = re.compile(r"([a-z][a-z0-9]*)?([.#][\w-]+)?", re.IGNORECASE)
_LAST = re.compile(r"([a-z][a-z0-9]*)?([.#][\w-]+)?(?:[.#:\[][^\s>+~]*)?$", re.IGNORECASE)
_SIZE = re.compile(r"(-?\d*\.?\d+)\s*(px|pt|em|rem|%|vw|vh|in|cm|mm)?")
_HEX = re.compile(r"#([0-9a-f]{3,8})")
_RGB = re.compile(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)(?:[\s,/]+([\d.]+%?))?\s*\)")
_UNITS = {"px": 1.0, "pt": 4 / 3, "rem": 16.0, "in": 96.0, "cm": 37.8, "mm": 3.78, "vw": 12.0, "vh": 8.0}
_MOST_CSS = 1_000_000
_MOST_RULES = 20_000


@dataclass(frozen=True, slots=True)
class Look:
    """How the text of an element looks, as far as it matters to whether it is seen."""

    gone: str | None = None
    """Why nothing in here is seen, whatever is set further in."""
    veiled: bool = False
    colour: Colour | None = (0, 0, 0)
    clear: bool = False
    ground: Colour | None = _WHITE
    """None where it is not known."""
    size: float = 16.0
    """Height of its letters in pixels."""

    unseen: str | None = field(init=False, compare=False)
    """Why a person does not see the text; None if he does."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "unseen", self._reason())

    def _reason(self) -> str | None:
        if self.gone is not None:
            return self.gone
        if self.veiled:
            return "hidden by its style"
        if self.size < _TINY:
            return "tiny text"
        if self.clear:
            return "transparent text"
        if self.colour is not None and self.ground is not None and _alike(self.colour, self.ground):
            return "white text" if self.ground == _WHITE else "text in the colour of its background"
        return None


def _alike(one: Colour, two: Colour) -> bool:
    return sum(abs(a - b) for a, b in zip(one, two, strict=True)) < _NEAR


START = Look()


class Sheet:
    """The rules of a page's own style sheets."""

    def __init__(self, texts: Iterable[str] = (), *, others: bool = False) -> None:
        """`others`: the page also uses style sheets that are not in it, so the ground below a text is not known."""
        self._rules: dict[str, dict[str, str]] = {}
        self._vague: set[str] = set()
        self.start = replace(START, ground=None) if others else START
        left = _MOST_CSS
        for text in texts:
            self._take(text[:left])
            left = max(0, left - len(text))

    def _take(self, text: str) -> None:
        for selectors, body in _rules(_COMMENT.sub(" ", text)):
            declared = _declared(body)
            if not declared or len(self._rules) > _MOST_RULES:
                continue
            for selector in selectors.split(","):
                selector = selector.strip()
                if selector and _SIMPLE.fullmatch(selector):
                    self._rules.setdefault(_key(selector), {}).update(declared)
                elif any(name.startswith("background") for name in declared):
                    found = _LAST.search(selector)
                    if found and found[0]:
                        self._vague.add(_key((found[1] or "") + (found[2] or "")))

    def look(self, element: Any, above: Look) -> Look:
        """The look of an element in one that looks like `above`."""
        found = element.attrib
        if not found and not self._rules:
            return above
        tag = element.tag
        style: dict[str, str] = {}
        vague = False
        if self._rules or self._vague:
            names = [tag]
            for name in (found.get("class") or "").split()[:20]:
                names += (f".{name}", f"{tag}.{name}")
            if named := found.get("id"):
                names += (f"#{named}", f"{tag}#{named}")
            for name in names:
                if rule := self._rules.get(name):
                    style |= rule
                vague = vague or name in self._vague
        if found:
            if "color" in found and tag == "font":
                style["color"] = found["color"].lower()
            if "bgcolor" in found:
                style["background-color"] = found["bgcolor"].lower()
            if "background" in found:
                style["background-image"] = "url()"
            if inline := found.get("style"):
                style |= _declared(inline)
        if not style and not vague and "hidden" not in found:
            return above
        look = _dressed(style, above)
        if vague and not any(name.startswith("background") for name in style):
            look = replace(look, ground=None)
        if "hidden" in found and style.get("display", "none") == "none":
            look = replace(look, gone=look.gone or "hidden by its style")
        return look


def _key(selector: str) -> str:
    """Element names in lower case, classes and ids as they stand."""
    found = _SIMPLE.match(selector)
    assert found is not None
    return (found[1] or "").lower() + (found[2] or "")


def _rules(text: str) -> Iterable[tuple[str, str]]:
    """(selectors, body) of the rules that hold on a screen."""
    at = 0
    while (opened := text.find("{", at)) >= 0:
        head = text[at:opened].rpartition(";")[2].strip()
        closed = text.find("}", opened)
        if closed < 0:
            return
        if head.startswith("@media") and re.fullmatch(r"@media\s+(?:only\s+)?(?:screen|all)\s*", head):
            at = opened + 1
            continue
        if head.startswith("@"):
            at = _after(text, opened)
            continue
        yield head.lstrip("} \n\t\r"), text[opened + 1 : closed]
        at = closed + 1


def _after(text: str, opened: int) -> int:
    """Where a block of rules that starts at a brace ends."""
    depth = 0
    for found in re.compile("[{}]").finditer(text, opened):
        depth += 1 if found[0] == "{" else -1
        if depth == 0:
            return found.end()
    return len(text)


def _declared(body: str) -> dict[str, str]:
    declared = {}
    for item in body.split(";"):
        name, _, value = item.partition(":")
        name = name.strip().lower()
        if name in _PROPERTIES:
            declared[name] = value.replace("!important", "").strip().lower()[:300]
    return declared


def _dressed(style: Mapping[str, str], above: Look) -> Look:
    size = _size(style["font-size"], above.size) if "font-size" in style else above.size
    veil = style.get("visibility", "")
    colour, clear = above.colour, above.clear
    if "color" in style and style["color"] not in ("inherit", "currentcolor"):
        colour, clear = _colour(style["color"])
    return Look(
        gone=above.gone or _gone(style),
        veiled=veil in ("hidden", "collapse") if veil in ("hidden", "collapse", "visible") else above.veiled,
        colour=colour,
        clear=clear,
        ground=_ground(style, above.ground),
        size=size,
    )


def _gone(style: Mapping[str, str]) -> str | None:
    if style.get("display") == "none" or style.get("mso-hide") == "all":
        return "hidden by its style"
    opacity = style.get("opacity")
    if opacity is not None and (found := _SIZE.match(opacity)):
        share = float(found[1]) / (100 if found[2] == "%" else 1)
        if share < 0.05:
            return "transparent text"
    placed = style.get("position") in ("absolute", "fixed")
    far = ("left", "top", "right") if placed else ()
    if any(_length(style.get(name)) < -_FAR for name in (*far, "text-indent")):
        return "off the page"
    if placed and (_is_clip(style.get("clip", "")) or _is_clip(style.get("clip-path", ""))):
        return "off the page"
    if style.get("overflow") in ("hidden", "clip") and any(
        style.get(name, "").strip() and _length(style.get(name), 99) == 0 for name in ("height", "max-height", "width")
    ):
        return "without any space"
    return None


def _is_clip(value: str) -> bool:
    """Whether a clip leaves nothing, as pages do that speak to screen readers only."""
    numbers = re.findall(r"-?\d+", value)
    if value.startswith("rect"):
        return len(numbers) == 4 and all(int(n) <= 1 for n in numbers)
    return value.startswith("inset") and bool(numbers) and int(numbers[0]) >= 50 and "%" in value


def _length(value: str | None, otherwise: float = 0.0) -> float:
    found = _SIZE.match(value or "")
    return float(found[1]) * _UNITS.get(found[2] or "px", 16.0) if found else otherwise


def _size(value: str, above: float) -> float:
    found = _SIZE.match(value)
    if not found:
        return 16.0 if value in ("medium", "initial") else max(above, 10.0) if value.isalpha() else above
    number = float(found[1])
    if found[2] in ("em", "%"):
        return above * number / (100 if found[2] == "%" else 1)
    return number * _UNITS.get(found[2] or "px", 1.0)


def _colour(value: str) -> tuple[Colour | None, bool]:
    """(colour, whether it is transparent)."""
    if value == "transparent":
        return None, True
    if found := _HEX.match(value):
        digits = found[1]
        if len(digits) in (3, 4):
            digits = "".join(digit * 2 for digit in digits)
        if len(digits) in (6, 8):
            clear = len(digits) == 8 and int(digits[6:], 16) < 13
            return (int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)), clear
        return None, False
    if found := _RGB.match(value):
        share = found[4] or "1"
        clear = (
            float(share.rstrip("%") or 0) < (5 if share.endswith("%") else 0.05) if _SIZE.fullmatch(share) else False
        )
        return (min(int(found[1][:3]), 255), min(int(found[2][:3]), 255), min(int(found[3][:3]), 255)), clear
    return _NAMES.get(value), False


def _ground(style: Mapping[str, str], above: Colour | None) -> Colour | None:
    image = style.get("background-image", "")
    whole = style.get("background", "")
    if image not in ("", "none") or "url(" in whole or "gradient" in whole:
        return None
    value = style.get("background-color") or whole
    if not value or value in ("inherit", "none", "transparent", "initial"):
        return above
    colour, clear = _colour(value)
    if colour is None and whole:
        colour = next((found for part in whole.split() if (found := _colour(part)[0])), None)
    return above if clear else colour
