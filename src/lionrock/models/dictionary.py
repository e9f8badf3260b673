"""The installed dictionary between Chinese and English."""

from __future__ import annotations

from pathlib import Path

from lionrock.text.crosslingual import Bilingual

__all__ = ["load_dictionary"]


def load_dictionary(folder: Path) -> Bilingual:
    """Read the tables in `folder`; without them only our own list of terms serves."""
    return Bilingual(_table(folder / "english.tsv"), _table(folder / "chinese.tsv"))


def _table(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    pairs = (line.partition("\t") for line in path.read_text(encoding="utf-8").split("\n") if line)
    return {key: ways for key, _, ways in pairs}
