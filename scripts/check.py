"""The gates that need no running program: style, types, layers, cycles, limits. CI and a laptop call the same file.

Run: make check
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
GATES = (
    ("style", [str(BIN / "ruff"), "check", "."]),
    ("format", [str(BIN / "ruff"), "format", "--check", "."]),
    ("types", [str(BIN / "mypy")]),
    ("layers", [str(BIN / "lint-imports"), "--no-cache"]),
    ("cycles", [sys.executable, "scripts/cycles.py"]),
    ("limits", [sys.executable, "scripts/limits.py"]),
)


def main() -> int:
    failed = []
    for name, command in GATES:
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        print(f"{name}: {'ok' if result.returncode == 0 else 'FAILED'}", flush=True)
        if result.returncode != 0:
            failed.append(name)
            print(result.stdout, result.stderr, sep="\n", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
