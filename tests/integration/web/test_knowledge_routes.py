"""Who is told what by the pages of the knowledge base, and what else a browser is not needed for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lionrock.app import App, Upload
from lionrock.records import Classification, Placement
from office import Office


@pytest.fixture
def office(make_app: Callable[..., App]) -> Office:
    """An administrator, and `wong` of the department `finance`."""
    made = Office(make_app(sign_ins_per_minute=0, questions_per_minute=0, requests_per_minute=0))
    made.add("admin", owner=True, clearance="CONFIDENTIAL")
    made.add("wong", "finance")
    return made


def accepted(app: App, name: str, where: Placement) -> str:
    """A file that waits in the queue; returns its batch."""
    upload = Upload(name, name, data=f"# {name}\n\nThe fee is HK$40.\n".encode())
    return app.intake.accept([upload], where, label=name, by="owner")


def test_the_queue_tells_of_those_files_only_that_one_may_see(office: Office) -> None:
    own = accepted(office.app, "own.md", Placement("finance"))
    ids = [
        accepted(office.app, "law.md", Placement("law")),
        accepted(office.app, "secret.md", Placement("finance", Classification.CONFIDENTIAL)),
    ]
    wong, admin = office.signed_in("wong"), office.signed_in("admin")
    told = wong.get("/ui/library/queue", params={"batch": ids}).text
    assert own in told
    assert "own.md" in told
    assert not any(word in told for word in (*ids, "law.md", "secret.md"))
    page = wong.get("/documents").text
    assert "own.md" in page
    assert "law.md" not in page
    told = admin.get("/ui/library/queue").text
    assert all(word in told for word in ("own.md", "law.md", "secret.md"))


def test_a_file_that_was_not_accepted_is_told_to_whoever_sent_it(office: Office) -> None:
    (office.app.intake.accept([Upload("empty.md", "empty.md", data=b"")], Placement("finance"), label="x", by="wong"))
    batch = office.app.intake.batches()[0].id
    wong = office.signed_in("wong")
    assert "The file is empty." in wong.get("/ui/library/queue", params={"batch": batch}).text
    assert "empty.md" not in wong.get("/ui/library/queue").text


def test_documents_of_others_are_not_there(office: Office) -> None:
    (result,) = office.app.ingest([Upload("law.md", "law.md", data=b"# Secret law\n\nText.\n")], department="law")
    wong = office.signed_in("wong")
    for tab in ("content", "versions", "findings", "access"):
        answer = wong.get(f"/documents/{result.document_id}?tab={tab}")
        assert answer.status_code == 404
        assert "Secret law" not in answer.text
    assert "Secret law" not in wong.get("/documents").text
    assert office.signed_in("admin").get(f"/documents/{result.document_id}").status_code == 200


def test_only_an_administrator_purges(office: Office) -> None:
    (result,) = office.app.ingest([Upload("a.md", "a.md", data=b"# A\n\nText.\n")], department="finance")
    office.app.delete(result.document_id or "", office.app.owner_scope())
    wong, admin = office.signed_in("wong"), office.signed_in("admin")
    assert wong.post("/ui/library/purge", json={"days": 0, "dry_run": False}).status_code == 403
    assert "purge-dialog" not in wong.get("/documents?status=deleted").text
    assert admin.post("/ui/library/purge", json={"days": 0}).json() == {"documents": 1}
    assert admin.post("/ui/library/purge", json={"days": 0, "dry_run": False}).json() == {"documents": 1}
    assert admin.post("/ui/library/purge", json={"days": 0}).json() == {"documents": 0}


def test_new_files_and_folders_are_offered_ones_own_department(office: Office) -> None:
    page = office.signed_in("wong").get("/documents").text
    assert 'id="folder-department" maxlength="100" placeholder="finance"' in page
