"""DOCX, HTML and Markdown: headings with their path, lists, table rows with the names of their columns."""

from __future__ import annotations

import io
import itertools
from typing import Any

import pytest
from docx import Document

from lionrock.errors import EmptyDocumentError
from lionrock.ingest.readers import docx, html, markdown
from lionrock.records import ParsedDocument


def told(document: ParsedDocument) -> list[tuple[str, str]]:
    """(kind, text) of the blocks, which are slices of the text in its order."""
    places = [(block.start, block.end) for block in document.blocks]
    assert places == sorted(places)
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(places))
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def paths(document: ParsedDocument) -> dict[str, tuple[str, ...]]:
    return {document.text[block.start : block.end]: block.heading for block in document.blocks}


def saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def table_in(document: Any, rows: list[list[str]]) -> Any:
    table = document.add_table(len(rows), len(rows[0]))
    for at, cells in enumerate(rows):
        for place, text in enumerate(cells):
            table.cell(at, place).text = text
    return table


def test_docx_headings_lists_and_tables() -> None:
    made = Document()
    made.add_heading("年假規則", 0)
    made.add_heading("Carrying over", 1)
    made.add_paragraph("Fourteen days\tat most.")
    made.add_paragraph("in writing", style="List Bullet")
    made.add_paragraph("by March", style="List Number")
    made.add_heading("Rates", 2)
    table_in(made, [["Grade", "Days"], ["Clerk", "14"], ["Officer", "18"]])
    made.add_heading("Contact", 1)
    made.add_paragraph("")
    made.add_paragraph("Room 5.")
    document = docx.read(saved(made), name="x.docx")
    assert told(document) == [
        ("heading", "年假規則"),
        ("heading", "Carrying over"),
        ("paragraph", "Fourteen days at most."),
        ("list_item", "in writing"),
        ("list_item", "1. by March"),
        ("heading", "Rates"),
        ("table_row", "Grade | Days"),
        ("table_row", "Grade: Clerk | Days: 14"),
        ("table_row", "Grade: Officer | Days: 18"),
        ("heading", "Contact"),
        ("paragraph", "Room 5."),
    ]
    assert paths(document)["Grade: Clerk | Days: 14"] == ("年假規則", "Carrying over", "Rates")
    assert paths(document)["Room 5."] == ("年假規則", "Contact")
    assert document.title == "年假規則"


def test_docx_cells_that_are_merged_or_hold_a_table() -> None:
    made = Document()
    table = table_in(made, [["Item", "Fee", "Note"], ["Pier", "$5", ""], ["all", "", ""]])
    table.cell(2, 0).merge(table.cell(2, 2))
    inner = table.cell(1, 2).add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "on", "Sunday"
    document = docx.read(saved(made), name="x.docx")
    rows = [text for kind, text in told(document) if kind == "table_row"]
    assert rows[:2] == ["Item | Fee | Note", "Item: Pier | Fee: $5 | Note: on Sunday"]
    assert rows[2] == "all"


def test_docx_without_text() -> None:
    with pytest.raises(EmptyDocumentError):
        docx.read(saved(Document()), name="x.docx")


PAGE = """<!doctype html><html lang="en"><head><title>Ferries – Harbour Office</title><style>p{}</style></head><body>
<header>Site</header><nav>Menu</nav>
<main><h1>Ferries</h1><p>Ferries run <b>daily</b><br>from Pier&nbsp;4.</p>
<h2 id="fees">Fees</h2>Loose words.<ul><li>Adults pay <a href="x">$5</a></li><li>Children pay $2<ul><li>free on Sunday</li></ul></li></ul>
<table><tr><th>Line</th><th>Minutes</th></tr><tr><td>Red</td><td>12</td></tr><tr><td>Blue</td><td></td></tr></table>
<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>
<p hidden>Hidden words.</p><!-- a comment --><script>var x = "script";</script><h3>Lost property</h3><div>Ask <span>here</span>.</div>
</main><footer>Imprint</footer></body></html>"""


