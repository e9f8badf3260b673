"""RTF: words in the encodings of their fonts, headings by style or outline level, list numbers, tables, notes.

Hidden and deleted text, comments and the file's own properties are told apart. Pictures and objects are passed over
without being read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from lionrock.errors import BrokenDocumentError
from lionrock.ingest.readers.builder import TextBuilder
from lionrock.ingest.readers.docx_numbering import numeral
from lionrock.ingest.readers.office_look import ANY_GROUND, Look, concealed, symbols
from lionrock.ingest.readers.rtf_flow import Flow
from lionrock.ingest.readers.rtf_tables import Row
from lionrock.ingest.readers.rtf_words import (
    CHARACTERS,
    DOUBLE,
    SHOWN,
    SILENT,
    TOKEN,
    WESTERN,
    codec_of_page,
    colours_in,
    decoded,
    description_in,
    end_of_group,
    fonts_in,
    styles_in,
)
from lionrock.records import Hidden, ParsedDocument

__all__ = ["read"]

_DEEPEST = 500
_FURNITURE = frozenset({"header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf"})
_PAGE_FIELD = re.compile(r"\b(?:PAGE|NUMPAGES|SECTIONPAGES)\b", re.IGNORECASE)
_METADATA = frozenset({"title", "subject", "keywords", "doccomm"})
_FLOWS = frozenset({*_FURNITURE, "footnote", "annotation", "shptxt", "dptxbxtext"})


def read(data: bytes, *, name: str) -> ParsedDocument:
    """The document's text and blocks. Raises a `DocumentError`."""
    if not data.lstrip()[:5] == b"{\\rtf":
        raise BrokenDocumentError(
            "The file is not RTF, though it is called so; open it in its own program and save it again."
        )
    return _Reader(data.decode("latin-1")).parsed()


