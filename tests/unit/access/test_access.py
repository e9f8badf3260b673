"""The one rule of visibility, and that nothing else builds a scope."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from lionrock.access import LOCAL_OWNER, NOTHING, may_see, scope_for, who_may_see
from lionrock.records import Actor, Classification, Scope

levels = st.sampled_from(Classification)
names = st.sampled_from(["finance", "law", "works"])


def test_nobody_sees_nothing() -> None:
    assert scope_for(None) == NOTHING
    assert NOTHING.is_empty
    assert not any(may_see(NOTHING, name, level) for name in ("", "finance") for level in Classification)


def test_the_owner_sees_everything() -> None:
    scope = scope_for(LOCAL_OWNER)
    assert all(may_see(scope, name, level) for name in ("finance", "any") for level in Classification)


@given(st.frozensets(names), levels, names, levels)
def test_an_actor_sees_own_departments_up_to_own_clearance(
    own: frozenset[str], clearance: Classification, department: str, level: Classification
) -> None:
    scope = scope_for(Actor("a", own, clearance))
    assert may_see(scope, department, level) == (department in own and level <= clearance)


@given(st.frozensets(names), levels, st.booleans(), st.frozensets(names), levels, st.booleans())
def test_cache_keys_differ_when_scopes_differ(
    a: frozenset[str], b: Classification, c: bool, d: frozenset[str], e: Classification, f: bool
) -> None:
    one, other = Scope(a, b, c), Scope(d, e, f)
    differ = (b, c, a) != (e, f, d)
    same_reach = c and f and b == e
    if differ and not same_reach:
        assert one.key != other.key


def test_only_access_builds_scopes() -> None:
    source = Path(__file__).parents[3] / "src" / "lionrock"
    found = [
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if re.search(r"(?<![\w.])Scope\(", path.read_text(encoding="utf-8"))
    ]
    assert set(found) <= {"access/__init__.py", "records.py"}


@given(levels, names, st.lists(st.tuples(st.frozensets(names), levels, st.booleans()), max_size=4))
def test_who_can_see_is_the_rule_itself(
    level: Classification, department: str, people: list[tuple[frozenset[str], Classification, bool]]
) -> None:
    actors = [Actor(f"p{number}", *person) for number, person in enumerate(people)]
    audience = who_may_see(department, level, actors)
    assert set(audience.people) == {a.id for a in actors if may_see(scope_for(a), department, level)}
    assert department in audience.rule
    assert (level.label in audience.rule) == (level is not Classification.OPEN)


def test_until_people_sign_in_the_owner_alone_sees() -> None:
    audience = who_may_see("finance", Classification.CONFIDENTIAL)
    assert audience.people == (LOCAL_OWNER.id,)
    assert audience.rule == (
        "Members of the department “finance” who are cleared for confidential or higher, and whoever runs this "
        "installation (owner)."
    )
    assert who_may_see("law", Classification.OPEN, ()).rule == "Members of the department “law”."
