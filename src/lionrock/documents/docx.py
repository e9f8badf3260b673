"""The blocks as a Word file: A4, the styles that Word knows, links between marks and sources, a language for each run."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph
from lxml.etree import _Element

from lionrock.documents.characters import shown
from lionrock.documents.conversation import Block, Run, Style, short
from lionrock.documents.words import FileLanguage
from lionrock.records import Language
from lionrock.text.language import detect

__all__ = ["docx_of"]

_LATIN = "Arial"
_CHINESE = {"zh-HK": "Microsoft JhengHei", "zh-CN": "Microsoft YaHei"}
"""Word and other programs take their own Chinese font where these are not installed."""
_TAGS: dict[Language, str] = {"en": "en-GB", "zh-Hans": "zh-CN", "zh-Hant": "zh-HK", "yue": "zh-HK"}
_QUIET = RGBColor(0x52, 0x60, 0x6D)
_RED = RGBColor(0x9B, 0x1C, 0x1C)
_BLUE = RGBColor(0x0B, 0x4F, 0x8A)
_STYLES: dict[Style, str] = {
    "title": "Title",
    "byline": "Byline",
    "question": "Heading 1",
    "asked": "Byline",
    "mode": "Byline",
    "answer": "Body Text",
    "notice": "Notice",
    "sources": "Heading 2",
    "source": "Source",
    "place": "Source Place",
    "quote": "Source Quote",
    "note": "Note",
}
_MOST_PROPERTY = 255


def docx_of(blocks: Sequence[Block], language: FileLanguage, *, made: datetime) -> bytes:
    """A .docx file that Word, LibreOffice and Lionrock itself read."""
    blocks = shown(blocks, language)
    document = docx.Document()
    chinese = "zh-CN" if language == "zh-CN" else "zh-HK"
    _page(document)
    _styles(document, language, chinese)
    title = "".join(run.text for run in blocks[0].runs)
    _properties(document, title, language, made)
    writer = _Writer(document, chinese)
    for block in blocks:
        writer.add(block)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


class _Writer:
    """Adds blocks to a document; counts bookmarks, whose numbers must differ."""

    def __init__(self, document: Document, chinese: str) -> None:
        self._document = document
        self._chinese = chinese
        # Ids are set as they are: the library would look through all styles for each paragraph.
        self._styles = {style: document.styles[name].style_id for style, name in _STYLES.items()}
        self._bookmarks = 0

    def add(self, block: Block) -> None:
        """One paragraph."""
        paragraph = self._document.add_paragraph()
        paragraph._p.style = self._styles[block.style]
        tag = _TAGS[detect("".join(run.text for run in block.runs))]
        for run in block.runs:
            self._run(paragraph, run, tag)

    def _run(self, paragraph: Paragraph, run: Run, tag: str) -> None:
        if run.role == "mark" and run.anchor.startswith("mark-"):
            paragraph.add_run(" ")
        made = paragraph.add_run(run.text)
        if run.role == "verdict":
            made._r.style = "Verdict"
        elif run.target:
            made._r.style = "Hyperlink"
        _language(made._r.get_or_add_rPr(), tag, self._chinese)
        element: _Element = made._r
        if run.target:
            element = _link(paragraph, element, run.target)
        if run.anchor:
            self._bookmark(element, run.anchor)

    def _bookmark(self, element: _Element, name: str) -> None:
        self._bookmarks += 1
        for tag, place in (("w:bookmarkStart", element.addprevious), ("w:bookmarkEnd", element.addnext)):
            mark = OxmlElement(tag)
            mark.set(qn("w:id"), str(self._bookmarks))
            if tag == "w:bookmarkStart":
                mark.set(qn("w:name"), _bookmark_name(name))
            place(mark)


def _bookmark_name(name: str) -> str:
    """Word takes letters, digits and underscores."""
    return name.replace("-", "_")


def _link(paragraph: Paragraph, run: _Element, target: str) -> _Element:
    """The run inside a link to a bookmark or an address."""
    link = OxmlElement("w:hyperlink")
    if target.startswith("#"):
        link.set(qn("w:anchor"), _bookmark_name(target[1:]))
    else:
        link.set(qn("r:id"), paragraph.part.relate_to(target, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run.addprevious(link)
    link.append(run)
    return link


def _language(properties: _Element, tag: str, chinese: str) -> None:
    """The language of a run, and for Chinese the font of its ideographs and of marks such as “ and …."""
    lang = OxmlElement("w:lang")
    if tag == "en-GB":
        lang.set(qn("w:val"), tag)
    else:
        fonts = OxmlElement("w:rFonts")
        fonts.set(qn("w:hint"), "eastAsia")
        fonts.set(qn("w:eastAsia"), _CHINESE[tag])
        style = properties.find(qn("w:rStyle"))
        properties.insert(0 if style is None else 1, fonts)
    lang.set(qn("w:eastAsia"), chinese if tag == "en-GB" else tag)
    properties.append(lang)


def _page(document: Document) -> None:
    """A4, with the number of the page and of all pages at the foot."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(24)
    section.top_margin, section.bottom_margin = Mm(24), Mm(22)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for field, after in (("PAGE", " / "), ("NUMPAGES", "")):
        element = OxmlElement("w:fldSimple")
        element.set(qn("w:instr"), field)
        number = foot.add_run("1")
        element.append(number._r)
        foot._p.append(element)
        if after:
            foot.add_run(after)


