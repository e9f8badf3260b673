"""What is found about a document before it is let into search, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lionrock.records import Finding, ParsedDocument
from lionrock.storage.policies import PersonalDataPolicy

__all__ = ["Inspected", "held_back", "inspected"]


@dataclass(frozen=True, slots=True)
class Inspected:
    """A document as it may be stored, and the findings."""

    parsed: ParsedDocument
    findings: tuple[Finding, ...]


def inspected(parsed: ParsedDocument, policy: PersonalDataPolicy) -> Inspected:
    """Findings of the reading itself, of hygiene and of personal data, by the department's policy."""
    findings = [Finding("reading", "notice", notice) for notice in parsed.notices]
    return Inspected(parsed, tuple(findings))


def held_back(findings: Sequence[Finding]) -> str | None:
    """Why a document is held back, in sentences for people; None if it is not."""
    reasons = [finding.detail for finding in findings if finding.level == "quarantine"]
    return " ".join(dict.fromkeys(reasons)) or None
