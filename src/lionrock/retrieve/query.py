"""Understand a question: its language, how formal documents would say it, and what must be matched to the letter.

A question becomes, for each pool of documents, a list of term groups (`index/lexical.py`) and, for the encoders, the
question itself beside its rewriting toward written and official language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lionrock.index.lexical import TermGroup
from lionrock.records import Language, Pool, pool_of
from lionrock.retrieve.named import Named, named_in
from lionrock.text.crosslingual import Bilingual
from lionrock.text.fold import fold_text, is_han
from lionrock.text.language import detect_question
from lionrock.text.lexicon import Expansion, Lexicon, load_lexicon
from lionrock.text.separable import rejoined
from lionrock.text.tokens import ENGLISH_STOP, HAN_STOP, han_tokens, stem, words_of

__all__ = ["Query", "understand"]

_MOST_WAYS = 10
_ALTERNATIVE = 0.9
"""Weight of a way to say a word that is not the word itself."""
_SINGLE_HAN = 0.5
_MOST_WORDS = 160
_PARTS: Mapping[str, float] = {
    "part": 0.0, "interj": 0.0, "pron": 0.1, "prep": 0.15, "conj": 0.15, "clf": 0.15, "num": 0.4,
    "adv": 0.5, "interrog": 0.6, "pattern": 0.5, "expr": 0.7,
}  # fmt: skip
"""What a word of the lexicon counts by its part of speech; words of substance count 1."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question, understood."""

    question: str
    language: Language
    rewritten: str
    """The question as written, official language would put it (folded); equal to the folded question if nothing changed."""
    groups: Mapping[Pool, tuple[TermGroup, ...]]
    named: Named = Named()
    """What must be matched to the letter."""

    @property
    def pool(self) -> Pool:
        """The pool of documents in the question's own language."""
        return pool_of(self.language)


def understand(question: str, dictionary: Bilingual) -> Query:
    """Read a question. Bounded in the length of the question; never fails."""
    language = detect_question(question).language
    folded = " ".join(fold_text(question).split())
    if language == "en":
        rewritten, groups = _english(folded, dictionary)
    else:
        rewritten, groups = _chinese(
            _whole_words(folded, language, dictionary), dictionary, is_spoken=language == "yue"
        )
    return Query(question, language, rewritten, groups, named_in(question))


def _whole_words(folded: str, language: Language, dictionary: Bilingual) -> str:
    if language != "yue":
        return folded
    lexicon = load_lexicon(("yue", "official_zh"))
    return rejoined(folded, lambda word: bool(lexicon.get(word)) or dictionary.knows(word))


def _tokens(text: str) -> tuple[tuple[str, float], ...]:
    """Tokens of one way to say something. Bigrams carry a Chinese word; its characters add a little."""
    tokens: list[tuple[str, float]] = []
    for unit in words_of(text):
        if is_han(unit[0]):
            tokens += [(t, 1.0 if len(t) > 1 or len(unit) == 1 else _SINGLE_HAN) for t in han_tokens(unit)]
        else:
            tokens.append((stem(unit), 1.0))
    return tuple(tokens)


def _ways(terms: tuple[str, ...], first: str | None) -> TermGroup | None:
    """A group from several ways to say one thing; the longer ones are weighed so that length alone wins nothing."""
    alternatives = []
    for at, term in enumerate(dict.fromkeys(filter(None, (first, *terms[:_MOST_WAYS])))):
        tokens = _tokens(term)
        if not tokens:
            continue
        share = 1.0 if at == 0 and first else _ALTERNATIVE
        # Two bigrams and their characters say as much as a long official name: cap what an alternative can bring.
        scale = share * min(1.0, 5.0 / len(tokens))
        alternatives.append(tuple((token, weight * scale) for token, weight in tokens))
    return TermGroup(tuple(alternatives)) if alternatives else None


def _with_official(ways: tuple[str, ...], official: Lexicon) -> tuple[str, ...]:
    """Ways to write a word, followed by the official terms for each of them."""
    return tuple(dict.fromkeys([*ways, *(term for way in ways for term in official.get(way))]))


def _chinese(
    folded: str, dictionary: Bilingual, *, is_spoken: bool
) -> tuple[str, Mapping[Pool, tuple[TermGroup, ...]]]:
    lexicon = load_lexicon(("yue", "official_zh"))
    spoken = load_lexicon(("yue",))
    official = load_lexicon(("official_zh",))
    groups: list[TermGroup] = []
    crossing: list[TermGroup] = []
    pieces: list[str] = []
    cursor = 0
    matches = [*lexicon.expansions(folded, dictionary.knows), Expansion(len(folded), len(folded), ())]
    for match in matches:
        plain = folded[cursor : match.start]
        pieces.append(plain)
        _plain_chinese(plain, dictionary, groups, crossing)
        cursor = match.end
        source = folded[match.start : match.end]
        if not match.alternatives:
            continue
        ways = _with_official(match.alternatives, official)
        # Written words stay as they are for the encoders: one official term in their place may be the wrong one.
        pieces.append(match.alternatives[0] if is_spoken and spoken.get(source) else source)
        weight = _PARTS.get(match.part_of_speech, 1.0)
        group = _ways(ways, source)
        if group is not None and weight > 0:
            groups.append(replace(group, weight=group.weight * weight))
            crossing += [replace(crossed, weight=crossed.weight * weight) for crossed in _crossed(ways, dictionary)]
    return "".join(pieces), {"zh": tuple(groups[:_MOST_WORDS]), "en": tuple(crossing[:_MOST_WORDS])}


