"""What commands share: the settings from the environment, and an App that is closed at the end."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from lionrock.app import App, open_app
from lionrock.cli.output import progress_bar
from lionrock.settings import Settings, settings_from

__all__ = ["current_settings", "opened"]


def current_settings(**overrides: Any) -> Settings:
    """The settings of this run."""
    return settings_from(os.environ, **overrides)


@contextlib.contextmanager
def opened(*, load: bool = False, **overrides: Any) -> Iterator[App]:
    """An App on this run's data folder; with `load` all that a question needs is loaded at once.

    What waits in the queue goes on waiting: `ingest`, `serve` and `jobs run` work on it.
    """
    app = open_app(
        current_settings(**overrides),
        progress=lambda done, total: progress_bar("rebuilding the index", done, total),
        recover=False,
    )
    try:
        if load:
            app.load()
        yield app
    finally:
        app.close()
