"""What readers find in files, what they show that nobody sees, and what that costs: ours and two others in one run.

Run: .venv/bin/python benchmarks/parsing.py [--real FOLDER] [--made] [--misses]
Two measures. Files made here (`parsing_files.py`) carry words put down beforehand: of these each reader's share is exact.
For real files nobody has the truth: there each reader's share of the words that any of the readers found is told, which
is relative, and flatters a reader that makes up words or gives numbers as the file stores them. The others are markitdown
and docling (its readers without models, so no PDF), put into environments of their own below `.lionrock/peer`. Every
reader works in a child with the same limits.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import re
import selectors
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import parsing_office as office
import parsing_plain as plain
from office import ROOT
from parsing_files import Made, told
from parsing_worker import TAKES

PEERS = {
    "markitdown": ("markitdown[docx,pptx,xlsx,xls,pdf,outlook]==0.1.9",),
    "docling": ("docling-slim[convert-core,format-office,format-web,format-email,format-opendocument]==2.143.0",),
}
READERS = ("lionrock", *PEERS)
WORK = ROOT / ".lionrock"
MESSY = ROOT.parent / "shared" / "data" / "messy_docs" / "unstructured"
SECONDS = 60.0
MEGABYTES = 1_000
KEPT = 300
"""A process that holds so much is not kept for the next file, as our own pool does it."""
FORMATS = {
    ".docx": office.docx,
    ".pptx": office.pptx,
    ".xlsx": office.xlsx,
    ".odt": office.odt,
    ".pdf": plain.pdf,
    ".rtf": plain.rtf,
    ".html": plain.html,
    ".epub": plain.epub,
    ".eml": plain.eml,
    ".csv": plain.csv,
    ".txt": plain.txt,
}


def asked(ending: str) -> list[str]:
    """The readers that take files of an ending, ours first."""
    return [name for name in READERS if name not in TAKES or ending in TAKES[name]]


_TOKEN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]|[^\W_]+")
_MARKUP = re.compile(
    r"<!--.*?-->|\]\([^)\s]*\)|\bUnnamed: \d+|\bNaN\b|data:image\S+|&(?:amp|lt|gt);|\\(?=[_*#])", re.DOTALL
)
"""What writers of Markdown put in that stands in no file: it counts neither for nor against anybody."""


def tokens(text: str) -> list[str]:
    """Words, and single ideographs, in small letters."""
    return _TOKEN.findall(text.lower())


@dataclass(slots=True)
class Reading:
    """What one reader made of one file."""

    text: str = ""
    error: str = ""
    seconds: float = 0.0
    megabytes: float = 0.0


@dataclass(slots=True)
class Row:
    """Sums of one format and one reader."""

    files: int = 0
    read: int = 0
    words: int = 0
    found: int = 0
    pairs: int = 0
    kept: int = 0
    unseen: int = 0
    shown: int = 0
    seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def interpreter(name: str) -> Path:
    """The interpreter that has a reader; its environment is made when it is missing."""
    if name == "lionrock":
        return Path(sys.executable)
    folder = WORK / "peer" / name
    if not (folder / "ready").is_file():
        print(f"installing {', '.join(PEERS[name])}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, *PEERS[name]], check=True)
        (folder / "ready").touch()
    return folder / "bin" / "python"


class Child:
    """One reader in a process; it is started anew after a limit was met."""

    def __init__(self, name: str) -> None:
        self._command = [str(interpreter(name)), str(Path(__file__).with_name("parsing_worker.py")), name]
        self._process: subprocess.Popen[bytes] | None = None

    def _start(self) -> subprocess.Popen[bytes]:
        null = subprocess.DEVNULL
        pipe = subprocess.PIPE
        return subprocess.Popen(self._command, stdin=pipe, stdout=pipe, stderr=null)

    def read(self, path: Path) -> Reading:
        """What the reader says of a file within the limits."""
        self._process = self._process or self._start()
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{path}\n".encode())
        self._process.stdin.flush()
        began = time.monotonic()
        data = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not data.endswith(b"\n"):
                reason = self._over(time.monotonic() - began)
                if reason:
                    self.close()
                    return Reading(error=reason, seconds=time.monotonic() - began)
                if selector.select(0.1):
                    piece = self._process.stdout.read1(1 << 20)  # type: ignore[attr-defined]
                    if not piece:
                        self.close()
                        return Reading(error="the process died", seconds=time.monotonic() - began)
                    data += piece
        return Reading(**json.loads(data))

    def _over(self, seconds: float) -> str:
        if seconds > SECONDS:
            return f"more than {SECONDS:.0f} s"
        return f"more than {MEGABYTES} MB" if self.megabytes() > MEGABYTES else ""

    def megabytes(self) -> float:
        """What the process holds now."""
        if self._process is not None:
            with contextlib.suppress(OSError):
                return int(Path(f"/proc/{self._process.pid}/statm").read_text("ascii").split()[1]) * 4_096 / 1e6
        return 0.0

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def readings(name: str, paths: Sequence[Path], warm: Path) -> Iterator[Reading]:
    """One reader on the files of one format; what it loads once, it loads on the file `warm` before."""
    child = Child(name)
    child.read(warm)
    for path in paths:
        if child.megabytes() > KEPT:
            child.close()
            child.read(warm)
        yield child.read(path)
    child.close()


def note(row: Row, reading: Reading, path: Path) -> None:
    """Count a file, its cost and its fault."""
    row.files += 1
    row.seconds.append(reading.seconds)
    row.megabytes.append(reading.megabytes)
    if reading.error or not reading.text.strip():
        row.faults.append(f"{path.name}: {reading.error or 'no text'}")
    else:
        row.read += 1


def against_truth(row: Row, made: Made, text: str) -> list[str]:
    """Add what was found of a made file; the units of which something is missing."""
    out = tokens(_MARKUP.sub(" ", text))
    have, pairs = Counter(out), Counter(itertools.pairwise(out))
    want: Counter[str] = Counter()
    wanted: Counter[tuple[str, str]] = Counter()
    for unit in made.seen:
        words = tokens(unit)
        want.update(words)
        wanted.update(itertools.pairwise(words))
    row.words += want.total()
    row.found += (want & have).total()
    row.pairs += wanted.total()
    row.kept += (wanted & pairs).total()
    row.unseen += len(made.unseen)
    row.shown += sum(word in text for word in made.unseen)
    lost = want - have
    return [unit for unit in made.seen if any(word in lost for word in tokens(unit))]


def table_of_made(misses: bool) -> None:
    """The files made here: exact shares."""
    folder = WORK / "parsing"
    folder.mkdir(parents=True, exist_ok=True)
    titles = ("format", "reader", "read", "words found", "pairs kept", "unseen shown", "s median/max", "MB median/max")
    print(f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}")
    for ending, write in FORMATS.items():
        made = told(ending, write)
        paths = [folder / file.name for file in made]
        for path, file in zip(paths, made, strict=True):
            path.write_bytes(file.data)
        for name in asked(ending):
            row = Row()
            for path, file, reading in zip(paths, made, readings(name, paths, paths[0]), strict=True):
                note(row, reading, path)
                lost = against_truth(row, file, reading.text)
                if misses and reading.text and lost:
                    print(f"  {name} {path.name} lost: {lost[:3]}", file=sys.stderr)
            _print(
                ending[1:],
                name,
                row,
                f"{row.found / row.words:.3f} | {row.kept / row.pairs:.3f} | {row.shown}/{row.unseen}",
            )


def runs(text: str) -> set[str]:
    """All runs of five letters, blanks and marks aside: the same whether words are joined, broken or split by blanks."""
    letters = "".join(tokens(text))
    return {letters[at : at + 5] for at in range(max(len(letters) - 4, 1))} - {""}


def table_of_real(root: Path, misses: bool) -> None:
    """Real files: shares of the words, and of the runs of letters, that any reader found."""
    groups: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(root.rglob("*")):
        if path.is_file() and len(asked(path.suffix.lower())) > 1:
            groups[path.suffix.lower()].append(path)
    titles = ("format", "reader", "read", "share of words", "share of runs", "s median/max", "MB median/max")
    print(f"\n| {' | '.join(titles)} |\n|{'---|' * len(titles)}")
    for ending, paths in sorted(groups.items()):
        said = {name: list(readings(name, paths, paths[0])) for name in asked(ending)}
        texts = {name: [_MARKUP.sub(" ", one.text) for one in said[name]] for name in said}
        rows = {name: Row() for name in said}
        for at, path in enumerate(paths):
            words = {name: set(tokens(texts[name][at])) for name in said}
            letters = {name: runs(texts[name][at]) for name in said}
            union, union_of_letters = set().union(*words.values()), set().union(*letters.values())
            for name, row in rows.items():
                note(row, said[name][at], path)
                row.words += len(union)
                row.found += len(words[name])
                row.pairs += len(union_of_letters)
                row.kept += len(letters[name])
            lost = sorted(union - words["lionrock"])
            if misses and lost:
                print(f"  {path.name} {len(lost)} of {len(union)}: {' '.join(lost[:25])}", file=sys.stderr)
        for name, row in rows.items():
            # Runs also cross from cell to cell, so they only tell something of running text.
            letters_found = f"{row.kept / max(row.pairs, 1):.3f}" if ending == ".pdf" else ""
            shares = f"{row.found / max(row.words, 1):.3f} | {letters_found}"
            _print(ending[1:], name, row, shares)


def _print(kind: str, name: str, row: Row, shares: str) -> None:
    cost = (
        f"{statistics.median(row.seconds):.3f} / {max(row.seconds):.2f}",
        f"{statistics.median(row.megabytes):.0f} / {max(row.megabytes):.0f}",
    )
    print(f"| {kind} | {name} | {row.read}/{row.files} | {shares} | {cost[0]} | {cost[1]} |", flush=True)
    for fault in row.faults:
        print(f"  {name}: {fault}", file=sys.stderr)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--real", type=Path, default=MESSY, help="folder of real files")
    parser.add_argument("--made", action="store_true", help="only the files made here")
    parser.add_argument("--misses", action="store_true", help="say what was not found, on standard error")
    chosen = parser.parse_args()
    table_of_made(chosen.misses)
    if not chosen.made and chosen.real.is_dir():
        table_of_real(chosen.real, chosen.misses)


if __name__ == "__main__":
    main()
