"""`lionrock`: the command line. Exit codes: 0 done, 1 some items failed, 2 wrong call, 3 not found, 4 a model is missing."""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module

import click

from lionrock import __version__
from lionrock.errors import LionrockError

__all__ = ["cli", "main"]


_COMMANDS = (
    "models",
    "ingest",
    "documents",
    "collections",
    "jobs",
    "sources",
    "policies",
    "people",
    "search",
    "ask",
    "serve",
    "mcp",
    "doctor",
)


class _Commands(click.Group):
    """Imports a command when it is called: a search need not load the web server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"lionrock.cli.{cmd_name}").command
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lionrock")
@click.option("-v", "--verbose", is_flag=True, help="Say what happens, on standard error.")
def cli(verbose: bool) -> None:
    """Answers from your own documents, in Cantonese, English and Mandarin, with the words each answer rests on."""
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(levelname)s %(message)s")


def main() -> None:
    """Run a command and leave with its exit code. A user's mistake never shows a traceback."""
    # Threads of the matrix library wait by spinning, which makes them many times slower on a busy machine. The library
    # reads this once, when it is loaded: hence before any command is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from lionrock.cli.output import note

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        result = cli.main(standalone_mode=False)
        code = result if isinstance(result, int) else 0
    except LionrockError as error:
        note(f"lionrock: {error.message}")
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        note("lionrock: stopped.")
        code = 130
    except BrokenPipeError:
        code = 0
    sys.exit(code)


if __name__ == "__main__":
    main()
