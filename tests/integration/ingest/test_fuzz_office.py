"""Office files changed at random, in their bytes and inside their XML: each is read or gets a reason, never a traceback."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from docx import Document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pptx import Presentation

from lionrock.errors import DocumentError
from lionrock.ingest.readers import docx, odf, pptx, rtf
from lionrock.ingest.readers.port import Reader
from lionrock.ingest.sandbox import dump, load

VALUES = [
    b"",
    b"-1",
    b"0",
    b"1",
    b"true",
    b"abc",
    b"2147483648",
    b"9" * 30,
    b"1e9",
    b"rId1",
    b"FFFFFF",
    "\u5e74".encode(),
]
SIGNS = [
    b"{",
    b"}",
    b"\\",
    b"\\u",
    b"\\'",
    b"\\bin9 ",
    b"\\cell",
    b"\\row",
    b"\\footnote",
    b"\\*",
    b"\\u55357?",
    b"\xa4\x5c",
]
OASIS = "urn:oasis:names:tc:opendocument:xmlns:"


def docx_seed() -> bytes:
    document: Any = Document()
    document.sections[0].header.paragraphs[0].text = "Harbour Office"
    document.add_heading("年假規則", 1)
    document.add_paragraph("by March", style="List Number")
    run = document.add_paragraph("seen ").add_run("unseen")
    run.font.hidden = True
    table = document.add_table(2, 2)
    table.cell(0, 0).merge(table.cell(1, 0)).text = "項目"
    document.add_page_break()
    return saved(document)


def pptx_seed() -> bytes:
    deck: Any = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "年假"
    slide.placeholders[1].text = "by March"
    slide.notes_slide.notes_text_frame.text = "say this"
    table = slide.shapes.add_table(2, 2, 0, 0, 9144000, 914400).table
    table.cell(0, 0).text = "項目"
    table.cell(0, 0).merge(table.cell(0, 1))
    slide.shapes.add_group_shape().shapes.add_textbox(0, 0, 914400, 914400).text_frame.text = "in a group"
    return saved(deck)


def odf_seed(kind: str) -> bytes:
    names = {"drawing": "draw", "xsl-fo-compatible": "fo", "svg-compatible": "svg"}
    parts = ("office", "text", "table", "style", "presentation", "meta", *names)
    spaces = " ".join(f'xmlns:{names.get(part, part)}="{OASIS}{part}:1.0"' for part in parts)
    text = (
        '<text:h text:outline-level="1">年假</text:h><text:list text:style-name="L1"><text:list-item><text:p>one</text:p></text:list-item></text:list>'
        '<table:table><table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-spanned="2"><text:p>a</text:p>'
        "</table:table-cell><table:covered-table-cell/></table:table-row></table:table>"
        '<text:p text:style-name="P1">words<text:s text:c="3"/><text:note text:note-class="footnote"><text:note-citation>1</text:note-citation>'
        "<text:note-body><text:p>note</text:p></text:note-body></text:note><text:soft-page-break/>more</text:p>"
    )
    slide = (
        '<draw:page draw:style-name="dp1"><draw:frame presentation:class="title" svg:x="1cm" svg:y="1cm" svg:width="4cm" svg:height="1cm">'
        f"<draw:text-box><text:p>Title</text:p></draw:text-box></draw:frame><draw:g><draw:frame>{text}</draw:frame></draw:g></draw:page>"
    )
    styles = (
        '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1" text:start-value="3"/></text:list-style>'
        '<style:style style:name="P1" style:family="paragraph"><style:text-properties fo:color="#ffffff" fo:font-size="9pt"/></style:style>'
    )
    body = text if kind == "text" else slide
    members = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": f"<office:document-content {spaces}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>",
        "styles.xml": f"<office:document-styles {spaces}><office:styles>{styles}</office:styles></office:document-styles>",
        "meta.xml": f'<office:document-meta {spaces}><office:meta><meta:document-statistic meta:page-count="2"/></office:meta></office:document-meta>',
    }
    return zipped({name: data.encode() for name, data in members.items()})


RTF = (
    rb"{\rtf1\ansi\ansicpg950\uc1{\fonttbl{\f0\fcharset136 MingLiU;}}{\colortbl;\red255\green255\blue255;}{\stylesheet{\s1 heading 1;}}"
    rb"{\info{\title Leave}}\pard\s1\f0 \'a6\'7e\'b0\'b2\par\pard words\chftn{\footnote note\par}{\v gone}\u24180?\par"
    rb"\trowd\cellx1000\cellx2000\intbl a\cell b\cell\row\pard{\*\shppict{\pict 00}}{\listtext 1.\tab}one\par}"
)


def saved(made: Any) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def bytes_changed(data: bytes, rng: random.Random, signs: list[bytes]) -> bytes:
    """Bytes overwritten, cut out, doubled, signs put in, or the end cut off."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(out) + 1)
        match rng.randrange(5):
            case 0:
                out[at : at + 1] = rng.randbytes(1)
            case 1:
                del out[at : at + rng.randint(1, 60)]
            case 2:
                out[at:at] = out[at : at + rng.randint(1, 300)] * rng.randint(1, 3)
            case 3:
                out[at:at] = rng.choice(signs)
            case _:
                out[at : at + 4] = rng.randbytes(4)
    return bytes(out[: rng.randrange(len(out) + 1)]) if rng.random() < 0.1 else bytes(out)


