"""The page that documents the contract says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from lionrock.cli.main import cli
from lionrock.contract import answer_json, citation_json, hit_json, ingest_json, search_json, sentence_json
from lionrock.records import Answer, Citation, Hit, Passage, Sentence

PAGE = (Path(__file__).parents[2] / "docs" / "contract.md").read_text(encoding="utf-8")


def keys_of(start: str) -> list[str]:
    """The names in backquotes of a list item, without those in brackets and behind its first semicolon."""
    item = re.search(rf"^- {re.escape(start)}(.*?)(?=^- |^$|^#)", PAGE, re.MULTILINE | re.DOTALL)
    assert item is not None, start
    words = re.sub(r"\([^)]*\)", "", item[1]).split(";")[0]
    return re.findall(r"`(\w+)`", words)


def passage() -> Passage:
    return Passage("p", "d", 1, 0, "text", 0, 4, "en", "t", "s")


@pytest.mark.parametrize(
    ("start", "made"),
    [
        ("a hit", hit_json(Hit(1, 1.0, passage()))),
        ("`ask --json`", answer_json(Answer("q", "en", "extractive", False, "a", ()))),
        ("a sentence", sentence_json(Sentence("t", "supported"))),
        ("a citation", citation_json(Citation(1, "d", "p", "t", "s", None, None, "q", 0, 1))),
    ],
)
def test_keys(start: str, made: dict[str, object]) -> None:
    assert keys_of(start) == list(made)


def test_keys_of_results() -> None:
    from lionrock.contract import IngestResult, SearchResult

    assert keys_of("`search --json`") == list(search_json(SearchResult("q", "en", 1.0, ())))
    assert keys_of("`ingest --json`, one object a file") == list(ingest_json(IngestResult("f", "indexed")))


def test_commands_and_options() -> None:
    context = click.Context(cli)
    lines = dict(re.findall(r"^lionrock (\w+) (.*)$", PAGE, re.MULTILINE)) | {
        "serve": "--host --port",
        "doctor": "--json",
    }
    assert set(lines) == set(cli.list_commands(context))
    for name, line in lines.items():
        command = cli.get_command(context, name)
        assert command is not None
        options = {o for p in command.params for o in p.opts if o.startswith("--")} - {"--help"}
        for option in re.findall(r"--[a-z]+", line):
            children = command.commands.values() if isinstance(command, click.Group) else ()
            assert option in options or any(option in p.opts for child in children for p in child.params), (
                name,
                option,
            )
        if isinstance(command, click.Group):
            assert all(child in line for child in command.commands)


def test_routes(tmp_path: Path) -> None:
    from types import SimpleNamespace

    from lionrock.server.asgi import create_api
    from lionrock.settings import Settings

    app: object = SimpleNamespace(settings=Settings(home=tmp_path))
    paths = create_api(app).openapi()["paths"]  # type: ignore[arg-type]
    told = {(verb.lower(), path) for verb, path in re.findall(r"`(GET|POST|DELETE) (/[^`]*)`", PAGE)}
    assert told == {(verb, path) for path, verbs in paths.items() for verb in verbs}
