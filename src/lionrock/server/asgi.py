"""The ASGI application: routes, guard and page around one App."""

from __future__ import annotations

from fastapi import FastAPI

from lionrock import __version__
from lionrock.app import App
from lionrock.server import mcp, openai, openai_embeddings
from lionrock.server.errors import ERRORS, install_error_handlers
from lionrock.server.guard import Guard, SafeHeaders, allowed_hosts
from lionrock.server.lifecycle import Lifecycle, Readiness, Stopping
from lionrock.server.logs import Requests, Seen
from lionrock.server.metrics import Metrics
from lionrock.server.proxy import Proxy, networks_of, prefix_of
from lionrock.server.routes import (
    ask,
    collections,
    conversations,
    documents,
    export,
    health,
    jobs,
    library,
    people,
    policies,
    prompts,
    session,
    viewer,
)
from lionrock.server.session import Gate
from lionrock.web.pages import install_pages

__all__ = ["create_api"]

_BODY_OVERHEAD = 1_000_000


def create_api(app: App, lifecycle: Lifecycle | None = None, *seen: Seen) -> FastAPI:
    """Build the application around `app`; the caller closes `app` when the server has stopped.

    `lifecycle` says when the server stops; `seen` are told of each request, as the metrics are.
    """
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
    for routes in (
        ask,
        collections,
        conversations,
        documents,
        export,
        health,
        jobs,
        library,
        people,
        policies,
        prompts,
        session,
        viewer,
        openai,
        openai_embeddings,
        mcp,
    ):
        api.include_router(routes.router)
    install_pages(api)
    install_error_handlers(api)
    _install_edge(api, app, lifecycle or Lifecycle(), seen)
    return api


def _install_edge(api: FastAPI, app: App, lifecycle: Lifecycle, seen: tuple[Seen, ...]) -> None:
    """What a request passes on its way in, the innermost first."""
    settings = app.settings
    prefix = prefix_of(settings.path_prefix)
    metrics = app.observer = api.state.metrics = Metrics(app)
    api.state.readiness = Readiness(app, lifecycle)
    api.state.metrics_from = networks_of(settings.metrics_from, "LIONROCK_METRICS_FROM")
    api.add_middleware(Stopping, lifecycle=lifecycle)
    # The last one added is the first that a request passes.
    api.add_middleware(Gate, lionrock=app)
    api.add_middleware(
        Guard,
        hosts=allowed_hosts(settings.host, settings.public_hosts),
        largest_body=settings.max_file_bytes + _BODY_OVERHEAD,
        idle_seconds=settings.idle_seconds,
    )
    api.add_middleware(Requests, seen=(metrics.request, *seen))
    api.add_middleware(SafeHeaders, prefix=prefix)
    trusted = networks_of(settings.trusted_proxies, "LIONROCK_TRUSTED_PROXIES")
    api.add_middleware(Proxy, trusted=trusted, prefix=prefix)
