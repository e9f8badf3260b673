"""From who asks to what a search may see. The only place that builds a `Scope`. Default deny."""

from __future__ import annotations

from lionrock.records import Actor, Classification, Scope

__all__ = ["LOCAL_OWNER", "NOTHING", "may_see", "scope_for"]

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
