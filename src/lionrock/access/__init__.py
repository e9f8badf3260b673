"""From who asks to what a search may see. The only place that builds a `Scope`. Default deny."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lionrock.records import Actor, Classification, Scope

__all__ = ["LOCAL_OWNER", "NOTHING", "Audience", "may_see", "scope_for", "who_may_see"]

LOCAL_OWNER = Actor(id="owner", clearance=Classification.CONFIDENTIAL, is_owner=True)
"""Whoever runs the program on his own machine, until people sign in."""

NOTHING = Scope()
"""The scope that sees nothing."""


def scope_for(actor: Actor | None) -> Scope:
    """What an actor may see; nobody sees nothing."""
    if actor is None:
        return NOTHING
    return Scope(departments=actor.departments, ceiling=actor.clearance, every_department=actor.is_owner)


def may_see(scope: Scope, department: str, classification: Classification) -> bool:
    """The rule itself; the SQL predicate and the index filters are tested against it."""
    if classification > scope.ceiling:
        return False
    return scope.every_department or department in scope.departments


@dataclass(frozen=True, slots=True)
class Audience:
    """Who can see a document of some department and classification."""

    department: str
    classification: Classification
    people: tuple[str, ...]
    """Ids of those among the known actors who can."""
    rule: str
    """The rule in words."""


def who_may_see(department: str, classification: Classification, actors: Iterable[Actor] = (LOCAL_OWNER,)) -> Audience:
    """Who can see a document; `actors` are those known here, until people sign in the local owner alone."""
    known = list(actors)
    people = tuple(actor.id for actor in known if may_see(scope_for(actor), department, classification))
    cleared = "" if classification is Classification.OPEN else f" who are cleared for {classification.label} or higher"
    rule = f"Members of the department “{department}”{cleared}"
    owners = [actor.id for actor in known if actor.is_owner and actor.id in people]
    rule += f", and whoever runs this installation ({', '.join(owners)})." if owners else "."
    return Audience(department, classification, people, rule)
