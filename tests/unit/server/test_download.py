"""The name under which a browser keeps a file."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lionrock.server.download import disposition
from lionrock.text.names import raw_name, storable_name


def parts(header: str) -> tuple[str, bytes]:
    """(plain name, exact name) of a header, which is checked for its grammar."""
    found = re.fullmatch(
        r"attachment; filename=\"([ !#-\[\]-~]*)\"; filename\*=UTF-8''((?:[\w!#$&+\-.^`|~]|%[0-9A-F]{2})+)",
        header,
        re.ASCII,
    )
    assert found is not None, header
    return found[1], unquote_to_bytes(found[2])


@pytest.mark.parametrize(
    ("name", "plain", "exact"),
    [
        ("report.docx", "report.docx", "report.docx"),
        ("2024 預算.xlsx", "2024 __.xlsx", "2024 預算.xlsx"),
        ("😀.txt", "_.txt", "😀.txt"),
        ('a "quoted" name.txt', "a _quoted_ name.txt", 'a "quoted" name.txt'),
        ("two\nlines\r\nX: y.txt", "two_lines__X: y.txt", "two\nlines\r\nX: y.txt"),
        ("100% 'sure'; really.txt", "100_ 'sure'; really.txt", "100% 'sure'; really.txt"),
        ("2024/minutes/五月.docx", "__.docx", "五月.docx"),
        ("../../etc/passwd", "passwd", "passwd"),
        ("back\\slash.txt", "back_slash.txt", "back\\slash.txt"),
        ("e\u0301te\u0301.md", "e_te_.md", "e\u0301te\u0301.md"),
        ("", "document", "document"),
        ("folder/", "document", "document"),
    ],
)
def test_names(name: str, plain: str, exact: str) -> None:
    assert parts(disposition(name)) == (plain, exact.encode())


def test_bytes_that_are_no_text() -> None:
    name = b"caf\xe9 \xa4\xa4.txt".decode("utf-8", "surrogateescape")
    stored = storable_name(name)
    assert stored == "caf\ufffdE9 \ufffdA4\ufffdA4.txt"
    assert stored.encode()
    assert raw_name(stored) == name
    assert parts(disposition(stored)) == ("caf_ __.txt", b"caf\xe9 \xa4\xa4.txt")


@given(st.binary(min_size=1, max_size=40))
def test_any_name_of_a_file_system(raw: bytes) -> None:
    name = raw.replace(b"/", b"").decode("utf-8", "surrogateescape")
    stored = storable_name(name)
    stored.encode()
    assert "\x00" not in stored
    assert raw_name(stored) == raw_name(name)
    plain, exact = parts(disposition(stored))
    assert plain.isascii()
    assert exact == (raw_name(name).encode("utf-8", "surrogateescape") or b"document")


@given(st.text(st.characters(), max_size=20))
def test_any_text_becomes_a_header(name: str) -> None:
    plain, exact = parts(disposition(storable_name(name)))
    assert plain.isascii()
    assert exact
