"""How long a search takes at 100,000 passages of 70 departments, through HTTP and in the engine alone; memory at rest.

Run: .venv/bin/python benchmarks/speed.py [--passages 100000] [--seconds 20]
The passages are pieces of Hansard with their real lexical vectors; the dense vectors are random around 2,000 centres,
so that 100,000 need not be embedded. Every question is embedded by the real models and asked once, so that nothing known of
it helps; the vectors of one department's 1,430 passages come to stand in memory, those of all departments do not.
The limits: p95 under 80 ms at one client and under 250 ms at eight with a one-department scope, the engine's part under
10 ms, first evidence under 300 ms, under 900 MB at rest, a cold `lionrock search` under 3 s.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np

from lionrock.access import LOCAL_OWNER, scope_for
from lionrock.app import open_app
from lionrock.index.lexical import VERSION, pack, passage_vector, query_vector
from lionrock.index.port import IndexQuery
from lionrock.records import Actor, Classification, Placement
from lionrock.settings import settings_from
from lionrock.storage import versions
from lionrock.storage.database import open_database
from lionrock.storage.documents import set_meta
from office import ROOT

HOME = ROOT / ".lionrock" / "speed"
HANSARD = ROOT.parent / "shared" / "data" / "legco_hansard"
DEPARTMENTS = 70
PORT = 8399
A_DOCUMENT = 50
A_PIECE = 400
WORDS = (
    "撥款 工程 房屋 醫院 教育 稅 津貼 交通 鐵路 巴士 環境 污染 規劃 土地 老人 福利 諮詢 條例 修訂 政策 檢討 安全 執法 "
    "就業 培訓 旅遊 貿易 機場 港口 電力 水務 消防 警隊 法院 選舉 財政 預算 儲備 投資 創新 科技"
).split()


def pieces() -> Iterator[str]:
    """Pieces of about 400 characters, for ever; later rounds are cut at other places."""
    speeches = [
        speech["content"]
        for path in sorted(HANSARD.rglob("*.json"))
        for speech in json.loads(path.read_text(encoding="utf-8"))["speeches"]
        if len(speech["content"] or "") > 200
    ]
    for shift in itertools.count():
        for text in speeches:
            flat = re.sub(r"\s+", " ", text)[shift * 97 % A_PIECE :]
            for start in range(0, len(flat) - A_PIECE, A_PIECE):
                yield flat[start : start + A_PIECE]


def passage(text: str, start: int, rng: np.random.Generator, centres: dict[str, np.ndarray]) -> versions.NewPassage:
    vectors = {"lexical": pack(passage_vector(text, "zh"))}
    for name, table in centres.items():
        vector = table[rng.integers(2000)] + 0.7 * rng.normal(size=table.shape[1])
        vectors[name] = (vector / np.linalg.norm(vector)).astype("<f4").tobytes()
    return versions.NewPassage(
        id=str(uuid.UUID(bytes=rng.bytes(16))),
        start=start,
        end=start + len(text),
        text=text,
        heading=(),
        page=None,
        anchor=None,
        language="zh-Hant",
        status=None,
        status_reason=None,
        version_date=None,
        vectors=vectors,
    )


def build(home: Path, count: int) -> None:
    """Fill the database directly; the index is built from it at the first start."""
    if (home / f"built-{count}").exists():
        return
    home.mkdir(parents=True, exist_ok=True)
    database = open_database(f"sqlite:///{home / 'lionrock.db'}")
    database.migrate()
    rng = np.random.default_rng(1)
    centres = {name: rng.normal(size=(2000, size)).astype(np.float32) for name, size in (("e5", 384), ("use", 512))}
    source = pieces()
    for number in range(count // A_DOCUMENT):
        texts = list(itertools.islice(source, A_DOCUMENT))
        rows = [passage(text, at * A_PIECE, rng, centres) for at, text in enumerate(texts)]
        version = versions.NewVersion(f"Hansard {number}", "zh-Hant", None, None, None, None, "".join(texts))
        with database.begin() as connection:
            accepted = versions.accept(
                connection,
                source=f"hansard/{number}",
                name=f"{number}.txt",
                placement=Placement(f"d{number % DEPARTMENTS}", Classification.OPEN),
                sha256=f"{number:064x}",
                media_type="text/plain",
            )
            versions.stage(connection, accepted.document_id, 1, version, rows)
            versions.publish(connection, accepted.document_id, 1, Classification.OPEN)
        if number % 200 == 0:
            print(f"  {number * A_DOCUMENT:,} passages", file=sys.stderr, flush=True)
    with database.begin() as connection:
        # Else the first start would take the words for those of an older version.
        set_meta(connection, "lexical_version", str(VERSION))
    database.close()
    (home / f"built-{count}").touch()


def serve() -> None:
    """The real server, whose asker sees one department (or, with ALL=1, all of them)."""
    import uvicorn

    from lionrock.server.asgi import create_api
    from lionrock.server.deps import _scope

    app = open_app(settings_from(os.environ, home=HOME, chat="none"))
    app.warm()
    api = create_api(app)
    if not os.environ.get("ALL"):
        api.dependency_overrides[_scope] = lambda: scope_for(Actor("x", frozenset({"d7"})))
    try:
        uvicorn.run(api, port=PORT, log_level="warning")
    finally:
        app.close()


def question(rng: random.Random) -> str:
    return f"政府會唔會檢討{rng.choice(WORDS)}同{rng.choice(WORDS)}嘅{rng.choice(WORDS)}安排，{rng.randrange(10_000)}個市民點算？"


def load(clients: int, seconds: float, path: str = "/api/v1/search") -> tuple[list[float], int]:
    """(latencies in ms, errors) of clients that ask one question after the other."""
    times: list[float] = []
    errors = 0
    end = time.monotonic() + seconds

    def client(seed: int) -> None:
        nonlocal errors
        rng = random.Random(seed)
        with httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=30) as http:
            while time.monotonic() < end:
                started = time.perf_counter()
                if path.endswith("search"):
                    ok = http.post(path, json={"query": question(rng)}).status_code == 200
                    times.append((time.perf_counter() - started) * 1000)
                else:
                    first = first_evidence(http, question(rng))
                    ok = first is not None
                    times.append(((first or time.perf_counter()) - started) * 1000)
                errors += not ok

    threads = [threading.Thread(target=client, args=(clients * 1000 + at,)) for at in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, errors


def first_evidence(http: httpx.Client, text: str) -> float | None:
    """When the evidence came; the rest of the answer is read to its end, as the page does, before the next question."""
    came = None
    with http.stream("POST", "/api/v1/ask", json={"question": text, "stream": True, "chat": "none"}) as response:
        for line in response.iter_lines():
            if came is None and line.startswith("event: evidence"):
                came = time.perf_counter()
    return came


def show(name: str, times: list[float], errors: int, limit: str) -> None:
    p50, p95 = np.percentile(times, [50, 95])
    print(
        f"{name:44} n {len(times):5}  p50 {p50:6.1f}  p95 {p95:6.1f} ms  errors {errors}  (limit {limit})", flush=True
    )


def engine() -> None:
    app = open_app(settings_from(os.environ, home=HOME, chat="none"))
    try:
        index = app.index()
        rng = np.random.default_rng(3)
        asks = random.Random(9)
        for name, scope in (
            ("one department of 70", scope_for(Actor("x", frozenset({"d7"})))),
            ("every department", scope_for(LOCAL_OWNER)),
        ):
            times = []
            for _ in range(200):
                query = app._retriever._dictionary and question(asks)
                from lionrock.retrieve.query import understand

                groups = understand(query, app._retriever._dictionary()).groups["zh"]
                sparse = query_vector(groups, app._statistics.frequencies["zh"])
                dense = {
                    space: (v / np.linalg.norm(v)).astype(np.float32)
                    for space, v in (("e5", rng.normal(size=384)), ("use", rng.normal(size=512)))
                }
                started = time.perf_counter()
                index.search([IndexQuery("zh", dense, sparse, 40)], scope)
                times.append((time.perf_counter() - started) * 1000)
            show(f"engine alone, three legs, {name}", times, 0, "10 ms" if "one" in name else "-")
    finally:
        app.close()


def served(everything: bool, seconds: float) -> None:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", **({"ALL": "1"} if everything else {})}
    process = subprocess.Popen([sys.executable, __file__, "--serve"], env=environment)
    try:
        for _ in range(600):
            try:
                if httpx.get(f"http://127.0.0.1:{PORT}/readyz").status_code == 200:
                    break
            except httpx.HTTPError:
                time.sleep(0.5)
        load(1, 2)
        memory = next(
            int(line.split()[1]) / 1000
            for line in Path(f"/proc/{process.pid}/status").read_text().splitlines()
            if line.startswith("VmRSS")
        )
        scope = "every department" if everything else "one department"
        show(f"HTTP search, {scope}, 1 client", *load(1, seconds), "80 ms" if not everything else "-")
        show(f"HTTP search, {scope}, 8 clients", *load(8, seconds), "250 ms" if not everything else "-")
        show(f"HTTP first evidence, {scope}, 1 client", *load(1, seconds, "/api/v1/ask"), "300 ms")
        print(f"{'server at rest':44} {memory:.0f} MB (limit 900)")
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    choice = parser.parse_args()
    if choice.serve:
        serve()
        return
    build(HOME, choice.passages)
    engine()
    served(False, choice.seconds)
    served(True, choice.seconds)
    times = []
    for number in range(5):
        started = time.perf_counter()
        command = [str(Path(sys.executable).parent / "lionrock"), "search", f"房屋津貼 {number}", "--json"]
        subprocess.run(command, env={**os.environ, "LIONROCK_HOME": str(HOME)}, check=True, capture_output=True)
        times.append((time.perf_counter() - started) * 1000)
    show("cold `lionrock search`", times, 0, "3,000 ms")


if __name__ == "__main__":
    main()
