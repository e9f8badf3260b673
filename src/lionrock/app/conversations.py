"""Conversations: questions one after the other, whose answers are made in threads that belong to the server.

A client that goes away loses nothing: the answer is finished without it, and its return replays the events. A turn is in
the database before its first event, and its end is written in one transaction before it is told.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection

from lionrock.answer.followup import follow_up
from lionrock.answer.pipeline import AnswerEvent, Event, EvidenceEvent
from lionrock.app.runs import Run
from lionrock.app.texts import cleaned, department_of, is_id
from lionrock.contract import answer_json
from lionrock.contract_chat import Told, event_json, told_events, turn_started
from lionrock.errors import ConflictError, LionrockError, NotFoundError, StorageError, TooManyError, WorkStoppedError
from lionrock.records import EVERYTHING, Actor, Narrowing, Scope
from lionrock.settings import Settings
from lionrock.storage import conversations as stored
from lionrock.storage import turns
from lionrock.storage.conversations import Conversation, Listing
from lionrock.storage.database import Database
from lionrock.storage.turns import Basis, Ended, NewTurn, Rating, Turn
from lionrock.text.language import detect_question

__all__ = ["SERVER_STOPPED", "Asked", "Conversations", "Opened", "Reason", "title_of"]

_log = logging.getLogger(__name__)

Reason = Literal["wrong", "not_found", "outdated", "unclear", "other"]
SERVER_STOPPED = "The server stopped before the answer was complete; ask again."
_YOU_STOPPED = "You stopped this answer."
_ASKED_ANEW = "The question was asked anew before the answer was complete."
_GONE = "The answer was stopped elsewhere, or its conversation was deleted."
_FAULT = "Something went wrong here; the log of the server says what."
_TITLE = 80
_LONGEST_TITLE = 200
_LONGEST_FOLDER = 100
_LONGEST_NOTE = 2_000
_LONGEST_WORDS = 200
_ALL = Listing()
_LONGEST_ANSWER = timedelta(hours=1)
"""A turn that runs for longer, on whatever server, is lost."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a conversation, as it came."""

    question: str
    revision: int
    language: Any = "auto"
    chat: str | None = None
    replaces: str | None = None
    rewritten: str | None = None
    """What to search in place of the question; None: found out here; empty: the question itself."""
    narrowing: Narrowing = EVERYTHING
    settings: Mapping[str, Any] | None = None
    """What is kept with the turn of how it was asked."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation with its turns, as somebody may read them."""

    conversation: Conversation
    turns: Sequence[Turn]


def title_of(question: str) -> str:
    """A question as a title: one line, cut at a word where there is one."""
    line = " ".join(question.split())
    if len(line) <= _TITLE:
        return line
    cut = line[: _TITLE - 1]
    at = cut.rfind(" ") if line[_TITLE - 1] != " " else _TITLE - 1
    return f"{cut[:at] if at > _TITLE // 2 else cut}…"


