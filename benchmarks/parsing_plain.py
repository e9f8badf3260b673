"""RTF, mail, web pages, books, tables, plain text and PDF for the benchmark of readers."""

from __future__ import annotations

import codecs
from email.message import EmailMessage

from parsing_files import Writer
from parsing_office import packed

__all__ = ["csv", "eml", "epub", "html", "pdf", "rtf", "txt"]

_CHARSETS = {"en": ("cp1252", "utf-8"), "zh": ("big5hkscs", "utf-16"), "mixed": ("utf-8-sig", "gb18030")}
"""Encodings of the first and the second file of each language."""


def _charset(w: Writer) -> str:
    return _CHARSETS[w.made.language]["-1" in w.made.name]


def _encoded(text: str, charset: str) -> bytes:
    return codecs.BOM_UTF16_LE + text.encode("utf-16-le") if charset == "utf-16" else text.encode(charset)


def txt(w: Writer) -> bytes:
    """Paragraphs in encodings that offices use, none of them named."""
    return _encoded("\r\n\r\n".join(w.paragraph() for _ in range(6)) + "\r\n", _charset(w))


def csv(w: Writer) -> bytes:
    """A table with quoted cells in the same encodings, set off by commas, semicolons and tabs."""
    mark = {"en": ",", "zh": ",", "mixed": ";"}[w.made.language]
    quoted = [mark.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in w.table(20)]
    return _encoded("\r\n".join(quoted) + "\r\n", _charset(w))


def _page(w: Writer, charset: str | None, *, footer: bool = True) -> str:
    named = f'<meta charset="{charset}">' if charset else ""
    parts = [f"<h1>{w.heading()}</h1><p>{w.paragraph()}</p>"]
    parts.append(f"<ul><li>{w.sentence()}<ul><li>{w.sentence()}</li></ul></li><li>{w.sentence()}</li></ul>")
    rows = w.table()
    head = "".join(f"<th>{cell}</th>" for cell in rows[0])
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows[1:])
    parts.append(f"<table><tr>{head}</tr>{lines}</table>")
    parts.append(f"<details><summary>{w.sentence()}</summary><p>{w.sentence()}</p></details>")
    ghosts = (
        f'<p style="display:none">{w.hide()}</p>',
        f'<p hidden="">{w.hide()}</p>',
        f'<p class="ghost">{w.hide()}</p>',
        f'<p style="color:#fff;background:#fff">{w.hide()}</p>',
        f'<p style="font-size:1px">{w.hide()}</p>',
        f"<!-- {w.hide()} -->",
        f'<script>var a = "{w.hide()}";</script>',
        f'<img alt="{w.hide()}" src="a.png"/>',
    )
    parts.append("".join(ghosts) + f"<p>{w.sentence()}</p>")
    if footer:
        parts.append(f"<footer>{w.sentence()}</footer>")
    return (
        f"<html><head>{named}<title>.</title><style>.ghost {{visibility: hidden}}</style></head>"
        f"<body>{''.join(parts)}</body></html>"
    )


def html(w: Writer) -> bytes:
    """A page with nested lists, a table, folded parts; words hidden in eight ways. The second of two names no encoding."""
    charset = _charset(w)
    named = {"big5hkscs": "big5", "utf-8-sig": "utf-8", "cp1252": "windows-1252"}.get(charset)
    return _encoded("<!DOCTYPE html>" + _page(w, named), charset)


def epub(w: Writer) -> bytes:
    """Two chapters, in the order of the book's spine, which is not that of their names."""
    pages = [
        _page(w, None, footer=False).replace("<html>", '<html xmlns="http://www.w3.org/1999/xhtml">') for _ in range(2)
    ]
    chapters = {"b.xhtml": pages[0], "a.xhtml": pages[1]}
    items = "".join(
        f'<item id="{name[0]}" href="{name}" media-type="application/xhtml+xml"/>' for name in sorted(chapters)
    )
    book = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="i">1</dc:identifier><dc:title>.</dc:title>'
        f'<dc:language>en</dc:language></metadata><manifest>{items}</manifest><spine><itemref idref="b"/>'
        '<itemref idref="a"/></spine></package>'
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles><rootfile '
        'full-path="o/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    parts = {"mimetype": "application/epub+zip", "META-INF/container.xml": container, "o/book.opf": book}
    return packed(parts | {f"o/{name}": text for name, text in chapters.items()}, stored="mimetype")


