"""Where the shapes of a slide stand, in which order a person reads them, and on which colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lionrock.ingest.readers.builder import TextBuilder
from lionrock.ingest.readers.docx_inline import branch
from lionrock.ingest.readers.docx_styles import number_in
from lionrock.ingest.readers.office_look import ANY_GROUND
from lionrock.ingest.readers.office_package import first, kids, short, value

__all__ = ["Box", "Colours", "Layout", "Shape", "SlideText", "is_painted", "placeholder", "reading_order"]

_PROPERTIES = ("p:nvSpPr", "p:nvPicPr", "p:nvGraphicFramePr", "p:nvGrpSpPr", "p:nvCxnSpPr")
_SHAPES = frozenset({"p:sp", "p:pic", "p:graphicFrame", "p:grpSp", "p:cxnSp"})
_BODY = ("body", "obj", "subTitle", "")


class SlideText(TextBuilder):
    """A text builder that knows where slides begin."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: list[int] = []

    def begin(self) -> None:
        """A new slide: it stands under no heading of the one before."""
        self._path = []
        self._counts.append(len(self.blocks))

    def starts(self) -> tuple[int, ...]:
        """Where each slide starts; an empty one where the next one does."""
        end = self.blocks[-1].end if self.blocks else 0
        return tuple(self.blocks[at].start if at < len(self.blocks) else end for at in self._counts)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the slide, in EMU."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top + self.height

    def meets(self, other: Box) -> bool:
        """Whether the two share an area."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def moved(self, outer: Box, inner: Box) -> Box:
        """This box of a group's inner rectangle where the group stands."""
        wide = outer.width / inner.width if inner.width else 1.0
        high = outer.height / inner.height if inner.height else 1.0
        return Box(
            outer.left + (self.left - inner.left) * wide,
            outer.top + (self.top - inner.top) * high,
            self.width * wide,
            self.height * high,
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape with its place; a group holds shapes."""

    node: Any
    box: Box | None
    inside: tuple[Shape, ...] = ()
    hidden: bool = False


def placeholder(node: Any) -> tuple[str, str] | None:
    """(type, index) of a shape's placeholder; None for a shape of its own."""
    for name in _PROPERTIES:
        found = first(node, name, "p:nvPr", "p:ph")
        if found is not None:
            return found.get("type", ""), found.get("idx", "0")
    return None


def _properties(node: Any) -> Any | None:
    return next((found for name in _PROPERTIES if (found := first(node, name, "p:cNvPr")) is not None), None)


def _box(transform: Any, place: str = "a:off", size: str = "a:ext") -> Box | None:
    at, extent = first(transform, place), first(transform, size)
    numbers = [number_in(at, "x"), number_in(at, "y"), number_in(extent, "cx"), number_in(extent, "cy")]
    if any(number is None for number in numbers):
        return None
    return Box(*(float(number or 0) for number in numbers))


class Layout:
    """The placeholders of a slide's layout and master, which its own take their place and colour from."""

    def __init__(self, roots: Sequence[Any]) -> None:
        """`roots`: the layout, then the master; what is missing is left out."""
        self._places = [
            [(kind, node) for node in root.iter() if short(node.tag) == "p:sp" and (kind := placeholder(node))]
            for root in roots
        ]
        self.painted = [
            box
            for root in roots
            for node in root.iter()
            if short(node.tag) in ("p:sp", "p:pic") and not placeholder(node) and is_painted(node)
            for box in (_box(first(node, "p:spPr", "a:xfrm")),)
            if box is not None
        ]

    def above(self, kind: tuple[str, str]) -> list[Any]:
        """The placeholders that one of this kind stands for: of the layout, then of the master."""
        found = []
        for places in self._places:
            exact = [node for other, node in places if other[1] == kind[1] and kind[1] != "0"]
            alike = [node for other, node in places if _alike(other[0], kind[0])]
            found += (exact or alike)[:1]
        return found

    def shapes(self, tree: Any) -> tuple[Shape, ...]:
        """The shapes of a slide in the order of the file."""
        return tuple(self._shapes(tree, None))

    def _shapes(self, tree: Any, frame: tuple[Box, Box] | None) -> Iterable[Shape]:
        for node in tree:
            name = short(node.tag)
            if name == "mc:AlternateContent":
                yield from self._shapes(branch(node), frame)
            elif name in _SHAPES:
                yield self._shape(name, node, frame)

    def _shape(self, name: str, node: Any, frame: tuple[Box, Box] | None) -> Shape:
        transform = first(node, "p:xfrm") if name == "p:graphicFrame" else first(node, "p:spPr", "a:xfrm")
        if name == "p:grpSp":
            transform = first(node, "p:grpSpPr", "a:xfrm")
        box = _box(transform)
        kind = placeholder(node)
        if box is None and kind is not None:
            boxes = (_box(first(above, "p:spPr", "a:xfrm")) for above in self.above(kind))
            box = next((found for found in boxes if found is not None), None)
        if box is not None and frame is not None:
            box = box.moved(*frame)
        inside: tuple[Shape, ...] = ()
        if name == "p:grpSp":
            inner = _box(transform, "a:chOff", "a:chExt")
            inside = tuple(self._shapes(node, (box, inner) if box is not None and inner is not None else None))
        properties = _properties(node)
        return Shape(node, box, inside, properties is not None and properties.get("hidden") in ("1", "true"))


def _alike(one: str, two: str) -> bool:
    titles = ("title", "ctrTitle")
    return one == two or (one in titles and two in titles) or (one in _BODY and two in _BODY)


def is_painted(node: Any) -> bool:
    """Whether a shape covers what lies below it."""
    if short(node.tag) == "p:pic":
        return True
    properties = first(node, "p:spPr")
    if first(properties, "a:noFill") is not None:
        return False
    if any(first(properties, kind) is not None for kind in ("a:solidFill", "a:gradFill", "a:blipFill", "a:pattFill")):
        return True
    return value(first(node, "p:style", "a:fillRef"), "idx") not in (None, "0")


def reading_order(shapes: Sequence[Shape]) -> list[Shape]:
    """From top to bottom, and from left to right in a row; what has no place keeps its turn at the end.

    Shapes stand in one row when they share half the height of the lower one of them.
    """
    placed = sorted(((shape.box, shape) for shape in shapes if shape.box), key=lambda item: (item[0].top, item[0].left))
    rows: list[list[tuple[Box, Shape]]] = []
    for box, shape in placed:
        head = rows[-1][0][0] if rows else None
        shared = min(head.bottom, box.bottom) - max(head.top, box.top) if head is not None else -1.0
        if head is not None and shared >= min(head.height, box.height) / 2:
            rows[-1].append((box, shape))
        else:
            rows.append([(box, shape)])
    ordered = [shape for row in rows for _, shape in sorted(row, key=lambda item: item[0].left)]
    return ordered + [shape for shape in shapes if shape.box is None]


class Colours:
    """The colours of a deck's theme by their names."""

    def __init__(self, theme: Any | None, master: Any | None) -> None:
        scheme = next(
            (node for node in (theme.iter() if theme is not None else ()) if short(node.tag) == "a:clrScheme"), None
        )
        self._named: dict[str, str] = {}
        for node in scheme if scheme is not None else ():
            found = value(first(node, "a:srgbClr"), "val") or value(first(node, "a:sysClr"), "lastClr")
            if found:
                self._named[short(node.tag)[2:]] = found
        mapped = first(master, "p:clrMap")
        self._mapped = {short(key): str(told) for key, told in (mapped.attrib.items() if mapped is not None else ())}

    def of(self, fill: Any) -> str | None:
        """The colour in a fill (six digits); None where it is mixed or not known; `clear` where it is transparent."""
        for node in fill if fill is not None else ():
            alpha = number_in(first(node, "a:alpha"), "val")
            if alpha is not None and alpha < 5_000:
                return "clear"
            if any(short(change.tag) != "a:alpha" for change in node):
                return None
            if short(node.tag) == "a:srgbClr":
                return str(node.get("val", ""))
            if short(node.tag) == "a:sysClr":
                return str(node.get("lastClr", ""))
            if short(node.tag) == "a:schemeClr":
                named = str(node.get("val", ""))
                return self._named.get(self._mapped.get(named, named))
        return None

    def background(self, roots: Iterable[Any]) -> str:
        """The colour of the slide: the first background that the slide, its layout or its master states."""
        for root in roots:
            stated = first(root, "p:cSld", "p:bg")
            if stated is not None:
                reference = first(stated, "p:bgRef")
                plain = reference is not None and reference.get("idx") == "1001"
                return self.of(reference if plain else first(stated, "p:bgPr", "a:solidFill")) or ANY_GROUND
        return "FFFFFF"

    def ground(self, shape: Any, above: Iterable[Any], below: str) -> str:
        """The colour that a shape's words stand on; `below` where it is not painted."""
        for node in (shape, *above):
            properties = first(node, "p:spPr")
            if first(properties, "a:noFill") is not None:
                return below
            fill = next(kids(properties, "a:solidFill"), None)
            if fill is not None:
                return self.of(fill) or ANY_GROUND
            if is_painted(node):
                return ANY_GROUND
        return below