def _properties(document: Document, title: str, language: FileLanguage, made: datetime) -> None:
    properties = document.core_properties
    properties.title = short(title, _MOST_PROPERTY)
    properties.author = "Lionrock"
    properties.comments = ""
    properties.language = "en-GB" if language == "en" else language
    # The file states its time in UTC, without a zone.
    moment = made.astimezone(UTC).replace(tzinfo=None) if made.tzinfo else made
    properties.created = properties.modified = moment


def _styles(document: Document, language: FileLanguage, chinese: str) -> None:
    for defaults in document.styles.element.iter(qn("w:rPrDefault")):
        for found in list(defaults.iter(qn("w:lang"))):
            found.set(qn("w:val"), "en-GB")
            found.set(qn("w:eastAsia"), chinese)
    for fonts in list(document.styles.element.iter(qn("w:rFonts"))):
        # Fonts of a theme would win over those that are named.
        fonts.attrib.clear()
        for attribute, font in (("ascii", _LATIN), ("hAnsi", _LATIN), ("cs", _LATIN), ("eastAsia", _CHINESE[chinese])):
            fonts.set(qn(f"w:{attribute}"), font)
    _style(document, "Normal", size=10.5, after=6, lines=1.15)
    _style(document, "Footer", size=8.5, after=0, colour=_QUIET)
    _style(document, "Body Text", after=6)
    _style(document, "Title", size=18, after=6, bold=True)
    _style(document, "Heading 1", size=12.5, before=20, after=6, bold=True, colour=_BLUE)
    _style(document, "Heading 2", size=10.5, before=12, after=4, bold=True, colour=_QUIET)
    _style(document, "Byline", size=9, after=3, colour=_QUIET)
    _style(document, "Notice", left=4)
    _style(document, "Source", before=8, after=2, bold=True, with_next=True)
    _style(document, "Source Place", size=9, after=3, left=5, colour=_QUIET, with_next=True)
    _style(document, "Source Quote", size=9.5, after=4, left=9)
    _style(document, "Note", size=9, before=16, colour=_QUIET)
    for element in document.styles["Title"].element.iter(qn("w:pBdr")):
        element.getparent().remove(element)
        break
    for name, colour, bold in (("Hyperlink", _BLUE, None), ("Verdict", _RED, True)):
        made = document.styles.add_style(name, WD_STYLE_TYPE.CHARACTER)
        made.font.color.rgb, made.font.bold = colour, bold


def _style(
    document: Document,
    name: str,
    *,
    size: float | None = None,
    before: float = 0,
    after: float = 6,
    lines: float | None = None,
    left: float = 0,
    bold: bool = False,
    colour: RGBColor | None = None,
    with_next: bool = False,
) -> None:
    """Change a style, or make one that rests on Normal. Sizes and gaps are points, `left` is millimetres."""
    known = name in document.styles
    style = document.styles[name] if known else document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    assert isinstance(style, ParagraphStyle)
    if not known:
        style.base_style = document.styles["Normal"]
    style.font.bold = bold or None
    if size is not None:
        style.font.size = Pt(size)
    if colour is not None:
        style.font.color.rgb = colour
    form = style.paragraph_format
    form.space_before, form.space_after = Pt(before), Pt(after)
    form.left_indent = Mm(left) if left else None
    if lines is not None:
        form.line_spacing = lines
    if with_next:
        form.keep_with_next = True
