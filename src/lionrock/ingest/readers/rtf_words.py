"""The words of RTF: tokens, characters, encodings of fonts, and which groups hold no text of the document."""

from __future__ import annotations

import re

__all__ = [
    "CHARACTERS",
    "DOUBLE",
    "SHOWN",
    "SILENT",
    "TOKEN",
    "WESTERN",
    "codec_of_page",
    "colours_in",
    "decoded",
    "description_in",
    "end_of_group",
    "fonts_in",
    "styles_in",
]

TOKEN = re.compile(
    r"\\([A-Za-z]{1,32})(-?\d{1,10})? ?"  # a control word with its number
    r"|\\'([0-9A-Fa-f]{2})"  # a byte of text
    r"|\\([^A-Za-z])"  # a control sign
    r"|([{}])"
    r"|([^\\{}\r\n]+)"  # text
    r"|[\r\n]+"
    r"|\\"
)
_BRACE = re.compile(r"\\bin(\d{1,9}) ?|\\[\\{}]|([{}])")
CHARACTERS = {
    "line": "\n",
    "lbr": "\n",
    "softline": "",
    "tab": "\t",
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "emspace": "\u2003",
    "enspace": "\u2002",
    "qmspace": "\u2005",
    "zwj": "\u200d",
    "zwnj": "\u200c",
}
SILENT = frozenset(
    "fonttbl colortbl stylesheet info pict objdata objclass objname objalias objsect fldinst fldtype datafield listtable "
    "listoverridetable bkmkstart bkmkend xe tc tcn rxe themedata colorschememapping datastore latentstyles rsidtbl "
    "generator xmlnstbl mmathPr pgdsctbl wgrffmtfilter filetbl revtbl userprops template nonshppict shprslt sp nonesttables "
    "nesttableprops ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn atnid atnauthor atntime atndate atnicn atnref atnparent "
    "atrfstart atrfend passwordhash protusertbl background falt panose fname fontemb fontfile pntxta pntxtb pnseclvl "
    "pn listpicture factoidname formfield hlloc hlsrc hlfr mmathPict docvar ffname ffdeftext ffformat ffhelptext "
    "ffstattext ffentrymcr ffexitmcr ffl stylerestrict blipuid picprop private gridtbl comment buptim creatim revtim "
    "printim linkval propname staticval htmltag mhtmltag company manager operator author hlinkbase category oleclsid "
    "mailmerge shppict writereservation writereservhash windowcaption xmlopen xmlclose mchr".split()
)
"""Groups whose words are not those of the document."""
SHOWN = frozenset(
    "do shpinst shptxt shp shpgrp dptxbxtext ud moMath moMathPara mr mf mnum mden me msup msub msSup msSub mrad "
    "mdeg pntext listtext result fldrslt footnote annotation".split()
)
"""Groups marked as one that old programs may skip, which do hold words."""
_CHARSETS = {
    0: "cp1252",
    77: "mac_roman",
    78: "shift_jis",
    79: "euc_kr",
    80: "gb18030",
    81: "big5hkscs",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gb18030",
    136: "big5hkscs",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    255: "cp437",
}
_PAGES = {932: "cp932", 936: "gb18030", 949: "cp949", 950: "big5hkscs", 951: "big5hkscs", 1361: "johab", 65001: "utf-8"}
_SINGLE = frozenset(
    {437, 708, 720, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 874, *range(1250, 1259)}
)
DOUBLE = frozenset({"cp932", "gb18030", "cp949", "big5hkscs", "johab", "shift_jis", "euc_kr"})
"""Encodings with characters of two bytes, the second of which may look like a sign of RTF."""
WESTERN = "cp1252"


def codec_of_page(number: int) -> str:
    """The encoding of a Windows code page; the western one for an unknown one."""
    if number in _PAGES:
        return _PAGES[number]
    return f"cp{number}" if number in _SINGLE else {10000: "mac_roman", 10007: "mac_cyrillic"}.get(number, WESTERN)


def decoded(data: bytes, codec: str, page: str) -> str:
    """The characters of bytes in a font of that encoding; `page` is the document's own.

    Chinese programs leave the western set on fonts of Chinese text; what is sound in the document's own encoding of
    two bytes is taken for that then.
    """
    if data.isascii():
        return data.decode("ascii")
    tried = [page] if codec == WESTERN and page in DOUBLE else []
    tried += [codec] + (["cp950"] if codec == "big5hkscs" else [])
    for name in tried:
        try:
            # Strictly by code page 950: in HKSCS nearly every pair of bytes is a character, western quotes too.
            return data.decode("cp950" if name == "big5hkscs" and codec == WESTERN else name)
        except UnicodeDecodeError:
            continue
    return data.decode(codec, "replace")


def end_of_group(text: str, at: int) -> int:
    """Where the brace stands that closes the group in which `at` lies; the length of the text if none does."""
    depth = 1
    while found := _BRACE.search(text, at):
        at = found.end()
        if found[1]:
            at += int(found[1])
        elif found[2] == "{":
            depth += 1
        elif found[2] == "}":
            depth -= 1
            if not depth:
                return found.start()
    return len(text)


def fonts_in(source: str) -> dict[int, tuple[str | None, str]]:
    """Fonts of a font table by their numbers: (encoding, None for the document's own; name)."""
    fonts: dict[int, tuple[str | None, str]] = {}
    for entry in re.split(r"[{}]", source):
        found = re.search(r"\\f(\d{1,5})(?![A-Za-z0-9])", entry)
        if found:
            charset = re.search(r"\\fcharset(\d{1,3})", entry)
            page = re.search(r"\\cpg(\d{1,5})", entry)
            codec = codec_of_page(int(page[1])) if page else _CHARSETS.get(int(charset[1])) if charset else None
            fonts.setdefault(int(found[1]), (codec, _plain(entry)))
    return fonts


def colours_in(source: str) -> list[str | None]:
    """The colours of a colour table, six hexadecimal digits each; None for the automatic one."""
    colours: list[str | None] = []
    for entry in source.split(";"):
        parts = dict(re.findall(r"\\(red|green|blue)(\d{1,3})", entry))
        told = [min(int(parts.get(name, 0)), 255) for name in ("red", "green", "blue")]
        colours.append("{:02X}{:02X}{:02X}".format(*told) if parts else None)
    return colours


def styles_in(source: str) -> dict[int, str]:
    """The names of a style sheet's paragraph styles by their numbers."""
    styles: dict[int, str] = {}
    for entry in source.split("{"):
        found = re.search(r"\\s(\d{1,5})(?![A-Za-z0-9])", entry)
        name = _plain(entry)
        if name and (found or "\\*" not in entry):
            styles.setdefault(int(found[1]) if found else 0, name)
    return styles


def description_in(source: str) -> str:
    """The words that stand for a drawn shape, in the source of one of its properties; empty for another property."""
    found = re.search(r"\\sn\s+wzDescription\}\s*\{\\sv\s+([^{}]*)", source)
    if not found:
        return ""
    words = re.sub(r"\\u(-?\d{1,6}) ?\??", lambda match: chr(int(match[1]) & 0xFFFF), found[1])
    return " ".join("".join(char for char in words if not 0xD800 <= ord(char) <= 0xDFFF).split())


def _plain(entry: str) -> str:
    return re.sub(r"\\\*|\\[A-Za-z]+-?\d* ?|\\'..|[;}\r\n]", "", entry).strip()
