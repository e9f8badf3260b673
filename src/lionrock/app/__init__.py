"""The composition root: Settings -> App. The only place that chooses adapters."""

from __future__ import annotations

import fcntl
import functools
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

from lionrock.access import LOCAL_OWNER, scope_for
from lionrock.answer.pipeline import Answerer, Event
from lionrock.app.conversations import Conversations
from lionrock.app.derived import Derived
from lionrock.app.health import Health, Observer
from lionrock.app.intake import Intake, Upload
from lionrock.app.library import Library
from lionrock.app.models import Chats, embedders_of, named
from lionrock.app.narrow import Choice, in_language, narrowing_of
from lionrock.app.prompts import Prompts
from lionrock.contract import IngestResult, Newest, SearchResult, Shown
from lionrock.errors import BusyError, IndexUnavailableError, MissingError, NotFoundError, StorageError, UsageError
from lionrock.index.port import Index, Progress
from lionrock.ingest.pipeline import Ingestor
from lionrock.ingest.sandbox import Limits, ReaderPool
from lionrock.models.dictionary import load_dictionary
from lionrock.models.ports import Embed
from lionrock.records import (
    EVERYTHING,
    Classification,
    Document,
    Language,
    Narrowing,
    Passage,
    Placement,
    Scope,
    Searched,
)
from lionrock.retrieve.coverage import meaning_of
from lionrock.retrieve.retriever import Retriever
from lionrock.settings import Settings
from lionrock.storage import documents, passages, versions
from lionrock.storage.blobs import Blobs
from lionrock.storage.database import Database, open_database
from lionrock.storage.findings import findings_of
from lionrock.storage.narrowing import searched
from lionrock.storage.policies import PersonalDataPolicy, all_policies, set_policy
from lionrock.text.crosslingual import Bilingual

if TYPE_CHECKING:
    from lionrock.app.feeds import Feeds
    from lionrock.app.people import People
    from lionrock.app.viewer import Viewer

__all__ = ["App", "Check", "Choice", "LanguageChoice", "Upload", "open_app"]

_SWITCH = 0.0005
"""Seconds after which a thread that computes lets another run."""