def xml_changed(xml: bytes, rng: random.Random) -> bytes:
    """An attribute, an element or all elements of a name changed, so that the part often stays well formed."""
    for _ in range(rng.randint(1, 4)):
        attributes = list(re.finditer(rb'="([^"]*)"', xml))
        empty = list(re.finditer(rb"<\w+:\w+[^<>]*/>", xml))
        leaves = list(re.finditer(rb"<(\w+:\w+)(?=[ >])[^<>]*>[^<>]*</\1>", xml))
        names = sorted(set(re.findall(rb"(?<=[</])\w+:\w+", xml)))
        kind = rng.randrange(4)
        if kind == 0 and attributes:
            found = rng.choice(attributes)
            xml = xml[: found.start(1)] + rng.choice(VALUES) + xml[found.end(1) :]
        elif kind == 1 and empty:
            found, other = rng.choice(empty), rng.choice(empty)
            xml = xml[: found.start()] + other.group() + xml[found.end() :]
        elif kind == 2 and leaves:
            found = rng.choice(leaves)
            xml = xml[: found.start()] + found.group() * rng.randrange(4) + xml[found.end() :]
        elif kind == 3 and len(names) > 1:
            old, new = rng.sample(names, 2)
            xml = re.sub(rb"(?<=[</])" + old + rb"(?=[ />])", new, xml)
    return xml


def changed(data: bytes, rng: random.Random) -> bytes:
    if data.startswith(b"{"):
        return bytes_changed(data, rng, SIGNS)
    if rng.random() < 0.2:
        return bytes_changed(data, rng, VALUES)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    parts = [name for name in members if name.endswith((".xml", ".rels"))]
    main = [name for name in parts if re.search(r"document|slides/|content|styles|numbering|notes|header", name)]
    for name in {rng.choice(main), rng.choice(parts)}:
        change: Callable[[bytes], bytes] = rng.choice(
            [lambda xml: xml_changed(xml, rng)] * 6 + [lambda xml: bytes_changed(xml, rng, VALUES)]
        )
        members[name] = change(members[name])
    if rng.random() < 0.05:
        del members[rng.choice(parts)]
    return zipped(members)


SEEDS: dict[str, tuple[Reader, bytes]] = {
    "x.docx": (docx.read, docx_seed()),
    "x.pptx": (pptx.read, pptx_seed()),
    "x.odt": (odf.read, odf_seed("text")),
    "x.odp": (odf.read, odf_seed("presentation")),
    "x.rtf": (rtf.read, RTF),
}


@pytest.mark.parametrize("name", sorted(SEEDS))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_changed_files_are_read_or_refused(name: str, seed: int) -> None:
    reader, data = SEEDS[name]
    try:
        parsed = reader(changed(data, random.Random(seed)), name=name)
    except DocumentError as error:
        assert error.message
        return
    at = 0
    for block in parsed.blocks:
        assert at <= block.start < block.end <= len(parsed.text)
        at = block.end
    assert list(parsed.page_starts) == sorted(parsed.page_starts)
    assert load(dump(parsed)) == parsed


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_the_files_themselves_are_read(name: str) -> None:
    reader, data = SEEDS[name]
    assert reader(data, name=name).text
