"""Make the environment in .venv from the hash-pinned lock. Needs only a bare Python 3.11+. A second run takes a blink.

Run: python3 scripts/bootstrap.py
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / ".lock-installed"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def fingerprint() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for name in ("requirements.lock", "pyproject.toml", "scripts/bootstrap.py"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def ensure_venv_module() -> None:
    """Debian keeps the part of `venv` that brings pip in a package of its own."""
    if importlib.util.find_spec("ensurepip") is not None:
        return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"Installing {package} (this Python has no ensurepip) …")
        if subprocess.run(["apt-get", "install", "-y", "-q", package], stdout=subprocess.DEVNULL).returncode != 0:
            subprocess.run(["apt-get", "update", "-q"], stdout=subprocess.DEVNULL)
            subprocess.run(["apt-get", "install", "-y", "-q", package], stdout=subprocess.DEVNULL)
        return
    sys.exit(f"This Python cannot make an environment with pip in it. Run: sudo apt-get install {package}")


def main() -> None:
    if sys.version_info < (3, 11):
        sys.exit(
            f"Lionrock needs Python 3.11 or newer; this is {sys.version.split()[0]}. Try: make PYTHON=python3.11 …"
        )
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    ensure_venv_module()
    python = VENV / "bin" / "python"
    if not python.exists():
        say("Making the environment in .venv …")
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    say("Installing the locked packages (hashes checked); the first time this takes a minute or two …")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    install = [*pip, "install", "--no-deps", "--quiet", "--retries", "5"]
    result = subprocess.run([*install, "--require-hashes", "-r", str(ROOT / "requirements.lock")])
    if result.returncode != 0:
        sys.exit(
            "The packages could not be installed. Is there a network, and does `pip download` work here?\n"
            "Without one: put the wheels of requirements.lock in a folder and run with PIP_NO_INDEX=1 "
            "PIP_FIND_LINKS=<folder>."
        )
    subprocess.run([*install, "--no-build-isolation", "--editable", str(ROOT)], check=True)
    STAMP.write_text(wanted)


if __name__ == "__main__":
    main()