LanguageChoice = Literal["auto", "yue", "zh-Hant", "zh-Hans", "en"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that works here or does not, and the command that mends it."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    needed: bool = True
    """False for what only adds something, such as a chat model: the rest works without it."""


class App:
    """Everything a command or a route needs. Open with `open_app`, close when done."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        embedders: Sequence[Embed],
        dictionary: Callable[[], Bilingual],
        chat: Chats,
        lock: IO[str] | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.settings = settings
        self._database = database
        self._embedders = embedders
        self._dictionary = dictionary
        self._lock_file = lock
        self._chat = chat
        self._derived = Derived(settings, database, embedders, progress)
        self._statistics = self._derived.statistics
        self._readers = ReaderPool(Limits(settings.parse_seconds, settings.parse_memory_bytes))
        blobs = Blobs(settings.home / "originals")
        most = settings.max_file_bytes
        self._ingestor = Ingestor(database, blobs, self.index, self._statistics, self._readers, embedders, largest=most)
        self.intake = Intake(database, self._ingestor, self._derived, home=settings.home)
        self.health = Health(database, settings.home, lambda: self.intake.working, settings.min_free_bytes)
        self.observer: Observer | None = None
        self.library = Library(settings, database, blobs, self._derived, self._ingestor, self.intake, embedders)
        self._retriever = Retriever(
            database,
            self.index,
            self._statistics,
            embedders,
            dictionary,
            most_characters=settings.max_question_characters,
        )
        self._answerer = Answerer(
            self._retriever,
            self._statistics,
            embedders,
            meaning_of(self._statistics, dictionary),
            chat,
            self._title,
            self._searched,
            most_passages=settings.answer_passages,
            most_tokens=settings.answer_tokens,
        )
        self.conversations = Conversations(settings, database, self._check, self.ask)
        self.prompts = Prompts(database, settings.department)

    @functools.cached_property
    def feeds(self) -> Feeds:
        """Watched folders, web sites and bulk files."""
        # Imported here: only `serve` and the commands on sources use it, and the web client takes a tenth of a second
        # to load, which every search would wait for.
        from lionrock.app.feeds import Feeds

        return Feeds(
            self.settings,
            self._database,
            lambda files, where: self.ingest(files, placement=where),
            lambda ids: self.library.removal.delete(ids, self.owner_scope()),
        )

    @functools.cached_property
    def people(self) -> People:
        """Accounts, sign-ins and API keys."""
        # Imported here: a search on the command line needs no password.
        from lionrock.app.people import People

        return People(self.settings, self._database)

    @functools.cached_property
    def viewer(self) -> Viewer:
        """Pages as they are drawn, and passages among what is around them."""
        # Imported here: only `serve` uses it.
        from lionrock.app.viewer import Viewer

        return Viewer(self.settings, self._database, self.library)

    def index(self) -> Index:
        """The index, opened on first use; one that is missing, older, damaged or out of step is rebuilt."""
        return self._derived.index()

    # -- what commands and routes call

    @property
    def embedders(self) -> Mapping[str, Embed]:
        """The embedding models by the names under which they are installed."""
        return named(self._embedders)

    def owner_scope(self) -> Scope:
        """What the local owner sees."""
        return scope_for(LOCAL_OWNER)

    def load(self) -> None:
        """Load index, encoders and dictionary side by side: a first search needs them all."""
        calls: list[Callable[[], object]] = [
            self.index,
            self._dictionary,
            *(partial(e.embed_queries, ["a"]) for e in self._embedders),
        ]
        with ThreadPoolExecutor(len(calls)) as pool:
            for done in [pool.submit(call) for call in calls]:
                done.result()

    def recover(self) -> int:
        """Finish here and now what waits in the queue, and what a crash left half done."""
        self.library.finish()
        self.conversations.recover()
        return self.intake.recover()

    def start_work(self) -> None:
        """Work the queue in the background until the App is closed."""
        # A search gives the interpreter up some two hundred times, at each row and each product. Beside a thread that
        # only computes, as taking documents in may be, it would wait for 5 ms each time.
        sys.setswitchinterval(_SWITCH)
        self.intake.start(self.settings.workers)

    def ingest(
        self,
        uploads: Iterable[Upload],
        *,
        department: str | None = None,
        classification: Classification = Classification.OPEN,
        placement: Placement | None = None,
    ) -> Iterator[IngestResult]:
        """Take files in, in order, one result for each and for each file inside it; a bad file does not stop the others.

        `placement` says more than `department` and `classification`, and stands in their place.
        """
        where = placement or Placement(department or self.settings.department, classification)
        label = f"{len(uploads)} files" if isinstance(uploads, Sequence) else "files"
        yield from self.intake.ingest(uploads, where, label=label, by=LOCAL_OWNER.id)

    def release(self, document_id: str, scope: Scope, *, by: str = LOCAL_OWNER.id) -> IngestResult | None:
        """Let the held-back version of a document into search; None if nothing is held back. Raises `NotFoundError`."""
        return self.intake.release(document_id, scope, by)

    def retry(self, document_id: str, scope: Scope) -> IngestResult | None:
        """Take the newest version of a document in anew, if it failed; else None. Raises `NotFoundError`."""
        return self.intake.retry(document_id, scope, LOCAL_OWNER.id)

    def narrowing(self, choice: Choice, scope: Scope) -> Narrowing:
        """What a person chose to search in. Raises `UsageError`, and `NotFoundError` for what the scope may not see."""
        if choice == Choice():
            return EVERYTHING
        with self._database.connect() as connection:
            return narrowing_of(connection, choice, scope)

    def search(
        self,
        question: str,
        scope: Scope,
        *,
        limit: int = 10,
        language: LanguageChoice = "auto",
        narrowing: Narrowing = EVERYTHING,
    ) -> SearchResult:
        """Find passages. Ids in the narrowing that are unknown or may not be seen find nothing."""
        self._check(question)
        within = narrowing if language == "auto" else in_language(narrowing, language)
        found = self._retriever.search(question, scope, limit=limit, narrowing=within)
        if self.observer is not None:
            self.observer.searched(found.took_ms)
        return SearchResult(question, found.query.language, found.took_ms, found.hits)

    def ask(
        self,
        question: str,
        scope: Scope,
        *,
        language: LanguageChoice = "auto",
        chat: str | None = None,
        narrowing: Narrowing = EVERYTHING,
    ) -> Iterator[Event]:
        """Answer a question; see `answer.pipeline` for the events. Raises before the first event if the call is wrong."""
        self._check(question)
        # Asked for here already, so that a wrong name is told also where no model would be needed in the end.
        self._chat(chat)
        chosen: Language | None = None if language == "auto" else language
        events = self._answerer.answer(question, scope, language=chosen, chat=chat, narrowing=narrowing)
        return events if self.observer is None else self.observer.answering(events)

    def _check(self, question: str) -> None:
        """Raises `UsageError` for a question that is empty, over-long or no text."""
        if not question.strip():
            raise UsageError("The question is empty; write what you want to know.")
        most = self.settings.max_question_characters
        if len(question) > most:
            raise UsageError(
                f"The question has {len(question):,} characters; at most {most:,} are accepted. "
                "Put long material into a document and ask about it."
            )
        if any("\ud800" <= char <= "\udfff" for char in question):
            raise UsageError("The question holds half a character (a lone surrogate); send it as valid Unicode.")

    def documents(self, scope: Scope, *, limit: int = 100, after: str | None = None) -> list[Document]:
        """A page of documents."""
        with self._database.connect() as connection:
            return documents.list_documents(connection, scope, limit=limit, after=after)

    def document(self, document_id: str, scope: Scope) -> Shown:
        """A document, what was found about its newest version, and the passages that search shows."""
        with self._database.connect() as connection:
            found = documents.get_document(connection, document_id, scope)
            newest = Newest(*versions.waiting(connection, document_id))
            told = tuple(findings_of(connection, document_id, newest.version, scope))
            return Shown(found, newest, told, tuple(passages.passages_of(connection, document_id, scope)))

    def _title(self, document_id: str, scope: Scope) -> str | None:
        """The title of a document, if the scope sees it."""
        try:
            with self._database.connect() as connection:
                return documents.get_document(connection, document_id, scope).title
        except NotFoundError:
            return None

    def _searched(self, scope: Scope, narrowing: Narrowing) -> Searched:
        with self._database.connect() as connection:
            return searched(connection, scope, narrowing)

    def document_text(self, document_id: str, scope: Scope, *, version: int | None = None) -> str:
        """The stored text of a version."""
        with self._database.connect() as connection:
            return documents.document_text(connection, document_id, scope, version)

    def passage_in_context(self, passage_id: str, scope: Scope) -> tuple[Passage, str, str]:
        """A passage with the texts before and after it."""
        with self._database.connect() as connection:
            passage = passages.passage_by_id(connection, passage_id, scope)
            before, after = passages.neighbours(connection, passage, scope)
        return passage, before.text if before else "", after.text if after else ""

    def delete(self, document_id: str, scope: Scope) -> None:
        """Take a document out of search at once."""
        self.library.removal.delete([document_id], scope)

    def policies(self) -> Mapping[str, PersonalDataPolicy]:
        """Department to what it does with personal data, of those that have chosen."""
        with self._database.connect() as connection:
            return all_policies(connection)

    def set_policy(self, department: str, policy: PersonalDataPolicy) -> None:
        """Choose what a department does with personal data that are found from now on."""
        with self._database.begin() as connection:
            set_policy(connection, department, policy)

    def reindex(self, progress: Progress | None = None) -> int:
        """Rebuild the index from the database; nothing is embedded again. Returns the number of passages."""
        return self._derived.reindex(progress)

    def chat_name(self) -> str | None:
        """Name of the chat model that answers by default; None when answers only quote."""
        model = self._chat(None)
        return model.name if model is not None else None

    def readiness(self) -> list[Check]:
        """What a question needs: database, index, embedding models."""
        return [
            self._try("database", lambda: self.documents(self.owner_scope(), limit=1)),
            self._try("index", self.index),
            self._try("embedding", lambda: [e.embed_queries(["ready"]) for e in self._embedders]),
        ]

    @staticmethod
    def _try(name: str, call: Callable[[], object]) -> Check:
        try:
            call()
        except (StorageError, IndexUnavailableError, MissingError, BusyError) as error:
            return Check(name, False, error.message)
        return Check(name, True, "ok")

    def warm(self) -> None:
        """Load what the first question would otherwise wait for."""
        self.load()
        self._retriever.search("準備 ready", self.owner_scope(), limit=1)

    def close(self) -> None:
        """Let go of everything."""
        self.conversations.close()
        if "feeds" in self.__dict__:
            self.feeds.stop()
        if "viewer" in self.__dict__:
            self.viewer.close()
        self.intake.stop()
        self._derived.close()
        self._readers.close()
        self._chat.close()
        self._database.close()
        if self._lock_file is not None:
            self._lock_file.close()


def _take_lock(home: Path) -> IO[str]:
    """One process owns a data folder. Raises `BusyError`."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        file = (home / "lock").open("a+")
    except OSError as error:
        raise StorageError(f"The data folder {home} cannot be written ({error.strerror}).") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise BusyError(
            f"Another Lionrock process is using {home}. Use its page, or stop it first (or set LIONROCK_HOME)."
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def open_app(settings: Settings, *, progress: Progress | None = None, recover: bool = True) -> App:
    """Open the data folder with real adapters. Raises `BusyError`, `StorageError`."""
    lock = _take_lock(settings.home)
    url = settings.database_url or f"sqlite:///{settings.home / 'lionrock.db'}"
    database = open_database(url)
    database.migrate()
    loaded: list[Bilingual] = []
    loading = threading.Lock()

    def dictionary() -> Bilingual:
        with loading:
            if not loaded:
                loaded.append(load_dictionary(settings.models / "cedict"))
        return loaded[0]

    app = App(settings, database, embedders_of(settings), dictionary, Chats(settings), lock, progress)
    if recover:
        app.recover()
    else:
        app.library.finish()
        app.conversations.recover()
        app.intake.adopt()
    return app
