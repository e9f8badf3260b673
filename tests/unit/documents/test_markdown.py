"""Markdown and plain text: what a document says stays text."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from conversations import answer, citation, conversation, sentence
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lionrock.documents.conversation import Block, Run, Turn, blocks_of
from lionrock.documents.export import export
from lionrock.documents.markdown import markdown_of, text_of


class Rendered(HTMLParser):
    """The text of a page, and the elements in it; a line break is `\\n`."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tags: set[str] = set()
        # The renderer puts a line feed behind each element of its own.
        self.feed(html.replace("<br />\n", "<br />"))

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        self.text += "\n" if tag == "br" else ""

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(block: Block) -> Rendered:
    return Rendered(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown_of([block])))


HOSTILE = [
    "*a* _b_ **c** __d__",
    "[x](javascript:alert(1)) ![y](z)",
    "<script>alert(1)</script> <!-- -->",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "# heading\n## other ##",
    "- item\n+ item\n* item\n1. one\n2) two",
    "a\n===\nb\n---",
    "    code\n\tcode",
    "```\ncode\n```\n~~~\n~~x~~",
    "&lt; &amp; &#35; \\* \\",
    "\u3000\u3000第一條　  \n\n\n第二條\n",
    "> quote\n\n> other",
    "[1]: https://a.hk\n<https://a.hk>",
    "=1+1\n=cmd|' /C calc'!A0",
    "𠮷野家𨋢口 $x$ `y`",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("style", ["quote", "answer"])
def test_text_of_documents_is_no_markup(text: str, style: str) -> None:
    made = rendered(Block(style, (Run(text),)))  # type: ignore[arg-type]
    assert made.tags <= {"p", "br", "blockquote"}
    assert text in made.text


@given(st.text(st.sampled_from("ab1 \t\n*_`#<>&[]()|\\-+=~.!\u3000。"), min_size=1, max_size=30))
def test_a_quote_comes_back_code_point_by_code_point(text: str) -> None:
    made = rendered(Block("quote", (Run(f"a{text}b"),)))
    assert made.tags <= {"p", "br", "blockquote"}
    assert made.text.strip("\n") == f"a{text}b"


@pytest.mark.parametrize("text", ["# a #", "a\nb", "1. a", "*a*", "## "])
def test_a_heading_stays_one_heading(text: str) -> None:
    made = rendered(Block("question", (Run("1. "), Run(text.replace("\n", " ")))))
    assert made.tags == {"h2"}
    assert made.text.strip("\n") == "1. " + text.replace("\n", " ")


def test_an_address_is_a_link_to_itself() -> None:
    url = "https://a.hk/x_y_z?a=1&copy=2*3*4"
    html = MarkdownIt("commonmark").render(markdown_of([Block("place", (Run(url, "link", url),))]))
    assert html == f'<p><a href="{url.replace("&", "&amp;")}">{url.replace("&", "&amp;")}</a></p>\n'


def test_plain_text_is_the_text_as_it_is_with_the_quote_set_in() -> None:
    quote = "*a* | <b>\n𨋢"
    blocks = blocks_of(conversation(Turn("Why?", answer(sentence("So.", citation(1, quote))))), "en")
    assert text_of(blocks) == (
        "Annual leave\n============\n\nDate: 5 March 2024, 09:30\n\n1. Why?\n-------\n\n"
        "The answer was worded by a language model and checked against its sources sentence by sentence.\n\n"
        "So. [1]\n\nSources\n\n[1] Document 1\n\n  page 3 · document-1.pdf\n\n    *a* | <b>\n    𨋢\n"
    )


@pytest.mark.parametrize("form", ["md", "txt"])
def test_controls_are_told_by_their_code(form: str) -> None:
    quote = "a\x1b[31mb\u202ecod.exe \x00 \ud800"
    made = conversation(Turn("q", answer(sentence("So.", citation(1, quote)))))
    text = export(made, form, "en").data.decode()  # type: ignore[arg-type]
    assert not set("\x00\x1b\u202e") & set(text)
    assert text.rstrip().endswith("U+0000 U+001B U+202E U+D800.")
