"""The page's files, at addresses that name their content: a browser keeps them, and a new version is another address."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

__all__ = ["Assets"]

_FOR_EVER = "public, max-age=31536000, immutable"


class Assets(StaticFiles):
    """Serves `<version>/<name>` and `<name>?v=…` to be kept for a year, and `<name>` to be asked for anew each time."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder)
        self.version = _version(folder)

    def address(self, root: str, name: str) -> str:
        """Where a page below the prefix `root` finds a file. Modules and style sheets may name each other relatively."""
        return f"{root}/static/{self.version}/{name}"

    def get_path(self, scope: Scope) -> str:
        """The file's path below the folder."""
        path = super().get_path(scope)
        return path.removeprefix(self.version + os.sep)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file with how long it may be kept."""
        response = await super().get_response(path, scope)
        kept = super().get_path(scope).startswith(self.version + os.sep) or scope["query_string"].startswith(b"v=")
        response.headers["cache-control"] = _FOR_EVER if kept else "no-cache"
        return response


def _version(folder: Path) -> str:
    """A name for the content of all files together."""
    made = hashlib.sha256()
    for path in sorted(item for item in folder.rglob("*") if item.is_file()):
        made.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        made.update(path.read_bytes())
    return made.hexdigest()[:12]
