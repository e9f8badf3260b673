"""Formulas of a word processor as one line of text: `(a+b)/c`, `x^2`, `√(x)`."""

from __future__ import annotations

from typing import Any

from lionrock.ingest.readers.office_package import first, kids, short, value

__all__ = ["math_text"]

_WRAPPED = frozenset("+-−±·×/ ")


def math_text(node: Any) -> str:
    """The words and signs of an `m:oMath` in reading order."""
    match short(node.tag):
        case "m:t":
            return node.text or ""
        case "m:f":
            return f"{_group(first(node, 'm:num'))}/{_group(first(node, 'm:den'))}"
        case "m:sSup":
            return f"{_inner(first(node, 'm:e'))}^{_group(first(node, 'm:sup'))}"
        case "m:sSub":
            return f"{_inner(first(node, 'm:e'))}_{_group(first(node, 'm:sub'))}"
        case "m:sSubSup":
            base, low = _inner(first(node, "m:e")), _group(first(node, "m:sub"))
            return f"{base}_{low}^{_group(first(node, 'm:sup'))}"
        case "m:rad":
            return f"{_inner(first(node, 'm:deg'))}√({_inner(first(node, 'm:e'))})"
        case "m:nary":
            sign = value(first(node, "m:naryPr", "m:chr"), "m:val") or "∫"
            low, high = _group(first(node, "m:sub")), _group(first(node, "m:sup"))
            return sign + (f"_{low}" if low else "") + (f"^{high}" if high else "") + _inner(first(node, "m:e"))
        case "m:d":
            opened = value(first(node, "m:dPr", "m:begChr"), "m:val")
            closed = value(first(node, "m:dPr", "m:endChr"), "m:val")
            inside = ", ".join(_inner(part) for part in kids(node, "m:e"))
            return ("(" if opened is None else opened) + inside + (")" if closed is None else closed)
    return _inner(node)


def _inner(node: Any) -> str:
    return "" if node is None else "".join(math_text(child) for child in node)


def _group(node: Any) -> str:
    """A part of a formula, in brackets where it would run into its neighbour."""
    text = _inner(node)
    return f"({text})" if _WRAPPED & set(text) else text
