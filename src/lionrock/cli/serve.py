"""`lionrock serve`: the page and the HTTP interface."""

from __future__ import annotations

import click
import uvicorn

from lionrock.cli.output import note
from lionrock.cli.session import opened
from lionrock.server.asgi import create_api

__all__ = ["command"]


@click.command("serve")
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.  [default: 8321]")
def command(host: str | None, port: int | None) -> None:
    """Serve the page and the HTTP interface until stopped with Ctrl+C."""
    with opened(host=host, port=port) as app:
        note("Loading the models …")
        app.warm()
        settings = app.settings
        note(f"Lionrock is at http://{settings.host}:{settings.port}/  (stop with Ctrl+C)")
        uvicorn.run(
            create_api(app),
            host=settings.host,
            port=settings.port,
            log_level="warning",
            timeout_graceful_shutdown=10,
            server_header=False,
        )