def eml(w: Writer) -> bytes:
    """A message in plain text (Big5 and others) or in HTML alone with a hidden opening line, and a subject in code."""
    message = EmailMessage()
    message["Subject"] = w.heading()
    message["From"], message["To"] = "registry@example.org", "staff@example.org"
    message["Date"] = "Wed, 25 Nov 2026 09:00:00 +0800"
    charset = {"utf-8-sig": "utf-8", "utf-16": "utf-8"}.get(_charset(w), _charset(w))
    body = "\n\n".join(w.paragraph() for _ in range(3)) + "\n"
    if "-1" in w.made.name:
        ghost = f'<div style="display:none;max-height:0">{w.hide()}</div>'
        text = "".join(f"<p>{part}</p>" for part in body.split("\n\n"))
        message.set_content(f"<html><body>{ghost}{text}</body></html>", subtype="html", charset=charset)
    else:
        message.set_content(body, charset=charset, cte="base64" if w.made.language == "zh" else "quoted-printable")
    return message.as_bytes()


def rtf(w: Writer) -> bytes:
    """Paragraphs, a list, a table, header and note; Chinese by number in one file and as bytes of Big5 in the other."""
    numbers = "-1" in w.made.name

    def told(text: str) -> str:
        out = []
        for char in text:
            if ord(char) < 128:
                out.append("\\" + char if char in "\\{}" else char)
            elif numbers:
                code = ord(char)
                out.append(f"\\u{code if code < 32_768 else code - 65_536}?")
            else:
                out.append("".join(f"\\'{byte:02x}" for byte in char.encode("big5hkscs")))
        return "".join(out)

    header = w.sentence()
    parts = [f"\\pard {told(w.heading())}\\par", f"{told(w.paragraph())}\\par"]
    parts += [f"{told(w.sentence())}\\par" for _ in range(3)]
    for row in w.table():
        edges = "".join(f"\\cellx{2_000 * at}" for at in (1, 2, 3))
        cells = "".join(f"{told(cell)}\\cell " for cell in row)
        parts.append(f"\\trowd{edges}\\pard\\intbl {cells}\\row")
    parts.append(f"\\pard {told(w.sentence())}{{\\super\\chftn{{\\footnote\\pard {told(w.sentence())}}}}}\\par")
    parts.append(f"{{\\v {w.hide()}}}{{\\cf1 {w.hide()}}}{{\\deleted {w.hide()}}} {told(w.sentence())}\\par")
    start = (
        "{\\rtf1\\ansi\\ansicpg950\\uc1\\deff0{\\fonttbl{\\f0\\fcharset136 MingLiU;}}"
        "{\\colortbl;\\red255\\green255\\blue255;}"
    )
    return f"{start}{{\\header\\pard {told(header)}\\par}}\\f0\n{chr(10).join(parts)}}}".encode("ascii")


_WIDE, _NARROW = 1.0, 0.6


