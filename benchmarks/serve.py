"""How the server fares when 50 people ask at once: times to the first evidence and to the end, faults, memory.

Run: .venv/bin/python benchmarks/serve.py [--people 50] [--seconds 300] [--passages 10000]
The server is `lionrock serve` in a process of its own, without a chat model, on passages of Hansard (see `speed.py`). Each
person asks over a connection of their own, reads the stream to its end, and thinks for 1 to 5 s before the next question.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np

from office import ROOT
from speed import build, question

HOME = ROOT / ".lionrock" / "serve"
PORT = 8398
ADDRESS = f"http://127.0.0.1:{PORT}"
THINKS = (1.0, 5.0)
LOOKS_EVERY = 30.0


@dataclass
class Seen:
    """What all people saw; times in milliseconds."""

    evidence: list[float] = field(default_factory=list)
    end: list[float] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)

    def wrong(self, what: str) -> None:
        self.errors[what] = self.errors.get(what, 0) + 1


async def ask(http: httpx.AsyncClient, text: str, seen: Seen) -> None:
    """One question, read to the end of its stream."""
    started = time.perf_counter()
    came, last = None, ""
    async with http.stream("POST", "/api/v1/ask", json={"question": text, "stream": True, "chat": "none"}) as response:
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                last = line.removeprefix("event: ")
                if last == "evidence":
                    came = (time.perf_counter() - started) * 1000
    if response.status_code != 200 or last != "answer" or came is None:
        seen.wrong(str(response.status_code) if response.status_code != 200 else f"ended with {last or 'nothing'}")
        return
    seen.evidence.append(came)
    seen.end.append((time.perf_counter() - started) * 1000)


async def person(number: int, until: float, seen: Seen) -> None:
    """Asks and thinks, until the time is over; at first they come one after the other."""
    rng = random.Random(number)
    await asyncio.sleep(rng.uniform(0, THINKS[1]))
    async with httpx.AsyncClient(base_url=ADDRESS, timeout=60, verify=False) as http:
        while time.monotonic() < until:
            try:
                await ask(http, question(rng), seen)
            except httpx.HTTPError as error:
                seen.wrong(type(error).__name__)
            await asyncio.sleep(rng.uniform(*THINKS))


def resident(pid: int) -> float:
    """Resident memory in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS"))


async def memory(pid: int, started: float, seen: Seen) -> None:
    """A line each half minute."""
    while True:
        told = f"{time.monotonic() - started:6.0f} s  {resident(pid):6.0f} MB  {len(seen.end)} answers  {sum(seen.errors.values())} errors"
        print(told, flush=True)
        await asyncio.sleep(LOOKS_EVERY)


async def crowd(pid: int, people: int, seconds: float) -> Seen:
    """All people at once."""
    seen, started = Seen(), time.monotonic()
    watching = asyncio.create_task(memory(pid, started, seen))
    await asyncio.gather(*(person(number, started + seconds, seen) for number in range(people)))
    watching.cancel()
    return seen


def show(seen: Seen, pid: int, seconds: float) -> None:
    for name, times in (("first evidence", seen.evidence), ("end of the answer", seen.end)):
        if times:
            p50, p95 = np.percentile(times, [50, 95])
            print(f"{name:20} n {len(times):5}  p50 {p50:7.0f}  p95 {p95:7.0f} ms")
    print(f"{len(seen.end) / seconds:.1f} questions a second; errors {json.dumps(seen.errors)}; {resident(pid):.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--passages", type=int, default=10_000)
    choice = parser.parse_args()
    build(HOME, choice.passages)
    environment = {
        **os.environ,
        "LIONROCK_HOME": str(HOME),
        "LIONROCK_CHAT": "none",
        # All ask as the one local owner, whose share would be a single person's.
        "LIONROCK_QUESTIONS_PER_MINUTE": "0",
        "LIONROCK_REQUESTS_PER_MINUTE": "0",
    }
    command = [str(Path(sys.executable).parent / "lionrock"), "serve", "--port", str(PORT)]
    process = subprocess.Popen(command, env=environment)
    try:
        while True:
            if process.poll() is not None:
                raise SystemExit("the server did not start")
            try:
                if httpx.get(f"{ADDRESS}/readyz", timeout=30).status_code == 200:
                    break
            except httpx.HTTPError:
                time.sleep(0.5)
        started = time.monotonic()
        seen = asyncio.run(crowd(process.pid, choice.people, choice.seconds))
        show(seen, process.pid, time.monotonic() - started)
    finally:
        process.terminate()
        process.wait(60)


if __name__ == "__main__":
    main()
