"""Conversations over HTTP with real storage and index and a scripted model."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lionrock.access import LOCAL_OWNER
from lionrock.app import App, Upload
from lionrock.errors import EndpointError
from lionrock.models.fakes import ScriptedChat
from lionrock.models.ports import Message
from lionrock.records import Actor, Classification
from lionrock.server import deps
from lionrock.server.asgi import create_api

RULES = "# Parking rules\n\n## Fee\n\nThe parking fee is HK$40 an hour. Staff pay HK$10.\n"
QUESTION = 'What is the "parking fee" an hour?'
ANN = Actor("ann", frozenset({"parks"}), Classification.CONFIDENTIAL)
BEN = Actor("ben", frozenset({"parks"}))
CAT = Actor("cat", frozenset({"roads"}))


class Gated:
    """A model that says one piece, then waits until it is let go on."""

    name = "gated"

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Event()
        self.given_up = threading.Event()

    def stream(self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()) -> Iterator[str]:
        try:
            yield "The parking fee is "
            self.begun.set()
            while not self.go.wait(0.01):
                yield ""
            yield "HK$40 an hour [1]."
        except GeneratorExit:
            self.given_up.set()
            raise

    def close(self) -> None:
        pass


class Office:
    """A server and who calls it."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.actor: Actor = LOCAL_OWNER
        api = create_api(app)
        api.dependency_overrides[deps._actor] = lambda: self.actor
        self.http = TestClient(api, base_url="http://127.0.0.1:8321")

    def add(self, name: str = "parking.md", text: str = RULES, **where: Any) -> str:
        [result] = self.app.ingest([Upload(name, name, data=text.encode())], **where)
        assert result.document_id is not None
        return result.document_id

    def call(self, verb: str, path: str, **body: Any) -> Any:
        """The JSON of an answer that succeeds."""
        response = self.http.request(verb, f"/api/v1/{path}", **({"json": body} if body else {}))
        assert response.is_success, response.text
        return response.json()

    def begin(self, **body: Any) -> str:
        return str(self.call("POST", "conversations", **{"title": "", **body})["id"])

    def ask(self, conversation: str, question: str = QUESTION, revision: int = 0, **body: Any) -> Any:
        path = f"/api/v1/conversations/{conversation}/turns"
        return self.http.post(path, json={"question": question, "revision": revision, **body})

    def start(self, conversation: str, revision: int = 0, **body: Any) -> str:
        """Begin an answer without following it; returns the turn's id."""
        from lionrock.access import scope_for
        from lionrock.app.conversations import Asked

        asked = Asked(body.pop("question", QUESTION), revision, **body)
        return self.app.conversations.ask(self.actor, scope_for(self.actor), conversation, asked).turn_id

    def turns(self, conversation: str, query: str = "") -> list[Any]:
        return list(self.call("GET", f"conversations/{conversation}{query}")["turns"])

    def until(self, conversation: str, status: str) -> Any:
        """The last turn, as soon as it has a status."""
        for _ in range(500):
            turn = self.turns(conversation)[-1]
            if turn["status"] == status:
                return turn
            time.sleep(0.01)
        raise AssertionError(f"it never was {status}, but {turn['status']}")


@pytest.fixture
def open_office(make_app: Callable[..., App]) -> Iterator[Callable[..., Office]]:
    def opened(chat: Any = None, **settings: Any) -> Office:
        office = Office(make_app(chat=chat or ScriptedChat("The parking fee is HK$40 an hour [1]."), **settings))
        office.http.__enter__()
        made.append(office)
        return office

    made: list[Office] = []
    yield opened
    for office in made:
        office.http.__exit__(None, None, None)


