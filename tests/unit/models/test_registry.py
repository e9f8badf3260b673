"""The catalogue: every pin is there, and nothing in it can point outside a model's folder."""

from __future__ import annotations

import re

import pytest

from lionrock.errors import NotFoundError
from lionrock.models.registry import ModelSpec, catalogue, find_model

SHA = re.compile(r"[0-9a-f]{64}")


@pytest.mark.parametrize("spec", catalogue(), ids=lambda spec: spec.name)
def test_every_model_is_pinned(spec: ModelSpec) -> None:
    assert spec.purpose
    assert spec.licence
    assert spec.megabytes > 0
    assert spec.parts
    assert {part.output for part in spec.parts} == {name for name, _ in spec.files}
    assert all(SHA.fullmatch(part.sha256) and part.version for part in spec.parts)
    assert all(SHA.fullmatch(sha256) for _, sha256 in spec.files)
    names = [spec.name, *(part.wheel for part in spec.parts), *(name for name, _ in spec.files)]
    assert all(re.fullmatch(r"[A-Za-z0-9][\w.-]*", name) for name in names)


def test_models_are_found_by_name() -> None:
    assert [find_model(spec.name) for spec in catalogue()] == list(catalogue())
    with pytest.raises(NotFoundError, match="e5-small"):
        find_model("gpt-9")


def test_the_default_set_serves_search_and_answers() -> None:
    assert {spec.kind for spec in catalogue() if spec.default} == {"embed", "dictionary", "chat"}
    assert len(find_model("qwen2.5-coder-1.5b").wheels) == 22
    assert len(find_model("use-multilingual").wheels) == 1