class _Pdf:
    """Pages written by hand: Courier for what is ASCII, fonts of black boxes that say which characters they are for the rest."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self._codes: dict[str, int] = {}

    def line(self, x: float, y: float, text: str, size: float = 10, look: str = "") -> str:
        """One line of text; runs of the fonts follow each other by their widths."""
        out, run, font = [], "", ""
        for char in text + "\0":
            code = -1 if ord(char) < 128 else self._codes.setdefault(char, len(self._codes))
            now = "" if char == "\0" else f"F{code // 200 + 2}"
            if run and now != font:
                codes = "".join(f"{ord(one) if ord(one) < 128 else self._codes[one] % 200 + 32:02x}" for one in run)
                out.append(f"BT {look} /{font} {size} Tf {x:.1f} {y:.1f} Td <{codes}> Tj ET")
                x += self.width(run, size)
                run = ""
            run, font = run + char, now
        return "\n".join(out)

    @staticmethod
    def width(text: str, size: float = 10) -> float:
        """Width of a line in points."""
        return sum(size * (_NARROW if ord(char) < 128 else _WIDE) for char in text)

    def wrapped(self, text: str, width: float, size: float = 10) -> list[str]:
        """The text in lines no wider than `width`; Latin words stay whole."""
        words: list[str] = []
        for char in text:
            latin = ord(char) < 128
            if words and latin and char != " " and ord(words[-1][-1]) < 128 and words[-1][-1] != " ":
                words[-1] += char
            elif words and char == " ":
                words[-1] += " "
            else:
                words.append(char)
        lines = [""]
        for word in words:
            if lines[-1] and self.width(lines[-1] + word.rstrip(), size) > width:
                lines.append("")
            lines[-1] += word
        return [line.rstrip() for line in lines]

    def block(self, x: float, y: float, text: str, width: float) -> tuple[str, float]:
        """A paragraph from `y` down, and where the next may begin."""
        lines = self.wrapped(text, width)
        drawn = [self.line(x, y - 14 * at, line) for at, line in enumerate(lines)]
        return "\n".join(drawn), y - 14 * len(lines) - 10

    def _fonts(self, first: int) -> list[str]:
        """Objects of the boxed fonts from number `first`: for 200 characters each a font and its table of characters."""
        out: list[str] = []
        chars = list(self._codes)
        for at in range(0, len(chars), 200):
            part = list(enumerate(chars[at : at + 200], 32))
            pairs = [part[start : start + 100] for start in range(0, len(part), 100)]
            tables = "".join(
                f"{len(some)} beginbfchar\n"
                + "".join(f"<{code:02x}> <{ord(char):04x}>\n" for code, char in some)
                + "endbfchar\n"
                for some in pairs
            )
            cmap = (
                "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
                f"1 begincodespacerange <00> <ff> endcodespacerange\n{tables}endcmap end end"
            )
            names = " ".join(f"/g{code}" for code, _ in part)
            glyphs = " ".join(f"/g{code} 5 0 R" for code, _ in part)
            out.append(
                "<< /Type /Font /Subtype /Type3 /FontBBox [0 -120 1000 880] /FontMatrix [.001 0 0 .001 0 0] /Resources << >> "
                f"/FirstChar 32 /LastChar {31 + len(part)} /Widths [{'1000 ' * len(part)}] /CharProcs << {glyphs} >> "
                f"/Encoding << /Type /Encoding /Differences [32 {names}] >> /ToUnicode {first + len(out) + 1} 0 R >>"
            )
            out.append(f"<< /Length {len(cmap)} >>\nstream\n{cmap}\nendstream")
        return out

    def bytes(self) -> bytes:
        """The file."""
        box = "1000 0 40 -80 960 840 d1 40 -80 920 920 re f"
        fonts = self._fonts(6)
        start = 6 + len(fonts)
        kids = " ".join(f"{start + 2 * at} 0 R" for at in range(len(self.pages)))
        named = " ".join(f"/F{at + 2} {6 + 2 * at} 0 R" for at in range(len(fonts) // 2))
        bodies = [
            "<< /Type /Catalog /Pages 2 0 R >>",
            f"<< /Type /Pages /Count {len(self.pages)} /Kids [{kids}] >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
            f"<< /Font << /F1 3 0 R {named} >> >>",
            f"<< /Length {len(box)} >>\nstream\n{box}\nendstream",
            *fonts,
        ]
        for page in self.pages:
            bodies.append(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(bodies) + 2} 0 R /Resources 4 0 R >>"
            )
            bodies.append(f"<< /Length {len(page)} >>\nstream\n{page}\nendstream")
        out, places = "%PDF-1.7\n", []
        for number, body in enumerate(bodies, 1):
            places.append(len(out))
            out += f"{number} 0 obj\n{body}\nendobj\n"
        at = len(out)
        out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n" + "".join(f"{one:010d} 00000 n \n" for one in places)
        out += f"trailer << /Size {len(bodies) + 1} /Root 1 0 R >>\nstartxref\n{at}\n%%EOF\n"
        return out.encode("ascii")


def pdf(w: Writer) -> bytes:
    """A page with a ruled table whose cells wrap, a page of two columns; white words, words not painted or off the page."""
    file = _Pdf()
    drawn = [file.line(60, 790, w.heading(), size=18)]
    part, y = file.block(60, 755, w.paragraph(), 470)
    drawn.append(part)
    edges = (60, 245, 330, 535)
    for row in w.table():
        lines = [file.wrapped(cell, right - left - 8) for cell, left, right in zip(row, edges, edges[1:], strict=False)]
        high = 14 * max(map(len, lines)) + 6
        for cell, left, right in zip(lines, edges, edges[1:], strict=False):
            drawn.append(f"{left} {y - high:.1f} {right - left} {high} re S")
            drawn += [file.line(left + 4, y - 13 - 14 * at, text) for at, text in enumerate(cell)]
        y -= high
    drawn.append(file.block(60, y - 24, w.paragraph(), 470)[0])
    drawn.append(file.line(60, 40, w.hide(), look="1 1 1 rg"))
    drawn.append(file.line(60, 25, w.hide(), look="3 Tr"))
    drawn.append(file.line(60, -90, w.hide()))
    file.pages.append("\n".join(drawn))
    drawn = [file.line(60, 790, w.heading(), size=18)]
    for x in (60, 310):
        y = 755.0
        for _ in range(3):
            part, y = file.block(x, y, w.paragraph(2), 225)
            drawn.append(part)
    file.pages.append("\n".join(drawn))
    return file.bytes()
