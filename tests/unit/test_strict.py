"""With LIONROCK_TEST_STRICT=1 a skipped test is a failure that says which and why."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
CASES = """
import pytest

@pytest.fixture
def absent():
    pytest.skip("no weights here")

def test_by_fixture(absent):
    pass

@pytest.mark.skipif(True, reason="not on this system")
def test_by_mark():
    pass

@pytest.mark.xfail(strict=True)
def test_that_fails_as_expected():
    assert False

def test_that_runs():
    pass
"""
WHOLE = """
import pytest
pytest.skip("no such library", allow_module_level=True)
"""


def run(folder: Path, strict: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(TESTS / "conftest.py", folder / "conftest.py")
    (folder / "test_cases.py").write_text(CASES, encoding="utf-8")
    (folder / "test_whole.py").write_text(WHOLE, encoding="utf-8")
    environment = {**os.environ, "LIONROCK_TEST_STRICT": strict}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    return subprocess.run([*command, str(folder)], cwd=folder, env=environment, capture_output=True, text=True)


def test_without_it_a_skip_is_a_skip(tmp_path: Path) -> None:
    result = run(tmp_path, "")
    assert (result.returncode, "1 passed, 3 skipped, 1 xfailed" in result.stdout) == (0, True), result.stdout


@pytest.mark.parametrize("reason", ["no weights here", "not on this system", "no such library"])
def test_with_it_a_skip_is_a_failure_that_says_why(tmp_path: Path, reason: str) -> None:
    result = run(tmp_path, "1")
    assert result.returncode == 1
    assert "1 passed, 1 xfailed, 3 errors" in result.stdout
    assert f"LIONROCK_TEST_STRICT=1 takes for a failure. Skipped: {reason}" in result.stdout