def _plain_chinese(text: str, dictionary: Bilingual, groups: list[TermGroup], crossing: list[TermGroup]) -> None:
    """Words that no lexicon names: each token is a group of its own."""
    for unit in words_of(text):
        if is_han(unit[0]):
            for token in han_tokens(unit):
                if len(token) > 1:
                    if not (token[0] in HAN_STOP and token[1] in HAN_STOP):
                        groups.append(TermGroup.of(token))
                elif token not in HAN_STOP:
                    groups.append(TermGroup.of(token, 1.0 if len(unit) == 1 else _SINGLE_HAN))
        elif stem(unit) not in ENGLISH_STOP:
            group = _ways(dictionary.english_ways(stem(unit)), unit)
            if group is not None:
                groups.append(group)
    for translated in dictionary.to_english(text):
        group = _english_group(translated.alternatives, translated.weight)
        if group is not None:
            crossing.append(group)


def _crossed(ways: tuple[str, ...], dictionary: Bilingual) -> list[TermGroup]:
    """English for a word that has several Chinese ways: one group of all their translations."""
    words: list[str] = []
    for way in ways[:6]:
        exact = dictionary.chinese_ways(way)
        words += exact or [w for t in dictionary.to_english(way) if t.weight >= 1 for w in t.alternatives[:6]]
    group = _english_group(tuple(dict.fromkeys(words))[:30], 1.0)
    return [group] if group is not None else []


def _english_group(alternatives: tuple[str, ...], weight: float) -> TermGroup | None:
    ways = []
    for phrase in alternatives:
        words = [word for word in phrase.split() if word not in ENGLISH_STOP]
        if words:
            ways.append(tuple((word, 1.0 / len(words) ** 0.5) for word in words))
    return TermGroup(tuple(ways), weight) if ways else None


def _english(folded: str, dictionary: Bilingual) -> tuple[str, Mapping[Pool, tuple[TermGroup, ...]]]:
    lexicon = load_lexicon(("official_en",))
    expansions = lexicon.expansions(folded)
    covered = {at for match in expansions for at in range(match.start, match.end)}
    groups: list[TermGroup] = []
    added: list[str] = []
    cursor = 0
    for unit in words_of(folded):
        start = max(folded.find(unit, cursor), cursor)
        cursor = start + len(unit)
        if start in covered:
            continue
        group = _ways((), unit) if is_han(unit[0]) else TermGroup.of(stem(unit))
        if group is not None and stem(unit) not in ENGLISH_STOP:
            groups.append(group)
    crossing = [
        group
        for item in dictionary.to_chinese([stem(w) for w in words_of(folded)])
        if (group := _chinese_group(item.alternatives, item.weight))
    ]
    for match in expansions:
        source = folded[match.start : match.end]
        words = tuple(stem(word) for word in words_of(source) if stem(word) not in ENGLISH_STOP)
        ways = tuple(" ".join(stem(w) for w in words_of(way)) for way in match.alternatives)
        group = _english_group((" ".join(words), *ways), 1.0)
        if group is not None:
            groups.append(group)
        added += match.alternatives[:2]
        chinese = tuple(zh for way in ways for zh in dictionary.english_ways(way))
        extra = _chinese_group(tuple(dict.fromkeys(chinese)), 1.0)
        if extra is not None:
            crossing.append(extra)
    rewritten = f"{folded} ({'; '.join(dict.fromkeys(added))})" if added else folded
    return rewritten, {"en": tuple(groups[:_MOST_WORDS]), "zh": tuple(crossing[:_MOST_WORDS])}


def _chinese_group(alternatives: tuple[str, ...], weight: float) -> TermGroup | None:
    """Chinese words for one English word: a word of several characters counts by its bigrams."""
    ways: list[tuple[tuple[str, float], ...]] = []
    for word in alternatives:
        if not is_han(word[0]):
            ways.append(((word, 1.0),))
            continue
        bigrams = [token for token in han_tokens(word) if len(token) > 1]
        if bigrams:
            ways.append(tuple((token, 1.2 / len(bigrams) ** 0.5) for token in bigrams))
        else:
            ways.append(((word, 0.5),))
    return TermGroup(tuple(ways), weight) if ways else None
