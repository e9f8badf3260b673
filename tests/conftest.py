"""What all tests share. No test reaches a real model or the network by accident: those that do ask for a fixture."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import hypothesis
import platformdirs
import pytest

ROOT = Path(__file__).resolve().parent.parent
STRICT = os.environ.get("LIONROCK_TEST_STRICT") == "1"

# A developer's runs search anew each time; a strict run must say the same of the same program twice.
hypothesis.settings.register_profile("strict", derandomize=True)
if STRICT:
    hypothesis.settings.load_profile("strict")


def _no_skip(report: Any) -> Any:
    """A test that is left out without a word would pass for one that holds."""
    if STRICT and report.skipped and not hasattr(report, "wasxfail"):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was not run, which LIONROCK_TEST_STRICT=1 takes for a failure. {why}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Skips of single tests."""
    return _no_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    """Skips of whole modules."""
    return _no_skip((yield))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real files for tests; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder of shared test files is absent")
    return folder


@pytest.fixture(scope="session")
def weights() -> Path:
    """The folder of real model files."""
    named = os.environ.get("LIONROCK_MODELS")
    folder = Path(named) if named else platformdirs.user_cache_path("lionrock") / "models"
    if not (folder / "e5-small" / "manifest.json").is_file():
        pytest.skip("the real model files are absent; `lionrock models fetch` brings them")
    return folder


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the person who runs the tests do not reach them."""
    for name in list(os.environ):
        if name.startswith("LIONROCK_") and name not in ("LIONROCK_MODELS", "LIONROCK_TEST_STRICT"):
            monkeypatch.delenv(name)
