"""Renew requirements.lock, with hashes, for every platform. Needs `uv` on the PATH or in the environment.

Run: make lock
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

if __name__ == "__main__":
    command = (
        "uv pip compile --generate-hashes --universal --python-version 3.11 pyproject.toml "
        "--group dev --all-extras -o requirements.lock"
    )
    sys.exit(subprocess.run(command.split(), cwd=ROOT).returncode)
