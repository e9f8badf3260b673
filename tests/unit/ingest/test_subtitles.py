"""Subtitles and transcripts: paragraphs of bounded size, their times, who speaks."""

from __future__ import annotations

import pytest

from lionrock.errors import EmptyDocumentError
from lionrock.ingest.readers import plain
from lionrock.ingest.readers.registry import read_document
from lionrock.ingest.readers.subtitles import read
from lionrock.records import ParsedDocument


def told(document: ParsedDocument) -> list[tuple[str | None, str]]:
    """(address, text) of the blocks."""
    return [(block.anchor, document.text[block.start : block.end]) for block in document.blocks]


SRT = """1
00:01:02,500 --> 00:01:04,000
<i>The ferry leaves</i>
{\\an8}at nine.

2
00:01:04,100 --> 00:01:06,000
歡迎各位
乘客

3
00:01:06,500 --> 00:01:08,000
乘搭渡輪。
4
00:02:00,000 --> 00:02:01,000
1984

5
00:02:01,500 --> 00:02:02,000
1984
"""


@pytest.mark.parametrize("source", [SRT, SRT.replace("\n", "\r\n"), "\ufeff" + SRT])
def test_captions_become_paragraphs(source: str) -> None:
    document = read_document(source.encode(), "talk.srt")
    assert told(document) == [
        ("t=00:01:02.500", "The ferry leaves at nine. 歡迎各位乘客乘搭渡輪。"),
        # A pause of more than twenty seconds parts; what is shown twice was said once.
        ("t=00:02:00.000", "1984"),
    ]


VTT = """WEBVTT - Board meeting

STYLE
::cue { color: white }

NOTE
not spoken

intro
00:01.000 --> 00:02.500 align:start position:0%
<v Chan Tai Man>Good <c.loud>morning</c> &amp; welcome.</v>

00:02.600 --> 00:03.000
<v Chan Tai Man>We begin.

00:03.100 --> 01:00:04.000
<v.first 李小明>早晨。
"""


def test_who_speaks() -> None:
    document = read_document(VTT.encode(), "talk.vtt")
    assert told(document) == [("t=00:00:01.000", "Chan Tai Man: Good morning & welcome. We begin.\n李小明: 早晨。")]
    assert document.title == "Board meeting"


def test_two_voices_in_one_caption() -> None:
    source = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v A>Yes.\n<v B>No.\n"
    assert told(read(source.encode(), name="x.vtt"))[0][1] == "A: Yes. B: No."


def test_paragraphs_end_with_a_sentence_and_are_bounded() -> None:
    cues = "".join(
        f"{n}\n00:{n // 60:02d}:{n % 60:02d},000 --> 00:{n // 60:02d}:{n % 60:02d},900\n這是第{n:03d}句話，說得不長也不短。\n\n"
        for n in range(100)
    )
    document = read(cues.encode(), name="x.srt")
    texts = [text for _, text in told(document)]
    assert len(texts) > 5
    assert all(len(text) <= 420 and text.endswith("。") for text in texts)
    assert "".join(texts) == "".join(f"這是第{n:03d}句話，說得不長也不短。" for n in range(100))
    assert len({address for address, _ in told(document)}) == len(texts)


def test_advanced_substation() -> None:
    source = (
        "[Script Info]\nTitle: x\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:01.50,0:00:03.00,Default,Chan,0,0,0,,{\\b1}Good{\\b0} morning,\\Nall.\nDialogue: broken\n"
        "Dialogue: 0,0:00:04.00\x1c,0:00:05.00,Default,Chan,0,0,0,,Well?\nDialogue: 0,soon,late,Default,Chan,0,0,0,,Gone.\n"
    )
    assert told(read_document(source.encode(), "x.ass")) == [("t=00:00:01.500", "Chan: Good morning, all. Well?")]


def test_a_transcript_without_cues() -> None:
    source = "[00:00:05] 陳主席：各位早晨。\n[00:00:09] 李小明: 早晨。\n[00:00:12] 今日有兩項議程。\n"
    assert told(read(source.encode(), name="x.vtt")) == [
        ("t=00:00:05.000", "陳主席: 各位早晨。\n李小明: 早晨。\n今日有兩項議程。"),
    ]


def test_a_transcript_as_plain_text_is_kept_as_it_is() -> None:
    lines = [f"[{n // 60:02d}:{n % 60:02d}] Speaker {n % 3}: this is what was said as number {n}." for n in range(90)]
    source = "\n".join(lines)
    document = plain.read(source.encode(), name="x.txt")
    assert document.text == source
    assert len(document.blocks) > 4
    assert "\n".join(text for _, text in told(document)) == source
    for address, text in told(document):
        assert address == f"t=00:{text[1:3]}:{text[4:6]}.000"
        assert len(text) < 700


@pytest.mark.parametrize(
    "source", ["WEBVTT\n\n", "1\n00:00:01,000 --> 00:00:02,000\n\n", "WEBVTT\n\n00:01.000 --> 00:02.000\n<b></b>\n"]
)
def test_nothing_said(source: str) -> None:
    with pytest.raises(EmptyDocumentError):
        read(source.encode(), name="x.vtt")


@pytest.mark.parametrize("words", ["<" * 200_000, "{\\" * 200_000, "<v " * 200_000, "a:" * 200_000])
def test_hostile_captions_cost_little(words: str) -> None:
    source = f"1\n00:00:01,000 --> 00:00:02,000\n{words}\n"
    assert read(source.encode(), name="x.srt").text
