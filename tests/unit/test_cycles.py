"""The gate against import cycles finds them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "cycles.py"


@pytest.fixture(scope="module")
def gate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("cycles_gate", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("imports", "cycles"),
    [
        ({}, []),
        ({"a": ["b", "c"], "b": ["c"], "c": []}, []),
        ({"a": ["b"], "b": ["a"]}, [["a", "b"]]),
        ({"a": ["a"]}, [["a"]]),
        ({"a": ["b"], "b": ["c"], "c": ["b", "d"], "d": ["e"], "e": ["d"], "f": ["a", "d"]}, [["b", "c"], ["d", "e"]]),
    ],
)
def test_groups_of_modules_that_reach_each_other(
    gate: ModuleType, imports: dict[str, list[str]], cycles: list[list[str]]
) -> None:
    assert gate.cycles(imports) == cycles


def test_a_cycle_through_an_import_inside_a_function(
    gate: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "roundabout"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text("def f():\n    import roundabout.two\n")
    (package / "two.py").write_text("from roundabout import one\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert gate.cycles(gate.imports_of("roundabout")) == [["roundabout.one", "roundabout.two"]]
    sys.modules.pop("roundabout", None)


def test_the_program_has_none(gate: ModuleType) -> None:
    assert gate.cycles(gate.imports_of("lionrock")) == []
