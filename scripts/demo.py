"""The main job on the demo knowledge base: fetch the models, take the documents in, answer three questions, serve.

Run: make demo            (make demo SERVE=no stops after the answers; CHAT=none leaves the 1.1 GB chat model out)
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIONROCK = str(Path(sys.executable).parent / "lionrock")
QUESTIONS = (
    "公司想攞政府筆資助,自己要夾幾多錢,最多可以攞幾多?",
    "How many days of annual leave can I carry over to next year?",
    "计算中心第一阶段的算力有多少?",
)


def run(arguments: list[str], environment: dict[str, str], *, echo: bool = True) -> int:
    if echo:
        print(f"\n$ lionrock {' '.join(arguments)}", flush=True)
    return subprocess.run([LIONROCK, *arguments], env=environment).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", default="yes", choices=("yes", "no"))
    parser.add_argument("--chat", default="default", help="`none` leaves the chat model out")
    parser.add_argument("--port", default="8321")
    choice = parser.parse_args()
    environment = dict(os.environ)
    environment.setdefault("LIONROCK_HOME", str(ROOT / ".lionrock" / "demo"))
    started = time.monotonic()
    models = ["models", "fetch", *(["--without-chat"] if choice.chat == "none" else [])]
    code = run(models, environment)
    if code != 0:
        return code
    code = run(["ingest", str(ROOT / "demo" / "documents"), "--department", "demo"], environment)
    if code != 0:
        return code
    chat = ["--chat", "none"] if choice.chat == "none" else []
    for question in QUESTIONS:
        code = run(["ask", question, *chat], environment)
        if code != 0:
            return code
    print(f"\nDone in {time.monotonic() - started:.0f} s.", flush=True)
    if choice.serve == "no":
        return 0
    try:
        return run(["serve", "--port", choice.port], environment)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
