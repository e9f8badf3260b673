"""The ASGI application: routes, guard and page around one App."""

from __future__ import annotations

from fastapi import FastAPI

from lionrock import __version__
from lionrock.app import App
from lionrock.server import mcp, openai, openai_embeddings
from lionrock.server.errors import ERRORS, install_error_handlers
from lionrock.server.guard import Guard, allowed_hosts
from lionrock.server.routes import ask, collections, documents, health, jobs, library, policies, viewer
from lionrock.web.pages import install_pages

__all__ = ["create_api"]

_BODY_OVERHEAD = 1_000_000


def create_api(app: App) -> FastAPI:
    """Build the application around `app`; the caller closes `app` when the server has stopped."""
    api = FastAPI(
        title="Lionrock",
        version=__version__,
        description="Cited answers from an office's own documents.",
        openapi_url="/api/openapi.json",
        # The interactive pages load scripts from elsewhere; Lionrock makes no outward call.
        docs_url=None,
        redoc_url=None,
        responses=ERRORS,
    )
    api.state.lionrock = app
    for routes in (ask, collections, documents, health, jobs, library, policies, viewer, openai, openai_embeddings, mcp):
        api.include_router(routes.router)
    install_pages(api)
    install_error_handlers(api)
    api.add_middleware(
        Guard, hosts=allowed_hosts(app.settings.host), largest_body=app.settings.max_file_bytes + _BODY_OVERHEAD
    )
    return api
