"""From a question to ranked passages.

1. understand the question              (query.py)
2. embed it, also as rewritten
3. candidates of every leg, per pool, inside the scope       (index)
4. exact scores of all candidates in all legs, from the vectors in the database; of legislation also the nearest phrase of
   its plain-language index    (phrases.py)
5. z-scores against the pool's background, fused, merged across pools    (fuse.py)
6. what was named to the letter comes first; language versions are paired; near-duplicates fall away
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection

from lionrock.errors import UsageError
from lionrock.index.lexical import ScoringBatch, TermGroup, query_vector, tokens_of
from lionrock.index.port import Index, IndexQuery
from lionrock.index.statistics import POOLS, Statistics
from lionrock.models.ports import Embed
from lionrock.records import EVERYTHING, FloatArray, Hit, Narrowing, Passage, Pool, Scope, pool_of
from lionrock.retrieve.arrange import arrange, place_of
from lionrock.retrieve.exact import named_provisions, of_named_year
from lionrock.retrieve.fuse import Prior, fuse
from lionrock.retrieve.phrases import NearPhrases, Phrases
from lionrock.retrieve.query import Query, understand
from lionrock.retrieve.vectors import CandidateVectors
from lionrock.storage import passages as stored
from lionrock.storage.database import Database
from lionrock.storage.narrowing import chosen_documents
from lionrock.text.crosslingual import Bilingual
from lionrock.text.fold import fold_text
from lionrock.text.tokens import index_tokens, token_spans

__all__ = ["Retrieved", "Retriever"]

_LEXICAL = "lexical"
_HEADING = "heading"
_PHRASES = "phrases"
_CANDIDATES = 40
_NATIVE = 1.1
_CROSSING = 0.5
_HEADINGS = 0.45
"""Weights of the lexical legs beside the encoders: within a language, across, and of the nearest heading in both."""
_PLAIN = 0.7
"""Weight of the nearest phrase of a provision's plain-language index."""
_TWIN = 0.2
"""What the other language version of a place says in its score."""
_KEPT = 4
"""Candidates of a pool that go on, for each hit that is wanted: the rest are near-duplicates and language versions."""
_CACHE = 256
_PRIORS = {"e5": Prior(0.79, 0.025), "use": Prior(0.12, 0.10)}
"""Mean and spread of cosines between questions and unrelated passages, over a few hundred of each."""
_UNKNOWN = Prior(0.3, 0.15)
_OLD_HANDICAP = 1.0
"""Spreads taken from passages of an edition that a newer one replaces: the newer one should stand first."""
_EMPTY_HANDICAP = 2.0
"""Spreads taken from provisions without operative words: they are shown when they are named."""
_FOREIGN_HANDICAP = 0.5
"""Spreads taken from passages in the other language, so that of two equals the asked language comes first."""


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What a search found, with what later stages need: the understood query and each hit's leg scores."""

    query: Query
    hits: tuple[Hit, ...]
    took_ms: float
    legs: Mapping[str, Mapping[str, float]]
    """Passage id -> leg -> z-score."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    passage: Passage
    score: float
    legs: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Sight:
    """What a search may show, and how many candidates of a pool go on."""

    scope: Scope
    narrowing: Narrowing
    most: int


class Retriever:
    """Holds the ports; `search` may be called from several threads."""

    def __init__(
        self,
        database: Database,
        index: Callable[[], Index],
        statistics: Statistics,
        embedders: Sequence[Embed],
        dictionary: Callable[[], Bilingual],
        *,
        most_characters: int = 4000,
    ) -> None:
        self._database = database
        self._index = index
        self._statistics = statistics
        self._embedders = embedders
        self._dictionary = dictionary
        self._phrases = Phrases(embedders)
        self._kept = CandidateVectors()
        self._most_characters = most_characters
        self._vectors: OrderedDict[str, Mapping[str, FloatArray]] = OrderedDict()
        self._lock = threading.Lock()
        # More searches at once than there are processors would only make each of them wait for all the others.
        self._turns = threading.BoundedSemaphore(os.cpu_count() or 1)

    def search(self, question: str, scope: Scope, *, limit: int = 10, narrowing: Narrowing = EVERYTHING) -> Retrieved:
        """The best passages that the scope sees within the narrowing.

        Raises `UsageError` for an empty or over-long question.
        """
        if not question.strip():
            raise UsageError("The question is empty; write what you want to know.")
        if len(question) > self._most_characters:
            raise UsageError(
                f"The question has {len(question):,} characters; at most {self._most_characters:,} are accepted. "
                "Put long material into a document and ask about it."
            )
        started = time.perf_counter()
        with self._turns:
            found = self._search(question, scope, limit, narrowing)
        return replace(found, took_ms=(time.perf_counter() - started) * 1000)

    def _search(self, question: str, scope: Scope, limit: int, narrowing: Narrowing) -> Retrieved:
        query = understand(question, self._dictionary())
        vectors = self._embed(query)
        pools = _pools(narrowing)
        found = self._candidates(query, vectors, pools, scope, narrowing)
        candidates: list[_Candidate] = []
        with self._database.connect() as connection:
            exact = named_provisions(connection, query, scope, narrowing)
            near = self._phrases.near(connection, query.pool, vectors)
            nearest = near.candidates(connection, scope, narrowing)
            for pool, ids in zip(pools, found, strict=True):
                ids = list(dict.fromkeys([*ids, *(passage.id for passage in nearest if passage.pool == pool)]))
                sight = _Sight(scope, narrowing, _KEPT * limit)
                candidates += self._score(connection, query, vectors, near, pool, ids, sight)
        candidates = _with_twins(candidates)
        hits = self._arranged(query, candidates, exact, limit)
        legs = {candidate.passage.id: candidate.legs for candidate in candidates}
        return Retrieved(query, tuple(hits), 0.0, legs)

    def _candidates(
        self,
        query: Query,
        vectors: Mapping[str, FloatArray],
        pools: Sequence[Pool],
        scope: Scope,
        narrowing: Narrowing,
    ) -> list[list[str]]:
        """Passage ids for each pool. What was named has a leg of its own, so that it surfaces at any size."""
        if scope.is_empty:
            return [[] for _ in pools]
        documents = None
        if narrowing.by_document:
            with self._database.connect() as connection:
                documents = chosen_documents(connection, scope, narrowing)
            if not documents:
                return [[] for _ in pools]
        queries = [self._index_query(query, vectors, pool) for pool in pools]
        if query.named.phrases:
            queries += [self._phrase_query(query, pool) for pool in pools]
        if not narrowing.is_empty:
            queries = [replace(item, documents=documents, languages=narrowing.written) for item in queries]
        found = self._index().search(queries, scope)
        own, named = found[: len(pools)], found[len(pools) :]
        return [list(dict.fromkeys([*ids, *(named[at] if named else ())])) for at, ids in enumerate(own)]

    def _embed(self, query: Query) -> Mapping[str, FloatArray]:
        """Unit vectors of the question, averaged with its rewriting where that differs."""
        with self._lock:
            known = self._vectors.get(query.question)
            if known is not None:
                self._vectors.move_to_end(query.question)
                return known
        texts = [query.question]
        if query.rewritten and query.rewritten != " ".join(fold_text(query.question).split()):
            texts.append(query.rewritten)
        vectors: dict[str, FloatArray] = {}
        for embedder in self._embedders:
            mean = embedder.embed_queries(texts).mean(axis=0)
            norm = float(np.linalg.norm(mean))
            vectors[embedder.name] = (mean / norm if norm > 0 else mean).astype(np.float32)
        with self._lock:
            self._vectors[query.question] = vectors
            while len(self._vectors) > _CACHE:
                self._vectors.popitem(last=False)
        return vectors

    def _index_query(self, query: Query, vectors: Mapping[str, FloatArray], pool: Pool) -> IndexQuery:
        sparse = query_vector(query.groups[pool], self._statistics.frequencies[pool])
        return IndexQuery(pool, vectors, sparse, _CANDIDATES)

    def _phrase_query(self, query: Query, pool: Pool) -> IndexQuery:
        tokens = dict.fromkeys(token for phrase in query.named.phrases for token in index_tokens(phrase))
        groups = [TermGroup.of(token) for token in tokens]
        return IndexQuery(pool, {}, query_vector(groups, self._statistics.frequencies[pool]), _CANDIDATES)

    def _score(
        self,
        connection: Connection,
        query: Query,
        vectors: Mapping[str, FloatArray],
        near: NearPhrases,
        pool: Pool,
        ids: Sequence[str],
        sight: _Sight,
    ) -> list[_Candidate]:
        data = self._kept.load(connection, ids)
        if not data:
            return []
        found, held = list(data), list(data.values())
        background = self._statistics.background(pool)
        groups = query.groups[pool]
        frequencies = self._statistics.frequencies[pool]
        batch = ScoringBatch([item.lexical for item in held])
        headings = ScoringBatch([item.heading for item in held])
        scores = {_LEXICAL: batch.score(groups, frequencies), _HEADING: headings.score(groups, frequencies)}
        base = {
            _LEXICAL: background.lexical.score(groups, frequencies),
            _HEADING: background.headings.score(groups, frequencies),
        }
        for name, vector in vectors.items():
            scores[name] = np.stack([item.dense[name] for item in held]) @ vector
            base[name] = background.dense[name] @ vector if name in background.dense else np.zeros(0, np.float32)
        native = pool == query.pool
        most = float(query_vector(groups, frequencies).values.sum())
        words = Prior(0.05 * most, 0.06 * most)
        priors = {name: _PRIORS.get(name, _UNKNOWN) for name in vectors} | {_LEXICAL: words, _HEADING: words}
        weights = {_LEXICAL: _NATIVE if native else _CROSSING, _HEADING: _HEADINGS, _PHRASES: _PLAIN}
        fused = fuse(scores, base, weights, priors, {_PHRASES: near.of(found)})
        handicap = 0.0 if native else _FOREIGN_HANDICAP
        best = np.argsort(-fused.total, kind="stable")[: sight.most]
        places = {found[at]: int(at) for at in best}
        # Here the scope is checked again, by the database: the index is never the only judge of what may be seen.
        visible = stored.passages_by_ids(connection, list(places), sight.scope, sight.narrowing)
        made = []
        for passage in visible:
            at = places[passage.id]
            total = float(fused.total[at]) - handicap - _shortcomings(passage, query)
            legs = {**{name: float(values[at]) for name, values in fused.legs.items()}, **_raw(scores, at)}
            made.append(_Candidate(passage, total, legs))
        return made

    def _arranged(
        self, query: Query, candidates: Sequence[_Candidate], exact: Sequence[Passage], limit: int
    ) -> list[Hit]:
        named = {passage.id for passage in exact}
        scored = {c.passage.id: Hit(0, c.score, c.passage, exact=c.passage.id in named) for c in candidates}
        top = max((hit.score for hit in scored.values()), default=0.0)
        for passage in exact:
            known = scored.get(passage.id)
            score = known.score if known is not None else 0.0
            scored[passage.id] = Hit(0, top + 1 + score / 100, passage, exact=True)
        for hit in list(scored.values()):
            if query.named.phrases and not hit.exact and _holds(hit.passage, query.named.phrases):
                scored[hit.passage.id] = replace(hit, score=hit.score + 3.0, exact=True)
        wanted = {pool: frozenset(tokens_of(groups)) for pool, groups in query.groups.items()}
        return [
            replace(hit, spans=tuple(token_spans(hit.passage.text, wanted[hit.passage.pool])))
            for hit in arrange(list(scored.values()), query, limit)
        ]


def _pools(narrowing: Narrowing) -> tuple[Pool, ...]:
    chosen = {pool_of(language) for language in narrowing.languages}
    return tuple(pool for pool in POOLS if not chosen or pool in chosen)


def _shortcomings(passage: Passage, query: Query) -> float:
    """Spreads taken from a passage that is replaced, unless its edition is asked for, or no longer holds anything."""
    lost = _EMPTY_HANDICAP if passage.status in ("repealed", "omitted", "expired") else 0.0
    if passage.superseded_by:
        lost += -_OLD_HANDICAP if of_named_year(passage, query) else _OLD_HANDICAP
    return lost


def _with_twins(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Let the two language versions of one place speak for each other: both say the same, each is found differently."""
    best: dict[tuple[object, Pool], float] = {}
    for candidate in candidates:
        key = (place_of(candidate.passage), candidate.passage.pool)
        best[key] = max(best.get(key, candidate.score), candidate.score)
    made = []
    for candidate in candidates:
        other: Pool = "en" if candidate.passage.pool == "zh" else "zh"
        twin = best.get((place_of(candidate.passage), other)) if candidate.passage.pair_key else None
        score = candidate.score if twin is None else (candidate.score + _TWIN * twin) / (1 + _TWIN / 2)
        made.append(replace(candidate, score=score))
    return made


def _raw(scores: Mapping[str, FloatArray], at: int) -> dict[str, float]:
    return {f"raw_{name}": float(values[at]) for name, values in scores.items()}


def _holds(passage: Passage, phrases: Sequence[str]) -> bool:
    text = fold_text("\n".join((passage.title, *passage.heading, passage.text)))
    return any(phrase in text for phrase in phrases)
