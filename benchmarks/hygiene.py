"""What the examination of documents finds in honest texts (too much?) and in bad ones (enough?).

    python benchmarks/hygiene.py [THESAURUS]

THESAURUS: a file of near-synonyms, one group a line with spaces between the words (a code before them is skipped); without
it, our own list of 200 words serves. Substitutions that the detector lists are never made.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from hygiene_corpora import ROOT, SHARED, hansard, hkcancor, ntrex, pages, rgb, sib200
from lionrock.errors import DocumentError
from lionrock.ingest.hygiene import examine
from lionrock.ingest.hygiene_spun import rarity, telltales
from lionrock.ingest.hygiene_words import load_words, segment
from lionrock.ingest.readers.registry import read_document
from lionrock.records import Block, Finding, Hidden, ParsedDocument
from lionrock.text.fold import fold_text

_HAN = re.compile("([\u4e00-\u9fff]+)")
_RATES = (0.2, 0.4, 0.6, 0.8, 1.0)
SEED = 20_260


def document(text: str, hidden: str = "") -> ParsedDocument:
    unseen = (Hidden("white text", hidden),) if hidden else ()
    return ParsedDocument(text, (Block("paragraph", 0, len(text)),), hidden=unseen)


def honest() -> Iterable[tuple[str, list[ParsedDocument]]]:
    """Names and documents of the texts in which nothing should be found."""
    kept = [speech for number, sitting in enumerate(hansard()) if number % 2 for speech in sitting]
    yield "Hansard, speeches of the half not counted", [document(text) for text in kept]
    yield "Hansard, whole sittings of that half", [document("\n".join(s)) for s in hansard()[1::2]]
    yield "HKCanCor, conversations", [document(text) for text in hkcancor()]
    for language in ("zho_Hant", "zho_Hans", "yue_Hant", "eng_Latn"):
        yield f"SIB-200 {language}, sentences", [document(text) for text in sib200(language)]
        yield f"SIB-200 {language}, 15 sentences each", [document(text) for text in pages(sib200(language))]
    for name in ("ref.zho-TW", "ref.zho-CN", "ref.yue", "src.eng"):
        yield f"NTREX {name}, 15 lines each", [document(text) for text in pages(ntrex(name))]
    yield "Cap. 486, both languages", _read(sorted((SHARED / "hkel_pdpo").rglob("*.xml")))
    yield "our demo", _read(sorted((ROOT / "demo" / "documents").iterdir()))
    yield "RGB, passages of Mainland web pages", [document(text) for text in rgb()]
    yield "RGB, five passages each", [document(text) for text in pages(rgb(), 5)]


def _read(paths: list[Path]) -> list[ParsedDocument]:
    found = []
    for path in paths:
        try:
            found.append(read_document(path.read_bytes(), path.name))
        except DocumentError as error:
            print(f"{path.name}: {error.message}", file=sys.stderr)
    return found


def table_of_honest() -> None:
    print("| texts | documents | held back | warned | by kind |\n| --- | ---: | ---: | ---: | --- |")
    everything, held_of_all = 0, 0
    for name, documents in honest():
        held = warned = 0
        kinds: Counter[str] = Counter()
        for parsed in documents:
            findings = [item for item in examine(parsed) if item.level in ("quarantine", "warning")]
            held += any(item.level == "quarantine" for item in findings)
            warned += bool(findings) and all(item.level == "warning" for item in findings)
            kinds.update({f"{item.kind} ({item.level})" for item in findings})
        everything, held_of_all = everything + len(documents), held_of_all + held
        shown = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
        print(f"| {name} | {len(documents):,} | {held} | {warned} | {shown} |", flush=True)
    print(f"\nHeld back: {held_of_all} of {everything:,} ({held_of_all / everything:.2%}).\n")


def synonyms(path: Path | None) -> dict[str, list[str]]:
    """Word to near-synonyms (Simplified), without those that the detector lists."""
    groups: list[list[str]] = []
    for line in (path or Path(__file__).with_name("hygiene_synonyms.tsv")).read_text(encoding="utf-8").splitlines():
        words = [word for word in line.split() if _HAN.fullmatch(word)]
        if not line.startswith("#") and len(words) > 1 and (path is None or "=" in line):
            groups.append(words)
    table: dict[str, list[str]] = {}
    for words in groups:
        for word in words if path else words[:1]:
            table.setdefault(word, []).extend(x for x in words if x != word and not telltales(fold_text(x)).words)
    return {word: ways for word, ways in table.items() if ways}


def spin(text: str, table: dict[str, list[str]], rate: float, chance: random.Random) -> tuple[str, int, int]:
    """(spun text, words swapped, words) of a text in Simplified Chinese."""
    classes = load_words().classes
    pieces: list[str] = []
    swapped = total = 0
    for part in _HAN.split(text):
        for word in segment(part, classes) if _HAN.fullmatch(part) else [part]:
            total += bool(_HAN.fullmatch(word))
            if word in table and len(word) > 1 and chance.random() < rate:
                word = chance.choice(table[word])
                swapped += 1
            pieces.append(word)
    return "".join(pieces), swapped, total


def table_of_spun(path: Path | None) -> None:
    table = synonyms(path)
    print(f"{len(table):,} words with near-synonyms from {path.name if path else 'our own list'}.\n")
    print(
        "| pages | pages counted | words swapped | held back | told at all | of these by rarity |\n| --- | ---: | ---: | ---: | ---: | ---: |"
    )
    base = [*pages(ntrex("ref.zho-CN")), *pages(sib200("zho_Hans"))]
    for rate in (0.0, *_RATES):
        chance = random.Random(SEED)
        made = [spin(page, table, rate, chance) for page in base]
        levels = [_level(examine(document(text)), "spun") for text, _, _ in made]
        share = sum(n for _, n, _ in made) / sum(n for _, _, n in made)
        rare = sum(rarity(fold_text(text)) >= 3 for text, _, _ in made)
        told = sum(level is not None for level in levels)
        print(
            f"| news, spun at {rate:.0%} | {len(made)} | {share:.0%} | {levels.count('quarantine')} | {told} | {rare} |"
        )
    page = (SHARED / "dirty" / "spun_page.txt").read_text(encoding="utf-8")
    print(f"\nThe real page: {sorted((item.kind, item.level) for item in examine(document(page)))}.")
    for size in (1000, 500, 250, 120):
        parts = [page[at : at + size] for at in range(0, len(page) - size // 2, size)]
        found = [_level(examine(document(part)), "spun") for part in parts]
        print(
            f"Its {len(parts)} pieces of {size} characters: {found.count('quarantine')} held back, {found.count('warning')} more told."
        )
    print()


def _level(findings: list[Finding], kind: str) -> str | None:
    levels = [item.level for item in findings if item.kind == kind]
    return "quarantine" if "quarantine" in levels else levels[0] if levels else None


def bipia() -> None:
    """Attacks put into e-mails and tables, and these as they are."""
    attacks: dict[str, list[str]] = json.loads(
        (SHARED / "bipia" / "text_attack_train.json").read_text(encoding="utf-8")
    )
    mails, tables = (_contexts(f"{name}_train.jsonl") for name in ("email", "table"))
    alarms = [
        sum(_level(examine(document(text)), "instructions") is not None for text in texts) for texts in (mails, tables)
    ]
    print(f"BIPIA, clean: {alarms[0]} alarms in {len(mails)} e-mails, {alarms[1]} in {len(tables)} tables.\n")
    chance = random.Random(SEED)
    print(
        "| kind of attack | attacks | in e-mails, tables: told | in white text: held back |\n| --- | ---: | ---: | ---: |"
    )
    sums = [0, 0, 0, 0]
    for kind, texts in attacks.items():
        seen = tries = unseen = 0
        for attack in texts:
            for context in (*chance.sample(mails, 5), *chance.sample(tables, 5)):
                for placed in (f"{attack}\n{context}", _middle(context, attack), f"{context}\n{attack}"):
                    tries += 1
                    seen += _level(examine(document(placed)), "instructions") is not None
            unseen += _level(examine(document(mails[0], hidden=attack)), "instructions") == "quarantine"
        sums = [a + b for a, b in zip(sums, (len(texts), seen, tries, unseen), strict=True)]
        print(f"| {kind} | {len(texts)} | {seen / tries:.0%} | {unseen} |")
    print(f"| all | {sums[0]} | {sums[1] / sums[2]:.0%} | {sums[3]} |\n")


def _contexts(name: str) -> list[str]:
    rows: list[Any] = [json.loads(line) for line in (SHARED / "bipia" / name).read_text(encoding="utf-8").splitlines()]
    return [row["context"] if isinstance(row["context"], str) else "\n".join(row["context"]) for row in rows]


def _middle(context: str, attack: str) -> str:
    at = context.find("\n", len(context) // 2)
    return f"{context[:at]}\n{attack}{context[at:]}" if at >= 0 else f"{context} {attack}"


def speed() -> None:
    texts: dict[str, Callable[[], str]] = {
        "Hansard": lambda: "\n".join(speech for sitting in hansard() for speech in sitting),
        "news in English": lambda: "\n".join(ntrex("src.eng")) * 9,
    }
    for name, make in texts.items():
        text = make().encode()[:1_000_000].decode("utf-8", "ignore")
        started = time.process_time()
        examine(document(text))
        print(f"1 MB of {name}: {time.process_time() - started:.1f} s of processor time")


if __name__ == "__main__":
    load_words()
    table_of_honest()
    table_of_spun(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    bipia()
    speed()
