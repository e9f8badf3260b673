"""The one rule of visibility, and that nothing else builds a scope."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from lionrock.access import LOCAL_OWNER, NOTHING, may_see, scope_for
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
