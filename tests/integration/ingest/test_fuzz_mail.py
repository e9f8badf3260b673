"""Mail, archives, books, subtitles, XML and pages with bytes changed at random: each is read or gets a reason."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lionrock.errors import DocumentError
from lionrock.ingest.sandbox import Limits, ReaderPool
from lionrock.records import ParsedDocument

MAIL = (
    b"From: =?big5?B?s6+kaqTl?= <chan@example.hk>\r\nTo: li@example.hk, =?utf-8?Q?=E9=99=B3?= <c@example.hk>\r\nBcc: boss\r\n"
    b"Subject: =?utf-8?B?5pyD6K2w?=\r\n =?utf-8?B?57SA6Yyy?=\r\nDate: Tue, 01 Oct 2024 12:34:56 +0800\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="A"\r\n\r\n--A\r\nContent-Type: multipart/related; boundary=B\r\n\r\n--B\r\n'
    b"Content-Type: multipart/alternative; boundary=C\r\n\r\n--C\r\nContent-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nHello =E9=99=B3 \r\nworld\r\n> quoted \r\n> more\r\n--C\r\n"
    b"Content-Type: text/html; charset=big5\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+aGk8aW1nIHNyYz0iY2lkOngxIj48L3A+\r\n--C--\r\n"
    b'--B\r\nContent-Type: image/png; name="l.png"\r\nContent-ID: <x1>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--B--\r\n'
    b"--A\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\nSUMMARY:Board\\, all\r\nDTSTART;TZID=Asia/Hong_Kong:20240105T093000\r\n"
    b'ATTENDEE;CN="A: b":mailto:x@example.hk\r\nEND:VEVENT\r\n--A\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n'
    b"Content-Type: multipart/mixed; boundary=Z\r\n\r\n--Z\r\n\r\ninner text\r\n--Z--\r\n--A\r\nContent-Disposition: attachment;\r\n"
    b" filename*0*=utf-8''%E9%99%B3; filename*1*=b.txt\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--A\r\n"
    b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"MIAGCSqGSIb3DQEHAqCAMIACAQExADCABgkqhkiG9w0BBwGggCSABAVoZWxsbwAAAAAAAAAA\r\n--A--\r\n"
)
CHAPTER = '<html xmlns="http://www.w3.org/1999/xhtml"><body><h1 id="a">第一章</h1><p>內文</p></body></html>'
PAGE = (
    "<html><head><meta charset=utf-8><style>.w{color:#fff}@media print{.p{display:none}} #x .y{background:url(a)}</style></head>"
    '<body bgcolor="#ffffff"><h1 id=a>標題<br>副</h1><p class=w>white</p><p style="font-size:1px;position:absolute;left:-999px">內</p>'
    "<!-- one two three four five --><table><caption>c</caption><thead><tr><th rowspan=2>i<th colspan=2>y<tr><th>q<th>r</thead>"
    "<tr><td rowspan=2>p<td>1<td>2<tr><td>3</table><table><tr><td><table><tr><td>n<td>m</table></table><ruby>漢<rt>h</rt></ruby>"
    "<pre>a\n b</pre><ul><li>x<ul><li>y</ul></ul><nav>one two three four five</nav><svg><text>d</text></svg></body></html>"
)


def packed(members: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


BOOK = packed(
    {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfiles><rootfile full-path="O/c.opf"/></rootfiles></container>',
        "O/c.opf": '<package><metadata><title>書</title></metadata><manifest><item id="x" href="1.xhtml"/></manifest>'
        '<spine><itemref idref="x"/></spine></package>',
        "O/1.xhtml": CHAPTER,
    }
)
SAVED = (
    b"From: <Saved>\r\nSnapshot-Content-Location: https://example.hk/\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/related; type="text/html"; boundary="Q"\r\n\r\n--Q\r\nContent-Type: text/html; charset=utf-8\r\n'
    b"Content-Transfer-Encoding: quoted-printable\r\nContent-Location: https://example.hk/\r\n\r\n<h1>=E9=A0=81</h1>\r\n--Q--\r\n"
)
SEEDS: dict[str, bytes] = {
    "x.eml": MAIL,
    "x.mht": SAVED,
    "x.html": PAGE.encode(),
    "x.zip": packed({"一/a.txt": "hello" * 50, "b.pdf": "%PDF-" + "x" * 300, "__MACOSX/x": "y", "../e": "z"}),
    "x.epub": BOOK,
    "x.srt": "1\n00:00:01,000 --> 00:00:02,500\n<i>Hello</i> {\\an8}there\n\n2\n00:00:03,000 --> 00:00:04,000\n你好\n".encode(),
    "x.vtt": "WEBVTT - T\n\nNOTE c\n\n00:01.000 --> 00:02.500\n<v Ann>Hello <c.red>x</c></v>\n<v Bob>早晨 &amp;\n".encode(),
    "x.ass": b"[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,Default,Ann,0,0,0,,{\\b1}Hi\\Nthere, x\n",
    "x.xml": '<?xml version="1.0"?><!-- one two three four --><a><title>題</title><b x="one two three four">t<c>u</c>v</b></a>'.encode(),
    "x.rst": "====\n題目\n====\n\nAbc\n---\n\n- a\n- b\n\ntext\n".encode(),
    "x.org": b"* A\n** B\n#+BEGIN_SRC\nx\n#+END_SRC\n- i\n| a |\n",
    "x.txt": "[00:01] 陳: 你好\n[00:05] 李: 好\n[00:09] 完\n".encode("big5-hkscs"),
}


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    made = ReaderPool(Limits(seconds=20, memory_bytes=1_000_000_000))
    yield made
    made.close()


def changed(data: bytes, rng: random.Random) -> bytes:
    """Bytes overwritten, cut out, doubled, taken from elsewhere, or the end cut off."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        if len(out) < 8:
            break
        at, other = rng.randrange(len(out)), rng.choice(list(SEEDS.values()))
        start = rng.randrange(len(other))
        match rng.randrange(6):
            case 0:
                out[at] = rng.randrange(256)
            case 1:
                del out[at : at + rng.randint(1, 30)]
            case 2:
                out[at:at] = out[at : at + rng.randint(1, 200)] * rng.randint(1, 3)
            case 3:
                out[at : at + 4] = rng.choice(
                    (rng.randbytes(4), b"\xff\xff\xff\xff", b"\0\0\0\0", b"=?b?", b"\r\n\r\n", b"<!--")
                )
            case 4:
                out[at:at] = other[start : start + rng.randint(1, 80)]
            case _:
                out[at : at + 20] = out[start % len(out) :][:20]
    return bytes(out[: rng.randrange(len(out) + 1)]) if rng.random() < 0.15 else bytes(out)


