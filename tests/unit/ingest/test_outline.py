"""reStructuredText and Org: blocks are slices of the source; JSON and YAML stay as they are."""

from __future__ import annotations

import itertools

import pytest

from lionrock.errors import EmptyDocumentError
from lionrock.ingest.readers.outline import read
from lionrock.ingest.readers.registry import read_document
from lionrock.records import ParsedDocument

RST = """======
渡輪
======

Ferries run daily.

Fees
----

- Adults pay $5
  on weekdays
- Children pay $2

Sunday
~~~~~~
Free.

Contact
-------

+----+
| a  |
+----+
"""
ORG = """#+TITLE: x
* Ferries
Ferries run daily.
** Fees
- Adults pay $5
- Children pay $2
#+BEGIN_SRC sh
* no heading

run
#+END_SRC
* Contact
| room | 5 |
"""


def told(document: ParsedDocument) -> list[tuple[str, int, str]]:
    assert all(one.end <= two.start for one, two in itertools.pairwise(document.blocks))
    return [(block.kind, block.level, document.text[block.start : block.end]) for block in document.blocks]


def test_headings_by_their_rules() -> None:
    document = read_document(RST.encode(), "x.rst")
    assert document.text == RST
    assert told(document)[:8] == [
        ("heading", 1, "======\n渡輪\n======"),
        ("paragraph", 0, "Ferries run daily."),
        ("heading", 2, "Fees\n----"),
        ("list_item", 0, "- Adults pay $5\n  on weekdays"),
        ("list_item", 0, "- Children pay $2"),
        ("heading", 3, "Sunday\n~~~~~~"),
        ("paragraph", 0, "Free."),
        ("heading", 2, "Contact\n-------"),
    ]
    assert next(b for b in document.blocks if document.text[b.start : b.end] == "Free.").heading == (
        "渡輪",
        "Fees",
        "Sunday",
    )
    assert document.title == "渡輪"


def test_headings_by_their_stars() -> None:
    document = read_document(ORG.encode(), "x.org")
    assert told(document) == [
        ("paragraph", 0, "#+TITLE: x"),
        ("heading", 1, "* Ferries"),
        ("paragraph", 0, "Ferries run daily."),
        ("heading", 2, "** Fees"),
        ("list_item", 0, "- Adults pay $5"),
        ("list_item", 0, "- Children pay $2"),
        ("code", 0, "#+BEGIN_SRC sh\n* no heading\n\nrun\n#+END_SRC"),
        ("heading", 1, "* Contact"),
        ("table_row", 0, "| room | 5 |"),
    ]
    assert document.title == "Ferries"


def test_a_text_without_headings() -> None:
    assert told(read("一。\n\n二。".encode(), name="x.rst")) == [("paragraph", 0, "一。"), ("paragraph", 0, "二。")]


def test_no_text() -> None:
    with pytest.raises(EmptyDocumentError):
        read(b" \n\n", name="x.rst")


@pytest.mark.parametrize("name", ["x.json", "x.ndjson", "x.yaml"])
def test_data_stay_as_they_are(name: str) -> None:
    source = '{"name": "渡輪", "fee": 5}\n' * 1_000
    document = read_document(source.encode(), name)
    assert document.text == source
    assert all(block.end - block.start <= 4_000 for block in document.blocks)
    assert "".join(document.text[b.start : b.end] + "\n" for b in document.blocks) == source
    assert document.title is None
    assert document.notices == ()


def test_one_very_long_line() -> None:
    source = "[" + "12345," * 5_000 + "0]"
    document = read_document(source.encode(), "x.json")
    assert "".join(document.text[b.start : b.end] for b in document.blocks) == source
