"""`lionrock doctor`: what works here, what does not, and the command that mends it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator

import click

from lionrock.app import Check
from lionrock.cli.output import say, say_json
from lionrock.cli.session import current_settings, opened
from lionrock.errors import BusyError, LionrockError
from lionrock.models.fetch import installed
from lionrock.models.registry import CATALOGUE
from lionrock.settings import Settings

__all__ = ["command"]


def _models(settings: Settings) -> Iterator[Check]:
    """Those that this installation uses. One for chat is needed only where the settings name it."""
    for spec in CATALOGUE:
        if (spec.kind == "embed" and settings.embed_url) or not (spec.default or spec.name == settings.chat):
            continue
        there = installed(spec, settings.models)
        detail = "installed" if there else "missing" if spec.kind != "chat" else "missing: answers only quote"
        needed = spec.kind != "chat" or spec.name == settings.chat
        yield Check(f"model {spec.name}", there, detail, f"lionrock models fetch {spec.name}", needed)


def _checks() -> list[Check]:
    settings = current_settings()
    checks = [Check("python", sys.version_info >= (3, 11), sys.version.split()[0], "install Python 3.11 or newer")]
    checks += _models(settings)
    try:
        with opened() as app:
            checks += app.readiness()
            checks.append(Check("documents", True, f"{len(app.documents(app.owner_scope(), limit=500))} or more"))
    except LionrockError as error:
        remedy = "stop the other process, or set LIONROCK_HOME" if isinstance(error, BusyError) else ""
        checks.append(Check("data folder", False, error.message, remedy))
    free = shutil.disk_usage(settings.home if settings.home.exists() else settings.home.anchor or ".").free
    checks.append(Check("disk", free > 2e9, f"{free / 1e9:.1f} GB free", "make room on the disk"))
    return checks


def _row(check: Check) -> dict[str, object]:
    return {
        "name": check.name,
        "ok": check.ok,
        "needed": check.needed,
        "detail": check.detail,
        "remedy": "" if check.ok else check.remedy,
    }


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def command(as_json: bool) -> int:
    """Check this installation."""
    checks = _checks()
    works = all(check.ok or not check.needed for check in checks)
    if as_json:
        say_json({"ok": works, "checks": [_row(check) for check in checks]})
        return 0 if works else 1
    for check in checks:
        say(f"{'ok  ' if check.ok else 'FAIL' if check.needed else 'note'} {check.name}: {check.detail}")
        if not check.ok and check.remedy:
            say(f"     → {check.remedy}")
    return 0 if works else 1
