"""Make the demo documents from their sources: Markdown to DOCX, PDF, HTML or Markdown, as each source's first line says.

Run: .venv/bin/python demo/build.py        (PDF needs Chromium and fonts-noto-cjk; the results are kept in git)
"""

from __future__ import annotations

import html
import re
import shutil
import sys
from pathlib import Path

from docx import Document
from docx.document import Document as DocxDocument
from docx.oxml.ns import qn
from markdown_it import MarkdownIt
from markdown_it.token import Token
from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
SOURCE, OUT = HERE / "source", HERE / "documents"
FORMAT = re.compile(r"^<!--\s*format:\s*(docx|pdf|html|md)\s*-->\n")
LANGUAGES = {"en": "en", "tc": "zh-HK", "sc": "zh-CN"}
FONTS = {"en": "Noto Serif", "tc": "Noto Sans CJK HK", "sc": "Noto Sans CJK SC"}
STYLE = """
body { font: 12pt/1.6 "Noto Sans", "Noto Sans CJK HK", sans-serif; max-width: 42em; margin: 2em auto; }
table { border-collapse: collapse; } th, td { border: 1px solid #888; padding: .3em .6em; text-align: left; }
h1 { font-size: 1.5em; } h2 { font-size: 1.15em; }
"""


def main() -> int:
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    parser = MarkdownIt("commonmark").enable("table")
    pages: list[tuple[Path, str]] = []
    for path in sorted(SOURCE.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        head = FORMAT.match(text)
        if head is None:
            print(f"{path.name}: its first line must name the format", file=sys.stderr)
            return 1
        body, language = text[head.end() :].lstrip(), path.suffixes[-2][1:]
        target = OUT / f"{path.stem}.{head[1]}"
        if head[1] == "md":
            target.write_text(body, encoding="utf-8")
        elif head[1] == "docx":
            write_docx(parser.parse(body), target, language)
        else:
            page = web_page(parser, body, language)
            if head[1] == "html":
                target.write_text(page, encoding="utf-8")
            else:
                pages.append((target, page))
    print_pages(pages)
    print(f"{len(list(OUT.iterdir()))} documents in {OUT.relative_to(HERE.parent)}")
    return 0


def web_page(parser: MarkdownIt, body: str, language: str) -> str:
    title = body.partition("\n")[0].lstrip("# ").strip()
    return (
        f'<!doctype html>\n<html lang="{LANGUAGES[language]}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{html.escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{parser.render(body)}</main>\n</body>\n</html>\n"
    )


def print_pages(pages: list[tuple[Path, str]]) -> None:
    """PDF files by Chromium, A4."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        for target, content in pages:
            page.set_content(content)
            page.pdf(path=target, format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "20mm"))
        browser.close()


def write_docx(tokens: list[Token], target: Path, language: str) -> None:
    document = Document()
    normal = document.styles["Normal"]
    normal.font.name = FONTS[language]
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), FONTS[language])
    lists: list[str] = []
    rows: list[list[str]] = []
    style: str | None = None
    for token in tokens:
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open"):
            lists.append("List Bullet" if kind.startswith("bullet") else "List Number")
        elif kind in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif kind == "heading_open":
            style = f"Heading {token.tag[1]}" if token.tag != "h1" else "Title"
        elif kind == "heading_close":
            style = None
        elif kind == "tr_open":
            rows.append([])
        elif kind == "table_close":
            add_table(document, rows)
            rows = []
        elif kind == "inline":
            text = plain(token)
            if rows:
                rows[-1].append(text)
            else:
                document.add_paragraph(text, style=style or (lists[-1] if lists else None))
    document.save(str(target))


def add_table(document: DocxDocument, rows: list[list[str]]) -> None:
    table = document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    for line, row in zip(table.rows, rows, strict=True):
        for cell, text in zip(line.cells, row, strict=True):
            cell.text = text


def plain(token: Token) -> str:
    return "".join(
        "\n" if child.type in ("softbreak", "hardbreak") else child.content for child in token.children or []
    )


if __name__ == "__main__":
    sys.exit(main())