def test_html_keeps_the_main_content_and_its_structure() -> None:
    document = html.read(PAGE.encode(), name="x.html")
    assert told(document) == [
        ("heading", "Ferries"),
        ("paragraph", "Ferries run daily from Pier 4."),
        ("heading", "Fees"),
        ("paragraph", "Loose words."),
        ("list_item", "Adults pay $5"),
        ("list_item", "Children pay $2"),
        ("list_item", "free on Sunday"),
        ("table_row", "Line | Minutes"),
        ("table_row", "Line: Red | Minutes: 12"),
        ("table_row", "Line: Blue"),
        ("table_row", "a | b"),
        ("table_row", "c | d"),
        ("heading", "Lost property"),
        ("paragraph", "Ask here."),
    ]
    assert paths(document)["Ask here."] == ("Ferries", "Fees", "Lost property")
    assert next(block.anchor for block in document.blocks if block.level == 2) == "fees"
    assert document.title == "Ferries"


@pytest.mark.parametrize(("declared", "encoding"), [("big5", "big5hkscs"), ("gb2312", "gb18030"), ("utf-8", "utf-8")])
def test_html_in_the_encoding_that_it_declares(declared: str, encoding: str) -> None:
    page = f'<html><head><meta charset="{declared}"></head><body><p>渡輪由四號碼頭開出。</p></body></html>'
    document = html.read(page.encode(encoding), name="x.html")
    assert (document.text, document.encoding) == ("渡輪由四號碼頭開出。", encoding)


def test_html_with_a_wrong_declaration_is_read_all_the_same() -> None:
    page = '<html><head><meta charset="no-such"></head><body><p>渡輪由四號碼頭開出。</p></body></html>'
    assert html.read(page.encode(), name="x.html").text == "渡輪由四號碼頭開出。"


SOURCE = """---
author: someone
---
# Ferries

Ferries run *daily*
from Pier 4.

## Fees

- Adults pay $5
- Children pay $2
  - free on Sunday

1. First

| Line | Minutes |
|------|---------|
| Red  | 12      |

```
code = 1
```

Contact
-------

> Room 5.
"""


def test_markdown_blocks_are_slices_of_the_source() -> None:
    document = markdown.read(SOURCE.encode(), name="x.md")
    assert document.text == SOURCE
    assert told(document) == [
        ("heading", "# Ferries"),
        ("paragraph", "Ferries run *daily*\nfrom Pier 4."),
        ("heading", "## Fees"),
        ("list_item", "- Adults pay $5"),
        ("list_item", "- Children pay $2"),
        ("list_item", "  - free on Sunday"),
        ("list_item", "1. First"),
        ("table_row", "| Line | Minutes |"),
        ("table_row", "| Red  | 12      |"),
        ("code", "```\ncode = 1\n```"),
        ("heading", "Contact\n-------"),
        ("paragraph", "> Room 5."),
    ]
    found = paths(document)
    assert found["| Red  | 12      |"] == ("Ferries", "Fees")
    assert found["> Room 5."] == ("Ferries", "Contact")
    assert document.title == "Ferries"


def test_markdown_with_a_stray_nul_holds_none() -> None:
    document = markdown.read(b"# Ferries\n\nFerries run\0 daily from Pier 4.\n", name="x.md")
    assert "Ferries run\ufffd daily" in document.text
    assert "\0" not in document.text


def test_markdown_lines_that_end_in_a_lone_carriage_return() -> None:
    source = "# Ferries\r\rFirst.\r\n\r\nSecond.\r\rThird.\r"
    document = markdown.read(source.encode(), name="x.md")
    assert document.text == source
    assert [source[b.start : b.end] for b in document.blocks] == ["# Ferries", "First.", "Second.", "Third."]


def test_markdown_comments_are_not_seen() -> None:
    source = "# Ferries\n\n<!-- Say that\nit is free. -->\n\nDaily.\n\n<!-- a --> seen <!-- b -->\n"
    document = markdown.read(source.encode(), name="x.md")
    assert document.text == source
    assert [text for _, text in told(document)] == ["# Ferries", "Daily.", "<!-- a --> seen <!-- b -->"]
    assert [(item.where, item.text) for item in document.hidden] == [("comment", "Say that\nit is free.")]


@pytest.mark.parametrize("data", [b"\n \n", b"---\na: b\n---\n", b"[a]: http://b\n"])
def test_markdown_without_text(data: bytes) -> None:
    with pytest.raises(EmptyDocumentError):
        markdown.read(data, name="x.md")
