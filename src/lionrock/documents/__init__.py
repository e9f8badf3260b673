"""A conversation as a file: what is in it, and one writer for each format."""

from __future__ import annotations

__all__: list[str] = []
