"""e-Legislation XML ("HKLM"): one block for each subsection, definition or table row, addressed by its provision.

The stored text is a rendering: the operative words with their numbers, runs of layout white space closed up. Source,
editorial and cross-reference notes are not operative text and are left out. The anchor is the `temporalId` of the
section (of the schedule where it has no sections); a repeated one gets `~2`, `~3` … in document order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from lionrock.errors import BrokenDocumentError, EmptyDocumentError
from lionrock.ingest.readers.builder import TextBuilder
from lionrock.records import Language, ParsedDocument, ProvisionStatus
from lionrock.text.fold import is_han

__all__ = ["is_legislation", "read"]

_NAMESPACE = b"xml.gov.hk/schemas/hklm"
_LEFT_OUT = frozenset(["sourceNote", "editorialNote", "statutoryNote", "marker", "note", "meta"])
_CONTAINERS = frozenset(["part", "division", "subdivision", "chapter", "crossHeading", "main", "body"])
_PROVISIONS = frozenset(["section", "article", "rule", "regulation", "clause", "order", "bylaw"])
_NUMBERED = frozenset(["paragraph", "subparagraph", "subsubparagraph", "item"])
_PARTS = frozenset(["leadIn", "continued", "content", "proviso", "def", "subsection"])
_SET_APART = frozenset(["td", "p", "content", "leadIn", "num"])
_LANGUAGES: dict[str, Language] = {
    "en": "en",
    "zh-Hant": "zh-Hant",
    "zh-Hant-HK": "zh-Hant",
    "zh-Hans": "zh-Hans",
    "zh-Hans-CN": "zh-Hans",
}
_STATUS: dict[str, ProvisionStatus] = {
    "operational": "operational",
    "pending": "pending",
    "repealed": "repealed",
    "omitted": "omitted",
    "expired": "expired",
}
_MOST_DEPTH = 60


def is_legislation(data: bytes) -> bool:
    """Whether the first bytes declare the HKLM namespace."""
    return _NAMESPACE in data[:4096]


def _name(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _language(code: str | None) -> Language | None:
    return _LANGUAGES.get(code or "")


@dataclass(slots=True)
class _State:
    builder: TextBuilder
    anchors: Counter[str]
    language: Language | None


def read(data: bytes, *, name: str) -> ParsedDocument:
    """Read any HKLM root. A document type, and with it any entity, is refused. Raises `BrokenDocumentError`."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BrokenDocumentError(f"The XML is damaged ({error}).") from error
    # Asked of the parser, which finds it wherever it stands and in any encoding. Nothing was expanded or loaded.
    if root.getroottree().docinfo.internalDTD is not None:
        raise BrokenDocumentError("The XML declares a document type or entities; it is refused.")
    facts = {_name(item): " ".join((item.text or "").split()) for item in root.iter() if _name(item) in _META}
    language = _language(facts.get("language")) or _language(root.get("{http://www.w3.org/XML/1998/namespace}lang"))
    state = _State(TextBuilder(), Counter(), language)
    main = next((child for child in root if _name(child) == "main"), root)
    for child in main:
        _structure(child, state, 0)
    if not state.builder.blocks:
        raise EmptyDocumentError("The file holds no provisions.")
    identifier = facts.get("identifier", "")
    title = _title(main, facts)
    return state.builder.document(
        title=title,
        language=language,
        pair_key=identifier.split("!")[0] or None,
        version_date=facts.get("date") or None,
        metadata={"doc_name": facts.get("docName", ""), "identifier": identifier, "rights": facts.get("rights", "")},
    )


_META = frozenset(["docName", "identifier", "date", "language", "rights"])


def _title(main: Any, facts: dict[str, str]) -> str:
    """The short title with the chapter number, as a citation writes it."""
    doc_name = facts.get("docName", "")
    for wanted in ("docTitle", "shortTitle"):
        for element in main.iter():
            if _name(element) == wanted:
                words = _words(element).strip("《》 ")
                if words:
                    return f"{words} ({doc_name})" if doc_name else words
    return doc_name


def _structure(element: Any, state: _State, depth: int) -> None:
    kind = _name(element)
    if kind in _LEFT_OUT or not kind or depth > _MOST_DEPTH:
        return
    if kind in _PROVISIONS:
        _provision(element, state, 4)
    elif kind == "schedule":
        _container(element, state, 1, depth)
    elif kind in _CONTAINERS:
        _container(element, state, 3 if kind in ("division", "subdivision", "crossHeading") else 2, depth)
    elif kind in ("num", "heading"):
        pass
    else:
        words = _words(element)
        if kind == "commencementNote":
            words = words.strip("[] ")
        if kind not in ("commencementNote", "enactingFormula") or len(words) > 3:
            for line in _lines(element, 0) if kind not in ("commencementNote", "enactingFormula") else [words]:
                state.builder.add("provision", line, anchor=_place(element, state), language=state.language)


def _container(element: Any, state: _State, level: int, depth: int) -> None:
    title = _heading_of(element)
    if title:
        state.builder.heading(title, level, language=state.language)
    has_provisions = any(_name(item) in _PROVISIONS for item in element.iter())
    if has_provisions or _name(element) != "schedule":
        for child in element:
            _structure(child, state, depth + 1)
    else:
        _provision(element, state, level, titled=True)


