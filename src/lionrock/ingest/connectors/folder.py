"""A watched folder: what is in it, and what changed since the last look. Nothing is written, no link is followed.

Paths are bytes here, as the system has them. An *address* is a path as text: the path itself where it is UTF-8, else a
`file://` address with the bytes in percent form, which no path is (it would begin with a slash).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

from lionrock.errors import BrokenDocumentError, DocumentError, TooLargeError

__all__ = [
    "ChangingError",
    "Known",
    "Plan",
    "Reading",
    "Scan",
    "Seen",
    "address_of",
    "hash_file",
    "is_left_out",
    "name_of",
    "path_of",
    "plan",
    "read_file",
    "scan",
]

MOST_FILES = 1_000_000
_SCHEME = "file://"
_CHUNK = 1 << 20
_SETTLED_NS = 2_000_000_000
_LONGEST_CHAIN = 1_000
_DEVICE_MASK = (1 << 63) - 1
_LEFT_OUT = re.compile(
    rb"\.|~\$|~wrl|~.*\.tmp\Z|.*~\Z|#.*#\Z|\$recycle\.bin\Z|system volume information\Z|lost\+found\Z|@eadir\Z|#recycle\Z"
    rb"|__macosx\Z|thumbs\.db\Z|ehthumbs(_vista)?\.db\Z|desktop\.ini\Z|icon\r\Z|.*\.(tmp|temp|part|partial|crdownload|swp)\Z",
    re.DOTALL,
)


class ChangingError(DocumentError):
    """The file changes while it is read; it is tried again the next time."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as the folder lists it."""

    path: bytes
    size: int
    mtime_ns: int
    device: int


@dataclass(frozen=True, slots=True)
class Known:
    """A file as it was when it was taken in; None where that is not known for certain."""

    path: bytes
    size: int | None
    mtime_ns: int | None
    device: int | None
    sha256: str | None