def is_sound(document: ParsedDocument) -> bool:
    """Blocks in order inside the text, text that can be written down, names without a way out."""
    at = 0
    for block in document.blocks:
        if not at <= block.start < block.end <= len(document.text):
            return False
        at = block.end
    told = [document.text, document.title or "", *document.notices, *(item.text for item in document.hidden)]
    names = [item.name for item in document.attachments]
    "".join([*told, *names]).encode("utf-8")
    return "\0" not in document.text and all(name and ".." not in name.split("/") and name[0] != "/" for name in names)


@pytest.mark.parametrize("name", sorted(SEEDS))
@settings(max_examples=120, deadline=None)
@example(seed=3069)
@given(seed=st.integers(0, 2**32))
def test_changed_files_are_read_or_refused(pool: ReaderPool, name: str, seed: int) -> None:
    data = changed(SEEDS[name], random.Random(seed))
    try:
        document = pool.read(data, name)
    except DocumentError as error:
        # An unknown fault of a parser is told by the name of its class.
        assert error.message and "Error)" not in error.message
    else:
        assert is_sound(document)


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_the_seeds_themselves_are_read(pool: ReaderPool, name: str) -> None:
    document = pool.read(SEEDS[name], name)
    assert is_sound(document)
    assert document.text


def test_mail_inside_mail_costs_little(pool: ReaderPool) -> None:
    data = b"Subject: innermost\r\n\r\nhello\r\n"
    for _ in range(30):
        data = b"Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n" + data
    depth = 0
    while b"innermost" in data and depth < 40:
        document = pool.read(data, "x.eml")
        if not document.attachments:
            break
        data = document.attachments[0].data
        depth += 1
    assert depth == 30
    assert "hello" in document.text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.eml", b"Subject: s\r\nTo: " + b"a@example.hk, " * 500_000 + b"\r\n\r\nhi"),
        ("x.eml", b"Subject: s\r\nContent-Type: text/plain" + b"; a*0=b" * 100_000 + b"\r\n\r\nhi"),
        ("x.eml", b"Subject: s\r\nCc: " + b"=?utf-8?B?" * 200_000 + b"\r\n\r\nhi"),
        ("x.eml", b"Subject: s\r\nContent-Type: text/calendar\r\n\r\n" + b"BEGIN:VEVENT\r\n" * 300_000),
        ("x.eml", b"Subject: s\r\nContent-Type: text/plain; format=flowed\r\n\r\n" + b"abc \r\n" * 500_000),
        ("x.eml", b"Subject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 100_000),
        ("x.txt", b" \n" * 1_000_000 + b"x"),
        ("x.json", b'{"a":"' + b"x" * 5_000_000 + b'"}'),
        ("x.xml", b"<r>" + b"t<a>x</a>" * 50_000 + b"</r>"),
        ("x.org", b"* a\n** b\n" * 30_000),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_sizes_cost_little(pool: ReaderPool, name: str, data: bytes) -> None:
    assert pool.read(data, name).text
