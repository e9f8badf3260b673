"""`lionrock serve`: the page and the HTTP interface."""

from __future__ import annotations

import contextlib
import errno
import signal
import socket
from types import FrameType

import click
import uvicorn

from lionrock.cli.facts import note_expired
from lionrock.cli.output import note
from lionrock.cli.session import opened
from lionrock.errors import LionrockError, UsageError
from lionrock.server.asgi import create_api

__all__ = ["command", "listen"]


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises `UsageError` for an address that is none of this machine's."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError) as error:
        raise UsageError(f"There is no address {host!r} ({error}); --host takes one of this machine's.") from None
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(2048)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise LionrockError(
                f"Port {port} is in use already; stop what uses it, or choose another --port."
            ) from None
        raise UsageError(f"It is not possible to listen on {host}, port {port} ({error.strerror}).") from None
    return listening


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@click.command("serve")
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.  [default: 8321]")
def command(host: str | None, port: int | None) -> None:
    """Serve the page and the HTTP interface until stopped with Ctrl+C."""
    # A stop by the system ends like one from the keyboard: the data folder is closed in order.
    signal.signal(signal.SIGTERM, _stop)
    with opened(host=host, port=port) as app, listen(app.settings.host, app.settings.port) as listening:
        note_expired(app.library.removal.expire())
        note("Loading the models …")
        app.warm()
        app.start_work()
        app.feeds.start()
        name = f"[{app.settings.host}]" if ":" in app.settings.host else app.settings.host
        note(f"Lionrock is at http://{name}:{listening.getsockname()[1]}/  (stop with Ctrl+C)")
        config = uvicorn.Config(create_api(app), log_level="warning", timeout_graceful_shutdown=10, server_header=False)
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])
