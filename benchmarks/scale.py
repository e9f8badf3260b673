"""How ingestion, disk, memory and search grow with the collection: 10,000, 100,000 and 500,000 passages.

Run: .venv/bin/python benchmarks/scale.py [--sizes 10000,100000,500000] [--files 10000] [--chart docs/images/scale.svg]
As in `speed.py` the passages are pieces of Hansard with their real lexical vectors and random dense vectors around 2,000
centres, so that half a million need not be embedded; what embedding costs is measured apart, by taking real documents in
through the whole pipeline. `--files` takes so many small files in through the queue and prints the memory every 1,000.
Each size runs in a process of its own. Peers in the same run: exact search by matrix product over the same vectors, and
the rate of writing the same bytes to the same disk.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from lionrock.access import LOCAL_OWNER, scope_for
from lionrock.app import App, Upload, open_app
from lionrock.records import Actor, Classification, Placement
from lionrock.settings import settings_from
from office import ROOT
from speed import build, pieces, question

SCALE = ROOT / ".lionrock" / "scale"
QUESTIONS = 150
REAL_DOCUMENTS = 24
REAL_PIECES = 40


def megabytes(path: Path) -> float:
    files = [path] if path.is_file() else [item for item in path.rglob("*") if item.is_file()]
    return sum(item.stat().st_size for item in files) / 1e6


def resident() -> float:
    """Resident memory of this process now, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def opened(home: Path) -> App:
    return open_app(settings_from(os.environ, home=home, chat="none"))


