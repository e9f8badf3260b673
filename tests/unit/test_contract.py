"""The page that documents the contract says what the program does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest

from lionrock.access import who_may_see
from lionrock.app import Check
from lionrock.cli.doctor import _row
from lionrock.cli.main import cli
from lionrock.contract import (
    answer_json,
    audience_json,
    citation_json,
    collection_json,
    comparison_json,
    document_json,
    hit_json,
    ingest_json,
    line_json,
    search_json,
    sentence_json,
    source_json,
    synced_json,
    timings_json,
    version_json,
)
from lionrock.records import Answer, Citation, Classification, Document, Hit, Passage, Sentence
from lionrock.storage.collections import Collection
from lionrock.storage.sources import Source
from lionrock.storage.versions_history import Version
from lionrock.text.compare import compare

PAGE = (Path(__file__).parents[2] / "docs" / "contract.md").read_text(encoding="utf-8")


DAY = datetime(2024, 1, 1, tzinfo=UTC)


def keys_of(start: str) -> list[str]:
    """The names in backquotes of a list item, without those in brackets and behind its first semicolon."""
    item = re.search(rf"^- {re.escape(start)}(.*?)(?=^- |^$|^#)", PAGE, re.MULTILINE | re.DOTALL)
    assert item is not None, start
    words = re.sub(r"\([^)]*\)", "", item[1]).split(";")[0]
    return re.findall(r"`(\w+)`", words)


def document() -> Document:
    day = datetime(2024, 1, 1, tzinfo=UTC)
    return Document("d", "t", "s", "m", "en", "g", Classification.OPEN, 1, "0", "indexed", 1, None, day, day)


def version() -> Version:
    return Version(1, "indexed", True, "t", "n", "0", "en", 1, 1, None, None, DAY, None, None)


def passage() -> Passage:
    return Passage("p", "d", 1, 0, "text", 0, 4, "en", "t", "s")


@pytest.mark.parametrize(
    ("start", "made"),
    [
        ("a hit", hit_json(Hit(1, 1.0, passage()))),
        ("`ask --json`", answer_json(Answer("q", "en", "extractive", False, "a", ()))),
        ("`timings`", timings_json({})),
        ("`documents list --json`, a list of", document_json(document())),
        ("a check", _row(Check("n", True, "d"))),
        ("a collection", collection_json(Collection("c", "n", "d", Classification.OPEN, DAY, DAY))),
        ("a version", version_json(version())),
        ("`documents diff --json`", comparison_json("d", (1, 2), ("A.", "B."), compare("A.", "B."))),
        ("`documents who --json`", audience_json("d", who_may_see("a", Classification.OPEN))),
        ("a sentence", sentence_json(Sentence("t", "supported"))),
        ("a citation", citation_json(Citation(1, "d", "p", "t", "s", None, None, "q", 0, 1))),
    ],
)
def test_keys(start: str, made: dict[str, object]) -> None:
    assert keys_of(start) == list(made)


def test_keys_of_results() -> None:
    from lionrock.contract import IngestResult, Line, SearchResult, Synced

    assert keys_of("`search --json`") == list(search_json(SearchResult("q", "en", 1.0, ())))
    assert keys_of("`ingest --json`, one object a file") == list(ingest_json(IngestResult("f", "indexed")))
    source = Source("s", "folder", "/f", "d", Classification.OPEN, None, 300, False, None, None, {}, {}, DAY)
    assert keys_of("a source:") == list(source_json(source, {}))
    assert keys_of("`sources sync --json`, one object a source") == list(synced_json(Synced("s"), ()))
    assert keys_of("an item of a run") == list(line_json(Line("i", "added")))


@pytest.mark.parametrize(
    ("measured", "told"),
    [
        ({"total_ms": 5.04, "retrieve_ms": 1.0}, {"retrieve_ms": 1.0, "first_token_ms": None, "total_ms": 5.0}),
        (
            {"retrieve_ms": 1.26, "first_token_ms": 2.0, "total_ms": 3.0, "more": 9.0},
            {"retrieve_ms": 1.3, "first_token_ms": 2.0, "total_ms": 3.0},
        ),
        ({}, {"retrieve_ms": None, "first_token_ms": None, "total_ms": None}),
    ],
)
def test_timings_are_always_the_same_three(measured: dict[str, float], told: dict[str, float | None]) -> None:
    made = answer_json(Answer("q", "en", "extractive", False, "a", (), (), measured))["timings"]
    assert made == told
    assert list(made) == list(told)


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """All commands that do something, with the words that call them."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command
            for word, form in getattr(command, "forms", {}).items():
                yield (*path, name, word), form


def options(command: click.Command) -> set[str]:
    return {o for p in command.params if isinstance(p, click.Option) for o in p.opts} - {"--help", "-h"}


def told_commands() -> dict[tuple[str, ...], set[str]]:
    """What the page says: the words of each command and its options."""
    found: dict[tuple[str, ...], set[str]] = {}
    for line in re.findall(r"^lionrock ([a-z].*)$", PAGE, re.MULTILINE):
        words = re.match(r"(?:[a-z]+(?: |$))+", line)
        assert words is not None
        call = re.split(r" {3,}", line)[0]
        found.setdefault(tuple(words[0].split()), set()).update(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", call))
    return found


def test_commands_and_options_both_ways() -> None:
    assert told_commands() == {path: options(command) for path, command in commands(cli)}
    [general] = re.findall(r"^lionrock (\[.*) COMMAND$", PAGE, re.MULTILINE)
    assert set(re.findall(r"--?[a-z]+", general)) - {"-h", "--help"} == options(cli)


def test_arguments_of_commands() -> None:
    lines = re.findall(r"^lionrock ([a-z].*)$", PAGE, re.MULTILINE)
    for path, command in commands(cli):
        for argument in (p for p in command.params if isinstance(p, click.Argument)):
            word = {"document_id": "ID", "ids": "ID", "source_id": "ID", "paths": "PATH", "names": "NAME"}.get(
                argument.name or ""
            )
            word = word or (argument.name or "").upper()
            assert any(line.startswith(" ".join(path)) and word in line for line in lines), (path, word)


def test_every_value_of_a_choice_is_told() -> None:
    for path, command in commands(cli):
        for option in command.params:
            if isinstance(option.type, click.Choice):
                assert all(f"`{value}`" in PAGE or value in PAGE for value in option.type.choices), (path, option.name)


def test_routes(tmp_path: Path) -> None:
    from types import SimpleNamespace

    from lionrock.server.asgi import create_api
    from lionrock.settings import Settings

    app: object = SimpleNamespace(settings=Settings(home=tmp_path))
    paths = create_api(app).openapi()["paths"]  # type: ignore[arg-type]
    told = {(verb.lower(), path) for verb, path in re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`]*)`", PAGE)}
    assert told == {(verb, path) for path, verbs in paths.items() for verb in verbs}
    for _, path, told_fields in re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`]*)` \(([^)]*)\)", PAGE):
        assert set(re.findall(r"`(\w+)`", told_fields)) == fields_of(create_api(app).openapi(), path), path  # type: ignore[arg-type]


def fields_of(description: dict[str, Any], path: str) -> set[str]:
    """What a route takes in its query or its body."""
    found: set[str] = set()
    for verb in description["paths"][path].values():
        found |= {item["name"] for item in verb.get("parameters", ()) if item["in"] == "query"}
        for content in verb.get("requestBody", {"content": {}})["content"].values():
            name = content["schema"]["$ref"].rsplit("/", 1)[1]
            found |= set(description["components"]["schemas"][name]["properties"])
    return found
