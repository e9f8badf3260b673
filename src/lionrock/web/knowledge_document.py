"""What the tabs of a document's page show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lionrock.app import App
from lionrock.contract import Shown, audience_json, comparison_json, finding_json, passage_json, version_json
from lionrock.errors import NotFoundError, UsageError
from lionrock.records import Passage, Scope

__all__ = ["PASSAGES", "access", "content", "found", "versions"]

PASSAGES = 50
"""Passages of a page of the content."""
_HEADINGS = 300


def content(app: App, scope: Scope, shown: Shown, number: int, passage_id: str) -> dict[str, Any]:
    """A page of the passages, the one on which the named passage stands if one is named, and the headings of all."""
    every = shown.passages
    at = next((at for at, item in enumerate(every) if item.id == passage_id), None)
    pages = max(1, -(-len(every) // PASSAGES))
    number = at // PASSAGES + 1 if at is not None else min(max(1, number), pages)
    start = (number - 1) * PASSAGES
    return {
        "passages": [_shown(item, before) for before, item in _beside(every, start)],
        "first": start + 1,
        "number": number,
        "pages": pages,
        "outline": _outline(every),
        "older": _older(app, scope, shown, passage_id) if passage_id and at is None else None,
    }


def _beside(every: Sequence[Passage], start: int) -> list[tuple[Passage | None, Passage]]:
    """Passages of a page, each with the one before it on the page."""
    these = every[start : start + PASSAGES]
    return list(zip([None, *these][: len(these)], these, strict=True))


def _shown(item: Passage, before: Passage | None) -> dict[str, Any]:
    """A passage, and which of its headings are new here: (depth, words, whether its own text begins with them)."""
    last = before.heading if before is not None else ()
    same = 0
    while same < min(len(last), len(item.heading)) and last[same] == item.heading[same]:
        same += 1
    fresh = [(depth + 1, words, words in item.text) for depth, words in enumerate(item.heading) if depth >= same]
    return {**passage_json(item), "fresh": fresh}


def _outline(every: Sequence[Passage]) -> list[dict[str, Any]]:
    """Each heading once, where it first stands."""
    found: dict[tuple[str, ...], str] = {}
    for item in every:
        for depth in range(1, len(item.heading) + 1):
            found.setdefault(item.heading[:depth], item.id)
    listed = [{"depth": len(path), "words": path[-1], "passage_id": at} for path, at in found.items()]
    return listed[:_HEADINGS]


def _older(app: App, scope: Scope, shown: Shown, passage_id: str) -> dict[str, Any] | None:
    """A passage of an earlier version of this document, which an answer may have cited."""
    try:
        passage, _, _ = app.passage_in_context(passage_id, scope)
    except NotFoundError:
        return None
    return passage_json(passage) if passage.document_id == shown.document.id else None


def versions(app: App, scope: Scope, document_id: str, old: int | None, new: int | None) -> dict[str, Any]:
    """All versions, and by which sentences two of them differ if two are named."""
    told: dict[str, Any] = {"versions": [version_json(item) for item in app.library.versions(document_id, scope)]}
    told |= {"old": old, "new": new, "difference": None, "fault": None}
    if old is not None and new is not None:
        try:
            seen = app.library.compare(document_id, scope, old, new)
            numbers, texts = (seen.old, seen.new), (seen.old_text, seen.new_text)
            told["difference"] = comparison_json(document_id, numbers, texts, seen.found)
        except (NotFoundError, UsageError) as error:
            told["fault"] = error.message
    return told


def found(shown: Shown) -> dict[str, Any]:
    """What was found, the gravest first, each with the passage that it stands in."""
    grave = {"refuse": 0, "quarantine": 1, "warning": 2, "notice": 3}
    current = shown.newest.version == shown.document.version
    told = []
    for item in sorted(shown.findings, key=lambda item: grave[item.level]):
        start = item.start
        inside = (p.id for p in shown.passages if start is not None and p.start <= start < p.end)
        told.append({**finding_json(item), "passage_id": next(inside, None) if current else None})
    return {"found": told}


def access(app: App, scope: Scope, document_id: str) -> dict[str, Any]:
    """Who can see it."""
    return {"audience": audience_json(document_id, app.library.who(document_id, scope))}
