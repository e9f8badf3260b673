"""`lionrock doctor`: what works here, what does not, and the command that mends it."""

from __future__ import annotations

import shutil
import sys

import click

from lionrock.app import Check
from lionrock.cli.output import say, say_json
from lionrock.cli.session import current_settings, opened
from lionrock.errors import LionrockError
from lionrock.models.fetch import installed
from lionrock.models.registry import CATALOGUE

__all__ = ["command"]


def _checks() -> list[Check]:
    settings = current_settings()
    checks = [Check("python", sys.version_info >= (3, 11), sys.version.split()[0], "install Python 3.11 or newer")]
    for spec in CATALOGUE:
        if spec.default:
            there = installed(spec, settings.models)
            remedy = f"lionrock models fetch {spec.name}"
            checks.append(Check(f"model {spec.name}", there, "installed" if there else "missing", remedy))
    try:
        with opened() as app:
            checks += app.readiness()
            checks.append(Check("documents", True, f"{len(app.documents(app.owner_scope(), limit=500))} or more"))
    except LionrockError as error:
        checks.append(Check("data folder", False, error.message, "stop the other process, or set LIONROCK_HOME"))
    free = shutil.disk_usage(settings.home if settings.home.exists() else settings.home.anchor).free
    checks.append(Check("disk", free > 2e9, f"{free / 1e9:.1f} GB free", "make room on the disk"))
    return checks


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def command(as_json: bool) -> int:
    """Check this installation."""
    checks = _checks()
    if as_json:
        rows = [{"name": c.name, "ok": c.ok, "detail": c.detail, "remedy": "" if c.ok else c.remedy} for c in checks]
        say_json({"ok": all(check.ok for check in checks), "checks": rows})
    else:
        for check in checks:
            say(f"{'ok  ' if check.ok else 'FAIL'} {check.name}: {check.detail}")
            if not check.ok and check.remedy:
                say(f"     → {check.remedy}")
    return 0 if all(check.ok for check in checks) else 1
