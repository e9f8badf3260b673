"""PDF files written by hand: A4 pages with Helvetica, and Chinese level or downwards."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["at", "down", "pdf_of", "ruled", "words"]


def words(x: float, y: float, text: str, size: int = 12) -> bytes:
    """English from (x, y), y from the foot of the page."""
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return b"BT /F %d Tf %f %f Td (%s) Tj ET\n" % (size, x, y, escaped.encode("latin-1"))


def at(x: float, y: float, text: str, size: int = 14, font: bytes = b"H") -> bytes:
    """Chinese from (x, y), level."""
    return b"BT /%s %d Tf %f %f Td <%s> Tj ET\n" % (font, size, x, y, text.encode("utf-16-be").hex().encode())


def down(x: float, y: float, text: str, size: int = 14) -> bytes:
    """A column of Chinese whose top is at (x, y)."""
    return at(x, y, text, size, b"V")


def ruled(xs: Sequence[float], ys: Sequence[float]) -> bytes:
    """The lines of a table."""
    flat = (b"%f %f m %f %f l S\n" % (xs[0], y, xs[-1], y) for y in ys)
    upright = (b"%f %f m %f %f l S\n" % (x, ys[0], x, ys[-1]) for x in xs)
    return b"".join((*flat, *upright))


def pdf_of(*pages: bytes, more: bytes = b"") -> bytes:
    """A file of these pages; `more` goes into each page's dictionary, such as `/Rotate 90`."""
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Font /Subtype /Type0 /BaseFont /MSung /Encoding /UniCNS-UTF16-H /DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /Type0 /BaseFont /MSung /Encoding /UniCNS-UTF16-V /DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /MSung /FontDescriptor 7 0 R "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (CNS1) /Supplement 4 >> >>",
        b"<< /Type /FontDescriptor /FontName /MSung /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 880 "
        b"/Descent -120 /CapHeight 880 /StemV 80 >>",
    ]
    kids = []
    for content in pages:
        bodies.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        bodies.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] %s /Contents %d 0 R "
            b"/Resources << /Font << /F 3 0 R /H 4 0 R /V 5 0 R >> >> >>" % (more, len(bodies))
        )
        kids.append(b"%d 0 R" % len(bodies))
    bodies[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(bodies) + 1, table))
