"""Numbers as a spreadsheet program shows them: format codes such as `#,##0.00`, `0.0%`, `[$HK$-C04]#,##0`, `d mmm yyyy`.

Shown are digits, thousands, decimals, scaling, percentages, exponents, fractions, currency signs and other literal
words, conditions, dates and times in English and Chinese, the year of the Republic (`[$-404]e`). Chinese numerals
(`[DBNum1]`) show as ordinary digits, and widths (`_x`, `*x`) as a blank or nothing. A code that says nothing about a
value (`;;;`) shows nothing. A format that follows the computer's region (number 14, the short date) is shown as in
Hong Kong: day, month, year.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple

from lionrock.ingest.readers.table_dates import DateToken, date_shown

__all__ = ["BUILT_IN", "NumberFormat", "general", "number_format"]

_LONGEST_CODE = 400
_EXACT = Context(prec=700)
_MOST_DECIMALS = 30
_STEPS = [Decimal(1).scaleb(-places) for places in range(_MOST_DECIMALS + 1)]

BUILT_IN: dict[int, str] = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: '"$"#,##0;-"$"#,##0',
    6: '"$"#,##0;-"$"#,##0',
    7: '"$"#,##0.00;-"$"#,##0.00',
    8: '"$"#,##0.00;-"$"#,##0.00',
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "d/m/yyyy",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "d/m/yyyy h:mm",
    37: "#,##0;-#,##0",
    38: "#,##0;-#,##0",
    39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00",
    41: '#,##0;-#,##0;"-"',
    42: '"$"#,##0;-"$"#,##0;"$-"',
    43: '#,##0.00;-#,##0.00;"-"',
    44: '"$"#,##0.00;-"$"#,##0.00;"$-"',
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
}
"""Codes of the numbers that files name without saying what they mean."""
_YEAR_MONTH, _MONTH_DAY = 'yyyy"年"m"月"', 'm"月"d"日"'
BUILT_IN |= dict.fromkeys((27, 36, 50, 52, 57), _YEAR_MONTH) | dict.fromkeys((28, 29, 51, 53, 54, 58), _MONTH_DAY)
BUILT_IN |= {30: "d/m/yy", 31: 'yyyy"年"m"月"d"日"', 32: 'h"時"mm"分"', 33: 'h"時"mm"分"ss"秒"'}
BUILT_IN |= {34: '上午/下午h"時"mm"分"', 35: '上午/下午h"時"mm"分"ss"秒"'}
BUILT_IN |= {55: BUILT_IN[34], 56: BUILT_IN[35]}

_TOKEN = re.compile(
    r"""
    "(?P<quoted>[^"]*)"?
    | \\(?P<escaped>.)
    | _(?P<skip>.)
    | \*(?P<fill>.)
    | \[(?P<bracket>[^\]]*)\]
    | (?P<half>AM/PM|A/P|上午/下午)
    | (?P<general>General|G/通用格式|G/標準|G/标准)
    | (?P<exponent>E[+-])
    | (?P<date>y+|m+|d+|h+|s+|e+|g+|b+|a{3,4})
    | (?P<digits>[0#?]+)
    | (?P<mark>[.,%@/;])
    | (?P<other>.)
    """,
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_PLAIN = re.compile(r"#*0")
_FRACTION = re.compile(r"(?:([#0?]+)[ _?]+)?([#0?]+)\s*/\s*([#0?]+|[1-9]\d{0,4})")


class _Token(NamedTuple):
    kind: str
    """`literal`, `digits`, `mark`, `general`, `exponent`, `date`, `half`, `elapsed`."""
    text: str


class _Places(NamedTuple):
    """How the digits of a section stand."""

    dot: int
    """Where the decimal point is among the tokens; their number where there is none."""
    whole: str
    part: str
    """The places before and behind the point, such as `##0` and `00`."""
    grouped: bool
    shift: int
    """The power of ten that percent signs and scaling commas make."""
    around: tuple[str, str] | None
    """What stands before and after the digits, where they are a plain number such as `#,##0.00`."""


@dataclass(frozen=True, slots=True)
class _Section:
    tokens: tuple[_Token, ...]
    source: str
    condition: tuple[str, float] | None
    locale: str
    is_date: bool
    is_text: bool
    places: _Places


def _section(tokens: list[_Token], source: str, condition: tuple[str, float] | None, locale: str) -> _Section:
    return _Section(
        tuple(tokens),
        source,
        condition,
        locale,
        any(token.kind in ("date", "half", "elapsed") for token in tokens),
        ("mark", "@") in tokens,
        _places(tokens),
    )


def _places(tokens: list[_Token]) -> _Places:
    dot = next((at for at, token in enumerate(tokens) if token == ("mark", ".")), len(tokens))
    digits = [at for at, token in enumerate(tokens) if token.kind == "digits"]
    whole = "".join(tokens[at].text for at in digits if at < dot)
    part = "".join(tokens[at].text for at in digits if at > dot)[:_MOST_DECIMALS]
    last = max((at for at in digits if at < dot), default=-1)
    commas = [at for at, token in enumerate(tokens) if token == ("mark", ",")]
    scale = sum(at > last for at in commas) if last >= 0 else 0
    percent = sum(token == ("mark", "%") for token in tokens)
    around = None
    if digits and _PLAIN.fullmatch(whole) and not part.strip("0"):
        inner = tokens[digits[0] : digits[-1] + 1]
        if (
            all(token.kind == "digits" or token.text in ",." for token in inner)
            and inner.count(_Token("mark", ".")) <= 1
        ):
            outer = tokens[: digits[0]], tokens[digits[-1] + 1 :]
            before, after = ("".join(t.text for t in side if t != ("mark", ",")) for side in outer)
            around = (before, after) if ("mark", ".") not in (*outer[0], *outer[1]) else None
    return _Places(dot, whole, part, any(at < last for at in commas), 2 * percent - 3 * scale, around)


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """A format code, taken apart."""

    sections: tuple[_Section, ...]

    @property
    def kind(self) -> Literal["number", "date"]:
        """Whether numbers show as dates or times."""
        return "date" if self.sections[0].is_date else "number"

    @property
    def shows_nothing(self) -> bool:
        """True for `;;;`, with which people hide cells."""
        return len(self.sections) >= 3 and not any(section.tokens for section in self.sections)

    def number(self, value: float, *, since_1904: bool = False) -> str:
        """A number or a date (days since the file's epoch) as it shows, on one line; maybe nothing."""
        if not math.isfinite(value):
            return general(value)
        section, bare = self._section(value)
        if section.is_date:
            tokens = [DateToken(token.kind, token.text) for token in section.tokens]
            shown = date_shown(tokens, value, since_1904=since_1904, locale=section.locale)
            return general(value) if shown is None else " ".join(shown.split())
        sign = "-" if value < 0 and not bare else ""
        return " ".join((sign + _number(section, abs(value))).split())

    def text(self, words: str) -> str:
        """A text as it shows; most formats leave it alone."""
        if self.shows_nothing:
            return ""
        section = self.sections[3] if len(self.sections) > 3 else self.sections[-1]
        if not section.is_text or all(token.kind != "literal" or not token.text.strip() for token in section.tokens):
            return words
        return "".join(words if token.kind == "mark" else token.text for token in section.tokens)

    def _section(self, value: float) -> tuple[_Section, bool]:
        """The section for a value, and whether it shows the value without its sign."""
        sections = self.sections[:3]
        if any(section.condition for section in sections):
            for section in sections:
                if section.condition is None or _holds(section.condition, value):
                    return section, False
            return sections[-1], False
        if len(sections) == 1 or value > 0 or (value == 0 and len(sections) == 2):
            return sections[0], False
        return (sections[1], True) if value < 0 else (sections[2], False)


def _holds(condition: tuple[str, float], value: float) -> bool:
    sign, bound = condition
    return {
        "<": value < bound,
        "<=": value <= bound,
        ">": value > bound,
        ">=": value >= bound,
        "=": value == bound,
        "<>": value != bound,
    }[sign]


@lru_cache(maxsize=4096)
def number_format(code: str) -> NumberFormat:
    """Take a format code apart. Any text is a code; what means nothing is shown as it is."""
    if not code.strip() or len(code) > _LONGEST_CODE:
        code = "General"
    sections: list[_Section] = []
    tokens: list[_Token] = []
    condition: tuple[str, float] | None = None
    locale, start = "", 0
    for found in _TOKEN.finditer(code):
        kind, text = str(found.lastgroup), found[str(found.lastgroup)]
        if kind == "bracket":
            token, condition, locale = _bracket(text, condition, locale)
            tokens += [token] if token else []
        elif kind == "mark" and text == ";":
            sections.append(_section(tokens, code[start : found.start()], condition, locale))
            tokens, condition, start = [], None, found.end()
        elif kind in ("quoted", "escaped", "other"):
            tokens.append(_Token("literal", text))
        elif kind == "skip":
            tokens.append(_Token("literal", " "))
        elif kind != "fill":
            tokens.append(_Token(kind, text))
    sections.append(_section(tokens, code[start:], condition, locale))
    return NumberFormat(tuple(sections))


def _bracket(
    text: str, condition: tuple[str, float] | None, locale: str
) -> tuple[_Token | None, tuple[str, float] | None, str]:
    """What stands in square brackets: a currency with a locale, a condition, elapsed time, a colour."""
    if text.startswith("$"):
        sign, _, place = text[1:].partition("-")
        return (_Token("literal", sign) if sign else None), condition, place or locale
    found = _CONDITION.fullmatch(text.strip())
    if found is not None:
        return None, (found[1], float(found[2])), locale
    return (_Token("elapsed", text) if _ELAPSED.fullmatch(text) else None), condition, locale


def general(value: float) -> str:
    """A number without a format: whole numbers in full up to 15 digits, others to ten significant digits."""
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    shown = f"{value:.10g}"
    if "e" not in shown:
        return shown
    head, _, power = f"{value:.5E}".partition("E")
    head = head.rstrip("0").rstrip(".")
    return f"{head}E{power}"


def _number(section: _Section, value: float) -> str:
    around = section.places.around
    if around is not None:
        rounded = _rounded(value, section.places)
        return f"{around[0]}{rounded:,f}{around[1]}" if section.places.grouped else f"{around[0]}{rounded:f}{around[1]}"
    kinds = {token.kind for token in section.tokens}
    if "digits" not in kinds:
        return "".join(
            general(value) if token.kind == "general" or token == ("mark", "@") else token.text
            for token in section.tokens
        )
    fraction = _FRACTION.search(section.source) if ("mark", "/") in section.tokens else None
    if fraction is not None:
        return _fraction(fraction, value)
    if "exponent" in kinds:
        return _exponent(section, value)
    return _fixed(section, value)


def _fraction(found: re.Match[str], value: float) -> str:
    """`# ?/?`: a whole number and a fraction whose denominator has so many digits, or is given."""
    whole = int(value) if found[1] else 0
    rest = Fraction(value) - whole
    if found[3].isdigit() and int(found[3]) > 0:
        bottom = int(found[3])
        top = round(rest * bottom)
    else:
        near = rest.limit_denominator(10 ** min(len(found[3]), 5) - 1)
        top, bottom = near.numerator, near.denominator
    if found[1] and top == bottom:
        whole, top = whole + 1, 0
    if found[1] and top == 0:
        return str(whole)
    return f"{whole} {top}/{bottom}" if whole else f"{top}/{bottom}"


def _exponent(section: _Section, value: float) -> str:
    """`0.00E+00`."""
    at = next(place for place, token in enumerate(section.tokens) if token.kind == "exponent")
    before = "".join(token.text for token in section.tokens[:at] if token.kind in ("digits", "mark"))
    places = min(len(before.partition(".")[2]), _MOST_DECIMALS)
    width = sum(len(token.text) for token in section.tokens[at:] if token.kind == "digits")
    mantissa, _, power = f"{value:.{places}E}".partition("E")
    sign = "-" if power.startswith("-") else "+" if section.tokens[at].text.endswith("+") else ""
    return f"{mantissa}E{sign}{power[1:].lstrip('0').rjust(max(1, width), '0')}"


def _rounded(value: float, places: _Places) -> Decimal:
    """Half away from zero, after the 15 digits that a program keeps."""
    exact = Decimal(f"{value:.15g}")
    if places.shift:
        exact = exact.scaleb(places.shift, _EXACT)
    return exact.quantize(_STEPS[len(places.part)], ROUND_HALF_UP, _EXACT)


def _fixed(section: _Section, value: float) -> str:
    """Digits put into their places, with whatever stands between them."""
    tokens, places = section.tokens, section.places
    rounded = _rounded(value, places)
    whole, _, part = f"{rounded:f}".partition(".")
    wholes = _whole_digits(whole.lstrip("0"), places.whole, grouped=places.grouped)
    parts = _part_digits(part, places.part)
    dot = places.dot
    out: list[str] = []
    for at, token in enumerate(tokens):
        if token.kind == "digits":
            source = wholes if at < dot else parts
            out += source[: len(token.text)]
            del source[: len(token.text)]
        elif at == dot:
            out += ["" if places.whole else whole.lstrip("0"), "."]
        elif token.kind != "mark" or token.text in "%/@":
            out.append(token.text)
    return "".join(out)


def _whole_digits(digits: str, places: str, *, grouped: bool) -> list[str]:
    """What stands at each place before the decimal point; the first place takes the digits that are too many."""
    out: list[str] = []
    for at, place in enumerate(places):
        right = len(places) - 1 - at
        if at == 0 and len(digits) > len(places):
            more = digits[: len(digits) - right]
            out.append("".join(_with_comma(digit, len(digits) - 1 - k, grouped) for k, digit in enumerate(more)))
        elif right < len(digits):
            out.append(_with_comma(digits[len(digits) - 1 - right], right, grouped))
        elif place == "0":
            out.append(_with_comma("0", right, grouped))
        else:
            out.append(" " if place == "?" else "")
    return out


def _with_comma(digit: str, right: int, grouped: bool) -> str:
    return f"{digit}," if grouped and right and right % 3 == 0 else digit


def _part_digits(digits: str, places: str) -> list[str]:
    """What stands at each place after the decimal point; zeros at the end only where the code wants them."""
    needed = len(digits.rstrip("0"))
    return [
        digits[at] if at < needed or place == "0" or "0" in places[at:] else " " if place == "?" else ""
        for at, place in enumerate(places)
    ]
