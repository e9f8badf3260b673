"""Bounds that numbers in calls share."""

from __future__ import annotations

__all__ = ["LARGEST"]

LARGEST = 2_147_483_647
"""The largest integer that a column of every database takes; a call with a larger one is wrong."""
