"""All the tests, with all the set-up they need: gates, then pytest on SQLite, PostgreSQL, real weights and a browser.

Run: make test
What the machine cannot run is said at the end; with LIONROCK_TEST_STRICT=1 (CI) that is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
STRICT = os.environ.get("LIONROCK_TEST_STRICT") == "1"
MODELS = ("e5-small", "use-multilingual", "cedict", "qwen2.5-coder-0.5b")
PACKAGES = ("chromium", "fonts-noto-cjk")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def chromium() -> bool:
    """Debian's Chromium, installed where we may."""
    if shutil.which("chromium"):
        return True
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say("Installing Chromium from Debian's packages for the browser tests …")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(["apt-get", "update", "-q"], **quiet)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "install", "-y", "-q", *PACKAGES], env=environment, **quiet)
    return shutil.which("chromium") is not None


def weights() -> bool:
    """The real model files, fetched once and shared by every checkout."""
    return subprocess.run([str(BIN / "lionrock"), "models", "fetch", *MODELS]).returncode == 0


def main() -> int:
    missing = []
    if not chromium():
        missing.append("browser tests: no Chromium (apt-get install chromium fonts-noto-cjk)")
    if not weights():
        missing.append("tests with real weights: the model files could not be fetched (lionrock models fetch)")
    gates = subprocess.run([sys.executable, str(ROOT / "scripts" / "check.py")], cwd=ROOT).returncode
    if gates != 0:
        return gates
    coverage = ["--cov=lionrock.access", "--cov=lionrock.cite", "--cov-branch", "--cov-fail-under=100"]
    report = ["--cov-report=term-missing:skip-covered"]
    # Most of a run is waiting for child processes, browsers and databases.
    workers = ["-n", str(max(2, min(4, os.cpu_count() or 2)))]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *workers, *coverage, *report, *sys.argv[1:]], cwd=ROOT
    )
    for line in missing:
        say(f"NOT RUN: {line}")
    return result.returncode or (1 if missing and STRICT else 0)


if __name__ == "__main__":
    sys.exit(main())
