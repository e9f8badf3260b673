"""Make `text/data/words.tsv`: how common Chinese words are, for telling a page whose words were swapped by machine.

    python benchmarks/hygiene_words.py JIEBA_DICT

JIEBA_DICT is `dict.txt` of jieba 0.42.1 (MIT licence): 349,046 words with counts and parts of speech. Words that Hong Kong
writes and it hardly knows are raised by their counts in every second sitting of the Hansard, in meeting transcripts, in
Cap. 486 and in our own lexicons. Only counts leave those texts.
"""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from hygiene_corpora import ROOT, SHARED, hansard, vcsum
from lionrock.ingest.hygiene_words import CLASSES, LONGEST, segment
from lionrock.text.fold import fold_text

OUT = ROOT / "src" / "lionrock" / "text" / "data" / "words.tsv"
_HAN = re.compile("[\u4e00-\u9fff]+")
_NAMES = ("nr", "ns", "nt", "nz", "nrt", "j", "i", "x", "m", "eng")
LEAST_PAIR, LEAST_LONGER = 3, 40
HEADER = """\
# How common Chinese words are (folded: Simplified), in classes from 0 (fewer than one in ten million words) to 9.
# Counts: jieba 0.42.1 (Copyright (c) 2013 Sun Junyi, MIT licence), raised by counts of our own. Made by benchmarks/hygiene_words.py.
# A line is a first character, then for each class its digit (n before it: a name) and the second characters.
# Lines that start with + hold longer words: +, class, words parted by spaces.
"""


def background() -> Iterator[str]:
    """Texts whose words are counted. The other half of the Hansard is kept for measuring."""
    for number, sitting in enumerate(hansard()):
        if number % 2 == 0:
            yield from sitting
    yield from vcsum()
    for name in ("yue", "plain", "official_zh"):
        yield (OUT.parent / f"{name}.tsv").read_text(encoding="utf-8")
    for path in (SHARED / "hkel_pdpo").rglob("*zh-Hant*.xml"):
        yield re.sub("<[^>]+>", "", path.read_text(encoding="utf-8"))


def main(dictionary: Path) -> None:
    counts: Counter[str] = Counter()
    names: dict[str, bool] = {}
    for line in dictionary.read_text(encoding="utf-8").splitlines():
        word, count, kind = line.split()
        folded = fold_text(word)
        if _HAN.fullmatch(folded) and len(folded) <= LONGEST:
            counts[folded] += int(count)
            names[folded] = names.get(folded, True) and kind in _NAMES
    total = sum(counts.values())
    plain = {word: _class(count / total) for word, count in counts.items()}
    here: Counter[str] = Counter()
    for text in background():
        for run in _HAN.findall(fold_text(text)):
            here.update(segment(run, plain))
    words = sum(here.values())
    lines: dict[str, dict[str, str]] = {}
    longer: dict[str, list[str]] = {}
    for word, count in sorted(counts.items()):
        if len(word) == 1 or count < (LEAST_PAIR if len(word) == 2 else LEAST_LONGER):
            continue
        level = _class(max(count / total, (here[word] - 1.5) / words))
        mark = f"{'n' if names[word] else ''}{level}"
        if len(word) == 2:
            row = lines.setdefault(word[0], {})
            row[mark] = row.get(mark, "") + word[1]
        else:
            longer.setdefault(mark, []).append(word)
    with OUT.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for first, row in lines.items():
            file.write("\t".join((first, *(mark + seconds for mark, seconds in sorted(row.items())))) + "\n")
        for mark, found in sorted(longer.items()):
            file.write(f"+\t{mark}\t{' '.join(found)}\n")
    print(OUT, OUT.stat().st_size, "bytes")


def _class(share: float) -> int:
    """0 for fewer than 0.1 in a million words, then a class for each factor of three."""
    return min(CLASSES - 1, max(0, math.ceil(math.log(max(share, 1e-12) * 1e7, 3))))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
