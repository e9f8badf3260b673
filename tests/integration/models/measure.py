"""Load time, memory and speed of the local models on this machine, each in a fresh process.

Run: .venv/bin/python tests/integration/models/measure.py [MODEL_FOLDER]
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import platformdirs

from lionrock.models.e5 import E5Embedder
from lionrock.models.llamacpp import LlamaCppChat
from lionrock.models.pieces import read_pieces
from lionrock.models.ports import Embed, Message
from lionrock.models.use import UseEmbedder
from lionrock.text.fold import to_simplified

TEXTS = json.loads((Path(__file__).parent / "data" / "texts.json").read_text(encoding="utf-8"))
TOKENS = 130
MANY = 200


def resident_mb(pid: str = "self") -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1000


def passages(home: Path) -> list[str]:
    """Texts of about 130 tokens of e5."""
    tokenizer = read_pieces(home / "e5-small" / "sp.model")
    out = []
    for number in range(MANY):
        text = f"{number}. "
        while len(tokenizer.encode(text)) < TOKENS:
            text += TEXTS[(number + len(text)) % len(TEXTS)] + " "
        out.append(text)
    return out


def encoder(name: str, embed: Embed, texts: list[str]) -> None:
    before, started = resident_mb(), time.perf_counter()
    embed.embed_queries(["warm"])
    load = time.perf_counter() - started
    started = time.perf_counter()
    embed.embed_passages(texts)
    rate = len(texts) / (time.perf_counter() - started)
    started = time.perf_counter()
    for text in TEXTS[:5]:
        embed.embed_queries([text])
    query = (time.perf_counter() - started) / 5 * 1000
    print(f"{name}: load {load:.1f} s, {rate:.0f} texts/s, a query {query:.0f} ms, +{resident_mb() - before:.0f} MB")


def chat(home: Path, name: str) -> None:
    model = LlamaCppChat(home / name, name=name)
    started = time.perf_counter()
    process = model._started().process
    load = time.perf_counter() - started
    stable = [Message("system", "You answer from sources. " + " ".join(TEXTS) * 4)]
    said = []
    for question in ("How many days of leave can I carry over?", "年假可否轉到下一年?"):
        started, first, pieces = time.perf_counter(), 0.0, 0
        for _ in model.stream([*stable, Message("user", question)], max_tokens=64):
            first = first or time.perf_counter() - started
            pieces += 1
        rest = time.perf_counter() - started - first
        said.append(f"first piece {first:.1f} s, then {(pieces - 1) / max(rest, 1e-3):.0f} pieces/s")
    print(f"{name}: load {load:.1f} s, {resident_mb(str(process.pid)):.0f} MB; {'; next question: '.join(said)}")
    model.close()


def main() -> None:
    home = Path(sys.argv[1]) if len(sys.argv) > 1 else platformdirs.user_cache_path("lionrock") / "models"
    what = sys.argv[2] if len(sys.argv) > 2 else ""
    if not what:
        for name in ("e5", "e5 one thread", "use", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"):
            subprocess.run([sys.executable, __file__, str(home), name], check=False)
    elif what.startswith("e5"):
        encoder(what, E5Embedder(home / "e5-small", threads=1 if "one" in what else 2), passages(home))
    elif what == "use":
        encoder(what, UseEmbedder(home / "use-multilingual", fold=to_simplified), passages(home))
    else:
        chat(home, what)


if __name__ == "__main__":
    main()
