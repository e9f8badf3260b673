"""The catalogues hold every message that the page shows, and no other; the language of a reader."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from lionrock.web.messages import LOCALES, best_locale, for_scripts, translator

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages_tool", ROOT / "scripts" / "messages.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_no_message_is_missing_unused_or_untranslated(tool: ModuleType) -> None:
    assert list(tool.faults()) == []


def test_the_check_sees_messages_of_templates_code_and_scripts(tool: ModuleType) -> None:
    places = {message: {name.rsplit(".", 1)[-1] for name, _ in found} for message, found in tool.used().items()}
    assert places["Skip to the content"] == {"html"}
    assert places["Yesterday"] == {"py"}
    assert places["Copied."] == {"js"}


def test_words_in_three_languages() -> None:
    assert [translator(code)("Search") for code, _ in LOCALES] == ["搜尋", "搜索", "Search"]
    assert translator("zh-HK")("page {n}", n=3) == "第 3 頁"
    assert translator("en")("page {n}", n=3) == "page 3"
    assert for_scripts("zh-CN")["Copied."] == "已复制。"


def test_a_value_with_braces_stays_as_it_is() -> None:
    assert translator("en")("Searched for: {query}", query="{0} {name}") == "Searched for: {0} {name}"


@pytest.mark.parametrize(
    ("chosen", "remembered", "accepted", "expected"),
    [
        ("en", "zh-HK", "zh-CN", "en"),
        (None, "zh-cn", "en", "zh-CN"),
        ("xx", None, "fr, zh-Hans-CN;q=0.8, en;q=0.5", "zh-CN"),
        (None, None, "zh-TW", "zh-HK"),
        (None, None, "yue", "zh-HK"),
        (None, None, "en-GB,en", "en"),
        (None, None, None, "zh-HK"),
    ],
)
def test_the_language_of_a_reader(
    chosen: str | None, remembered: str | None, accepted: str | None, expected: str
) -> None:
    assert best_locale(chosen, remembered, accepted) == expected
