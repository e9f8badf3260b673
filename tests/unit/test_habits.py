"""Habits of the house that a reader cannot see at a glance: settings documented, surfaces named, imports without effect."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from lionrock.settings import ENVIRONMENT_PREFIX, Settings

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "lionrock"
MODULES = {
    ".".join(("lionrock", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(SOURCE.rglob("*.py"))
    # Alembic runs these itself.
    if "migrations" not in path.parts
}
HEAVY = ("onnxruntime", "onnx", "xllamacpp", "sentencepiece", "psycopg", "alembic")
IMPORT_ALL = """
import importlib, json, sys
done = []
def watch(event, arguments):
    if event in {"socket.connect", "sqlite3.connect", "subprocess.Popen", "os.mkdir", "os.remove"}:
        done.append(f"{event} {arguments!r}")
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        done.append(f"{event} {arguments!r}")
sys.dont_write_bytecode = True
sys.addaudithook(watch)
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps([done, sorted(set(sys.modules) & set(json.loads(sys.argv[2])))]))
"""


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    told = {
        name: (default, meaning) for name, default, meaning in re.findall(r"^\| `(\w+)` \|(.*?)\| (.*) \|$", page, re.M)
    }
    real = {
        ENVIRONMENT_PREFIX + item.name.upper(): (
            "" if item.default in ("", Path()) else f"`{item.default}`",
            item.metadata["help"],
        )
        for item in fields(Settings)
    }
    assert {name: (default.strip(), meaning) for name, (default, meaning) in told.items()} == real
    assert set(re.findall(r"LIONROCK_[A-Z_]+", page)) == set(real)


def test_settings_named_elsewhere_exist() -> None:
    known = {ENVIRONMENT_PREFIX + item.name.upper() for item in fields(Settings)} | {"LIONROCK_"}
    for path in MODULES.values():
        assert set(re.findall(r"LIONROCK_[A-Z_]*", path.read_text(encoding="utf-8"))) <= known, path


def public_names(tree: ast.Module) -> set[str]:
    """Functions, classes and values that a module defines without a leading underscore."""
    found: set[str] = set()
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(node.name)
            case ast.Assign():
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
    return {name for name in found if not name.startswith("_")}


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_module_names_its_surface(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    module = importlib.import_module(name)
    if not hasattr(module, "__all__"):
        assert public_names(tree) == set()
        return
    assert len(set(module.__all__)) == len(module.__all__)
    assert all(hasattr(module, item) for item in module.__all__)


def test_what_another_module_imports_is_public() -> None:
    """Names behind an underscore are not imported across modules of the program."""
    for name, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lionrock"):
                assert not [item.name for item in node.names if re.match(r"_(?!_)", item.name)], name


def test_imports_do_nothing() -> None:
    """No connection, no file written, no process, no model, whatever is imported."""
    result = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, json.dumps(sorted(MODULES)), json.dumps(HEAVY)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(result.stdout) == [[], []]
    assert result.stderr == ""


def test_the_command_line_loads_little() -> None:
    """`lionrock --help` and a command that is called alone need no server, no engine and no numpy."""
    heavy = [*HEAVY, "qdrant_edge", "fastapi", "uvicorn", "numpy", "sqlalchemy"]
    command = [sys.executable, "-c", IMPORT_ALL, json.dumps(["lionrock.cli.main"]), json.dumps(heavy)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(result.stdout) == [[], []]
