"""What all pages share: templates, the language and the look of whoever reads, the addresses of files."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Annotated, Any

from fastapi import Cookie, Depends, Header, Query, Request
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape
from starlette.responses import Response

from lionrock.errors import LionrockError
from lionrock.server.session import COOKIE, csrf_of
from lionrock.web.assets import Assets
from lionrock.web.messages import LOCALES, Locale, best_locale, for_scripts, translator
from lionrock.web.reasons import reason_words

__all__ = ["Look", "PageRoute", "Reader", "as_text", "environment", "marked", "page", "paired", "part"]

_YEAR = 365 * 24 * 3600
_THEMES = ("auto", "light", "dark")


class Look:
    """The language and the colours in which someone reads."""

    def __init__(
        self,
        request: Request,
        lang: Annotated[str | None, Query(max_length=20)] = None,
        lionrock_lang: Annotated[str | None, Cookie(max_length=20)] = None,
        lionrock_theme: Annotated[str | None, Cookie(max_length=20)] = None,
        accept_language: Annotated[str | None, Header(max_length=1000)] = None,
    ) -> None:
        self.locale: Locale = best_locale(lang, lionrock_lang, accept_language)
        self.theme = lionrock_theme if lionrock_theme in _THEMES else "auto"
        self.chosen = lang is not None
        self.root: str = request.scope.get("root_path", "").rstrip("/")
        cookie = request.cookies.get(COOKIE)
        self.csrf = csrf_of(cookie) if cookie else ""
        self.t = translator(self.locale)
        self.assets: Assets = request.app.state.assets


Reader = Annotated[Look, Depends(Look)]


@functools.cache
def environment() -> Environment:
    """The templates; what they are given is escaped, and a name that they were not given is an error."""
    made = Environment(
        loader=PackageLoader("lionrock.web"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"marked": marked, "paired": paired, "as_text": as_text}
    return made


def marked(text: str, spans: Sequence[Sequence[int]]) -> Markup:
    """The text with its spans (code points) in `<mark>`; spans that overlap or lie outside are cut to fit."""
    parts: list[Markup] = []
    at = 0
    for start, end in sorted((max(0, start), min(len(text), end)) for start, end in spans):
        start = max(start, at)
        if end <= start:
            continue
        parts += [escape(text[at:start]), Markup("<mark>"), escape(text[start:end]), Markup("</mark>")]
        at = end
    return Markup("").join([*parts, escape(text[at:])])


def paired(hits: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Mapping[str, Any] | None]]:
    """The first hits, each with its version in the other language if that was found too."""
    by_id = {hit["passage_id"]: hit for hit in hits}
    used: set[str] = set()
    found: list[tuple[Mapping[str, Any], Mapping[str, Any] | None]] = []
    for hit in hits:
        if hit["passage_id"] in used:
            continue
        other = by_id.get(hit["paired_with"] or "")
        used |= {hit["passage_id"], *([other["passage_id"]] if other else [])}
        found.append((hit, other))
    return found[:5]


def as_text(answer: Mapping[str, Any]) -> str:
    """An answer as plain text, each sentence with the numbers of its sources, and the sources below."""
    lines: list[str] = []
    sources: dict[int, str] = {}
    for sentence in answer["sentences"]:
        numbers = "".join(f"[{citation['number']}]" for citation in sentence["citations"])
        lines.append(f"{sentence['text']}{numbers}")
        for citation in sentence["citations"]:
            place = ", ".join(str(part) for part in (citation["title"], citation["page"] or citation["anchor"]) if part)
            sources.setdefault(citation["number"], f"[{citation['number']}] {place}: {citation['quote']}")
    return "\n".join([*lines, "", *(sources[number] for number in sorted(sources))])


def _context(look: Look, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "_": look.t,
        "asset": functools.partial(look.assets.address, look.root),
        "csrf": look.csrf,
        "locale": look.locale,
        "locales": LOCALES,
        "reason_words": reason_words,
        "root": look.root,
        "script_messages": for_scripts(look.locale),
        "theme": look.theme,
        **values,
    }


def part(name: str, look: Look, values: Mapping[str, Any]) -> str:
    """A piece of a page as HTML."""
    return environment().get_template(name).render(_context(look, values))


def page(name: str, look: Look, values: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
    """A whole page. A language that was asked for is remembered."""
    response = HTMLResponse(part(name, look, values), status_code=status, headers={"cache-control": "no-store"})
    if look.chosen:
        response.set_cookie("lionrock_lang", look.locale, max_age=_YEAR, samesite="lax", path=look.root or "/")
    return response


class PageRoute(APIRoute):
    """A route whose errors are pages for whoever goes to its address, and JSON for a script that fetches."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with errors caught."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except LionrockError as error:
                if "text/html" not in request.headers.get("accept", ""):
                    raise
                look = Look(
                    request,
                    lionrock_lang=request.cookies.get("lionrock_lang"),
                    lionrock_theme=request.cookies.get("lionrock_theme"),
                    accept_language=request.headers.get("accept-language"),
                )
                values = {"missing": error.http_status == 404, "message": error.message}
                return page("error.html", look, values, status=error.http_status)

        return handled
