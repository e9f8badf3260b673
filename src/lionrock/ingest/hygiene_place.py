"""What the examinations of a text share: how a place in it is quoted to people."""

from __future__ import annotations

from lionrock.text import personal

__all__ = ["LONGEST_EXCERPT", "places", "quoted"]

LONGEST_EXCERPT = 200
_AROUND = 64


def quoted(text: str, start: int, end: int) -> str:
    """The words of text[start:end] for a finding: at most 200 characters, one line, personal data masked."""
    end = min(end, start + LONGEST_EXCERPT)
    # Personal data may begin before the place or end behind it.
    left = max(0, start - _AROUND)
    window = text[left : end + _AROUND]
    masked = personal.mask(window, personal.find(window))[start - left : end - left]
    return " ".join(masked.split())[:LONGEST_EXCERPT]


def places(count: int) -> str:
    """`` for one place, ` (3 places)` for more."""
    return f" ({count} places)" if count > 1 else ""
