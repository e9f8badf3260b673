"""`lionrock serve`: the page and the HTTP interface."""

from __future__ import annotations

import contextlib
import errno
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from types import FrameType

import click
import uvicorn
from fastapi import FastAPI

from lionrock.app import App, open_app
from lionrock.cli.facts import note_expired
from lionrock.cli.output import note, progress_bar
from lionrock.cli.session import current_settings
from lionrock.errors import LionrockError, UsageError
from lionrock.server.asgi import create_api
from lionrock.server.connections import connection_kind, most_connections
from lionrock.server.lifecycle import Lifecycle, Server
from lionrock.server.logs import Seen, install_logs
from lionrock.server.proxy import prefix_of
from lionrock.server.session import is_loopback
from lionrock.settings import Settings

__all__ = ["command", "listen"]

_log = logging.getLogger(__name__)


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
    settings = current_settings(host=host, port=port)
    verbose = logging.getLogger().isEnabledFor(logging.INFO)
    install_logs(settings.log_format, settings.log_level, verbose=verbose)
    tell = _log.info if settings.log_format == "json" else note
    with (
        _telemetry(settings.telemetry_url) as seen,
        _opened(settings, tell) as app,
        listen(settings.host, settings.port) as listening,
        contextlib.suppress(KeyboardInterrupt),
    ):
        lifecycle = Lifecycle(delay=settings.stop_delay_seconds)
        api = create_api(app, lifecycle, *seen)
        expired = app.library.removal.expire()
        if settings.log_format == "json":
            for gone in expired:
                _log.warning("the document %s is deleted. %s", gone.document_id, gone.why)
        else:
            note_expired(expired)
        tell("Loading the models …")
        app.warm()
        app.start_work()
        app.feeds.start()
        _note_first_run(app)
        tell(f"Lionrock is at {_address(settings, listening)}  (stop with Ctrl+C)")
        _server(api, app, lifecycle).run(sockets=[listening])


def _note_first_run(app: App) -> None:
    """From another machine the first account can be made only with a code. It is for the terminal, never for the log."""
    reached = not is_loopback(app.settings.host) or app.settings.trusted_proxies
    if reached and not app.people.exist():
        note(f"There are no accounts yet. The code to make the first one: {app.people.first_run_code()}")


def _server(api: FastAPI, app: App, lifecycle: Lifecycle) -> Server:
    settings = app.settings
    config = uvicorn.Config(
        api,
        http=connection_kind(idle_seconds=settings.idle_seconds, most=most_connections()),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        # Who asks behind a proxy is decided by `server.proxy`, which trusts nobody unless told so.
        proxy_headers=False,
        server_header=False,
    )
    return Server(config, app, lifecycle, stop_seconds=settings.stop_seconds)


@contextlib.contextmanager
def _opened(settings: Settings, tell: Callable[[str], None]) -> Iterator[App]:
    """The App, closed at the end; what waits in the queue is worked on when the server runs."""

    def progress(done: int, total: int) -> None:
        if settings.log_format == "text":
            progress_bar("rebuilding the index", done, total)
        elif total and done >= total:
            tell("The index is rebuilt.")

    app = open_app(settings, progress=progress, recover=False)
    try:
        yield app
    finally:
        app.close()


@contextlib.contextmanager
def _telemetry(url: str) -> Iterator[tuple[Seen, ...]]:
    """Who else is told of requests; the library is loaded only where an address is set."""
    if not url:
        yield ()
        return
    from lionrock.server.telemetry import open_spans

    spans = open_spans(url)
    try:
        yield (spans.request,)
    finally:
        spans.close()


def _address(settings: Settings, listening: socket.socket) -> str:
    name = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{name}:{listening.getsockname()[1]}{prefix_of(settings.path_prefix)}/"
