"""The page: rendered on the server, with one small script and no build step."""

from __future__ import annotations

from functools import partial
from importlib import resources
from pathlib import Path
from typing import Annotated

from fastapi import Cookie, FastAPI, Header, Query, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, select_autoescape

from lionrock.server.deps import Application, Asker
from lionrock.web.assets import Assets
from lionrock.web.words import LOCALES, Locale, best_locale, words

__all__ = ["install_pages"]

_YEAR = 365 * 24 * 3600


def install_pages(api: FastAPI) -> None:
    """Add the page and its files."""
    assets = Assets(Path(str(resources.files("lionrock.web") / "static")))
    api.mount("/static", assets, name="static")
    environment = Environment(loader=PackageLoader("lionrock.web"), autoescape=select_autoescape(default=True))

    @api.get("/", response_class=HTMLResponse, include_in_schema=False)
    def home(
        request: Request,
        app: Application,
        scope: Asker,
        lang: Annotated[str | None, Query(max_length=20)] = None,
        lionrock_lang: Annotated[str | None, Cookie(max_length=20)] = None,
        accept_language: Annotated[str | None, Header(max_length=1000)] = None,
    ) -> HTMLResponse:
        locale: Locale = best_locale(lang, lionrock_lang, accept_language)
        documents = app.documents(scope, limit=200)
        root = request.scope.get("root_path", "")
        page = environment.get_template("home.html").render(
            root=root,
            asset=partial(assets.address, root),
            locale=locale,
            locales=LOCALES,
            t=words(locale),
            documents=documents,
            chat=app.chat_name(),
        )
        response = HTMLResponse(page)
        if lang is not None:
            response.set_cookie("lionrock_lang", locale, max_age=_YEAR, samesite="lax", httponly=True, path=f"{root}/")
        return response
