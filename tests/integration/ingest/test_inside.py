"""Files inside files become documents below the one that carries them, on SQLite and PostgreSQL."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

from lionrock.app import App, Upload
from lionrock.ingest.inside import MOST_DEPTH, admitted, depth_of, root_of, source_inside
from lionrock.records import Attachment, Classification


def zip_of(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def mail(attachments: dict[str, bytes]) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Papers for the pier meeting"
    message["From"] = "Chan Tai Man <chan@example.gov.hk>"
    message["To"] = "clerk@example.gov.hk"
    message.set_content("Please find the two papers attached.\n")
    for name, data in attachments.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def test_a_mail_in_an_archive(make_app: Callable[..., App], database_url: str) -> None:
    app = make_app(database_url)
    scope = app.owner_scope()
    letter = mail({"fee.md": b"# Fee\n\nThe mooring fee is 480 dollars a month.\n", "broken.docx": b"PK\x03\x04 no"})
    data = zip_of({"papers/notice.md": "# 通告\n\n碼頭於五月一日關閉。\n".encode(), "papers/letter.eml": letter})
    results = list(
        app.ingest(
            [Upload("papers.zip", "papers.zip", data=data), Upload("z.md", "z.md", data=b"# Z\n\nLast words.\n")]
        )
    )
    assert [(r.file, r.status) for r in results] == [
        ("papers.zip", "indexed"),
        ("papers.zip!/papers/notice.md", "indexed"),
        ("papers.zip!/papers/letter.eml", "indexed"),
        ("papers.zip!/papers/letter.eml!/fee.md", "indexed"),
        ("papers.zip!/papers/letter.eml!/broken.docx", "failed"),
        ("z.md", "indexed"),
    ]
    by_source = {document.source: document for document in app.documents(scope)}
    fee = by_source["papers.zip!/papers/letter.eml!/fee.md"]
    assert fee.parent_id == by_source["papers.zip!/papers/letter.eml"].id
    hit = app.search("mooring fee a month", scope).hits[0]
    assert hit.passage.document_id == fee.id

    # The same archive again: nothing is done. A new one without the notice: the notice is gone, the rest stays.
    assert [r.status for r in app.ingest([Upload("papers.zip", "papers.zip", data=data)])] == ["unchanged"]
    changed = list(app.ingest([Upload("papers.zip", "papers.zip", data=zip_of({"papers/letter.eml": letter}))]))
    assert [r.file for r in changed] == ["papers.zip"]
    assert "papers.zip!/papers/notice.md" not in {document.source for document in app.documents(scope)}
    assert not any("碼頭" in h.passage.text and "關閉" in h.passage.text for h in app.search("碼頭關閉", scope).hits)

    # What is inside goes with what carries it.
    app.delete(by_source["papers.zip"].id, scope)
    assert [document.source for document in app.documents(scope)] == ["z.md"]
    assert len(app.index().ids()) == 1


def test_what_is_inside_is_as_confidential_as_what_carries_it(make_app: Callable[..., App]) -> None:
    app = make_app()
    data = zip_of({"a.md": b"# A\n\nSecret words.\n"})
    list(
        app.ingest(
            [Upload("a.zip", "a.zip", data=data)], department="registry", classification=Classification.CONFIDENTIAL
        )
    )
    listed = {(d.department, d.classification) for d in app.documents(app.owner_scope())}
    assert listed == {("registry", Classification.CONFIDENTIAL)}


def test_nesting_ends(make_app: Callable[..., App]) -> None:
    app = make_app()
    data = b"# Deep\n\nThe deepest words.\n"
    name = "deep.md"
    for level in range(MOST_DEPTH + 2):
        data, name = zip_of({name: data}), f"level{level}.zip"
    results = list(app.ingest([Upload(name, name, data=data)]))
    assert all(result.status == "indexed" for result in results)
    assert len(results) == MOST_DEPTH + 1
    last = app.document(results[-1].document_id or "", app.owner_scope())
    assert any("nested more than 5" in finding.detail for finding in last.findings)


def test_the_number_inside_is_bounded() -> None:
    files = [Attachment(f"{n}", b"x") for n in range(10)]
    kept, told = admitted(files, "a.zip!/b.zip", 4_995)
    assert len(kept) == 5
    assert "5 files inside this one were left out" in told[0].detail
    assert admitted(files, "a.zip", 0) == (files, ())
    assert admitted((), "a.zip", 9_999) == ((), ())


def test_sources_name_the_way_in() -> None:
    source = source_inside(source_inside("/in/a.zip", "b/c.eml"), "d.pdf")
    assert source == "/in/a.zip!/b/c.eml!/d.pdf"
    assert (root_of(source), depth_of(source)) == ("/in/a.zip", 2)
    assert (root_of("/in/a.zip"), depth_of("/in/a.zip")) == ("/in/a.zip", 0)
