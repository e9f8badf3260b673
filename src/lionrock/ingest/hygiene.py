"""What is wrong with a document that reads well enough: reworded by machine, full of spam, written to steer a model.

`examine` changes nothing and decides nothing: it tells what it found, how much that weighs, where it stands and why it
matters. Most of it is judged on the visible text; text that people do not see is examined for what it tells a model and
what it sells.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from lionrock.ingest.hygiene_garbled import garbled
from lionrock.ingest.hygiene_instructions import hidden_text, instructions, is_everyday
from lionrock.ingest.hygiene_spam import spam
from lionrock.ingest.hygiene_spun import spun
from lionrock.records import Finding, Hidden, ParsedDocument
from lionrock.text import personal
from lionrock.text.fold import fold

__all__ = ["examine"]

_NAMES: dict[personal.PersonalKind, tuple[str, str]] = {
    "hkid": ("an identity card number", "identity card numbers"),
    "card": ("a payment card number", "payment card numbers"),
    "passport": ("a passport number", "passport numbers"),
    "phone": ("a telephone number", "telephone numbers"),
    "email": ("an e-mail address", "e-mail addresses"),
    "address": ("a postal address with its flat or room", "postal addresses with their flats or rooms"),
}


def examine(parsed: ParsedDocument) -> list[Finding]:
    """All findings about a document, the gravest kinds first. The same document always has the same findings."""
    text, hidden = parsed.text, parsed.hidden
    folded = fold(text)
    return [
        *spun(text, folded),
        *spam(text, folded, parsed.blocks),
        *_unseen_spam(hidden),
        *instructions(text, folded, hidden),
        *garbled(text),
        *hidden_text(text, hidden),
        *_personal(text),
    ]


def _unseen_spam(hidden: tuple[Hidden, ...]) -> list[Finding]:
    """Spam in text that people do not see, once for each place where it hides."""
    found: dict[str, Finding] = {}
    for item in hidden:
        if item.where in found or is_everyday(item.where):
            continue
        for finding in spam(item.text, fold(item.text)):
            detail = f"In text that people who open the file do not see ({item.where}): {finding.detail}"
            found[item.where] = replace(finding, detail=detail, start=None, end=None)
            break
    return list(found.values())


def _personal(text: str) -> list[Finding]:
    """One notice a kind, with how many there are and where the first one stands; never the data themselves."""
    places = personal.find(text)
    counts = Counter(item.kind for item in places)
    firsts = {item.kind: item for item in reversed(places)}
    found = []
    for kind, names in _NAMES.items():
        count = counts[kind]
        if count:
            what = names[0] if count == 1 else f"{count:,} {names[1]}"
            detail = f"The text holds {what}. Contact details that an office publishes are in order; anything else should be here for a reason."
            found.append(Finding("personal", "notice", detail, firsts[kind].start, firsts[kind].end))
    return found
