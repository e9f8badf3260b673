"""Group texts of like length, so that a batch is neither large nor mostly padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

__all__ = ["by_length"]


def by_length(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Positions in batches, shortest first; longest times count stays within `budget` (one alone may exceed it)."""
    batch: list[int] = []
    for at in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[at] > budget:
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch
