"""What is found about a document before it is let into search, and what follows from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lionrock.errors import RefusedDocumentError
from lionrock.ingest.hygiene import examine
from lionrock.records import Attachment, Block, Finding, ParsedDocument
from lionrock.storage.policies import PersonalDataPolicy
from lionrock.text import personal
from lionrock.text.personal import Personal, PersonalKind

__all__ = ["Inspected", "held_back", "inspected"]

_NAMES: dict[PersonalKind, tuple[str, str]] = {
    "hkid": ("identity card number", "identity card numbers"),
    "card": ("payment card number", "payment card numbers"),
    "passport": ("passport number", "passport numbers"),
}
"""What a department that refuses personal data refuses: every circular bears an office's telephone and address."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """A document as it may be stored, and the findings."""

    parsed: ParsedDocument
    findings: tuple[Finding, ...]


def inspected(parsed: ParsedDocument, policy: PersonalDataPolicy) -> Inspected:
    """Findings of the reading itself, of hygiene and of personal data, by the department's policy.

    Raises `RefusedDocumentError` where the policy is to refuse what was found.
    """
    findings = [Finding("reading", "notice", notice) for notice in parsed.notices]
    findings += examine(parsed)
    refused = [finding.detail for finding in findings if finding.level == "refuse"]
    if refused:
        raise RefusedDocumentError(" ".join(refused))
    if policy == "allow":
        findings = [finding for finding in findings if finding.kind != "personal"]
    elif policy == "refuse":
        _refuse(personal.find(parsed.text))
    elif policy == "mask":
        parsed = _masked(parsed)
        findings = [_blackened(finding) for finding in findings]
    return Inspected(parsed, tuple(findings))


def held_back(findings: Sequence[Finding]) -> str | None:
    """Why a document is held back, in sentences for people; None if it is not."""
    reasons = [finding.detail for finding in findings if finding.level == "quarantine"]
    return " ".join(dict.fromkeys(reasons)) or None


def _refuse(found: Sequence[Personal]) -> None:
    numbers = Counter(item.kind for item in found if item.kind in _NAMES)
    if numbers:
        raise RefusedDocumentError(
            f"The file holds {_listed(numbers)}, which this department does not take in; remove them, or change the "
            "department's policy (`lionrock policies set`)."
        )


def _listed(numbers: Counter[PersonalKind]) -> str:
    return ", ".join(f"{number} {_NAMES[kind][number > 1]}" for kind, number in numbers.items())


def _blackened(finding: Finding) -> Finding:
    """A finding as it is told where personal data are masked: its excerpt is masked too."""
    if finding.kind == "personal":
        return replace(finding, detail=f"{finding.detail} They are blacked out in what is searched and shown.")
    return replace(finding, excerpt=personal.mask(finding.excerpt, personal.find(finding.excerpt)))


def _masked(parsed: ParsedDocument) -> ParsedDocument:
    """The document with personal data blacked out, also in headings, in its title and in the files inside it."""

    def masked(text: str) -> str:
        return personal.mask(text, personal.find(text))

    def block(item: Block) -> Block:
        return replace(item, heading=tuple(map(masked, item.heading)))

    return replace(
        parsed,
        text=masked(parsed.text),
        blocks=tuple(map(block, parsed.blocks)),
        title=masked(parsed.title) if parsed.title else parsed.title,
        attachments=tuple(Attachment(masked(item.name), item.data) for item in parsed.attachments),
        metadata={},
    )
