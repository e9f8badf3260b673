"""Text that no database takes - NUL, half a character - is a wrong call or finds nothing, wherever it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lionrock.app import App
from lionrock.server.asgi import create_api

ODD = ("a\x00b", "\x00", "half \ud800")


def filled(schema: dict[str, Any], parts: dict[str, Any], text: str) -> Any:
    """A value that a schema allows, with `text` wherever a text may stand."""
    while "$ref" in schema:
        schema = parts[schema["$ref"].rsplit("/", 1)[1]]
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            return filled(choice, parts, text)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object":
            return {name: filled(inner, parts, text) for name, inner in schema.get("properties", {}).items()}
        case "array":
            return [filled(schema.get("items", {}), parts, text)]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case _:
            return text if schema.get("format") is None else "2026-01-01"


def calls(description: dict[str, Any], text: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """A call to every route with `text` in its path, in its query and in its body, one after the other and together."""
    parts = description["components"]["schemas"]
    encoded = "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))
    for path, verbs in sorted(description["paths"].items()):
        for verb, told in verbs.items():
            place = re.sub(r"\{\w+\}", encoded, path)
            texts = [item for item in told.get("parameters", ()) if item["in"] == "query"]
            query = "&".join(f"{item['name']}={encoded}" for item in texts if "string" in json.dumps(item["schema"]))
            content = told.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                body = filled(content["application/json"]["schema"], parts, text)
                yield verb, place, {"content": json.dumps(body), "headers": {"content-type": "application/json"}}
            elif "multipart/form-data" in content:
                fields = {"department": text, "collection": text, "sources": text, "encoding": text}
                safe = {name: value.encode("utf-8", "surrogatepass") for name, value in fields.items()}
                yield verb, place, {"files": {"files": ("a.md", b"# A\n\nWords.\n")}, "data": safe}
            else:
                yield verb, f"{place}?{query}", {}


@pytest.mark.parametrize("text", ODD)
def test_no_route_fails(make_app: Callable[..., App], database_url: str, text: str) -> None:
    app = make_app(database_url, questions_per_minute=0, requests_per_minute=0, sign_ins_per_minute=0)
    tried, wrong = 0, []
    with TestClient(create_api(app), base_url="http://127.0.0.1:8321", raise_server_exceptions=False) as client:
        description = client.get("/api/openapi.json").json()
        for verb, path, more in calls(description, text):
            if path.endswith(("/first-run", "/events")):
                continue
            response = client.request(verb, path, **more)
            tried += 1
            if response.status_code >= 500:
                wrong.append(f"{verb} {path[:100]} {response.status_code} {response.text[:100]}")
    assert not wrong, "\n".join(wrong)
    assert tried > 60
