"""Every messy file of an office comes out of the real child process as text, or with a sentence that a person understands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lionrock.errors import DocumentError
from lionrock.ingest.sandbox import Limits, ReaderPool

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "messy_docs" / "unstructured"
NAMES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())
ABSENT = pytest.param("", marks=pytest.mark.skip(reason="the folder of shared test files is absent"))
LIMITS = Limits(seconds=60, memory_bytes=1_000_000_000, longest_seconds=60)

REFUSED = {
    "duplicate-paragraphs.doc": "Save it as DOCX",
    "eml/empty.eml": "empty",
    "eml/fake-encrypted.eml": "encrypted",
    "empty.txt": "empty",
    "empty.xlsx": "no cells with words",
    "fake-doc-emphasized-text.doc": "Save it as DOCX",
    "fake-encrypted.msg": "encrypted",
    "fake-power-point.ppt": "Save it as PPTX",
    "fake-text-all-whitespace.txt": "empty",
    "fake.doc": "Save it as DOCX",
    "file_we_dont_want_imported": "no ending",
    "img/DA-1p.heic": "save it as JPEG or PNG",
    "img/bmp_24.bmp": "No words",
    "img/example.jpg": "No words",
    "password_protected.xlsx": "remove the password",
    "pdf/password.pdf": "remove the password",
    "picture.pptx": "save it as PDF",
    "simple.doc": "Save it as DOCX",
    "test-image-jpg-mime.pptx": "save it as PDF",
}
"""Files that hold no words, or that nobody could read; of the old office formats only where LibreOffice is absent."""
OLD = (".doc", ".ppt")

HUMAN = "All human beings are born free and equal in dignity and rights."
LAYOUT = "LayoutParser: A Unified Toolkit for Deep Learning Based Document Image Analysis"
WORDS: dict[str, tuple[str, ...]] = {
    "2023-half-year-analyses-by-segment.xlsx": ("3.1 Operating segments", "Underlying Trading operating profit"),
    "README.org": ("The sample docs directory contains the following files:",),
    "README.rst": ("The sample docs directory contains the following files:",),
    "README.md": ("A PDF copy of the layout parser paper",),
    "arbitrary-records.ndjson": ("Garden Trowel", "Pruning Shears"),
    "book-war-and-peace-1p.txt": ("so Genoa and Lucca are now just family estates of the Buonapartes",),
    "category-level.docx": ("Call me Ishmael. Some years ago—never mind how long precisely",),
    "codeblock.md": ("<h1>Hello, World!</h1>",),
    "docx-hdrftr.docx": ("Main document", "First header para", "Table cell1", "Last header para"),
    "docx-tables.docx": ("Simple uniform table", "Table with merged cells"),
    "eml/email-no-utf8-2008-07-16.062410.eml": ("סלבה היקר",),
    "eml/email-replace-mime-encodings-error-5.eml": ("GLOBAL SPONSORSHIP OPPORTUNITY - BIOPROCESSING SUMMIT",),
    "eml/fake-email-b64.eml": ("This is a test email to use for unit tests.", "Roses are red"),
    "eml/fake-email-utf-16-be.eml": ("This is a test email to use for unit tests.", "Violets are blue"),
    "eml/family-day.eml": ("Get excited for our first annual family day!",),
    "eml/mime-html-only.eml": ("was proposed by Scott Fahlman in 1982",),
    "eml/mime-word-encoded-subject.eml": ("Simple email with ☸☿ Unicode subject",),
    "emoji.xlsx": ("🤠😅",),
    "example-10k-1p.html": ("Galaxy Gaming, Inc.", "Commission file number: 000-30653"),
    "example-steelJIS-datasheet-utf-16.html": ("SNB22-3 Chemical composition, standards and properties", "日本語"),
    "example-with-scripts.html": (
        "Karolina Hird, George Barros, Grace Mappes, Madison Williams, and Frederick W. Kagan",
    ),
    "factbook-utf-16.xml": ("Washington, DC", "Justin Trudeau"),
    "fake-doc.rtf": ("My First Heading", "Row 2, Cell 2"),
    "fake-email-attachment.msg": ("Here's the attachments!", "Fake email with attachment"),
    "fake-html-cp1252.html": (
        "Die schöne Frau hat einen Kaffee mit Kuchen gegessen.",
        "L'été était très chaud",
        "15,50 €",
    ),
    "fake-html-lang-de.html": ("Jahresabschluss zum Geschäftsjahr vom 01.01.2020 bis zum 31.12.2020",),
    "fake-html-pre.htm": ("UNITING AND STRENGTHENING AMERICA BY PROVIDING APPROPRIATE TOOLS",),
    "fake-power-point-table.pptx": ("A Slide with a Table", "Tangerine"),
    "fake-text-utf-16-be.txt": ("Hamburgers are delicious",),
    "fake-text-utf-32.txt": ("Hamburgers are delicious",),
    "fake.odt": ("Lorem ipsum dolor sit amet.", "Leader", "Sarah"),
    "grid_offset_error.docx": ("Merged B1-B3",),
    "group-shapes-nested.pptx": tuple("ABCDEFGHIJ"),
    "handbook-1p.docx": ("The Handbook does not present a full and complete statement of the law;",),
    "handbook-872p.docx": ("References to “continue” in this Handbook shall have the same meaning as “adjourn.”",),
    "hlink-meta.docx": ("Three with link to foo.com.", "Nine."),
    "ideas-page.html": ("The way to get new ideas is to notice anomalies",),
    "img/DA-1p.jpg": ("We arrived in the dead of night. We had been tracking the maleficar for days",),
    "img/chi_sim_image.jpeg": ("适用人群：适合任何肌肤",),
    "img/english-and-korean.png": ("RULES AND INSTRUCTIONS", "so we can keep track of how many emails were"),
    "img/layout-parser-paper-fast.jpg": ("A Unified Toolkit for Deep Learning Based Document Image Analysis",),
    "img/table-multi-row-column-cells.png": ("Low Vision",),
    "language-docs/UDHR_first_article_all.txt": (HUMAN, "人人生而自由，在尊嚴和權利上一律平等。", "喺尊严同埋权利上"),
    "language-docs/eng_spa.xlsx": (HUMAN,),
    "language-docs/eng_spa_mult.epub": (HUMAN,),
    "language-docs/eng_spa_mult.odt": (HUMAN,),
    "language-docs/eng_spa_mult.ppt": (HUMAN,),
    "language-docs/eng_spa_mult.rtf": (HUMAN,),
    "language-docs/eng_spa_mult.xml": (HUMAN,),
    "language-docs/fr_olap.pdf": ("Université François Rabelais Tours",),
    "pdf/DA-1p.pdf": ("There, perched atop the spire of the village chantry, stood the mage.",),
    "pdf/all-number-table.pdf": ("1600.01",),
    "pdf/copy-protected.pdf": (LAYOUT, "Recent advances in document image analysis (DIA) have been"),
    "pdf/embedded-cmap-cidfont.pdf": ("This text uses an embedded CMap and should be extractable",),
    "pdf/fake-memo.pdf": (
        "There were 20,000 bottles of water, 10,000 blankets, and 200 laptops delivered on January 23",
    ),
    "pdf/figure-overlay-text.pdf": ("Printed Name: Jane Doe",),
    "pdf/interface-config-guide-p93.pdf": (
        "Example: Multiple PXCs on the same underlying cross-connect configuration",
    ),
    "pdf/korean-text-with-tables.pdf": ("할인점·주유·온라인쇼핑몰", "이마트 트레이더스"),
    "pdf/loremipsum-flat.pdf": (
        "Sed posuere sit amet lacus sed pharetra.",
        "Phasellus ornare quis diam at vestibulum.",
    ),
    "pdf/multi-column.pdf": ("Dense Passage Retrieval for Open-Domain Question Answering",),
    "pdf/reliance.pdf": ("Integrated Annual Report 2021-22",),
    "pdf/single_table.pdf": ("Chipper", "64,058", "260.57 (145.80)"),
    "rotated-page-90.pdf": ("Hello World Test Text", "Second line of text here", "Rotated page fixture"),
    "sample-presentation.pptx": ("This one is a sub-sub-bullet", "Subtopic 1 of subtopic 2"),
    "science-exploration-1p.pptx": ("Code 660: Astrophysics Science Division",),
    "semicolon-delimited.csv": ("tempor incididunt", "veniam, quis"),
    "simple.odt": ("These are a few of my favorite things:", "DOYLESTOWN, PA 18901"),
    "simple.zip": ("ideas-page.html", "stanley-cups.csv"),
    "stanley-cups-utf-16.csv": ("Maple Leafs",),
    "teams_chat.docx": ("James Bond", "Umm.", "Dennis Forsythe"),
    "tests-example.xls": ("What C datatypes are 8 bits? (assume i386)", "Bagpipes are awesome."),
    "umlauts-non-utf8.md": ("können", "äöüß"),
    "vodafone.xlsx": ("Nine quarters to 30 June 2023", "Operational metrics"),
    "winter-sports.epub": ("The Project Gutenberg eBook of Winter Sports in Switzerland, by E. F. Benson",),
    "xlsx-subtable-cases.xlsx": ("- f", "2. e"),
}
"""Words that stand in the files, as other programs show them or as one reads them on the picture."""

_NAMES = re.compile(r"LibreOffice|PowerPoint")
_CLASS = re.compile(r"[a-z][A-Z]|\w(?:Error|Exception)\b|\b(?:Error|Traceback|None|NoneType)\b|0x|__|\\n")
_ADVICE = re.compile(r"\b(save|remove|check|open|scan|split|add|make|install|pack|unpack|raise)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    made = ReaderPool(LIMITS)
    yield made
    made.close()


def plain(sentence: str) -> bool:
    """True for a sentence that speaks of the file, names no part of a program and says what to do."""
    said = _NAMES.sub("", sentence)
    whole = sentence[:1].isupper() and sentence.endswith(".") and "\n" not in sentence and len(sentence) < 300
    return whole and not _CLASS.search(said) and _ADVICE.search(said) is not None


@pytest.mark.parametrize("name", NAMES or [ABSENT])
def test_each_file_gives_its_text_or_a_reason(pool: ReaderPool, name: str) -> None:
    try:
        parsed = pool.read((FOLDER / name).read_bytes(), Path(name).name)
    except DocumentError as error:
        assert plain(error.message), error.message
        assert REFUSED.get(name, "\0") in error.message, error.message
        return
    assert name not in REFUSED or name.endswith(OLD)
    assert parsed.text.strip()
    assert all(parsed.text[block.start : block.end].strip() for block in parsed.blocks)
    assert all(notice.endswith(".") and not _CLASS.search(_NAMES.sub("", notice)) for notice in parsed.notices)
    shown = " ".join(parsed.text.split())
    assert [words for words in WORDS.get(name, ()) if words not in shown] == []


@pytest.mark.skipif(not NAMES, reason="the folder of shared test files is absent")
def test_the_files_that_are_named_here_are_there() -> None:
    assert sorted((WORDS.keys() | REFUSED.keys()) - set(NAMES)) == []


@pytest.mark.parametrize(
    ("sentence", "understood"),
    [
        ("The file is protected by a password; remove the password and add it again.", True),
        ("Save it as DOCX and add that, or install LibreOffice on this computer.", True),
        ("The file is damaged (KeyError); save it again.", False),
        ("Open 'NoneType' object.", False),
        ("The file is empty.", False),
        ("save it", False),
    ],
)
def test_what_counts_as_understood(sentence: str, understood: bool) -> None:
    assert plain(sentence) is understood