@dataclass(slots=True)
class _State:
    """What a group inherits and gives back at its end."""

    font: int = -1
    colour: int = 0
    ground: int = 0
    points: float | None = None
    hidden: bool = False
    deleted: bool = False
    skip: int = 1
    """How many characters stand in for one in Unicode."""
    target: str = ""
    """The group that is not text of the document as such: `listtext`, `title`, a shape's property and so on."""


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._state = _State()
        self._stack: list[tuple[_State, Flow]] = []
        self._flow = Flow()
        self._body = self._flow
        self._bytes = bytearray()
        self._pass = 0
        self._starred = False
        self._page = WESTERN
        self._default_font = -1
        self._fonts: dict[int, tuple[str | None, str]] = {}
        self._colours: list[str | None] = [None]
        self._styles: dict[int, str] = {}
        self._furniture: list[str] = []
        self._endnotes: list[str] = []
        self._hidden: list[Hidden] = []
        self._title: list[str] = []
        self._info: list[str] = []
        self._footnotes = 0
        self._ends = 0
        self._mark = ""
        self._tracked = False
        self._embedded = 0
        self._counts_pages = False
        """The result that follows is that of a field for a page's number."""

    def parsed(self) -> ParsedDocument:
        """Read all groups."""
        complete = self._run()
        self._flush()
        while self._stack:
            self._close()
        self._paragraph()
        self._flow.end_table()
        builder = TextBuilder()
        for kind, level, text in (*self._body.blocks, *(("paragraph", 0, text) for text in self._endnotes)):
            if kind == "heading":
                builder.heading(text, level)
            else:
                builder.add(kind, text, level=level)
        for text in dict.fromkeys(self._furniture):
            if re.sub(r"[\d\W]+", "", text):
                builder.add("paragraph", text)
                builder.blocks[-1] = replace(builder.blocks[-1], heading=())
        title = " ".join("".join(self._title).split())
        return builder.document(
            title=None if any(block.kind == "heading" for block in builder.blocks) else title or None,
            encoding=self._page,
            hidden=tuple(self._hidden),
            notices=tuple(self._notices(complete)),
        )

    def _notices(self, complete: bool) -> list[str]:
        notices = []
        if self._tracked:
            notices.append("The document has tracked changes; it was read as if all of them were accepted.")
        if self._embedded:
            notices.append(f"Files embedded in the document were not read: {self._embedded}.")
        if not complete:
            notices.append("The file ends before its text does; what follows may be missing.")
        return notices

    def _run(self) -> bool:
        """Go through the tokens; False where the file ends inside a group."""
        while self._at < len(self._text):
            token = TOKEN.match(self._text, self._at)
            assert token is not None
            self._at = token.end()
            word, number, code, sign, brace, text = token.groups()
            if text:
                self._characters(text)
            elif code:
                self._byte(int(code, 16))
            elif word:
                self._word(word, None if number is None else int(number))
            elif brace == "{":
                self._open()
            elif brace == "}":
                self._close()
                if not self._stack:
                    return True  # what follows the document is none of it
            elif sign:
                self._sign(sign)
        return False

    # Characters

    def _characters(self, text: str) -> None:
        if self._pass:
            dropped = min(self._pass, len(text))
            self._pass -= dropped
            text = text[dropped:]
        self._bytes += text.encode("latin-1")
        if not text.isascii() and self._codec() in DOUBLE and self._is_half(text):
            # The second byte of a character may look like a sign of RTF.
            self._bytes += self._text[self._at : self._at + 1].encode("latin-1")
            self._at += 1

    @staticmethod
    def _is_half(text: str) -> bool:
        """Whether the text ends with the first byte of a character of two."""
        half = False
        for char in text:
            half = not half and ord(char) > 0x80
        return half

    def _byte(self, code: int) -> None:
        if self._pass:
            self._pass -= 1
        else:
            self._bytes.append(code)

    def _codec(self) -> str:
        codec, _ = self._fonts.get(self._state.font if self._state.font >= 0 else self._default_font, (None, ""))
        return codec or self._page

    def _flush(self) -> None:
        """Bytes so far become characters in the encoding of their font."""
        if self._bytes:
            data, self._bytes = bytes(self._bytes), bytearray()
            self._say(decoded(data, self._codec(), self._page))

    def _say(self, text: str) -> None:
        """Characters go where their group says."""
        state, flow = self._state, self._flow
        if state.target in _METADATA:
            (self._title if state.target == "title" else self._info).append(text)
            if state.target == "title":
                self._info.append(text)
            return
        font = self._fonts.get(state.font if state.font >= 0 else self._default_font, (None, ""))[1]
        text = symbols(font, text).replace("\x00", "")
        if state.target == "label":
            flow.label.append(text)
            return
        flow.say(text, "deleted text" if state.deleted else self._concealed(state))

    def _concealed(self, state: _State) -> str | None:
        ground = self._colour(state.ground) if state.ground else None
        # Shading of cells and boxes is not followed: white text in a table may stand on a dark ground.
        under = ANY_GROUND if self._flow.in_table or self._flow.kind in ("shptxt", "dptxbxtext") else "FFFFFF"
        return concealed(Look(state.hidden, self._colour(state.colour), state.points, ground), under)

    def _colour(self, index: int) -> str | None:
        return self._colours[index] if 0 <= index < len(self._colours) else None

    # Groups

    def _open(self) -> None:
        self._flush()
        self._pass = 0
        if len(self._stack) >= _DEEPEST:
            raise BrokenDocumentError("The file is nested too deeply to be a document; it is refused.")
        self._stack.append((replace(self._state), self._flow))
        self._starred = False

    def _close(self) -> None:
        self._flush()
        self._pass = 0
        if not self._stack:
            return
        ended = self._flow
        state, flow = self._stack.pop()
        if ended is not flow:
            self._paragraph()
            ended.end_table()
            self._flow = flow
            self._ended(ended, flow)
        elif self._state.target in _METADATA and state.target != self._state.target:
            words = " ".join("".join(self._info).split())
            self._info.clear()
            if words:
                self._hidden.append(Hidden("metadata", words))
        self._state = state

    def _ended(self, ended: Flow, outer: Flow) -> None:
        """What is done with the words of a note, a header, a comment or a box."""
        texts = [text for _, _, text in ended.blocks if text.strip()]
        if ended.kind in _FURNITURE:
            self._furniture += (" ".join(text.split()) for text in texts)
        elif ended.kind == "annotation":
            if texts:
                self._hidden.append(Hidden("comment", " ".join(" ".join(texts).split())))
        elif ended.kind == "footnote":
            told = " ".join(" ".join([self._mark, *texts]).split()) if texts else ""
            if ended.is_endnote:
                self._endnotes.append(told)
            else:
                outer.after.append(told)
        else:
            outer.after += texts

    def _skip_group(self) -> str:
        """Pass over the rest of the group; its source text."""
        end = end_of_group(self._text, self._at)
        start, self._at = self._at, end
        return self._text[start:end]

    # Control words

    def _sign(self, sign: str) -> None:
        if self._pass and sign != "*":
            self._pass -= 1
        elif sign in "\\{}":
            self._bytes += sign.encode()
        elif sign == "~":
            self._flush()
            self._say("\u00a0")
        elif sign == "_":
            self._bytes += b"-"
        elif sign == "*":
            self._starred = True
        elif sign in "\r\n":
            self._flush()
            self._paragraph()
        elif sign == "\t":
            self._bytes += b"\t"

    def _word(self, word: str, number: int | None) -> None:
        if word == "bin":
            self._at += max(number or 0, 0)
            return
        if self._pass and word != "u":
            self._pass -= 1
            return
        if word == "u":
            self._unicode(number or 0)
            return
        self._flush()
        starred, self._starred = self._starred, False
        if word in _FLOWS and word not in SILENT:
            self._flow = Flow(word, in_table=False)
            if word == "footnote":
                self._state = replace(self._state, hidden=False)
        elif word in _GROUPS:
            _GROUPS[word](self)
        elif word in _METADATA:
            self._state.target = word
        elif word in SILENT or (starred and word not in SHOWN):
            self._skip_group()
        elif word in CHARACTERS:
            self._say(CHARACTERS[word])
        elif word in _WORDS:
            _WORDS[word](self, number)

    def _unicode(self, number: int) -> None:
        self._flush()
        self._pass = self._state.skip
        code = number & 0xFFFF if number < 0x10000 else number
        if 0xD800 <= code <= 0xDBFF:
            self._say(chr(code))
        elif 0xDC00 <= code <= 0xDFFF:
            shown = self._flow.shown
            if shown and len(shown[-1]) == 1 and 0xD800 <= ord(shown[-1]) <= 0xDBFF:
                high = ord(shown.pop())
                self._say(chr(0x10000 + ((high - 0xD800) << 10) + code - 0xDC00))
        elif 0x20 <= code <= 0x10FFFF:
            self._say(chr(code))

    def _paragraph(self) -> None:
        self._flush()
        self._flow.paragraph(self._styles, self._hidden)

    def _end_cell(self) -> None:
        self._flow.in_table = True
        self._paragraph()
        self._flow.end_cell()

    def _end_row(self) -> None:
        self._paragraph()
        self._flow.end_row()

    # What control words do

    def _fonts_told(self) -> None:
        self._fonts |= fonts_in(self._skip_group())

    def _colours_told(self) -> None:
        self._colours = colours_in(self._skip_group())

    def _styles_told(self) -> None:
        self._styles |= styles_in(self._skip_group())

    def _doubled(self) -> None:
        """The same words stand here twice, the second time in Unicode."""
        if self._text[self._at : self._at + 1] == "{":
            self._at = end_of_group(self._text, self._at + 1) + 1

    def _label_begun(self) -> None:
        self._state.target = "label"

    def _property_told(self) -> None:
        """A property of a drawn shape: the words that stand for it are kept apart."""
        words = description_in(self._skip_group())
        if words:
            self._hidden.append(Hidden("alternative text", words))

    def _object_begun(self) -> None:
        self._embedded += 1

    def _field_code(self) -> None:
        code = self._skip_group()
        self._counts_pages = self._flow.kind in _FURNITURE and _PAGE_FIELD.search(code) is not None

    def _field_result(self) -> None:
        if self._counts_pages:
            self._skip_group()
        self._counts_pages = False

    def _info_begun(self) -> None:
        """The groups in it say themselves what they are."""

    def _note_mark(self, number: int | None) -> None:
        """The mark of a note, in the text and then in the note itself, where it is left out."""
        if self._flow.kind == "footnote":
            return
        group = re.search(r"\\footnote(?![a-z])\s*(\\ftnalt)?", self._text[self._at : self._at + 400])
        if group and group[1]:
            self._ends += 1
            self._mark = f"[{numeral(self._ends, 'lowerRoman')}]"
        else:
            self._footnotes += 1
            self._mark = f"[{self._footnotes}]"
        self._say(self._mark)

    def _plain(self, number: int | None) -> None:
        state = self._state
        state.font, state.colour, state.ground, state.points = -1, 0, 0, None
        state.hidden = state.deleted = False


