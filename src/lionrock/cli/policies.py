"""`lionrock policies`: what a department does with personal data found in its documents."""

from __future__ import annotations

import click

from lionrock.cli.output import say, say_json
from lionrock.cli.session import opened
from lionrock.errors import UsageError
from lionrock.storage.policies import DEFAULT, POLICIES, PersonalDataPolicy

__all__ = ["command"]

_MEANING = {
    "allow": "taken in, nothing is said",
    "warn": "taken in, with a finding that says what kind was found and how often",
    "refuse": "not taken in",
    "mask": "taken in with each letter and digit of them blacked out, also in what search sees",
}


@click.group("policies")
def command() -> None:
    """What departments do with personal data (identity cards, phones, payment cards, addresses) in their documents."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def list_policies(as_json: bool) -> None:
    """The policy of each department."""
    with opened() as app:
        chosen = app.policies()
    if as_json:
        say_json({"default": DEFAULT, "departments": dict(chosen)})
        return
    for department, policy in chosen.items():
        say(f"{department:<20} {policy:<7} {_MEANING[policy]}")
    say(f"{'(any other)':<20} {DEFAULT:<7} {_MEANING[DEFAULT]}")


@command.command("set")
@click.argument("department")
@click.option("--personal-data", type=click.Choice(POLICIES), required=True, help="What is done with them.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def set_policy(department: str, personal_data: PersonalDataPolicy, as_json: bool) -> None:
    """Choose a department's policy. It holds for what is taken in from now on."""
    if not department.strip():
        raise UsageError("Name the department.")
    with opened() as app:
        app.set_policy(department, personal_data)
    if as_json:
        say_json({"department": department, "personal_data": personal_data})
    else:
        say(f"{department}: documents with personal data are {_MEANING[personal_data]}, from now on.")
