"""A citation names the page on which its quote stands, from the bytes of a PDF to the answer."""

from __future__ import annotations

from collections.abc import Callable

from lionrock.app import App, Upload
from lionrock.cite.verify import cite
from lionrock.records import Passage, Span

Line = tuple[int, int, int, str]
"""x, y from the foot, size of type, words."""


def pdf(pages: list[list[Line]]) -> bytes:
    """A text PDF written by hand, A4."""
    bodies = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        words = "".join(f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET\n" for x, y, size, text in lines).encode()
        bodies.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(words), words))
        bodies.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(bodies)
        )
        kids.append(b"%d 0 R" % len(bodies))
    bodies[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    out = bytearray(b"%PDF-1.4\n")
    for number, body in enumerate(bodies, 1):
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    return bytes(out + b"trailer << /Size %d /Root 1 0 R >>\n%%%%EOF" % (len(bodies) + 1))


def taken_in(app: App, data: bytes) -> list[Passage]:
    [result] = app.ingest([Upload("a.pdf", "a.pdf", data=data)])
    assert result.status == "indexed", result.reason
    return list(app.document(result.document_id or "", app.owner_scope()).passages)


def page_of(passages: list[Passage], words: str) -> int | None:
    """The page that a citation of these words names."""
    [(passage, at)] = [(p, p.text.index(words)) for p in passages if words in p.text]
    return cite(1, passage, Span(at, at + len(words))).page


WORDS = "amber birch cedar delta ember fjord grove heron inlet jetty kayak lemon".split()


def test_each_of_twelve_pages(make_app: Callable[..., App], database_url: str) -> None:
    app = make_app(database_url)
    passages = taken_in(
        app, pdf([[(72, 700, 12, f"The {word} berth is let for {at} days.")] for at, word in enumerate(WORDS, 1)])
    )
    for at, word in enumerate(WORDS, 1):
        assert page_of(passages, f"{word} berth") == at
        [passage] = [p for p in passages if word in p.text]
        assert (passage.page, passage.page_breaks) == (at, ())
        assert app.search(f"{word} berth", app.owner_scope()).hits[0].passage.page == at


def test_a_sentence_that_runs_over_the_end_of_a_page(make_app: Callable[..., App], database_url: str) -> None:
    line = "a long line of words that reaches from one margin of the page to the other"
    passages = taken_in(
        make_app(database_url),
        pdf(
            [
                [(72, 100, 12, f"The master of a vessel reports {line}"), (72, 80, 12, f"and {line} within")],
                [(72, 760, 12, f"three hours of {line} to"), (72, 740, 12, "the duty officer. A fine is payable.")],
            ]
        ),
    )
    [passage] = passages
    assert "within three hours" in passage.text
    assert (passage.page, passage.page_at(0), passage.page_at(len(passage.text) - 1)) == (1, 1, 2)
    assert page_of(passages, "The master") == 1
    assert page_of(passages, "three hours") == 2
    assert page_of(passages, "A fine is payable.") == 2


def test_a_heading_at_the_foot_of_a_page(make_app: Callable[..., App], database_url: str) -> None:
    body = "The fee is paid at the counter before the berth is used, in cash or by cheque."
    passages = taken_in(
        make_app(database_url),
        pdf(
            [
                [(72, 700, 12, body), (72, 660, 12, body.replace("fee", "rent")), (72, 80, 18, "Suspension")],
                [(72, 760, 12, "The Director may suspend a licence for three months, and says why in writing.")],
            ]
        ),
    )
    [passage] = [p for p in passages if "Suspension" in p.text]
    assert (passage.page, passage.heading) == (2, ("Suspension",))
    assert page_of(passages, "may suspend a licence") == 2
    assert page_of(passages, "Suspension") == 1
    assert page_of(passages, "The fee is paid") == 1


def test_a_page_without_text_counts(make_app: Callable[..., App]) -> None:
    app = make_app()
    passages = taken_in(
        app, pdf([[], [(72, 700, 12, "The amber berth.")], [], [], [(72, 700, 12, "The birch one.")], []])
    )
    assert (page_of(passages, "amber"), page_of(passages, "birch")) == (2, 5)