def quantiles(values: list[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]


def size(count: int) -> dict[str, float]:
    """Everything about one size; run in a process of its own."""
    home = SCALE / str(count)
    build(home, count)
    shutil.rmtree(home / "index", ignore_errors=True)
    app = opened(home)
    started = time.perf_counter()
    # An index that is missing is made anew from the database, as `documents reindex` does.
    app.index()
    reindex = time.perf_counter() - started
    app.close()
    app = opened(home)
    started = time.perf_counter()
    app.warm()
    warm = time.perf_counter() - started
    rng = random.Random(count)
    scopes = {"one": scope_for(Actor("x", frozenset({"d7"}))), "all": scope_for(LOCAL_OWNER)}
    told: dict[str, float] = {"passages": count, "reindex_s": reindex, "warm_s": warm}
    for name, scope in scopes.items():
        times = []
        for _ in range(QUESTIONS):
            asked = question(rng)
            started = time.perf_counter()
            app.search(asked, scope)
            times.append((time.perf_counter() - started) * 1000)
        told[f"{name}_p50"], told[f"{name}_p95"] = quantiles(times)
    told["memory_mb"] = resident()
    told["database_mb"] = megabytes(home / "lionrock.db")
    told["index_mb"] = megabytes(home / "index")
    app.close()
    # The peer: all dense vectors of one encoder in memory, one matrix product a question, no scope, no words.
    vectors = np.random.default_rng(1).normal(size=(count, 384)).astype(np.float32)
    query = vectors[0]
    times = []
    for _ in range(20):
        started = time.perf_counter()
        scores = vectors @ query
        np.argpartition(scores, -10)[-10:]
        times.append((time.perf_counter() - started) * 1000)
    told["exact_p50"], _ = quantiles(times)
    return told


def real(home: Path) -> dict[str, float]:
    """Passages a second through the whole pipeline with the real models."""
    shutil.rmtree(home, ignore_errors=True)
    app = opened(home)
    app.load()
    source = pieces()
    uploads = [
        Upload(f"{n}.txt", f"{n}.txt", data="\n\n".join(itertools.islice(source, REAL_PIECES)).encode())
        for n in range(REAL_DOCUMENTS)
    ]
    size_mb = sum(len(upload.data or b"") for upload in uploads) / 1e6
    started = time.perf_counter()
    results = list(app.ingest(uploads))
    seconds = time.perf_counter() - started
    count = sum(result.passages for result in results)
    app.close()
    return {"passages": count, "per_second": count / seconds, "mb_per_minute": size_mb / seconds * 60}


def small(home: Path, count: int) -> list[tuple[int, float, float, float]]:
    """Take small files in through the queue: (files, MB resident, files a second, ms of listing a page) every 1,000."""
    shutil.rmtree(home, ignore_errors=True)
    app = opened(home)
    app.load()
    source = pieces()

    def uploads() -> Any:
        for number in range(count):
            text = f"文件{number}\n\n{next(source)[:200]}"
            yield Upload(f"{number}.txt", f"{number}.txt", data=text.encode())

    started = time.perf_counter()
    batch = app.intake.accept(uploads(), Placement("general", Classification.OPEN), label="small", by="owner")
    accepted = time.perf_counter() - started
    print(f"  accepted {count:,} files in {accepted:.0f} s ({count / accepted:.0f} a second)", flush=True)
    rows = []
    since, last = time.perf_counter(), 0
    for number, result in enumerate(app.intake.work_through(batch), 1):
        assert result.status == "indexed", result
        if number % 1000 == 0:
            rate = (number - last) / (time.perf_counter() - since)
            listing = time.perf_counter()
            app.documents(app.owner_scope(), limit=100)
            listed = (time.perf_counter() - listing) * 1000
            rows.append((number, resident(), rate, listed))
            print(f"  {number:>6,} files  {resident():6.0f} MB  {rate:5.1f} files/s  list {listed:.0f} ms", flush=True)
            since, last = time.perf_counter(), number
    app.close()
    return rows


def chart(rows: list[dict[str, float]], path: Path) -> None:
    """Memory, disk and p95 against the number of passages, each as a share of its largest value, on one drawing."""
    lines = {
        "memory_mb": ("memory at rest", "#0b5d5b", "MB"),
        "disk_mb": ("disk", "#b4552d", "MB"),
        "one_p95": ("search p95, one department", "#3b4cc0", "ms"),
        "all_p95": ("search p95, all departments", "#7a4ea3", "ms"),
        "reindex_s": ("reindex", "#6b7280", "s"),
    }
    for row in rows:
        row["disk_mb"] = row["database_mb"] + row["index_mb"]
    width, height, left, bottom = 720, 360, 60, 40
    most = max(row["passages"] for row in rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for row in rows:
        x = left + (width - left - 220) * row["passages"] / most
        parts.append(f'<text x="{x:.0f}" y="{height - 14}" text-anchor="middle">{row["passages"] / 1000:.0f}k</text>')
    for at, (key, (name, colour, unit)) in enumerate(lines.items()):
        top = max(row[key] for row in rows)
        points = [
            (
                left + (width - left - 220) * row["passages"] / most,
                (height - bottom) - (height - bottom - 30) * row[key] / top,
            )
            for row in rows
        ]
        path_points = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{path_points}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        label = f"{name}: {top:,.0f} {unit}"
        parts.append(f'<text x="{width - 205}" y="{40 + 22 * at}" fill="{colour}">{label}</text>')
    parts.append(f'<line x1="{left}" y1="{height - bottom}" x2="{width - 220}" y2="{height - bottom}" stroke="#999"/>')
    parts.append("</svg>")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")


def disk_rate() -> float:
    """MB a second of writing and flushing 200 MB to the same disk."""
    SCALE.mkdir(parents=True, exist_ok=True)
    path, block = SCALE / "probe", os.urandom(1 << 20)
    started = time.perf_counter()
    with path.open("wb") as file:
        for _ in range(200):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    rate = 200 * 1.048576 / (time.perf_counter() - started)
    path.unlink()
    return rate


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="10000,100000,500000")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--chart", type=Path)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(size(arguments.one)))
        return
    print(f"disk: {disk_rate():.0f} MB/s written and flushed")
    rows: list[dict[str, float]] = []
    print("passages   reindex   ready   memory      database    index     one dept p50/p95   all p50/p95   exact p50")
    for count in (int(part) for part in arguments.sizes.split(",") if part):
        command = [sys.executable, __file__, "--one", str(count)]
        out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        row: dict[str, float] = json.loads(out.splitlines()[-1])
        rows.append(row)
        print(
            f"{count:>8,} {row['reindex_s']:>7.1f} s {row['warm_s']:>6.1f} s "
            f"{row['memory_mb']:>7.0f} MB {row['database_mb']:>8.0f} MB {row['index_mb']:>7.0f} MB "
            f"{row['one_p50']:>7.0f}/{row['one_p95']:.0f} ms {row['all_p50']:>9.0f}/{row['all_p95']:.0f} ms "
            f"{row['exact_p50']:>8.1f} ms",
            flush=True,
        )
    if len(rows) > 1:
        first, last = rows[0], rows[-1]
        span = (last["passages"] - first["passages"]) / 100_000
        slopes = {key: (last[key] - first[key]) / span for key in ("memory_mb", "database_mb", "index_mb", "reindex_s")}
        print("for each 100,000 passages more: " + ", ".join(f"{key} {value:.0f}" for key, value in slopes.items()))
        if arguments.chart:
            chart(rows, arguments.chart)
    told = real(SCALE / "real")
    print(
        f"whole pipeline, real models: {told['per_second']:.1f} passages/s, {told['mb_per_minute']:.1f} MB of text a minute"
    )
    if arguments.files:
        small(SCALE / "small", arguments.files)


if __name__ == "__main__":
    main()