class Conversations:
    """What routes call. Every method is given who asks, and finds nothing that is not theirs to see."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        check: Callable[[str], None],
        ask: Callable[..., Iterator[Event]],
    ) -> None:
        """`check` raises `UsageError` for what is no question; `ask` is `App.ask`."""
        self._settings = settings
        self._database = database
        self._check = check
        self._ask = ask
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()
        self._closing = False
        self._server_id = ""

    # -- the conversations themselves

    def find(
        self, actor: Actor, scope: Scope, wanted: Listing = _ALL, *, limit: int = 50, after: str | None = None
    ) -> list[Conversation]:
        """A page of conversations, what was last asked in first; `after` is the cursor of the last one before."""
        words = cleaned(wanted.words or "", "The words to look for", _LONGEST_WORDS)
        folder = None if wanted.folder is None else wanted.folder.replace("\x00", "")
        wanted = replace(wanted, words=words, folder=folder)
        with self._database.connect() as connection:
            return stored.find_conversations(connection, actor, scope, wanted, limit=limit, after=after)

    def folders(self, actor: Actor) -> list[tuple[str, int]]:
        """The actor's folders, with how many conversations are in each."""
        with self._database.connect() as connection:
            return stored.folders_of(connection, actor)

    def create(self, actor: Actor, *, title: str = "", folder: str = "", department: str | None = None) -> Conversation:
        """An empty conversation; without a title the first question gives it one. Raises `UsageError`."""
        where = department_of(actor, department, self._settings.department)
        title = cleaned(title, "The title", _LONGEST_TITLE)
        folder = cleaned(folder, "The folder's name", _LONGEST_FOLDER)
        with self._database.begin() as connection:
            made = stored.create_conversation(connection, actor, department=where, title=title, folder=folder)
            return stored.owned_conversation(connection, made, actor)

    def open(self, actor: Actor, scope: Scope, conversation_id: str, *, replaced: bool = False) -> Opened:
        """A conversation with its turns; the replaced ones are for its owner only. Raises `NotFoundError`."""
        _known(conversation_id)
        with self._database.connect() as connection:
            found = stored.readable_conversation(connection, conversation_id, actor)
            own = found.owner == actor.id
            read = turns.turns_of(connection, found.id, scope, replaced=replaced and own)
            return Opened(found, [self._settled(connection, turn, scope) for turn in read])

    def change(
        self,
        actor: Actor,
        conversation_id: str,
        *,
        title: str | None = None,
        folder: str | None = None,
        shared: bool | None = None,
    ) -> Conversation:
        """Change what is not None; an empty folder takes it out of its own. Raises `NotFoundError`, `UsageError`."""
        _known(conversation_id)
        values: dict[str, Any] = {}
        if title is not None:
            values["title"] = cleaned(title, "The title", _LONGEST_TITLE, needed=True)
        if folder is not None:
            values["folder"] = cleaned(folder, "The folder's name", _LONGEST_FOLDER)
        if shared is not None:
            values["shared"] = shared
        with self._database.begin() as connection:
            found = stored.owned_conversation(connection, conversation_id, actor)
            stored.change_conversation(connection, found.id, **values)
            return stored.owned_conversation(connection, found.id, actor)

    def delete(self, actor: Actor, conversation_id: str) -> None:
        """Take a conversation away for good, with every turn; what runs in it is stopped. Raises `NotFoundError`."""
        _known(conversation_id)
        with self._database.begin() as connection:
            stored.owned_conversation(connection, conversation_id, actor)
            gone = stored.drop_conversation(connection, conversation_id)
        for turn_id in gone:
            self._end_by_id(turn_id, _GONE)

    # -- questions and answers

    def ask(self, actor: Actor, scope: Scope, conversation_id: str, asked: Asked) -> Run:
        """Begin to answer; the answer is made whether anybody follows it or not.

        Raises `UsageError` and what `App.ask` raises, `NotFoundError`, `ConflictError` when the conversation has changed,
        `TooManyError` while too many answers of this person are being made.
        """
        _known(conversation_id)
        if asked.replaces is not None:
            _known(asked.replaces)
        question = asked.question.replace("\x00", "")
        self._check(question)
        with self._database.connect() as connection:
            found = stored.owned_conversation(connection, conversation_id, actor)
            if found.revision != asked.revision:
                raise ConflictError
            earlier = turns.earlier_questions(connection, found.id, before=asked.replaces)
        rewritten = self._rewritten(question, asked.rewritten, earlier)
        # The answer is in the language of what was typed, not of what was put to it.
        spoken = detect_question(question).language if rewritten and asked.language == "auto" else asked.language
        query = rewritten or question
        events = self._ask(query, scope, language=spoken, chat=asked.chat, narrowing=asked.narrowing)
        run = Run(str(uuid.uuid4()), found.id, actor.id, question, scope)
        self._admit(run)
        settings = asked.settings or {"language": asked.language, "chat": asked.chat}
        new = NewTurn(run.turn_id, question, rewritten, settings, self._server(), asked.replaces)
        try:
            with self._database.begin() as connection:
                turn = turns.add_turn(connection, found.id, asked.revision, new, title_of(question))
        except BaseException:
            self._forget(run)
            raise
        run.tell("turn", turn_started(turn, asked.revision + 1))
        run.thread = threading.Thread(target=self._work, args=(run, events), name="answer", daemon=True)
        run.thread.start()
        if asked.replaces is not None:
            self._end_replaced(run)
        return run

    def _rewritten(self, question: str, given: str | None, earlier: Sequence[str]) -> str | None:
        """What is searched in place of the question; None for the question itself."""
        made = follow_up(question, earlier) if given is None else given.replace("\x00", "").strip()
        if given is None and len(made) > self._settings.max_question_characters:
            return None
        if not made or made == question.strip():
            return None
        self._check(made)
        return made

    def _admit(self, run: Run) -> None:
        most = self._settings.running_turns
        with self._lock:
            if self._closing:
                raise WorkStoppedError("The server is stopping; ask again in a moment.")
            if sum(other.owner == run.owner for other in self._runs.values()) >= most:
                raise TooManyError(
                    f"{most} of your answers are being made at this moment; wait for one of them, or stop it.",
                    seconds=5,
                )
            self._runs[run.turn_id] = run

    def _forget(self, run: Run) -> None:
        with self._lock:
            self._runs.pop(run.turn_id, None)

    def _work(self, run: Run, events: Iterator[Event]) -> None:
        """Make the answer; runs in a thread of its own."""
        try:
            for event in events:
                if run.closed:
                    return
                if isinstance(event, AnswerEvent):
                    data = answer_json(replace(event.answer, question=run.question))
                    self._end(run, Ended("done", answer=data), "answer", data)
                    return
                name, data = event_json(event)
                if isinstance(event, EvidenceEvent):
                    run.hits, run.evidence = event.hits, data
                run.tell(name, data)
            raise LionrockError("The answer ended before it was complete; ask again.")
        except LionrockError as error:
            self._fail(run, type(error).__name__, error.message)
        except Exception:  # noqa: BLE001  the edge of a job: an unknown fault costs this answer only
            _log.exception("an answer could not be made")
            self._fail(run, "LionrockError", _FAULT)
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()
            self._forget(run)

    def _fail(self, run: Run, fault: str, reason: str) -> None:
        self._end(run, Ended("failed", reason, fault), "error", {"type": fault, "message": reason})

    def _stop(self, run: Run, reason: str) -> None:
        self._end(run, Ended("stopped", reason), "stopped", {"reason": reason})

    def _end_by_id(self, turn_id: str, reason: str) -> None:
        with self._lock:
            run = self._runs.get(turn_id)
        if run is not None:
            self._stop(run, reason)

    def _end_replaced(self, by: Run) -> None:
        """Nobody waits any more for answers whose question was asked anew."""
        with self._lock:
            others = [r for r in self._runs.values() if r.conversation_id == by.conversation_id and r is not by]
        if others:
            with self._database.connect() as connection:
                gone = turns.replaced_turns(connection, [run.turn_id for run in others])
            for run in others:
                if run.turn_id in gone:
                    self._stop(run, _ASKED_ANEW)

    def _end(self, run: Run, ended: Ended, name: str, data: Mapping[str, Any]) -> None:
        """Write the end of a turn down, then tell it. Of two that end it the first one counts."""
        with run.ending:
            if run.closed:
                return
            ended = replace(ended, evidence=run.evidence, last_event=run.count + 1)
            try:
                with self._database.begin() as connection:
                    kept = turns.finish_turn(connection, run.turn_id, replace(ended, basis=_basis(connection, run)))
            except LionrockError as error:
                _log.warning("the end of an answer could not be written down: %s", error.message)
                name, data = "error", {"type": type(error).__name__, "message": error.message}
            else:
                if not kept:
                    name, data = "stopped", {"reason": _GONE}
            run.close(name, data)

    # -- following, stopping, rating

    def attach(self, actor: Actor, scope: Scope, turn_id: str) -> Run | None:
        """The run of a turn of one's own, to follow; None where it has ended, or is to be read from the database.

        Whoever may see something else now than when the question was asked waits for the end, and then reads what they
        may. Raises `NotFoundError`.
        """
        _known(turn_id)
        with self._database.connect() as connection:
            turns.owned_turn(connection, turn_id, actor, scope)
        with self._lock:
            run = self._runs.get(turn_id)
        return run if run is not None and run.scope.key == scope.key else None

    def replay(self, actor: Actor, scope: Scope, turn_id: str, after: int) -> list[Told] | None:
        """The events of a turn that has ended behind number `after`; None while it runs. Raises `NotFoundError`."""
        turn = self.turn(actor, scope, turn_id)
        if turn.status == "running":
            return None
        with self._database.connect() as connection:
            revision = stored.owned_conversation(connection, turn.conversation_id, actor).revision
        return list(told_events(turn, revision, after=after))

    def turn(self, actor: Actor, scope: Scope, turn_id: str) -> Turn:
        """A turn of one's own. Raises `NotFoundError`."""
        _known(turn_id)
        with self._database.connect() as connection:
            return self._settled(connection, turns.owned_turn(connection, turn_id, actor, scope), scope)

    def stop(self, actor: Actor, scope: Scope, turn_id: str) -> Turn:
        """Stop an answer; one that has ended stays as it is. Raises `NotFoundError`."""
        turn = self.turn(actor, scope, turn_id)
        if turn.status == "running":
            self._end_by_id(turn_id, _YOU_STOPPED)
            with self._database.begin() as connection:
                # It may run on another server, which finds it ended when it comes to write its own end.
                turns.finish_turn(connection, turn_id, Ended("stopped", _YOU_STOPPED))
        return self.turn(actor, scope, turn_id)

    def rate(self, actor: Actor, scope: Scope, turn_id: str, value: int, reasons: Sequence[Reason], note: str) -> Turn:
        """Say what one thinks of an answer; 0 takes it back. Raises `NotFoundError`, `UsageError`."""
        said = cleaned(note, "The note", _LONGEST_NOTE)
        turn = self.turn(actor, scope, turn_id)
        with self._database.begin() as connection:
            turns.rate_turn(connection, turn.id, Rating(value, tuple(dict.fromkeys(reasons)), said))
        return self.turn(actor, scope, turn_id)

    # -- start and end of the server

    def recover(self) -> int:
        """Tell turns that ran when the server stopped as stopped; how many there were."""
        lost = datetime.now(UTC) - _LONGEST_ANSWER
        with self._database.begin() as connection:
            return turns.stop_unfinished(connection, self._server(), SERVER_STOPPED, before=lost)

    def close(self, seconds: float = 5.0) -> None:
        """Stop what runs, and wait a little for its threads."""
        with self._lock:
            self._closing = True
            runs = list(self._runs.values())
        for run in runs:
            self._stop(run, SERVER_STOPPED)
        until = time.monotonic() + seconds
        for run in runs:
            if run.thread is not None:
                run.thread.join(max(0.0, until - time.monotonic()))

    def _settled(self, connection: Connection, turn: Turn, scope: Scope) -> Turn:
        """A turn that runs nowhere is told as stopped: its end could not be written down."""
        if turn.status != "running" or turn.server != self._server():
            return turn
        with self._lock:
            if turn.id in self._runs:
                return turn
        # It may have ended between the look at the database and the look at what runs.
        again = turns.turn_by_id(connection, turn.id, scope) or turn
        return again if again.status != "running" else replace(again, status="stopped", reason=SERVER_STOPPED)

    def _server(self) -> str:
        """The name of this installation, by which several on one database tell their turns apart."""
        if not self._server_id:
            self._server_id = _kept_id(self._settings.home / "server-id")
        return self._server_id


def _known(some_id: str) -> None:
    if not is_id(some_id):
        raise NotFoundError("There is no such conversation or question, or it is not yours to see.")


def _basis(connection: Connection, run: Run) -> list[Basis]:
    """What a turn rests on: the passages found, and the newer editions that notices name."""
    passages = [hit.passage for hit in run.hits]
    found = [Basis(p.document_id, p.department, int(p.classification)) for p in passages]
    named = {p.superseded_by for p in passages if p.superseded_by} - {b.document_id for b in found}
    return [*found, *turns.places_of(connection, named, run.scope)] if named else found


def _kept_id(path: Path) -> str:
    """An id that is made once and kept in a file. Raises `StorageError`."""
    try:
        with path.open("x", encoding="ascii") as file:
            file.write(str(uuid.uuid4()))
    except FileExistsError:
        pass
    except OSError as error:
        raise StorageError(f"The data folder {path.parent} cannot be written ({error.strerror}).") from error
    return path.read_text(encoding="ascii").strip()