def told(text: str) -> list[tuple[int, str, Any]]:
    """Number, name and data of each server-sent event."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
        if fields:
            found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


def test_a_question_is_answered_kept_and_told_again(open_office: Callable[..., Office]) -> None:
    office = open_office()
    office.add()
    conversation = office.begin()
    response = office.ask(conversation)
    assert response.headers["content-type"].startswith("text/event-stream")
    events = told(response.text)
    assert [number for number, _, _ in events] == list(range(1, len(events) + 1))
    names = [name for _, name, _ in events]
    assert (names[:2], names[-2:]) == (["turn", "evidence"], ["sentence", "answer"])
    assert "token" in names
    first = events[0][2]
    assert (first["ordinal"], first["revision"], first["rewritten"]) == (1, 1, None)
    shown = office.call("GET", f"conversations/{conversation}")
    assert (shown["title"], shown["revision"], shown["mine"]) == (QUESTION, 1, True)
    [turn] = shown["turns"]
    assert (turn["id"], turn["status"], turn["question"]) == (first["id"], "done", QUESTION)
    assert turn["answer"] == events[-1][2]
    assert turn["evidence"] == events[1][2]
    [citation] = turn["answer"]["sentences"][0]["citations"]
    assert "HK$40" in citation["quote"]
    again = told(office.http.get(f"/api/v1/turns/{turn['id']}/events").text)
    assert again == [event for event in events if event[1] != "token"]
    halfway = told(office.http.get(f"/api/v1/turns/{turn['id']}/events", headers={"Last-Event-ID": "3"}).text)
    assert halfway == [event for event in again if event[0] > 3]
    assert office.http.get(f"/api/v1/turns/{turn['id']}/events?after={len(events)}").status_code == 204


def test_a_question_that_leans_on_the_one_before_is_searched_whole(open_office: Callable[..., Office]) -> None:
    office = open_office(ScriptedChat("Staff pay HK$10 [1]."))
    office.add()
    conversation = office.begin()
    office.ask(conversation)
    events = told(office.ask(conversation, "What about staff?", 1).text)
    assert "parking fee" in events[0][2]["rewritten"]
    assert events[-1][2]["question"] == "What about staff?"
    assert "HK$10" in events[-1][2]["answer"]
    [_, turn] = office.turns(conversation)
    assert (turn["question"], turn["rewritten"]) == ("What about staff?", events[0][2]["rewritten"])
    edited = told(office.ask(conversation, "And them?", 2, rewritten="parking fee of staff").text)
    assert edited[0][2]["rewritten"] == "parking fee of staff"
    assert "HK$10" in edited[-1][2]["answer"]
    as_typed = told(office.ask(conversation, "What about staff?", 3, rewritten="").text)
    assert as_typed[0][2]["rewritten"] is None


def test_the_language_is_that_of_what_was_typed(open_office: Callable[..., Office]) -> None:
    office = open_office()
    office.add()
    conversation = office.begin()
    office.ask(conversation, chat="none")
    answer = told(office.ask(conversation, "咁職員呢？", 1, chat="none").text)[-1][2]
    assert answer["language"] == "yue"


def test_whoever_comes_late_or_comes_back_hears_everything(open_office: Callable[..., Office]) -> None:
    chat = Gated()
    office = open_office(chat)
    office.add()
    conversation = office.begin()
    turn = office.start(conversation)
    assert office.turns(conversation)[0]["status"] == "running"
    heard: dict[str, list[Any]] = {}

    def listen(name: str, query: str) -> None:
        heard[name] = told(office.http.get(f"/api/v1/turns/{turn}/events{query}").text)

    threads = [threading.Thread(target=listen, args=item) for item in (("all", ""), ("rest", "?after=2"))]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    chat.go.set()
    for thread in threads:
        thread.join(10)
    assert [number for number, _, _ in heard["all"]] == list(range(1, len(heard["all"]) + 1))
    assert heard["rest"] == heard["all"][2:]
    assert heard["all"][-1][1] == "answer"
    assert office.until(conversation, "done")["answer"] == heard["all"][-1][2]


def test_an_answer_is_stopped_and_what_was_found_stays(open_office: Callable[..., Office]) -> None:
    chat = Gated()
    office = open_office(chat)
    office.add()
    conversation = office.begin()
    turn = office.start(conversation)
    assert chat.begun.wait(10)
    stopped = office.call("POST", f"turns/{turn}/stop")
    assert (stopped["status"], stopped["answer"]) == ("stopped", None)
    assert stopped["evidence"]["hits"]
    assert chat.given_up.wait(5), "the model is not left at work"
    events = told(office.http.get(f"/api/v1/turns/{turn}/events?after=2").text)
    assert [name for _, name, _ in events] == ["stopped"]
    again = told(office.ask(conversation, revision=1, chat="none", replaces=turn).text)
    assert again[-1][1] == "answer"
    assert office.call("POST", f"turns/{again[0][2]['id']}/stop")["status"] == "done"
    assert [t["status"] for t in office.turns(conversation)] == ["done"]
    assert [t["status"] for t in office.turns(conversation, "?replaced=true")] == ["stopped", "done"]


def test_asking_anew_stops_the_answer_that_is_replaced(open_office: Callable[..., Office]) -> None:
    office = open_office(Gated())
    office.add()
    conversation = office.begin()
    turn = office.start(conversation)
    assert told(office.ask(conversation, revision=1, chat="none", replaces=turn).text)[-1][1] == "answer"
    [old, new] = office.turns(conversation, "?replaced=true")
    assert (old["status"], old["replaced"], new["status"]) == ("stopped", True, "done")


def test_two_windows_do_not_ask_over_each_other(open_office: Callable[..., Office]) -> None:
    office = open_office()
    office.add()
    conversation = office.begin()
    assert office.ask(conversation).status_code == 200
    refused = office.ask(conversation, "What is the fee of buses?")
    assert (refused.status_code, refused.json()["error"]["type"]) == (409, "ConflictError")
    assert "load it again" in refused.json()["error"]["message"]
    office.call("PATCH", f"conversations/{conversation}", title="Renamed elsewhere")
    assert office.ask(conversation, "What is the fee of buses?", 1).status_code == 200
    assert [turn["ordinal"] for turn in office.turns(conversation)] == [1, 2]


def test_one_person_has_so_many_answers_in_the_making(open_office: Callable[..., Office]) -> None:
    chat = Gated()
    office = open_office(chat, running_turns=2)
    office.add(department="parks")
    office.actor = BEN
    conversations = [office.begin() for _ in range(3)]
    for conversation in conversations[:2]:
        office.start(conversation)
    refused = office.ask(conversations[2])
    assert (refused.status_code, refused.json()["error"]["type"]) == (429, "TooManyError")
    assert office.turns(conversations[2]) == []
    office.actor = ANN
    mine = office.begin()
    office.start(mine)
    chat.go.set()
    for conversation, actor in ((conversations[0], BEN), (conversations[1], BEN), (mine, ANN)):
        office.actor = actor
        office.until(conversation, "done")
    office.actor = BEN
    assert told(office.ask(conversations[2]).text)[-1][1] == "answer"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"question": "", "revision": 0}', 422),
        ('{"question": "\\u0000", "revision": 0}', 422),
        ('{"question": "\\ud800", "revision": 0}', 422),
        ('{"question": "fee?", "revision": 0, "rewritten": "\\ud800"}', 422),
        ('{"question": "fee?", "revision": 0, "chat": "nomodel", "language": "fr"}', 422),
        ('{"question": "fee?"}', 422),
        ('{"question": "fee?", "revision": -1}', 422),
        ('{"question": "fee?", "revision": 0, "replaces": "x"}', 404),
        ('{"question": "fee?", "revision": 0, "replaces": "00000000-0000-0000-0000-000000000000"}', 404),
        ('{"question": "fee?", "revision": 0, "collections": ["none such"]}', 404),
        (json.dumps({"question": "x" * 1_000_000, "revision": 0}), 422),
        (json.dumps({"question": "fee?", "revision": 0, "rewritten": "x" * 1_000_000}), 422),
    ],
)
def test_wrong_questions_are_told_so_and_leave_nothing(
    open_office: Callable[..., Office], body: str, status: int
) -> None:
    office = open_office()
    conversation = office.begin()
    path = f"/api/v1/conversations/{conversation}/turns"
    response = office.http.post(path, content=body, headers={"content-type": "application/json"})
    assert response.status_code == status
    assert response.json()["error"]["message"]
    shown = office.call("GET", f"conversations/{conversation}")
    assert (shown["turns"], shown["revision"], shown["title"]) == ([], 0, "")


@pytest.mark.parametrize("question", ["😀" * 50, "'; DROP TABLE turns; --", "<script>x</script>", "\u202ex", "咁呢？"])
def test_odd_questions_do_no_harm(open_office: Callable[..., Office], question: str) -> None:
    office = open_office()
    office.add()
    conversation = office.begin()
    assert told(office.ask(conversation, question, chat="none").text)[-1][2]["question"] == question
    assert office.turns(conversation)[0]["question"] == question


def test_what_is_anothers_is_not_there(open_office: Callable[..., Office]) -> None:
    office = open_office()
    office.add(department="parks")
    office.actor = ANN
    conversation = office.begin()
    turn = told(office.ask(conversation).text)[0][2]["id"]
    prompt = office.call("POST", "prompts", name="Letter", text="To {name}")["id"]
    calls: list[tuple[str, str, Any]] = [
        ("GET", f"conversations/{conversation}", None),
        ("PATCH", f"conversations/{conversation}", {"title": "x"}),
        ("DELETE", f"conversations/{conversation}", None),
        ("POST", f"conversations/{conversation}/turns", {"question": QUESTION, "revision": 1}),
        ("GET", f"turns/{turn}/events", None),
        ("POST", f"turns/{turn}/stop", None),
        ("PUT", f"turns/{turn}/rating", {"value": 1}),
        ("GET", f"prompts/{prompt}", None),
        ("PATCH", f"prompts/{prompt}", {"name": "x"}),
        ("DELETE", f"prompts/{prompt}", None),
    ]
    for actor in (BEN, CAT, LOCAL_OWNER):
        office.actor = actor
        for verb, path, body in calls:
            for real in (conversation, turn, prompt):
                if real not in path:
                    continue
                for path_ in (path, path.replace(real, str(uuid.uuid4())), path.replace(real, "x%00y")):
                    answer = office.http.request(verb, f"/api/v1/{path_}", json=body)
                    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "NotFoundError"), path_
    office.actor = ANN
    assert office.call("GET", f"conversations/{conversation}")["turns"][0]["rating"] is None
    assert office.call("GET", f"prompts/{prompt}")["variables"] == ["name"]


def test_a_shared_conversation_shows_each_reader_what_they_may_see(open_office: Callable[..., Office]) -> None:
    office = open_office()
    office.add(department="parks")
    secret = office.add("pier.md", "# Pier\n\nThe pier closes at nine.\n", department="parks",
                        classification=Classification.CONFIDENTIAL)  # fmt: skip
    office.actor = ANN
    conversation = office.begin(title="Shared")
    office.ask(conversation, 'When does the "pier" close?', chat="none")
    turn = office.turns(conversation)[0]
    assert secret in {hit["document_id"] for hit in turn["evidence"]["hits"]}
    office.call("PATCH", f"conversations/{conversation}", shared=True)
    office.actor = BEN
    [listed] = office.call("GET", "conversations?shared=true")["conversations"]
    assert (listed["id"], listed["mine"], listed["owner"]) == (conversation, False, "ann")
    assert office.call("GET", "conversations")["conversations"] == []
    page = office.http.get(f"/api/v1/conversations/{conversation}")
    [hidden] = page.json()["turns"]
    assert (hidden["withheld"], hidden["answer"], hidden["evidence"]) == (True, None, None)
    assert hidden["question"] == 'When does the "pier" close?'
    assert "may not see" in hidden["withheld_reason"]
    assert "nine" not in page.text and "pier.md" not in page.text
    assert office.call("GET", "conversations?shared=true&q=nine")["conversations"] == []
    assert office.http.post(f"/api/v1/turns/{turn['id']}/stop").status_code == 404
    assert office.http.get(f"/api/v1/turns/{turn['id']}/events").status_code == 404
    assert office.ask(conversation, revision=1).status_code == 404
    office.actor = CAT
    assert office.http.get(f"/api/v1/conversations/{conversation}").status_code == 404
    office.actor = Actor("ann", frozenset({"parks"}))
    assert office.turns(conversation)[0]["withheld"] is True, "its owner has lost the right as well"
    events = told(office.http.get(f"/api/v1/turns/{turn['id']}/events").text)
    assert [name for _, name, _ in events] == ["turn", "error"]
    assert "nine" not in json.dumps(events)


def test_a_deleted_document_leaves_its_marks(open_office: Callable[..., Office]) -> None:
    office = open_office()
    document = office.add()
    conversation = office.begin()
    office.ask(conversation, chat="none")
    office.call("DELETE", f"documents/{document}")
    [turn] = office.turns(conversation)
    assert (turn["withheld"], turn["evidence"]["hits"]) == (False, [])
    assert turn["deleted_evidence"] > 0
    assert {s["verdict"] for s in turn["answer"]["sentences"]} == {"unsupported"}


def test_folders_titles_ratings_and_the_end(open_office: Callable[..., Office]) -> None:
    office = open_office()
    office.add()
    conversation = office.begin(folder="Cars")
    turn = told(office.ask(conversation, chat="none").text)[0][2]["id"]
    assert office.call("GET", "folders") == {"folders": [{"name": "Cars", "conversations": 1}]}
    changed = office.call("PATCH", f"conversations/{conversation}", folder="", title="  Cars \u0000 ")
    assert (changed["folder"], changed["title"]) == ("", "Cars")
    assert office.call("GET", "conversations?folder=")["conversations"][0]["id"] == conversation
    rated = office.call("PUT", f"turns/{turn}/rating", value=-1, reasons=["wrong", "outdated"], note="No")
    assert rated["rating"] == {"value": -1, "reasons": ["wrong", "outdated"], "note": "No"}
    assert office.call("PUT", f"turns/{turn}/rating", value=0)["rating"] is None
    for body in ({"value": 2}, {"value": 1, "reasons": ["bad"]}, {"value": 1, "note": "x" * 3_000}):
        assert office.http.put(f"/api/v1/turns/{turn}/rating", json=body).status_code == 422
    for body in ({"title": " "}, {"title": "x" * 300}, {"folder": "x" * 300}):
        assert office.http.patch(f"/api/v1/conversations/{conversation}", json=body).status_code == 422
    office.call("DELETE", f"conversations/{conversation}")
    assert office.call("GET", "conversations")["conversations"] == []
    assert office.http.get(f"/api/v1/turns/{turn}/events").status_code == 404


def test_a_list_goes_on_page_by_page(open_office: Callable[..., Office]) -> None:
    office = open_office()
    made = [office.begin(title=f"n{number}") for number in range(5)]
    first = office.call("GET", "conversations?limit=3")
    rest = office.call("GET", f"conversations?limit=3&after={first['next']}")
    assert [item["id"] for item in first["conversations"] + rest["conversations"]] == made[::-1]
    assert rest["next"] is None
    assert office.http.get("/api/v1/conversations?after=nowhere").status_code == 422


def test_a_conversation_deleted_meanwhile_ends_its_answer(open_office: Callable[..., Office]) -> None:
    chat = Gated()
    office = open_office(chat)
    office.add()
    conversation = office.begin()
    turn = office.start(conversation)
    run = office.app.conversations._runs[turn]
    assert chat.begun.wait(10)
    office.call("DELETE", f"conversations/{conversation}")
    assert run.closed
    assert run.since(0)[0][-1].name == "stopped"
    assert chat.given_up.wait(5)


def test_a_model_that_breaks_is_told_without_its_words(open_office: Callable[..., Office]) -> None:
    def broken(messages: Sequence[Message]) -> str:
        raise RuntimeError("token=secret")

    office = open_office(ScriptedChat(broken))
    office.add()
    conversation = office.begin()
    response = office.ask(conversation)
    _, name, data = told(response.text)[-1]
    assert (name, "secret" in response.text) == ("error", False)
    turn = office.turns(conversation)[0]
    assert (turn["status"], turn["reason"]) == ("failed", data["message"])
    again = told(office.http.get(f"/api/v1/turns/{turn['id']}/events").text)
    assert again[-1] == told(response.text)[-1]


def test_a_model_that_is_gone_leaves_the_quotes(open_office: Callable[..., Office]) -> None:
    office = open_office(ScriptedChat(EndpointError("the server is down")))
    office.add()
    answer = told(office.ask(office.begin()).text)[-1][2]
    assert (answer["mode"], "the server is down" in str(answer["notices"])) == ("extractive", True)


def test_the_end_of_the_server_is_told(make_app: Callable[..., App], open_office: Callable[..., Office]) -> None:
    office = open_office(Gated())
    office.add()
    conversation = office.begin()
    turn = office.start(conversation)
    run = office.app.conversations._runs[turn]
    office.app.conversations.close()
    assert run.since(0)[0][-1].name == "stopped"
    stopped = office.turns(conversation)[0]
    assert stopped["status"] == "stopped"
    assert stopped["reason"].startswith("The server stopped before the answer was complete")
    assert office.ask(conversation, revision=1).status_code == 409


def test_prompts_are_made_changed_shared_and_deleted(open_office: Callable[..., Office]) -> None:
    office = open_office()
    office.actor = ANN
    made = office.call("POST", "prompts", name="申請信 Letter", text="Write to {recipient} about {topic}.")
    assert (made["variables"], made["department"], made["shared"]) == (["recipient", "topic"], "parks", False)
    office.actor = BEN
    assert office.call("GET", "prompts")["prompts"] == []
    office.actor = ANN
    office.call("PATCH", f"prompts/{made['id']}", shared=True, text="To {x}")
    office.actor = BEN
    [seen] = office.call("GET", "prompts?q=申请")["prompts"]
    assert (seen["mine"], seen["text"], seen["variables"]) == (False, "To {x}", ["x"])
    assert office.call("GET", "prompts?q=other")["prompts"] == []
    assert office.http.delete(f"/api/v1/prompts/{made['id']}").status_code == 404
    assert (
        office.http.post("/api/v1/prompts", json={"name": "x", "text": "y", "department": "roads"}).status_code == 422
    )
    assert office.http.post("/api/v1/prompts", json={"name": " ", "text": "y"}).status_code == 422
    office.actor = ANN
    office.call("DELETE", f"prompts/{made['id']}")
    assert office.call("GET", "prompts")["prompts"] == []
