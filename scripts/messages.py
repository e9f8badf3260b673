"""Bring the catalogues of the page's words up to date with its templates, scripts and code.

Run: .venv/bin/python scripts/messages.py [--check]
New messages are added without a translation, unused ones are removed. `--check` changes nothing and fails where a
message is missing, unused or not translated.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from lionrock.web.messages import IN_SCRIPTS, LOCALES

WEB = Path(__file__).resolve().parent.parent / "src" / "lionrock" / "web"
KEYWORDS = {"_": None, "t": None}


def used() -> dict[str, list[tuple[str, int]]]:
    """Every message with the places that show it."""
    found: dict[str, list[tuple[str, int]]] = {}
    ways = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract"), ("static/js/**.js", "javascript")]
    options = {"templates/**.html": {"silent": "false"}}
    for name, line, message, _, _ in extract_from_dir(WEB, ways, options, KEYWORDS):
        words = message if isinstance(message, str) else message[0]
        found.setdefault(words, []).append((name.replace("\\", "/"), line))
    return found


def in_scripts() -> set[str]:
    """The messages that scripts show."""
    return {message for message, places in used().items() if any(name.endswith(".js") for name, _ in places)}


def path_of(locale: str) -> Path:
    """The catalogue of a language."""
    return WEB / "locales" / locale.replace("-", "_") / "LC_MESSAGES" / "lionrock.po"


def held_in(locale: str) -> dict[str, str]:
    """The messages of a catalogue and their translations."""
    with path_of(locale).open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}


def faults() -> Iterator[str]:
    """What is wrong with the catalogues, in sentences."""
    wanted = set(used()) | set(IN_SCRIPTS)
    for message in sorted(set(IN_SCRIPTS) ^ in_scripts()):
        yield f"IN_SCRIPTS and the scripts differ: {message!r}"
    for locale, _ in LOCALES:
        held = held_in(locale)
        yield from (f"{locale} lacks {message!r}" for message in sorted(wanted - set(held)))
        yield from (f"{locale} holds {message!r}, which nothing shows" for message in sorted(set(held) - wanted))
        if locale != "en":
            yield from (
                f"{locale} does not translate {message!r}" for message, words in sorted(held.items()) if not words
            )
        for message, words in sorted(held.items()):
            if words and sorted(fields(words)) != sorted(fields(message)):
                yield f"{locale}: the values in {words!r} are not those of {message!r}"


def fields(words: str) -> list[str]:
    """The names in braces."""
    return [part.split("}")[0] for part in words.split("{")[1:]]


def update() -> None:
    """Write the catalogues anew."""
    places = used()
    for message in IN_SCRIPTS:
        places.setdefault(message, [])
    for locale, _ in LOCALES:
        path = path_of(locale)
        held = held_in(locale) if path.exists() else {}
        catalogue = Catalog(locale.replace("-", "_"), project="Lionrock", charset="utf-8", fuzzy=False)
        for message in sorted(places):
            catalogue.add(message, held.get(message, ""))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=0, omit_header=True)


def main() -> int:
    """Check, or update and then check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        update()
    told = list(faults())
    for line in told:
        print(line)
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
