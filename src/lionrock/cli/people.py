"""`lionrock people`: accounts and their API keys, while no server runs on this data folder."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime

import click

from lionrock.app.passwords import LONGEST
from lionrock.app.people import NewPerson, PersonChange, departments_of
from lionrock.app.people_json import key_json, person_json
from lionrock.app.sign_in import SCOPES
from lionrock.cli.output import note, say, say_json
from lionrock.cli.session import opened
from lionrock.errors import UsageError
from lionrock.records import Classification
from lionrock.storage.people import Person

__all__ = ["command"]

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON value.")
_FROM_STDIN = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
_LEVELS = tuple(level.label for level in Classification)


@click.group("people")
def command() -> None:
    """Accounts: who may sign in, and as what. NAME is what is typed at sign-in."""


@command.group("keys")
def keys() -> None:
    """API keys of an account."""


def _password(from_stdin: bool) -> str:
    """Ask for a password twice, unseen; never an argument, which other users of the machine could read."""
    if from_stdin:
        return sys.stdin.read(LONGEST + 2).rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask for the password; give it with --password-stdin.")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _shown(person: Person, as_json: bool) -> None:
    if as_json:
        say_json(person_json(person))
        return
    for name, value in person_json(person).items():
        if value not in (None, [], "", 0):
            say(f"{name:<14} {', '.join(value) if isinstance(value, list) else value}")


@command.command("list")
@_JSON
def list_people(as_json: bool) -> None:
    """All accounts."""
    with opened() as app:
        found = app.people.all()
    if as_json:
        say_json([person_json(person) for person in found])
        return
    for person in found:
        marks = [word for word, is_so in (("administrator", person.is_owner), ("disabled", person.disabled)) if is_so]
        places = ", ".join(sorted(person.departments)) or "-"
        say(f"{person.name:<20} {person.display_name:<24} {person.clearance.label:<12} {places}  {' '.join(marks)}")
    if not found:
        note("There are no accounts; `lionrock people add NAME --owner` makes the first, an administrator's.")


@command.command("add")
@click.argument("name")
@click.option("--display-name", default="", help="The name that others see.")
@click.option("--department", "departments", multiple=True, metavar="D", help="A department it belongs to.")
@click.option("--clearance", type=click.Choice(_LEVELS), default="open", help="How confidential a document it may see.")
@click.option("--owner", is_flag=True, help="An administrator, who sees every department.")
@_FROM_STDIN
@_JSON
def add(
    name: str,
    display_name: str,
    departments: Sequence[str],
    clearance: str,
    owner: bool,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Make an account. The first is an administrator's; from then on everybody has to sign in."""
    level = Classification[clearance.upper()]
    with opened() as app:
        if not owner and not app.people.exist():
            raise UsageError("The first account must be an administrator's; make it with --owner.")
        wanted = NewPerson(name, display_name, frozenset(departments), level, owner)
        _shown(app.people.add(wanted, _password(password_stdin), by="command line"), as_json)


@command.command("change")
@click.argument("name")
@click.option("--display-name", help="The name that others see.")
@click.option("--department", "departments", multiple=True, metavar="D", help="A department it belongs to; name all.")
@click.option("--clearance", type=click.Choice(_LEVELS), help="How confidential a document it may see.")
@click.option("--owner", type=click.Choice(("yes", "no")), help="Whether it is an administrator.")
@_JSON
def change(
    name: str,
    display_name: str | None,
    departments: Sequence[str],
    clearance: str | None,
    owner: str | None,
    as_json: bool,
) -> None:
    """Change an account; what is not named stays."""
    said = PersonChange(
        display_name,
        frozenset(departments) or None,
        Classification[clearance.upper()] if clearance else None,
        None if owner is None else owner == "yes",
    )
    with opened() as app:
        _shown(app.people.change(app.people.named(name).id, said, by="command line"), as_json)


@command.command("password")
@click.argument("name")
@_FROM_STDIN
@_JSON
def password(name: str, password_stdin: bool, as_json: bool) -> None:
    """Give an account a new password. All its sign-ins end."""
    with opened() as app:
        person = app.people.named(name)
        app.people.set_password(person.id, _password(password_stdin), by="command line")
        _shown(app.people.named(person.id), as_json)


@command.command("disable")
@click.argument("name")
@_JSON
def disable(name: str, as_json: bool) -> None:
    """Let nobody use an account, nor its API keys, until it is enabled."""
    with opened() as app:
        person_id = app.people.named(name).id
        _shown(app.people.change(person_id, PersonChange(disabled=True), by="command line"), as_json)


@command.command("enable")
@click.argument("name")
@_JSON
def enable(name: str, as_json: bool) -> None:
    """Let a disabled account be used again."""
    with opened() as app:
        person_id = app.people.named(name).id
        _shown(app.people.change(person_id, PersonChange(disabled=False), by="command line"), as_json)


@keys.command("list")
@click.argument("name")
@_JSON
def list_keys(name: str, as_json: bool) -> None:
    """The API keys of an account, revoked ones too."""
    with opened() as app:
        found = app.people.keys.of(app.people.named(name).id)
    if as_json:
        say_json([key_json(key) for key in found])
        return
    for key in found:
        state = "revoked" if key.revoked_at else f"used {key.used_at:%Y-%m-%d %H:%M}" if key.used_at else "not used yet"
        say(f"{key.id}  {','.join(sorted(key.scopes)):<20} {state:<22} {key.name}")


@keys.command("add")
@click.argument("name")
@click.argument("label")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(sorted(SCOPES)), required=True, help="What for.")
@click.option("--department", "departments", multiple=True, metavar="D", help="Hold it to this department.")
@click.option(
    "--expires", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day at whose start it ends (UTC)."
)
@_JSON
def add_key(
    name: str,
    label: str,
    scopes: Sequence[str],
    departments: Sequence[str],
    expires: datetime | None,
    as_json: bool,
) -> None:
    """Make an API key for an account. It is shown now and never again."""
    held_to = departments_of(departments) if departments else None
    with opened() as app:
        made = app.people.keys.create(
            app.people.named(name), label, frozenset(scopes), departments=held_to, expires_at=expires
        )
    if as_json:
        say_json({**key_json(made.key), "key": made.secret})
    else:
        say(made.secret)
        note("Keep it now: it is not shown again.")


@keys.command("revoke")
@click.argument("name")
@click.argument("key_id")
@_JSON
def revoke(name: str, key_id: str, as_json: bool) -> None:
    """Make an API key of an account useless at once."""
    with opened() as app:
        app.people.keys.revoke(key_id, app.people.named(name).id)
    if as_json:
        say_json({"key_id": key_id, "revoked": True})
    else:
        say(f"The key {key_id} is revoked.")
