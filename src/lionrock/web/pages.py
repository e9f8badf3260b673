"""The pages: rendered on the server, with small scripts and no build step."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from fastapi import FastAPI

from lionrock.web import account, ask, knowledge, view
from lionrock.web.assets import Assets

__all__ = ["install_pages"]


def install_pages(api: FastAPI) -> None:
    """Add the pages and their files."""
    assets = Assets(Path(str(resources.files("lionrock.web") / "static")))
    api.mount("/static", assets, name="static")
    api.state.assets = assets
    for routes in (ask, view, knowledge, account):
        api.include_router(routes.router)