_GROUPS: dict[str, Callable[[_Reader], None]] = {
    "fonttbl": _Reader._fonts_told,
    "colortbl": _Reader._colours_told,
    "stylesheet": _Reader._styles_told,
    "listtext": _Reader._label_begun,
    "pntext": _Reader._label_begun,
    "sp": _Reader._property_told,
    "object": _Reader._object_begun,
    "info": _Reader._info_begun,
    "upr": _Reader._doubled,
    "fldinst": _Reader._field_code,
    "fldrslt": _Reader._field_result,
}


def _set(name: str, value: Callable[[int | None], object]) -> Callable[[_Reader, int | None], None]:
    return lambda reader, number: setattr(reader._state, name, value(number))


def _set_flow(name: str, value: Callable[[int | None], object]) -> Callable[[_Reader, int | None], None]:
    return lambda reader, number: setattr(reader._flow, name, value(number))


def _edge(reader: _Reader, number: int | None) -> None:
    reader._flow.row.edge(number or 0)


def _revised(reader: _Reader, number: int | None) -> None:
    reader._tracked = reader._tracked or number != 0


def _deleted(reader: _Reader, number: int | None) -> None:
    reader._state.deleted = number != 0
    _revised(reader, number)


def _page_of(reader: _Reader, number: int | None) -> None:
    reader._page = codec_of_page(number or 0)


