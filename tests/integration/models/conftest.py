"""Where the real model files are; a test that needs one that is not there is skipped and says so."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pytest

from lionrock.models.fetch import installed
from lionrock.models.registry import find_model


@pytest.fixture(scope="session")
def model_home() -> Path:
    return Path(os.environ.get("LIONROCK_MODELS") or platformdirs.user_cache_path("lionrock") / "models")


@pytest.fixture(scope="session")
def model_folder(model_home: Path) -> Callable[[str], Path]:
    """The folder of an installed model."""

    def folder(name: str) -> Path:
        if not installed(find_model(name), model_home):
            pytest.skip(f"{name} is not installed in {model_home}; run `lionrock models fetch {name}`")
        return model_home / name

    return folder
