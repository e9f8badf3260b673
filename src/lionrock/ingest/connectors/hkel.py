"""Bulk files of Hong Kong e-Legislation: which members are laws, of which date, and which of them to take in.

What a member is stands in its first bytes; its name only helps where they do not say.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lionrock.errors import DocumentError, UsageError
from lionrock.ingest.connectors.bulkzip import BulkZip, Member

__all__ = ["LANGUAGES", "Choice", "Edition", "Survey", "caps_of", "choose", "survey"]

LANGUAGES = ("en", "zh-Hant", "zh-Hans")
_HEAD = 65_536
_NAMESPACE = "xml.gov.hk/schemas/hklm"
_ELEMENT = r"<(?:[\w.-]+:)?{}(?:\s[^>]*)?>\s*([^<]*?)\s*</"
_IDENTIFIER = re.compile(_ELEMENT.format("identifier"))
_DATE = re.compile(_ELEMENT.format("date"))
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_CAP = re.compile(r"/hk/cap([0-9]+[a-z]*)(?![a-z0-9])", re.IGNORECASE)
_NAME = re.compile(r"cap_([0-9]+[a-z]*)_(\d{4})(\d{2})(\d{2})\d{6}_(en|zh-hant|zh-hans)(?![a-z])", re.IGNORECASE)
_NAMED_LANGUAGE = {"en": "en", "zh-hant": "zh-Hant-HK", "zh-hans": "zh-Hans-CN"}
_POINT_IN_TIME = re.compile(r"@[^!]*")


@dataclass(frozen=True, slots=True)
class Edition:
    """A law in one language as it stood from one date."""

    member: Member
    identifier: str
    """`/hk/cap486!en`."""
    date: str
    """ISO date; empty when it states none."""

    @property
    def source(self) -> str:
        """What its document is known by, in this bulk file and in every later one."""
        return f"hkel:{self.identifier}"

    @property
    def address(self) -> str:
        """Its page on the official site."""
        return f"https://www.elegislation.gov.hk{self.identifier}"

    @property
    def cap(self) -> str | None:
        """Its chapter number, `486A`; None for what has none."""
        found = _CAP.match(self.identifier)
        return found[1].upper() if found else None

    @property
    def language(self) -> str | None:
        """One of `LANGUAGES`."""
        code = self.identifier.rpartition("!")[2]
        return next((name for name in LANGUAGES if code == name or code.startswith(f"{name}-")), None)


@dataclass(slots=True)
class Survey:
    """What a bulk file holds of what was asked for."""

    editions: list[Edition] = field(default_factory=list)
    faults: list[tuple[Member, str]] = field(default_factory=list)
    """Members that cannot be read, and why."""
    not_asked: int = 0
    """Laws of other chapters or in other languages."""
    no_laws: int = 0
    """Members that are something else."""


@dataclass(slots=True)
class Choice:
    """What to take in: rounds, one after the other; in each a document comes once."""

    rounds: list[list[Edition]]
    older: int = 0
    """Editions that a newer one in the file, or a document that is there, makes needless."""
    doubles: int = 0
    """Members that a later member of the same document and date stands for."""


def caps_of(text: str) -> frozenset[str]:
    """`1,486,486A` as a set. Raises `UsageError`."""
    found = frozenset(part.strip().upper() for part in text.split(",") if part.strip())
    wrong = sorted(part for part in found if not re.fullmatch(r"[0-9]+[A-Z]*", part))
    if wrong or not found:
        raise UsageError(f"{wrong[0] if wrong else text!r} is no chapter number; write them as 1,486,486A.")
    return found


def survey(
    archive: BulkZip,
    *,
    caps: frozenset[str] | None = None,
    language: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Survey:
    """Look at the beginning of every member; `caps` and `language` say what is wanted, None: all."""
    found = Survey()
    for done, member in enumerate(archive.members, 1):
        if not member.name.lower().endswith(".xml"):
            found.no_laws += 1
        else:
            _look(archive, member, caps, language, found)
        progress(done, len(archive.members))
    return found


def _look(archive: BulkZip, member: Member, caps: frozenset[str] | None, language: str | None, found: Survey) -> None:
    named = _named(member)
    if named is not None and not _wanted(named, caps, language):
        found.not_asked += 1  # Its name says enough, and the bytes need not be read.
        return
    try:
        head = archive.head(member, _HEAD)
    except DocumentError as error:
        found.faults.append((member, error.message))
        return
    edition = _told(member, head, named)
    if isinstance(edition, str):
        found.faults.append((member, edition))
    elif edition is None:
        found.no_laws += 1
    elif _wanted(edition, caps, language):
        found.editions.append(edition)
    else:
        found.not_asked += 1


def _wanted(edition: Edition, caps: frozenset[str] | None, language: str | None) -> bool:
    return (caps is None or edition.cap in caps) and (language is None or edition.language == language)


def _named(member: Member) -> Edition | None:
    """What the name of a member says."""
    found = _NAME.match(member.base)
    if found is None:
        return None
    cap, year, month, day, code = found.groups()
    return Edition(member, f"/hk/cap{cap.upper()}!{_NAMED_LANGUAGE[code.lower()]}", f"{year}-{month}-{day}")


def _told(member: Member, head: bytes, named: Edition | None) -> Edition | str | None:
    """The edition that the first bytes name; a text says why it cannot be known; None: it is no law."""
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = head.decode("utf-16" if wide else "utf-8", "replace")
    if _NAMESPACE not in text[:8_192]:
        return None
    identifier, date = _IDENTIFIER.search(text), _DATE.search(text)
    name = _POINT_IN_TIME.sub("", identifier[1]) if identifier and identifier[1].startswith("/") else None
    if name is None and named is None:
        return "The member does not say which law it is."
    told = date[1] if date and _ISO_DATE.fullmatch(date[1]) else ""
    return Edition(member, name or (named.identifier if named else ""), told or (named.date if named else ""))


def choose(editions: list[Edition], known: Mapping[str, str], *, all_versions: bool = False) -> Choice:
    """The newest edition of each document, or with `all_versions` all of them, the oldest first.

    `known` tells the date of the documents that are there already, by source; what is older than that is left out.
    """
    groups: defaultdict[str, dict[str, Edition]] = defaultdict(dict)
    result = Choice([])
    for edition in editions:
        dated = groups[edition.source]
        result.doubles += edition.date in dated
        dated[edition.date] = edition
    for source, dated in groups.items():
        in_order = [dated[date] for date in sorted(dated)]
        wanted = in_order if all_versions else in_order[-1:]
        taken = [edition for edition in wanted if edition.date >= known.get(source, "") or not edition.date]
        result.older += len(in_order) - len(taken)
        for number, edition in enumerate(taken):
            if number == len(result.rounds):
                result.rounds.append([])
            result.rounds[number].append(edition)
    return result
