"""DOCX, PPTX, XLSX and ODT with what offices put into them, for the benchmark of readers."""

from __future__ import annotations

import datetime
import io
import zipfile
from html import escape
from typing import Any

import openpyxl
from openpyxl.comments import Comment
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.util import Cm, Pt

from parsing_files import Writer

__all__ = ["docx", "odt", "packed", "pptx", "xlsx"]

_W = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
_BY = 'w:id="7" w:author="A" w:date="2026-01-01T00:00:00Z"'


def packed(parts: dict[str, str], stored: str | None = None) -> bytes:
    """An archive of texts; the part `stored` is not compressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text, zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _run(text: str, look: str = "") -> str:
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _para(inner: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def _docx_table(rows: list[list[str]], nested: str = "") -> str:
    out = []
    for at, row in enumerate(rows):
        cells = "".join(f"<w:tc><w:tcPr/>{_para(_run(cell))}</w:tc>" for cell in row)
        if nested and at == len(rows) - 1:
            cells += f"<w:tc><w:tcPr/>{nested}<w:p/></w:tc>"
        out.append(f"<w:tr>{cells}</w:tr>")
    width = max(len(row) for row in rows) + bool(nested)
    return f"<w:tbl><w:tblPr/><w:tblGrid>{'<w:gridCol/>' * width}</w:tblGrid>{''.join(out)}</w:tbl>"


def _item(w: Writer, level: int) -> str:
    return _para(_run(w.sentence()), f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>')


def _text_box(inner: str) -> str:
    box = f"<w:txbxContent>{_para(_run(inner))}</w:txbxContent>"
    new = (
        '<w:drawing><wp:inline><wp:extent cx="900000" cy="900000"/><a:graphic><a:graphicData '
        'uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">'
        f"<wps:wsp><wps:txbx>{box}</wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing>"
    )
    old = f'<w:pict><v:shape style="width:9cm;height:3cm"><v:textbox>{box}</v:textbox></v:shape></w:pict>'
    return (
        f'<mc:AlternateContent><mc:Choice Requires="wps">{new}</mc:Choice><mc:Fallback>{old}</mc:Fallback>'
        "</mc:AlternateContent>"
    )


def docx(w: Writer) -> bytes:
    """Headings, lists in lists, tables in tables, notes, header and footer, a box, changes; hidden words of six kinds."""
    header = w.sentence()
    parts = [_para(_run(w.heading()), '<w:pStyle w:val="Heading1"/>'), _para(_run(w.paragraph()))]
    parts += [_item(w, level) for level in (0, 1, 1, 0)]
    parts.append(_docx_table(w.table(), _docx_table([[w.sentence(), w.sentence()]])))
    parts.append(_para(_run(w.heading()), '<w:pStyle w:val="Heading2"/>'))
    parts.append(_para(_run(w.sentence()) + f'<w:r><w:footnoteReference w:id="2"/></w:r>{_run(".")}'))
    footnote = w.sentence()
    parts.append(_para(f"<w:r>{_text_box(w.sentence())}</w:r>"))
    parts.append(f"<w:sdt><w:sdtContent>{_para(_run(w.sentence()))}</w:sdtContent></w:sdt>")
    parts.append(_para(f"<w:ins {_BY}>{_run(w.sentence())}</w:ins>"))
    parts.append(_para(f"<m:oMath><m:r><m:t>{w.say('E=mc2')}</m:t></m:r></m:oMath>"))
    removed = f"<w:del {_BY}><w:r><w:delText>{w.hide()}</w:delText></w:r></w:del>"
    ghosts = [_run(w.hide(), look) for look in ("<w:vanish/>", '<w:color w:val="FFFFFF"/>', '<w:sz w:val="2"/>')]
    remark = w.hide()
    described = (
        f'<w:r><w:drawing><wp:inline><wp:docPr id="1" name="a" descr="{w.hide()}"/></wp:inline></w:drawing></w:r>'
    )
    parts.append(_para("".join((removed, *ghosts, described, '<w:r><w:commentReference w:id="0"/></w:r>'))))
    parts.append(_para(_run(w.paragraph())))
    ends = (("headerReference", "rId1"), ("footerReference", "rId2"))
    section = "".join(f'<w:{tag} w:type="default" r:id="{number}"/>' for tag, number in ends)
    body = f"<w:document {_W}><w:body>{''.join(parts)}<w:sectPr>{section}</w:sectPr></w:body></w:document>"
    return _docx_package(body, _docx_parts(header, w.sentence(), footnote, remark))


def _docx_parts(header: str, footer: str, footnote: str, remark: str) -> dict[str, tuple[str, str]]:
    """Name of a part to its kind and its XML."""
    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%{at + 1}."/></w:lvl>'
        for at in range(2)
    )
    return {
        "header1": ("header", f"<w:hdr {_W}>{_para(_run(header))}</w:hdr>"),
        "footer1": ("footer", f"<w:ftr {_W}>{_para(_run(footer))}</w:ftr>"),
        "footnotes": (
            "footnotes",
            f'<w:footnotes {_W}><w:footnote w:id="2">{_para(_run(footnote))}</w:footnote></w:footnotes>',
        ),
        "comments": (
            "comments",
            f'<w:comments {_W}><w:comment w:id="0" w:author="A">{_para(_run(remark))}</w:comment></w:comments>',
        ),
        "numbering": (
            "numbering",
            f'<w:numbering {_W}><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
            '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>',
        ),
        "styles": (
            "styles",
            f"<w:styles {_W}>"
            + "".join(
                f'<w:style w:type="paragraph" w:styleId="Heading{at}"><w:name w:val="heading {at}"/></w:style>'
                for at in (1, 2)
            )
            + "</w:styles>",
        ),
    }


def _docx_package(body: str, others: dict[str, tuple[str, str]]) -> bytes:
    types = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_WORD}{kind}+xml"/>' for name, (kind, _) in others.items()
    )
    links = "".join(
        f'<Relationship Id="rId{at}" Type="{_RELATED}{kind}" Target="{name}.xml"/>'
        for at, (name, (kind, _)) in enumerate(others.items(), 1)
    )
    return packed(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
            f'ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="{_WORD}document.main+xml"/>'
            f"{types}</Types>",
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}relationships"><Relationship Id="rId1" '
            f'Type="{_RELATED}officeDocument" Target="word/document.xml"/></Relationships>',
            "word/document.xml": body,
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}relationships">{links}</Relationships>',
            **{f"word/{name}.xml": text for name, (_, text) in others.items()},
        }
    )


def _slide_box(shapes: Any, text: str, top: float, left: float = 2) -> Any:
    box = shapes.add_textbox(Cm(left), Cm(top), Cm(14), Cm(1))
    box.text_frame.text = text
    return box


def pptx(w: Writer) -> bytes:
    """Titles, bullets, a table, boxes in groups in groups, notes; a hidden slide, white and tiny words, words off the slide."""
    deck = Presentation()
    for number in range(3):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        assert slide.shapes.title is not None
        slide.shapes.title.text = w.heading()
        frame = slide.placeholders[1].text_frame
        frame.text = w.sentence()
        for level in (1, 1, 0):
            more = frame.add_paragraph()
            more.text, more.level = w.sentence(), level
        if number == 0:
            described = _slide_box(slide.shapes, w.sentence(), 16)
            described._element.nvSpPr.cNvPr.set("descr", w.hide())
        if number == 1:
            for look, text in ((lambda font: setattr(font.color, "rgb", RGBColor(255, 255, 255)), w.hide()),):
                look(_slide_box(slide.shapes, text, 17).text_frame.paragraphs[0].runs[0].font)
            tiny = _slide_box(slide.shapes, w.hide(), 18)
            tiny.text_frame.paragraphs[0].runs[0].font.size = Pt(1)
            _slide_box(slide.shapes, w.hide(), 5, left=-40)
        if number == 2:
            inner = slide.shapes.add_group_shape().shapes.add_group_shape()
            _slide_box(inner.shapes, w.sentence(), 15)
            _slide_box(inner.shapes, w.sentence(), 16.5)
        slide.notes_slide.notes_text_frame.text = w.sentence()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = w.heading()
    rows = w.table()
    table = slide.shapes.add_table(len(rows), 3, Cm(1), Cm(5), Cm(20), Cm(8)).table
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            table.cell(at, column).text = text
    unseen = deck.slides.add_slide(deck.slide_layouts[5])
    unseen.shapes.title.text = w.hide()
    unseen._element.set("show", "0")
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def xlsx(w: Writer) -> bytes:
    """Two sheets: a title above a table, numbers with formats, dates; hidden rows, columns and sheets, and comments."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = w.heading()
    sheet.append([w.sentence()])
    sheet.append([])
    for row in w.table(5):
        sheet.append(row)
    figures = (
        (0.125, "0.0%", "12.5%"),
        (1_234_567.5, "#,##0.00", "1,234,567.50"),
        (datetime.date(2026, 11, 25), "yyyy-mm-dd", "2026-11-25"),
        (datetime.date(2026, 3, 9), "d/m/yyyy", "9/3/2026"),
        (0.5, "h:mm", "12:00"),
        (42, "000000", "000042"),
    )
    for value, form, shown in figures:
        sheet.append([w.sentence(), value])
        w.say(shown)
        sheet.cell(sheet.max_row, 2).number_format = form
    sheet.append([w.hide()])
    sheet.row_dimensions[sheet.max_row].hidden = True
    sheet.cell(3, 8).value = w.hide()
    sheet.column_dimensions["H"].hidden = True
    sheet.cell(1, 1).comment = Comment(w.hide(), "A")
    second = book.create_sheet(w.heading())
    for row in w.table(5):
        second.append(row)
    third = book.create_sheet("x")
    third.append([w.hide()])
    third.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_ODF = "".join(
    f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
    for name, space in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("style", "style"),
        ("draw", "drawing"),
        ("fo", "xsl-fo-compatible"),
        ("svg", "svg-compatible"),
    )
)