@dataclass(slots=True)
class Scan:
    """What a folder holds."""

    files: dict[bytes, Seen] = field(default_factory=dict)
    folders: dict[bytes, tuple[int, bool]] = field(default_factory=dict)
    """Each folder that could be listed: its device, and whether nothing at all is in it."""
    unreadable: dict[bytes, str] = field(default_factory=dict)
    """Folders and files that could not be looked at, and why."""
    left_out: int = 0
    """Hidden and temporary files, links, and things that are no files."""
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """What brings the documents into step with the folder."""

    moves: tuple[tuple[bytes, bytes], ...]
    """(path before, path now) of files that have the same bytes at another place."""
    take: tuple[Seen, ...]
    """Files that are new, or whose size or time changed."""
    missing: tuple[bytes, ...]
    """Files that are gone."""
    kept: Mapping[bytes, str]
    """Files that are not there but may come back, and why that is thought."""
    unchanged: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The bytes of a file, and the marks it had meanwhile."""

    data: bytes
    size: int
    mtime_ns: int | None
    """None where the file is so new that a second change might bear the same time: it is read again the next time."""
    device: int


def address_of(path: bytes) -> str:
    """The path as text."""
    try:
        return path.decode("utf-8")
    except UnicodeDecodeError:
        return _SCHEME + quote_from_bytes(path)


def path_of(address: str) -> bytes:
    """The path back from `address_of`."""
    if address.startswith(_SCHEME):
        return unquote_to_bytes(address.removeprefix(_SCHEME))
    return os.fsencode(address)


def name_of(path: bytes) -> str:
    """A file's name for people. Names that are not UTF-8 mostly come from old Chinese systems."""
    name = path.rsplit(b"/", 1)[-1]
    for encoding in ("utf-8", "big5hkscs", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            return name.decode(encoding)
    return quote_from_bytes(name)


def is_left_out(name: bytes) -> bool:
    """Whether a name is that of a hidden or temporary file or folder, or of what systems put into folders."""
    return _LEFT_OUT.match(name.lower()) is not None


def scan(root: bytes, *, leave_out: frozenset[bytes] = frozenset(), most: int = MOST_FILES) -> Scan:
    """List a folder and all below it. Raises `OSError` when the folder itself cannot be listed."""
    found = Scan()
    first = _state(root)
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            below = _list(folder, found, leave_out, most)
        except OSError as error:
            if folder == root:
                raise
            found.unreadable[folder] = error.strerror or str(error)
            continue
        waiting += sorted(below, reverse=True)
    last = _state(root)
    if (first.st_dev, first.st_ino) != (last.st_dev, last.st_ino):
        raise OSError(0, "it was replaced while it was listed")
    return found


def _list(folder: bytes, found: Scan, leave_out: frozenset[bytes], most: int) -> list[bytes]:
    """Add what one folder holds; returns the folders in it."""
    below: list[bytes] = []
    device, empty = _device(_state(folder)), True
    with os.scandir(folder) as entries:
        for entry in entries:
            empty = False
            try:
                if is_left_out(entry.name) or entry.is_symlink() or entry.path in leave_out:
                    found.left_out += 1
                elif entry.is_dir(follow_symlinks=False):
                    below.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    state = entry.stat(follow_symlinks=False)
                    if len(found.files) >= most:
                        found.complete = False
                    else:
                        found.files[entry.path] = Seen(entry.path, state.st_size, state.st_mtime_ns, _device(state))
                else:
                    found.left_out += 1
            except FileNotFoundError:
                continue  # It went while the folder was listed.
            except OSError as error:
                found.unreadable[entry.path] = error.strerror or str(error)
    found.folders[folder] = device, empty
    return below


def _state(path: bytes) -> os.stat_result:
    return Path(os.fsdecode(path)).stat()


def _device(state: os.stat_result) -> int:
    return state.st_dev & _DEVICE_MASK


def plan(known: Mapping[bytes, Known], found: Scan, sha_of: Callable[[bytes], str | None]) -> Plan:
    """Compare what is known with what is there. `sha_of` tells the SHA-256 of a file, None if it cannot be read.

    A file is the same when size and time are. Bytes are compared only where a file might have moved.
    """
    changed = [p for p, seen in found.files.items() if p in known and not _same(known[p], seen)]
    absent = [path for path in known if path not in found.files]
    kept = {path: why for path in absent if (why := _why_kept(known[path], found))}
    missing = {path for path in absent if path not in kept}
    moves = _moves(known, found, changed, missing, sha_of)
    to, gone = {now for _, now in moves}, missing - {before for before, _ in moves}
    take = [s for p, s in found.files.items() if p not in to and (p not in known or not _same(known[p], s))]
    unchanged = sum(path in known and _same(known[path], seen) for path, seen in found.files.items())
    return Plan(
        moves=tuple(moves),
        take=tuple(sorted(take, key=lambda seen: seen.path)),
        missing=tuple(sorted(gone)),
        kept=kept,
        unchanged=unchanged,
    )


def _same(known: Known, seen: Seen) -> bool:
    return (known.size, known.mtime_ns) == (seen.size, seen.mtime_ns)


def _why_kept(known: Known, found: Scan) -> str | None:
    """Why a file that is not listed may still exist."""
    if not found.complete:
        return "the folder holds more files than can be compared"
    above = known.path
    while b"/" in above:
        if above in found.unreadable:
            return f"{address_of(above)} cannot be read ({found.unreadable[above]})"
        if above in found.folders:
            device, empty = found.folders[above]
            # An empty folder of another device in the place of a full one is the place of a share that is not mounted.
            if empty and known.device is not None and known.device != device:
                return f"{address_of(above)} is empty and on another device than before; is the share mounted?"
            return None
        above = above.rsplit(b"/", 1)[0]
    return None


def _moves(
    known: Mapping[bytes, Known],
    found: Scan,
    changed: list[bytes],
    missing: set[bytes],
    sha_of: Callable[[bytes], str | None],
) -> list[tuple[bytes, bytes]]:
    """Files that have the bytes which a file at another path had before, and that file is gone from there.

    Bytes over the path of another document are that document's new version, not a move; unless the files changed
    places in a ring or a row, as when they are renumbered.
    """
    before = {path: known[path] for path in (*missing, *changed) if known[path].sha256 and known[path].size}
    sizes = {item.size for item in before.values()}
    new = [path for path in found.files if path not in known]
    now = {path: sha_of(path) for path in (*new, *changed) if found.files[path].size in sizes}
    owners: dict[str, list[bytes]] = {}
    for path, item in before.items():
        if path in missing or now.get(path) != item.sha256:
            owners.setdefault(str(item.sha256), []).append(path)
    moves: list[tuple[bytes, bytes]] = []
    # Same names first: whole folders that moved may hold files of the same bytes.
    for target in sorted(new, key=lambda path: (not _has_namesake(path, owners.get(now.get(path) or "", ())), path)):
        moves += _chain(target, now, owners, missing, None)
    for target in sorted(changed):
        if any(place == target for _, place in moves):
            continue  # A ring or a row that is known already.
        moves += _chain(target, now, owners, missing, target)
    return moves


def _has_namesake(path: bytes, others: list[bytes] | tuple[()]) -> bool:
    return any(other.rsplit(b"/", 1)[-1] == path.rsplit(b"/", 1)[-1] for other in others)


def _chain(
    target: bytes,
    now: Mapping[bytes, str | None],
    owners: dict[str, list[bytes]],
    missing: set[bytes],
    start: bytes | None,
) -> list[tuple[bytes, bytes]]:
    """The moves that bring a document to `target`, each into the place that the next one left; empty if there are none.

    They end at a file that is gone, or, with `start`, where they began. Owners that are used are taken out.
    """
    moves: list[tuple[bytes, bytes]] = []
    place, ends = target, False
    while not ends and len(moves) < _LONGEST_CHAIN:
        used = {before for before, _ in moves}
        rivals = [path for path in owners.get(now.get(place) or "", ()) if path != place and path not in used]
        gone = [path for path in rivals if path in missing]
        if start is None and gone:
            chosen, ends = _nearest(gone, place), True
        elif start is not None and start in rivals:
            chosen, ends = start, True
        elif remaining := [path for path in rivals if path not in missing]:
            chosen = _nearest(remaining, place)
        else:
            return []
        moves.append((chosen, place))
        place = chosen
    if not ends:
        return []
    for before, at in moves:
        owners[str(now[at])].remove(before)
    return moves


def _nearest(paths: list[bytes], place: bytes) -> bytes:
    """The path that has the name of `place`, else the first one."""
    return min(paths, key=lambda path: (not _has_namesake(place, [path]), path))


def read_file(root: bytes, path: bytes, *, most: int, now_ns: int) -> Reading:
    """A file's bytes, read whole.

    Raises `TooLargeError`, `ChangingError` when somebody writes to it, `BrokenDocumentError` when it is no ordinary
    file (any more), `OSError`.
    """
    with _opened(root, path) as file:
        before = os.fstat(file)
        if before.st_size > most:
            raise TooLargeError(f"The file has {before.st_size:,} bytes; at most {most:,} are accepted here. Split it.")
        data = b"".join(_pieces(file, before.st_size + 1))
        after = os.fstat(file)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        raise ChangingError
    fresh = abs(now_ns - after.st_mtime_ns) < _SETTLED_NS
    return Reading(data, after.st_size, None if fresh else after.st_mtime_ns, _device(after))


def hash_file(root: bytes, path: bytes) -> str | None:
    """SHA-256 of a file's bytes; None if they cannot be read."""
    try:
        with _opened(root, path) as file:
            state = hashlib.sha256()
            for piece in _pieces(file, None):
                state.update(piece)
            return state.hexdigest()
    except (OSError, DocumentError):
        return None


def _pieces(file: int, most: int | None) -> Iterator[bytes]:
    while most is None or most > 0:
        piece = os.read(file, _CHUNK if most is None else min(_CHUNK, most))
        if not piece:
            return
        most = None if most is None else most - len(piece)
        yield piece


@contextlib.contextmanager
def _opened(root: bytes, path: bytes) -> Iterator[int]:
    """A file below `root`, opened name by name, so that no link is followed on the way."""
    names = os.path.relpath(path, root).split(b"/")
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in names[:-1]:
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        # A pipe would block for ever; an ordinary file does not mind.
        file = os.open(names[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    finally:
        os.close(folder)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise BrokenDocumentError("It is no ordinary file.")
        yield file
    finally:
        os.close(file)