def _heading_of(element: Any) -> str:
    parts = {_name(child): _words(child) for child in element if _name(child) in ("num", "heading")}
    return " ".join(part for part in (parts.get("num", ""), parts.get("heading", "")) if part)


def _place(element: Any, state: _State) -> str | None:
    """The element's temporalId, made unique."""
    anchor = element.get("temporalId")
    if not anchor:
        return None
    state.anchors[anchor] += 1
    return anchor if state.anchors[anchor] == 1 else f"{anchor}~{state.anchors[anchor]}"


def _provision(element: Any, state: _State, level: int, *, titled: bool = False) -> None:
    facts = {
        "anchor": _place(element, state),
        "language": state.language,
        "status": _STATUS.get(element.get("status") or ""),
        "status_reason": element.get("reason"),
        "version_date": element.get("startPeriod"),
    }
    if not titled:
        state.builder.heading(_heading_of(element), level, **facts)
    state.builder.add("provision", _closed(element.text), **facts)
    for child in element:
        _part(child, state, facts)
        state.builder.add("provision", _closed(child.tail), **facts)


def _part(element: Any, state: _State, facts: dict[str, Any]) -> None:
    """One child of a provision."""
    kind = _name(element)
    if kind in ("num", "heading") or kind in _LEFT_OUT or not kind:
        return
    if kind == "subsection":
        _subsection(element, state, facts)
    elif kind in ("part", "text", "division") or _tables(element):
        _tabular(element, state, facts)
    else:
        for line in _lines(element, 0):
            state.builder.add("provision", line, **facts)


def _tables(element: Any) -> list[Any]:
    return [item for item in element.iter() if _name(item) == "table"]


def _tabular(element: Any, state: _State, facts: dict[str, Any], depth: int = 0) -> None:
    """Text and tables of a schedule, in order."""
    if depth > _MOST_DEPTH:
        return
    if _name(element) == "table":
        for row in (item for item in element.iter() if _name(item) == "tr"):
            cells = [_words(cell) for cell in row if _name(cell) in ("td", "th")]
            state.builder.row(cells, None, **facts)
        return
    state.builder.add("provision", _heading_of(element), **facts)
    if not _tables(element):
        for line in _lines(element, 0):
            state.builder.add("provision", line, **facts)
        return
    state.builder.add("provision", _closed(element.text), **facts)
    for child in element:
        kind = _name(child)
        if kind and kind not in ("num", "heading") and kind not in _LEFT_OUT:
            _tabular(child, state, facts, depth + 1)
        state.builder.add("provision", _closed(child.tail), **facts)


def _subsection(element: Any, state: _State, facts: dict[str, Any]) -> None:
    """One block a subsection; each definition in it is a block of its own. The first one begins with the number."""
    number = next((_words(child) for child in element if _name(child) == "num"), "")
    blocks: list[list[str]] = [_line(element.text)]
    for child in element:
        if _name(child) == "def":
            blocks += [_lines(child, 0), []]
        elif _name(child) != "num":
            blocks[-1] += _lines(child, 0)
        blocks[-1] += _line(child.tail)
    written = [lines for lines in blocks if lines] or [[]]
    written[0][:1] = [" ".join((number, *written[0][:1])).strip()]
    for lines in written:
        state.builder.add("provision", "\n".join(lines), **facts)


def _lines(element: Any, depth: int) -> list[str]:
    """Lines of a piece of a provision: each numbered paragraph begins a line with its number."""
    kind = _name(element)
    if kind in _LEFT_OUT or not kind or depth > _MOST_DEPTH:
        return []
    inner = [child for child in element if _name(child) in _NUMBERED or _name(child) in _PARTS]
    if not inner:
        return _line("".join(_pieces(element)))
    number = next((_words(child) for child in element if _name(child) == "num"), "")
    lines: list[str] = []
    run = [element.text or ""]
    for child in element:
        if child in inner:
            lines += [*_line("".join(run)), *_lines(child, depth + 1)]
            run.clear()
        elif _name(child) not in ("num", *_LEFT_OUT, ""):
            run += [*_pieces(child), " " if _name(child) in _SET_APART else ""]
        run.append(child.tail or "")
    lines += _line("".join(run))
    if number:
        lines[:1] = [f"{number} {lines[0]}" if lines else number]
    return lines


def _line(text: str | None) -> list[str]:
    """A line of these words; none when there are none."""
    words = _closed(text)
    return [words] if words else []


def _words(element: Any) -> str:
    """Operative words of an element."""
    return _closed("".join(_pieces(element)))


def _closed(text: str | None) -> str:
    """White space closed up; between ideographs it falls away."""
    parts = (text or "").split()
    joined = parts[0] if parts else ""
    for part in parts[1:]:
        joined += part if _wide(joined[-1]) and _wide(part[0]) else f" {part}"
    return joined


def _wide(char: str) -> bool:
    return is_han(char) or "\u3000" <= char <= "\u303f" or "\uff00" <= char <= "\uffef"


def _pieces(element: Any) -> Iterator[str]:
    if _name(element) == "num" and not (element.text or "").strip() and element.get("value") and not len(element):
        yield element.get("value")
        return
    yield element.text or ""
    for child in element:
        if _name(child) not in _LEFT_OUT and _name(child):
            yield from _pieces(child)
            if _name(child) in _SET_APART:
                yield " "
        yield child.tail or ""