def odt(w: Writer) -> bytes:
    """Headings, lists in lists, a table, a note, a box; hidden, white and deleted words, and a comment."""

    def p(text: str, style: str = "P") -> str:
        return f'<text:p text:style-name="{style}">{text}</text:p>'

    def span(text: str, style: str) -> str:
        return f'<text:span text:style-name="{style}">{text}</text:span>'

    parts = [f'<text:h text:outline-level="1">{w.heading()}</text:h>', p(w.paragraph())]
    nested = f"<text:list><text:list-item>{p(w.sentence())}"
    nested += f"<text:list><text:list-item>{p(w.sentence())}</text:list-item></text:list></text:list-item></text:list>"
    parts.append(nested)
    rows = w.table()
    cells = ["".join(f"<table:table-cell>{p(cell)}</table:table-cell>" for cell in row) for row in rows]
    lines = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
    parts.append(
        f'<table:table table:name="T"><table:table-column table:number-columns-repeated="3"/>{lines}</table:table>'
    )
    parts.append(
        p(
            f"{w.sentence()}<text:note text:note-class='footnote'><text:note-citation>1</text:note-citation>"
            f"<text:note-body>{p(w.sentence())}</text:note-body></text:note>"
        )
    )
    parts.append(
        p(f"<draw:frame svg:width='9cm' svg:height='3cm'><draw:text-box>{p(w.sentence())}</draw:text-box></draw:frame>")
    )
    remark = f"<office:annotation>{p(w.hide())}</office:annotation>"
    parts.append(p(span(w.hide(), "Gone") + span(w.hide(), "White") + remark + w.sentence()))
    changes = (
        '<text:tracked-changes><text:changed-region text:id="c1"><text:deletion>'
        f"{p(w.hide())}</text:deletion></text:changed-region></text:tracked-changes>"
    )
    styles = (
        '<style:style style:name="Gone" style:family="text"><style:text-properties text:display="none"/></style:style>'
        '<style:style style:name="White" style:family="text"><style:text-properties fo:color="#ffffff"/></style:style>'
    )
    content = (
        f'<office:document-content{_ODF} office:version="1.3"><office:automatic-styles>{styles}</office:automatic-styles>'
        f"<office:body><office:text>{changes}{''.join(parts)}</office:text></office:body></office:document-content>"
    )
    return _odt_package(content)


def _odt_package(content: str) -> bytes:
    kind = "application/vnd.oasis.opendocument.text"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        '<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    looks = f'<office:document-styles{_ODF} office:version="1.3"><office:styles/></office:document-styles>'
    parts_of = {"mimetype": kind, "content.xml": content, "styles.xml": looks, "META-INF/manifest.xml": manifest}
    return packed(parts_of, stored="mimetype")
