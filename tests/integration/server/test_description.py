"""The routes do what `/api/openapi.json` says of them, whatever is sent: calls are made from the description itself.

Schemathesis sends right and wrong values to every route. Looked for: status 500, and statuses, types of content and bodies
that the description does not name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import schemathesis
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from lionrock.app import App, Upload
from lionrock.models.fakes import ScriptedChat
from lionrock.server.asgi import create_api

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
]
EXAMPLES = 5
"""Of each route and of right and of wrong calls each; more of them find more and take longer."""
ADDRESS = "http://127.0.0.1:8321"
RULES = b"# Parking rules\n\n## Fee\n\nThe parking fee is HK$40 an hour. Staff pay HK$10.\n"
ODD = ["\x00", "a\x00b", "😀", "%2e%2e", "..", "\u202e", " ", "9" * 40, "-1", "none", "x" * 3_000]


def known(app: App) -> dict[str, list[str]]:
    """Ids of what is there, by the name of the parameter that takes them."""
    scope = app.owner_scope()
    uploads = [Upload(name=f"{n}.md", source=f"{n}.md", data=RULES + b"%d\n" % n) for n in range(3)]
    documents = [result.document_id or "" for result in app.ingest(uploads)]
    passages = [passage.id for document in documents for passage in app.document(document, scope).passages]
    batches = [batch.id for batch in app.intake.batches(limit=3, only_open=False)]
    return {
        "document_id": documents,
        "passage_id": passages,
        "batch_id": batches,
        "model_id": ["lionrock", "one"],
    }


def operations(schema: Any) -> Iterator[Any]:
    """Every route; what takes things away comes late, and the first account last, as nobody gets in without it then."""
    found = [result.ok() for result in schema.get_all_operations()]
    late = ("get", "put", "post", "patch", "delete")
    yield from sorted(found, key=lambda o: ("first-run" in o.path, "session" in o.path, late.index(o.method), o.path))


def try_out(operation: Any, mode: Any, ids: dict[str, list[str]], examples: int) -> None:
    """Make calls to a route, of which some name what is there and some something odd."""

    @hypothesis.settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def calls(case: Any, data: st.DataObject) -> None:
        for name in list(case.path_parameters or {}):
            chosen = data.draw(st.sampled_from([None, *ids.get(name, []), *ODD]))
            if chosen is not None:
                case.path_parameters[name] = chosen
        response = case.call(base_url=ADDRESS, timeout=60)
        case.validate_response(response, checks=CHECKS)

    calls()


def test_routes_do_what_their_description_says(make_app: Callable[..., App]) -> None:
    app = make_app(chat=ScriptedChat("The parking fee is HK$40 an hour [1]."), questions_per_minute=0)
    ids = known(app)
    api = create_api(app)
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", api, headers={"host": "127.0.0.1:8321"})
    tried, wrong = 0, []
    for operation in operations(schema):
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
            try:
                try_out(operation, mode, ids, EXAMPLES)
            except hypothesis.errors.Unsatisfiable:
                # A route that takes nothing cannot be called wrongly.
                continue
            except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001  told at the end, all together
                wrong.append(f"{operation.label} ({mode.value}): {type(error).__name__} {error}"[:1_500])
            tried += 1
    assert not wrong, "\n\n".join(wrong)
    assert tried > 60