def _new_row(reader: _Reader, number: int | None) -> None:
    reader._flow.row = Row()


def _endnote(reader: _Reader, number: int | None) -> None:
    reader._flow.is_endnote = True


_WORDS: dict[str, Callable[[_Reader, int | None], None]] = {
    "par": lambda reader, _: reader._paragraph(),
    "sect": lambda reader, _: reader._paragraph(),
    "page": lambda reader, _: reader._paragraph(),
    "cell": lambda reader, _: reader._end_cell(),
    "row": lambda reader, _: reader._end_row(),
    "nestcell": lambda reader, _: reader._say(" "),
    "nestrow": lambda reader, _: reader._say(" "),
    "trowd": _new_row,
    "trhdr": lambda reader, _: setattr(reader._flow.row, "is_head", True),
    "cellx": _edge,
    "clmrg": lambda reader, _: reader._flow.row.mark("beside"),
    "clvmrg": lambda reader, _: reader._flow.row.mark("below"),
    "pard": lambda reader, _: reader._flow.pard(),
    "plain": _Reader._plain,
    "intbl": _set_flow("in_table", lambda number: number != 0),
    "outlinelevel": _set_flow("outline", lambda number: number),
    "s": _set_flow("style", lambda number: number or 0),
    "ls": _set_flow("in_list", lambda number: bool(number)),
    "ilvl": _set_flow("depth", lambda number: number or 0),
    "f": _set("font", lambda number: -1 if number is None else number),
    "cf": _set("colour", lambda number: number or 0),
    "cb": _set("ground", lambda number: number or 0),
    "chcbpat": _set("ground", lambda number: number or 0),
    "highlight": _set("ground", lambda number: number or 0),
    "fs": _set("points", lambda number: None if number is None else number / 2),
    "v": _set("hidden", lambda number: number != 0),
    "uc": _set("skip", lambda number: min(max(number or 0, 0), 10)),
    "deleted": _deleted,
    "revised": _revised,
    "ansicpg": _page_of,
    "mac": lambda reader, _: setattr(reader, "_page", "mac_roman"),
    "pc": lambda reader, _: setattr(reader, "_page", "cp437"),
    "pca": lambda reader, _: setattr(reader, "_page", "cp850"),
    "deff": lambda reader, number: setattr(reader, "_default_font", -1 if number is None else number),
    "chftn": _Reader._note_mark,
    "ftnalt": _endnote,
}
