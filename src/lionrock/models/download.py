"""Bring one file over HTTP: go on after a cut at the byte where it stopped, check the hash, appear whole or not at all."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx

from lionrock.errors import FetchError

__all__ = ["download", "retried", "sha256_of"]

_T = TypeVar("_T")
_TRIES = 5
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 8.0


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def retried(action: Callable[[], _T], *, tries: int, done: Callable[[], int] = lambda: 0) -> _T:
    """Run `action` until the connection holds, with growing pauses; what `done` counts growing starts the count anew.

    Raises the last `httpx.TransportError` after `tries` failures in a row.
    """
    failures = 0
    while True:
        before = done()
        try:
            return action()
        except httpx.TransportError:
            failures = 1 if done() > before else failures + 1
            if failures >= tries:
                raise
            _pause(min(_FIRST_WAIT_S * 2 ** (failures - 1), _LONGEST_WAIT_S))


def _pause(seconds: float) -> None:
    time.sleep(seconds)


def download(
    client: httpx.Client,
    address: str,
    target: Path,
    *,
    sha256: str,
    size: int,
    progress: Callable[[int, int], None],
) -> None:
    """Write `address` to `target`; what an earlier call left in `target`.part is kept and continued.

    `size` in bytes, 0 when unknown; `progress` is called with (bytes done, size). A try that brings at least one byte
    starts the count of tries anew. Raises `FetchError` for a wrong hash or a refusal, `httpx.HTTPError` when the
    connection fails again and again.
    """
    partial = target.with_name(target.name + ".part")
    retried(lambda: _receive(client, address, partial, size, progress), tries=_TRIES, done=lambda: _size_of(partial))
    found = sha256_of(partial)
    if found != sha256:
        partial.unlink()
        raise FetchError(
            f"What was downloaded as {target.name} has SHA-256 {found}, expected {sha256}: refused and deleted."
        )
    partial.replace(target)


def _size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _receive(
    client: httpx.Client, address: str, partial: Path, size: int, progress: Callable[[int, int], None]
) -> None:
    done = _size_of(partial)
    if size and done == size:
        return
    # A compressed transfer would have other offsets than the file.
    headers = {"accept-encoding": "identity"} | ({"range": f"bytes={done}-"} if done else {})
    with client.stream("GET", address, headers=headers) as response:
        status = response.status_code
        if status == 416:
            partial.unlink()
            raise httpx.ReadError("the partial file did not fit the original; it was deleted")
        if status >= 500 or status in (408, 429):
            raise httpx.ReadError(f"the server answered {status}")
        if status not in (200, 206):
            raise FetchError(f"The server refused the download of {partial.stem} (it answered {status}).")
        goes_on = status == 206 and response.headers.get("content-range", "").startswith(f"bytes {done}-")
        if status == 206 and not goes_on:
            partial.unlink(missing_ok=True)
            raise httpx.ReadError("the server sent another range than the one asked for")
        _store(response, partial, done if goes_on else 0, size, progress)


def _store(response: httpx.Response, partial: Path, done: int, size: int, progress: Callable[[int, int], None]) -> None:
    with partial.open("ab" if done else "wb") as file:
        for chunk in response.iter_raw():
            done += len(chunk)
            if size and done > size:
                break
            file.write(chunk)
            progress(done, size)
    if size and done > size:
        partial.unlink()
        raise FetchError(f"{partial.stem} is longer than the index says: refused and deleted.")
    if size and done < size:
        raise httpx.ReadError("the connection ended early")
