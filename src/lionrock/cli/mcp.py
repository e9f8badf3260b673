"""`lionrock mcp`: the tools for clients of the Model Context Protocol that start the program themselves."""

from __future__ import annotations

import click

from lionrock.cli.session import current_settings, opened
from lionrock.errors import BusyError

__all__ = ["command"]


@click.command("mcp")
def command() -> None:
    """Answer an MCP client on standard input and output, until the input is closed."""
    from lionrock.server.mcp_stdio import serve_stdio

    settings = current_settings()
    try:
        with opened(load=True) as app:
            serve_stdio(app, app.owner_scope())
    except BusyError:
        name = f"[{settings.host}]" if ":" in settings.host else settings.host
        raise BusyError(
            f"Another Lionrock process is using {settings.home}. If it is `lionrock serve`, let the client connect to "
            f"http://{name}:{settings.port}/mcp instead; else stop it first (or set LIONROCK_HOME)."
        ) from None
