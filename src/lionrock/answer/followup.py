"""A question that leans on the one before, made into one that search understands alone.

`咁兼職呢？` after a question on annual leave becomes `年假：咁兼職呢？`. The words that were typed stay as they are; in front
come the words of substance of the question before. Whether a question leans is told by its form only: it points back
(佢, 嗰個, it, those), it goes on where another ended (咁…呢, 那…呢, what about, and for), or it names nothing of its own.
In doubt it is taken to stand alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lionrock.text.fold import fold, fold_text, is_han
from lionrock.text.tokens import ENGLISH_STOP

__all__ = ["follow_up"]

_LONGEST = 120
"""Characters: what is longer names its own topic. A topic is no longer either."""

# -- Chinese; all patterns are folded (Simplified)

_ASKING = (
    "几多钱|几多|几时|几耐|几点|点解|点样|点算|点先|为什么|为何|什么时候|什么|甚么|怎么办|怎么样|怎样|怎么|如何|多少钱|多少|多久|"
    "哪里|哪个|哪些|哪|边个|边度|边间|边位|谁|咩|乜嘢|乜|可唔可以|可不可以|可否|能否|能不能|是否|系咪|系唔系|是不是|有冇|有没有|"
    "使唔使|要唔要|要不要|需唔需要|需不需要|得唔得|应唔应该|吗|点(?![数评心])"
)
_BACK = "(?:嗰|𠮶|呢|这|那)(?:一)?(?:个|啲|些|份|项|张|条|种|类)(?!月|星期|礼拜|年|季|学期|世界)|该(?<!应该)(?:项|等|份|计划|条文|安排)|上述"
_WHO = "佢哋|佢|(?<!其)[他她它](?:们|(?!人|日))"
_EMPTY = (
    "可以|能够|需要|应该|请问|如果|若果|要是|假如|我哋|我们|我|你哋|你们|你|咁样|咁|那么|㗎|啊|呀|啦|吖|嘅|喺|呢|就|仲|有得|"
    "(?<!目)的(?![士确])|是|系(?![统列])|(?<![公协工员开事社大议法机学教商])会(?![议员计所展社堂费址籍])|"
    "(?<![重主必需])要(?![求约点素])|有(?![薪限效关害机权偿])"
)
_FUNCTION = re.compile(f"{_BACK}|{_WHO}|{_ASKING}|{_EMPTY}|[^\\w\\s]|\\s+")
_QUOTED = re.compile('《[^》]{1,60}》|「[^」]{1,60}」|“[^”]{1,60}”|"[^"]{1,60}"')
_GENERAL = re.compile(
    "申请|截止|递交|提交|批准|审批|签署|签名|填写|办理|准备|生效|开始|结束|计算|收费|费用|价钱|价格|时间|日期|地点|地址|电话|期限|"
    "限期|上限|下限|文件|表格|手续|程序|条件|资格|罚款|原因|例外|有效期|到期|续期|取消|更改|拒绝|参加|报名|领取"
)
"""What may be asked of anything: it makes no topic."""
_GENERAL_ALONE = frozenset("交批签填办做带计钱赔罚攞收俾畀比去日号次人用个")
_ASKS = re.compile(_ASKING)
_POINTS_BACK = re.compile(_BACK)
_POINTS_TO_SOMEBODY = re.compile(_WHO)
_GOES_ON = re.compile("^(?:咁(?![多大耐高远长少细快慢贵平])|那么?)")
_IF = re.compile("^(?:如果|若果?|要是|假如)")
_ENDS_OPEN = re.compile("呢[?？!！。 ]*$")
_CLAUSE = re.compile("[,，;；。]")
_OWN_IDEOGRAPHS = 6
"""What names more than this names its own topic, though it says 那個."""

# -- English

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_GENERAL_WORDS = frozenset(
    "deadline fee fees cost costs price penalty fine time date form forms document documents procedure procedures "
    "requirement requirements condition conditions limit address phone number rule rules reason exception exceptions "
    "section clause apply applies approve approves approved pay paid get claim ask submit change renew cancel extend "
    "sign signs signed need needed needs start begin end expire expires close open take takes make makes use go send "
    "allowed required eligible possible compulsory mandatory valid force happen happens much many long often soon also "
    "else exactly must instead reported decide decides explain more details handle handles check checks anything".split()
)
_STOP = ENGLISH_STOP | frozenset("but or also what's that's it's who's how's really okay ok well yes".split())
_GOES_ON_WORDS = re.compile(r"^(?:(?:and|but|or|also|so)\b|(?:what|how) about\b|what if\b)", re.IGNORECASE)
_FRAGMENT = re.compile(
    r"^(?:for|in|on|at|with|without|under|during|if|unless|after|before|by|from|since|until)\b(?!.*\b(?:what|which|who|how|"
    r"when|where|why|is|are|do|does|did|can|could|may|must|will|would|should|has|have)\b)",
    re.IGNORECASE,
)
_BACK_WORDS = re.compile(
    r"\b(?-i:(?!IT\b))(?:it|its|they|them|their|theirs|he|him|his|she|her|this|that|these|those|such|the (?:same|former|latter|above))\b"
    r"(?! (?:year|month|week|quarter|morning|afternoon|day|days|summer|winter)\b)",
    re.IGNORECASE,
)
"""`IT` in capitals is a department."""
_NO_ANTECEDENT = re.compile(r"\bit (?:takes? .*\bto|(?:is )?[a-z]+ (?:to|that|for))\b", re.IGNORECASE)
"""`Is it legal to`, `does it take long to`: what `it` stands for comes behind."""
_NUMBERED = re.compile(r"(?:sections?|ss?\.|clause|rule|form|part|schedule|chapter|cap\.?) \d\S*", re.IGNORECASE)
_PIECE = re.compile(rf'"[^"]{{1,60}}"|“[^”]{{1,60}}”|\b{_NUMBERED.pattern}|\S+', re.IGNORECASE)
_JOINT = "of"
"""Kept between words that are kept: `section 33 of Cap. 486`."""
_OWN_TOPIC = 4
"""So many words of substance make a topic, whatever the question begins with."""


def follow_up(question: str, earlier: Sequence[str]) -> str:
    """The question as it is to be searched: with a topic from `earlier` (in order, the latest last), or unchanged."""
    if len(question) > _LONGEST or not _leans(question):
        return question
    asks_anew = _asks_something_general(question)
    for before in reversed(earlier):
        topic = _topic(before, question, whole=not asks_anew)
        if topic:
            return f"{topic}{'：' if any(map(is_han, topic + question)) else ': '}{question}"
    return question


def _leans(question: str) -> bool:
    if any(map(is_han, question)):
        return _leans_in_chinese(" ".join(fold_text(question).split()))
    return _leans_in_english(" ".join(question.split()))


def _leans_in_chinese(folded: str) -> bool:
    own = _substance(folded)
    if not own:
        return True
    back = _POINTS_BACK.search(folded)
    if (
        back is not None
        and own <= _OWN_IDEOGRAPHS
        and not (_CLAUSE.search(folded[: back.start()]) and _substance(folded[: back.start()]) > 3)
    ):
        return True
    who = _POINTS_TO_SOMEBODY.search(folded)
    if who is not None and _substance(folded[: who.start()]) < 2:
        return True
    if _GOES_ON.match(folded):
        return bool(_ENDS_OPEN.search(folded)) or own <= 3
    if _ENDS_OPEN.search(folded):
        return not _ASKS.search(folded) and own <= 8
    return _IF.match(folded) is not None and own <= 2


def _leans_in_english(question: str) -> bool:
    words = _WORD.findall(question.lower())
    if not words:
        return False
    own = [word for word in words if _is_own(word)]
    if not own:
        return True
    if _GOES_ON_WORDS.match(question) and len(own) < _OWN_TOPIC:
        return True
    if _FRAGMENT.match(question) and len(own) < _OWN_TOPIC:
        return True
    back = _BACK_WORDS.search(question)
    if back is None or _NO_ANTECEDENT.search(question):
        return False
    return not any(_is_own(word) for word in _WORD.findall(question[: back.start()].lower()))


def _is_own(word: str) -> bool:
    return word not in _STOP and word not in _GENERAL_WORDS


def _chunks(folded: str) -> list[str]:
    return [chunk for chunk in _FUNCTION.split(folded) if chunk]


def _is_general(chunk: str) -> bool:
    rest = _GENERAL.sub("", chunk)
    return not rest or rest in _GENERAL_ALONE or rest.lower() in _GENERAL_WORDS


def _substance(folded: str) -> int:
    """How much a folded Chinese text names: its ideographs and words outside function words and what fits anything."""
    found = 0
    for chunk in _chunks(folded):
        rest = "" if _is_general(chunk) else _GENERAL.sub("", chunk)
        found += sum(map(is_han, rest)) + len(_WORD.findall(re.sub(r"[^\x00-\x7f]", " ", rest)))
    return found


def _asks_something_general(question: str) -> bool:
    """Whether it asks for a fee, a date and so on: then what was asked before is not asked again, only its topic kept."""
    if any(map(is_han, question)):
        folded = fold_text(question)
        return any(_is_general(chunk) or _GENERAL.search(chunk) for chunk in _chunks(folded))
    return any(word in _GENERAL_WORDS for word in _WORD.findall(question.lower()))


def _topic(before: str, question: str, *, whole: bool) -> str:
    """Words of substance of the question before, as written there, that `question` has not; at most `_LONGEST`."""
    before = before[: _LONGEST * 4]
    known = fold_text(question)
    asked = [*_chunks(known), *_WORD.findall(known)]
    parts = _parts_of_chinese(before) if any(map(is_han, before)) else _parts_of_english(before)
    kept: list[str] = []
    for part, general in parts:
        folded = fold_text(part)
        named = folded in known or any(_stands_in_for(chunk, folded) for chunk in asked)
        new = part == _JOINT or (not named and (whole or not general))
        if new and sum(map(len, kept)) + len(kept) + len(part) <= _LONGEST:
            kept.append(part)
    while kept and kept[-1] == _JOINT:
        kept.pop()
    while kept and kept[0] == _JOINT:
        kept.pop(0)
    return " ".join(kept)


def _stands_in_for(asked: str, before: str) -> bool:
    """Whether one is asked about in the place of the other: 兼職員工 for 全職員工, part-time for full-time."""
    if "-" in asked and "-" in before:
        return asked.rpartition("-")[2] == before.rpartition("-")[2]
    tail = asked[-2:]
    return len(asked) > 2 and len(before) > 2 and all(map(is_han, tail)) and before.endswith(tail)


def _parts_of_chinese(before: str) -> list[tuple[str, bool]]:
    parts: list[tuple[str, bool]] = []
    cursor = 0
    for quoted in [*_QUOTED.finditer(before), None]:
        plain = before[cursor : quoted.start() if quoted else len(before)]
        parts += _plain_parts(plain)
        if quoted is not None:
            parts.append((quoted[0], False))
            cursor = quoted.end()
    return parts


def _plain_parts(plain: str) -> list[tuple[str, bool]]:
    folded = fold(plain)
    parts: list[tuple[str, bool]] = []
    cursor = 0
    for found in [*_FUNCTION.finditer(folded.text), None]:
        chunk = folded.text[cursor : found.start() if found else len(folded.text)]
        if chunk and not (len(chunk) == 1 and is_han(chunk)):
            span = folded.original_span(cursor, cursor + len(chunk))
            parts.append((span.of(plain)[:_LONGEST], _is_general(chunk)))
        cursor = found.end() if found else cursor
    return parts


def _parts_of_english(before: str) -> list[tuple[str, bool]]:
    parts: list[tuple[str, bool]] = []
    for piece in _PIECE.findall(before):
        if piece[0] in '"“' or _NUMBERED.match(piece):
            parts.append((piece.rstrip("?!,;:"), False))
            continue
        word = piece.strip("?!,;:()[]")
        bare = word.lower().rstrip(".")
        if bare == "of" and parts:
            parts.append((_JOINT, False))
        elif word == "IT" or (bare and bare not in _STOP and bare not in ("much", "many", "long", "must")):
            parts.append((word, bare in _GENERAL_WORDS))
    return parts
