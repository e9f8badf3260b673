"""Subtitles and transcripts: what was said, in paragraphs that tell when they begin and who speaks."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lionrock.errors import EmptyDocumentError
from lionrock.ingest.readers.builder import TextBuilder
from lionrock.ingest.readers.plain import decode
from lionrock.records import ParsedDocument

__all__ = ["read"]

_TIMES = re.compile(
    r"^\s*((?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?)\s*-{1,2}>\s*((?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?)(?:\s|$)"
)
_MARKED = re.compile(r"^\s*[\[(]?((?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?)[\])]?\s*(?:[-–—]\s*)?(?=\S|$)(.*)")
_SCRIPTED = re.compile(r"^Dialogue:\s*(\S.*)")
_CLOCK = re.compile(r"\d{1,3}:\d{2}:\d{2}(?:[.,]\d{1,3})?")
_VOICE = re.compile(r"<v(?:\.[\w.-]+)?[ \t]+([^<>]{1,200})>")
_TAG = re.compile(r"</?(?:[a-zA-Z][^<>]{0,200}|\d[\d:.]{3,20})>|</>|\{\\[^{}]{0,300}\}|\{[bius]\}|\{/[bius]\}")
_SPEAKER = re.compile(r"^([^\s:：<>{}\[\]][^:：<>{}\[\]]{0,39})[:：]\s*(?=\S)")
_FULL = 220.0
"""Weight (ideographs, or thirds of other characters) from which a paragraph ends with the next full stop."""
_MOST = 420.0
_PAUSE = 20.0
"""Seconds of silence that end a paragraph."""
_ENDS = re.compile('[。.!?！？…”」"]\\s*$')
_EAST = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class _Cue:
    """One caption: seconds from the start, and its words."""

    start: float | None
    end: float | None
    speaker: str
    text: str


def read(data: bytes, *, name: str) -> ParsedDocument:
    """Paragraphs of neighbouring captions; the address of each is the time of its first one (`t=00:01:02.500`)."""
    text, encoding = decode(data)
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if any(_SCRIPTED.match(line) for line in lines):
        cues = list(_scripted(lines))
    else:
        cues = list(_captions(lines) if any(_TIMES.match(line) for line in lines) else _spoken(lines))
    builder = TextBuilder()
    for paragraph in _paragraphs(cues):
        start = paragraph[0].start
        builder.add("paragraph", _told(paragraph), anchor=f"t={_clock(start)}" if start is not None else None)
    if not builder.blocks:
        raise EmptyDocumentError("The file holds no spoken words.")
    title = re.match(r"WEBVTT[ \t]+(?:-[ \t]*)?(\S.*)", text)
    return builder.document(title=title[1] if title else None, encoding=encoding)


def _seconds(clock: str) -> float:
    total = 0.0
    for part in clock.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total


def _clock(seconds: float) -> str:
    thousandths = round(seconds * 1000)
    hours, rest = divmod(thousandths, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def _captions(lines: list[str]) -> Iterator[_Cue]:
    """Captions of SRT and WebVTT: a line of times, then words up to an empty line."""
    at = 0
    last = ""
    while at < len(lines):
        found = _TIMES.match(lines[at])
        at += 1
        if not found:
            continue
        words: list[str] = []
        while at < len(lines) and lines[at].strip() and not _TIMES.match(lines[at]):
            words.append(lines[at])
            at += 1
        # Where no empty line stands between, the number of the next caption is no words.
        if at < len(lines) and words and words[-1].strip().isdigit() and _TIMES.match(lines[at]):
            words.pop()
        speaker, said = _words(words)
        if said and said != last:
            yield _Cue(_seconds(found[1]), _seconds(found[2]), speaker, said)
        last = said


def _scripted(lines: list[str]) -> Iterator[_Cue]:
    """Captions of Advanced SubStation Alpha: one line each, the words after nine commas."""
    for line in lines:
        if not (found := _SCRIPTED.match(line)):
            continue
        fields = found[1].split(",", 9)
        if len(fields) < 10:
            continue
        start, end = fields[1].strip(), fields[2].strip()
        if not (_CLOCK.fullmatch(start) and _CLOCK.fullmatch(end)):
            continue
        speaker, said = _words([fields[9]])
        if said:
            yield _Cue(_seconds(start), _seconds(end), fields[4].strip() or speaker, said)


def _words(lines: list[str]) -> tuple[str, str]:
    """(speaker, words) of a caption, without its formatting."""
    text = "\n".join(lines)
    voices = _VOICE.findall(text)
    if len(set(voices)) > 1:
        text = _VOICE.sub(lambda found: f"\n{found[1].strip()}: ", text)
    text = html.unescape(_TAG.sub("", _VOICE.sub("", text)))
    joined = ""
    for line in text.split("\n"):
        line = " ".join(line.replace("\\N", " ").replace("\\n", " ").replace("\\h", " ").split())
        if line:
            blank = "" if not joined or (_EAST.match(joined[-1]) and _EAST.match(line)) else " "
            joined += blank + line
    speaker = html.unescape(voices[0]).strip() if len(set(voices)) == 1 else ""
    if not speaker and not voices and (found := _SPEAKER.match(joined)):
        speaker, joined = found[1].strip(), joined[found.end() :]
    return speaker, joined


def _spoken(lines: list[str]) -> Iterator[_Cue]:
    """Lines of a plain transcript: a time or a name, or both, before the words."""
    start: float | None = None
    speaker = ""
    for line in lines:
        if not line.strip() or line.startswith("WEBVTT"):
            continue
        words = line.strip()
        found = _MARKED.match(words)
        if found:
            start, words, speaker = _seconds(found[1]), found[2].strip(), ""
        named = _SPEAKER.match(words)
        if named:
            speaker, words = named[1].strip(), words[named.end() :]
        if words:
            yield _Cue(start, None, speaker, words)


def _weight(text: str) -> float:
    east = len(_EAST.findall(text))
    return east + (len(text) - east) / 3


def _paragraphs(cues: list[_Cue]) -> Iterator[list[_Cue]]:
    """Captions that are read in one go: up to a pause, or to the end of a sentence once there is enough."""
    group: list[_Cue] = []
    size = 0.0
    for cue in cues:
        weight = _weight(cue.text)
        if group:
            last = group[-1]
            paused = cue.start is not None and last.end is not None and cue.start - last.end > _PAUSE
            turned = cue.speaker != last.speaker or bool(_ENDS.search(last.text))
            if paused or size + weight > _MOST or (size >= _FULL and turned):
                yield group
                group, size = [], 0.0
        group.append(cue)
        size += weight
    if group:
        yield group


def _told(cues: list[_Cue]) -> str:
    """The words of a paragraph; a new line, with the name, where another person speaks."""
    lines: list[str] = []
    speaker: str | None = None
    for cue in cues:
        if speaker is None or cue.speaker != speaker:
            lines.append(f"{cue.speaker}: {cue.text}" if cue.speaker else cue.text)
            speaker = cue.speaker
        else:
            blank = "" if _EAST.match(lines[-1][-1:]) and _EAST.match(cue.text) else " "
            lines[-1] += blank + cue.text
    return "\n".join(lines)
