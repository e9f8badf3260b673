"""`lionrock` as a user runs it: commands on one data folder, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

__all__ = ["Commands"]


class Commands:
    """Runs commands; every call starts with `prefix`."""

    prefix: tuple[str, ...] = ()

    def __init__(self, home: Path, models: Path | None = None) -> None:
        self.environment = {**os.environ, "LIONROCK_HOME": str(home)}
        if models is not None:
            self.environment["LIONROCK_MODELS"] = str(models)

    def call(self, *arguments: str, typed: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command, however it ends."""
        return subprocess.run(
            [sys.executable, "-m", "lionrock.cli.main", *self.prefix, *arguments],
            env=self.environment,
            input=typed,
            cwd=cwd,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
        )

    def run(self, *arguments: str, typed: str = "", code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command that ends with this exit code and without a traceback."""
        result = self.call(*arguments, typed=typed)
        assert result.returncode == code, result.stderr
        assert "Traceback" not in result.stderr
        return result

    def json(self, *arguments: str, typed: str = "", code: int = 0) -> Any:
        """What a command says with --json."""
        return json.loads(self.run(*arguments, "--json", typed=typed, code=code).stdout)
