"""Change real files at random and read them, for as long as is asked: what a reader must never do is told and kept.

Run: .venv/bin/python scripts/fuzz.py FOLDER [--minutes 10] [--only docx,pdf] [--seed N] [--keep DIR]

Each file format of the folder has its turn of so many minutes. A file is changed in its bytes or, where it is an archive,
inside one member. It must come back read, or refused with a reason. A fault of the program itself is a failure; such
files are kept under --keep, to become tests. A parser that dies or takes too much is stopped by its limits, and counted.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from lionrock.errors import BrokenDocumentError, DocumentError, ParserLimitError
from lionrock.ingest.readers.formats import FORMATS
from lionrock.ingest.readers.sniff import kind_of
from lionrock.ingest.sandbox import Limits, ReaderPool
from lionrock.records import ParsedDocument

LARGEST = 300_000
"""Larger files leave too few rounds a minute."""
SECONDS = 20.0
NUMBERS = (b"0", b"-1", b"1", b"99999999", b"2147483648", b"1e99", b"")
BYTES = (
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\xff\xfe",
    b"<",
    b">",
    b"<!--",
    b"&",
    b"]]>",
    b"\r\n\r\n",
    b"{",
    b"}",
    b"\\",
    b"stream",
    b"endobj",
)


def changed(data: bytes, rng: random.Random) -> bytes:
    """Bytes overwritten, cut out, doubled, numbers and signs put in, or the end cut off."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(out) + 1)
        match rng.randrange(6):
            case 0:
                out[at : at + 1] = rng.randbytes(1)
            case 1:
                del out[at : at + rng.randint(1, 60)]
            case 2:
                out[at:at] = out[at : at + rng.randint(1, 300)] * rng.randint(1, 3)
            case 3:
                out[at : at + rng.randint(0, 4)] = rng.choice(BYTES)
            case 4:
                out[at : at + rng.randint(1, 3)] = rng.choice(NUMBERS)
            case _:
                start = rng.randrange(len(out) + 1)
                out[at : at + 40] = out[start : start + 40]
    return bytes(out[: rng.randrange(len(out) + 1)]) if rng.random() < 0.05 else bytes(out)


def changed_inside(data: bytes, rng: random.Random) -> bytes:
    """An archive with one member changed, most often one of markup."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        members = {info.filename: source.read(info) for info in source.infolist()}
    markup = [name for name in members if name.endswith((".xml", ".rels", ".xhtml", ".html", ".opf", ".ncx"))]
    victim = rng.choice(markup or list(members))
    members[victim] = changed(members[victim], rng)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def fault(document: ParsedDocument) -> str | None:
    """What is wrong with a document that was read; None if nothing."""
    at = 0
    for block in document.blocks:
        if not at <= block.start < block.end <= len(document.text):
            return "blocks are out of order"
        at = block.end
    if "\0" in document.text:
        return "a NUL in the text"
    told = [document.text, document.title or "", *document.notices, *(item.text for item in document.hidden)]
    try:
        "".join([*told, *(item.name for item in document.attachments)]).encode("utf-8")
    except UnicodeEncodeError:
        return "half a character in the text"
    if any(not item.name or ".." in item.name.split("/") or item.name[0] == "/" for item in document.attachments):
        return "a name that leads outside"
    return None


def unknown(error: DocumentError) -> bool:
    """Whether the reader met what it does not know: its error then names the class of the fault."""
    return error.message.startswith(BrokenDocumentError.__doc__ or "?") and error.message.endswith("Error)")


def turn(kind: str, files: Sequence[Path], seconds: float, seed: int, keep: Path) -> Counter[str]:
    """Read changed files of one format until the time is up."""
    rng = random.Random(seed)
    told: Counter[str] = Counter()
    pool = ReaderPool(Limits(seconds=SECONDS, memory_bytes=1_000_000_000))
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            path = rng.choice(files)
            data = path.read_bytes()
            inside = data.startswith(b"PK\3\4") and rng.random() < 0.7
            data = changed_inside(data, rng) if inside else changed(data, rng)
            told["rounds"] += 1
            why = None
            try:
                why = fault(pool.read(data, path.name))
                told["read"] += 1
            except DocumentError as error:
                told["limited" if isinstance(error, ParserLimitError) else "refused"] += 1
                if unknown(error):
                    why = error.message
            if why:
                told["failures"] += 1
                keep.mkdir(parents=True, exist_ok=True)
                kept = keep / f"{kind}-{told['rounds']}-{path.name}"
                kept.write_bytes(data)
                print(f"  {kept}: {why}", flush=True)
    finally:
        pool.close()
    return told


def formats_of(folder: Path) -> Mapping[str, list[Path]]:
    """Format to its files, of those that a reader takes."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and 8 <= path.stat().st_size <= LARGEST:
            try:
                kind = kind_of(path.read_bytes(), path.name)
            except DocumentError:
                continue
            if kind in FORMATS:
                found[kind].append(path)
    return found


def main() -> int:
    """Run each format's turn; the exit code says whether anything failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--only", default="")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--keep", type=Path, default=Path("fuzz-finds"))
    arguments = parser.parse_args()
    only = set(filter(None, arguments.only.split(",")))
    failed = 0
    print(f"seed {arguments.seed}")
    for kind, files in formats_of(arguments.folder).items():
        if only and kind not in only:
            continue
        told = turn(kind, files, arguments.minutes * 60, arguments.seed, arguments.keep)
        failed += told["failures"]
        print(
            f"{kind:<12} {len(files):>3} files  {told['rounds']:>7,} rounds  {told['read']:>7,} read  "
            f"{told['refused']:>7,} refused  {told['limited']:>4} stopped by a limit  {told['failures']:>4} failures",
            flush=True,
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
