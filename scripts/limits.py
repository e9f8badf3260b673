"""Keep files under 500 lines and functions under 50. A waiver is a dated line in scripts/limits-waivers.txt.

Run: python scripts/limits.py
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_FILE_LINES = 500
MOST_FUNCTION_LINES = 50


def waivers() -> set[str]:
    """Lines of the form `path[:function]  date  reason`."""
    lines = (ROOT / "scripts" / "limits-waivers.txt").read_text(encoding="utf-8").splitlines()
    return {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}


def findings(path: Path) -> list[tuple[str, str]]:
    name = path.relative_to(ROOT).as_posix()
    source = path.read_text(encoding="utf-8")
    found = []
    count = len(source.splitlines())
    if count > MOST_FILE_LINES:
        found.append((name, f"{name}: {count} lines, the limit is {MOST_FILE_LINES}"))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MOST_FUNCTION_LINES:
                key = f"{name}:{node.name}"
                found.append((key, f"{name}:{node.lineno}: {node.name} has {length} lines, the limit is 50"))
    return found


def main() -> int:
    waived = waivers()
    used: set[str] = set()
    bad = []
    for folder in ("src", "tests", "benchmarks", "scripts", "demo"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for key, text in findings(path):
                if key in waived:
                    used.add(key)
                else:
                    bad.append(text)
    bad += [f"scripts/limits-waivers.txt: {key} is not needed any more" for key in sorted(waived - used)]
    print("\n".join(bad) if bad else "File and function limits hold.")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
