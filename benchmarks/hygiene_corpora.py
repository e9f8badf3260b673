"""Real texts for measuring the examination of documents, as lists of documents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"


def hansard() -> list[list[str]]:
    """The speeches of each sitting."""
    files = sorted((SHARED / "legco_hansard").rglob("*.json"))
    return [list(_contents(json.loads(path.read_text(encoding="utf-8"))["speeches"])) for path in files]


def _contents(node: Any) -> Iterator[str]:
    if isinstance(node, dict) and "content" in node:
        yield node["content"]
    elif isinstance(node, dict | list):
        for item in node.values() if isinstance(node, dict) else node:
            yield from _contents(item)


def hkcancor() -> list[str]:
    """Each conversation, as it would be typed: without spaces between ideographs."""
    found = []
    for path in sorted((SHARED / "hkcancor").rglob("*.cha")):
        lines = [
            line.partition("\t")[2] for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("*")
        ]
        found.append("\n".join(re.sub(r"\s+", "", line) for line in lines))
    return found


def sib200(language: str) -> list[str]:
    """Sentences."""
    folder = SHARED / "sib200" / "data" / "annotated" / language
    rows = (folder / f"{part}.tsv" for part in ("train", "dev", "test"))
    return [line.split("\t")[2] for path in rows for line in path.read_text(encoding="utf-8").splitlines()[1:]]


def ntrex(name: str) -> list[str]:
    """Lines of news, in order."""
    return (SHARED / "ntrex" / f"newstest2019-{name}.txt").read_text(encoding="utf-8").splitlines()


def vcsum() -> list[str]:
    """Stretches of meetings."""
    lines = (SHARED / "vcsum" / "short_dev.txt").read_text(encoding="utf-8").splitlines()
    return ["\n".join("".join(part) for part in json.loads(line)["context"]) for line in lines]


def rgb() -> list[str]:
    """Passages of web pages. For measuring only: their licence is non-commercial."""
    found = []
    for line in (SHARED / "rgb" / "zh_refine.json").read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        for passage in (*item["positive"], *item["negative"]):
            found.extend(passage if isinstance(passage, list) else [passage])
    return found


def pages(sentences: list[str], size: int = 15) -> list[str]:
    """Consecutive sentences as pages of news."""
    return ["\n".join(sentences[at : at + size]) for at in range(0, len(sentences), size)]
