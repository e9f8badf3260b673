"""Bulk files of laws: what is in them, what is chosen, and what becomes of archives that are damaged or hostile."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from pathlib import Path

import pytest

from lionrock.errors import DocumentError, UsageError
from lionrock.ingest.connectors.bulkzip import BulkZip
from lionrock.ingest.connectors.hkel import Edition, caps_of, choose, survey

LAW = (
    '<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="http://www.xml.gov.hk/schemas/hklm/1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><meta><docName>Cap. {cap}</docName>'
    "<dc:identifier>/hk/cap{cap}!{language}</dc:identifier><dc:date>{date}</dc:date></meta>"
    "<main><section><num>1.</num><content>{text}</content></section></main></{root}>"
)


def law(cap: str = "9000", language: str = "en", date: str = "2022-10-01", text: str = "A rule.") -> bytes:
    root = "ordinance" if cap.isdigit() else "subLeg"
    return LAW.format(root=root, cap=cap, language=language, date=date, text=text).encode()


def name_for(cap: str, language: str = "en", date: str = "2022-10-01") -> str:
    """A name as the official files have it."""
    return f"cap_{cap}_{language}_c\\cap_{cap}_{date.replace('-', '')}000000_{language}_c.xml"


def member(cap: str, language: str = "en", date: str = "2022-10-01", text: str = "A rule.") -> tuple[str, bytes]:
    code = {"zh-Hant": "zh-Hant-HK"}.get(language, language)
    return name_for(cap, language, date), law(cap, code, date, text)


def archive(path: Path, members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as out:
        for name, data in members:
            info = zipfile.ZipInfo("x")
            info.filename, info.compress_type = name, method
            out.writestr(info, data)
    return path


def streamed(members: list[tuple[str, bytes]]) -> bytes:
    """An archive written to a pipe: the sizes stand behind the members."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.out = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.out += bytes(data)  # type: ignore[call-overload]
            return len(bytes(data))  # type: ignore[call-overload]

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in members:
            out.writestr(name.replace("\\", "/"), data)
    return bytes(pipe.out)


def test_members_with_backslashes(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", [member("1"), ("cap_1_en_c\\", b""), ("read me.txt", b"x")])
    with BulkZip(path) as found:
        assert [m.name for m in found.members] == [name_for("1").replace("\\", "/"), "read me.txt"]
        assert found.members[0].base == "cap_1_20221001000000_en_c.xml"
        assert found.read(found.members[0], 10_000) == law("1")
        assert found.head(found.members[0], 5) == b"<?xml"
        assert found.cut is None


def test_what_is_a_law_and_what_was_asked_for(tmp_path: Path) -> None:
    members = [
        member("1"),
        member("486"),
        member("486", "zh-Hant"),
        member("486A"),
        ("odd\\name.xml", law("7")),
        ("other.xml", b"<feed/>"),
        ("picture.png", b"x"),
        ("nameless.xml", b'<ordinance xmlns="http://www.xml.gov.hk/schemas/hklm/1.0"><meta/></ordinance>'),
    ]
    with BulkZip(archive(tmp_path / "a.zip", members)) as found:
        whole = survey(found)
        assert [e.source for e in whole.editions] == [
            "hkel:/hk/cap1!en",
            "hkel:/hk/cap486!en",
            "hkel:/hk/cap486!zh-Hant-HK",
            "hkel:/hk/cap486A!en",
            "hkel:/hk/cap7!en",
        ]
        assert [(e.cap, e.language) for e in whole.editions][2:4] == [("486", "zh-Hant"), ("486A", "en")]
        assert whole.editions[0].address == "https://www.elegislation.gov.hk/hk/cap1!en"
        assert (whole.no_laws, [m.name for m, _ in whole.faults]) == (2, ["nameless.xml"])
        some = survey(found, caps=caps_of("486, 7"), language="en")
        assert [e.cap for e in some.editions] == ["486", "7"]
        assert some.not_asked == 3


def test_the_name_helps_where_the_beginning_says_nothing(tmp_path: Path) -> None:
    bare = b'<?xml version="1.0"?><ordinance xmlns="http://www.xml.gov.hk/schemas/hklm/1.0"><main/></ordinance>'
    with BulkZip(archive(tmp_path / "a.zip", [(name_for("5", "zh-Hans", "2019-02-03"), bare)])) as found:
        [edition] = survey(found).editions
    assert (edition.identifier, edition.date, edition.language) == ("/hk/cap5!zh-Hans-CN", "2019-02-03", "zh-Hans")


def test_a_point_in_time_in_an_identifier_is_not_another_document(tmp_path: Path) -> None:
    data = law("5").replace(b"/hk/cap5!en", b"/hk/cap5@2019-01-01!en")
    with BulkZip(archive(tmp_path / "a.zip", [("a.xml", data)])) as found:
        assert survey(found).editions[0].source == "hkel:/hk/cap5!en"


@pytest.mark.parametrize("text", ["", " , ", "486;1", "Cap. 486", "../1", "A101"])
def test_no_chapter_numbers(text: str) -> None:
    with pytest.raises(UsageError):
        caps_of(text)


def editions(*dates: str, cap: str = "1") -> list[Edition]:
    from lionrock.ingest.connectors.bulkzip import Member

    return [Edition(Member(f"{at}", 1, 1, 0), f"/hk/cap{cap}!en", date) for at, date in enumerate(dates)]


def dates_of(rounds: list[list[Edition]]) -> list[list[str]]:
    return [[edition.date for edition in one] for one in rounds]


def test_the_newest_edition_is_taken() -> None:
    found = [*editions("2020-01-01", "2022-01-01", "2021-01-01"), *editions("2000-01-01", cap="2")]
    choice = choose(found, {})
    assert (dates_of(choice.rounds), choice.older) == ([["2022-01-01", "2000-01-01"]], 2)
    every = choose(found, {}, all_versions=True)
    assert dates_of(every.rounds) == [["2020-01-01", "2000-01-01"], ["2021-01-01"], ["2022-01-01"]]
    assert every.older == 0


def test_what_is_there_already_is_not_replaced_by_something_older() -> None:
    known = {"hkel:/hk/cap1!en": "2021-01-01"}
    assert choose(editions("2020-01-01"), known).rounds == []
    assert dates_of(choose(editions("2021-01-01"), known).rounds) == [["2021-01-01"]]
    every = choose(editions("2020-01-01", "2021-01-01", "2022-01-01"), known, all_versions=True)
    assert (dates_of(every.rounds), every.older) == ([["2021-01-01"], ["2022-01-01"]], 1)
    assert dates_of(choose(editions(""), known).rounds) == [[""]]


def test_of_doubles_the_later_member_counts() -> None:
    choice = choose(editions("2020-01-01", "2020-01-01"), {})
    assert (choice.rounds[0][0].member.name, choice.doubles) == ("1", 1)


def names(found: BulkZip) -> list[str]:
    return [m.base for m in found.members]


FOUR = [member(str(cap), text=f"Rule {cap}. " * 200) for cap in range(1, 5)]
BASES = [name.rsplit("\\", 1)[-1] for name, _ in FOUR]


@pytest.mark.parametrize("form", ["deflated", "stored", "streamed"])
def test_an_archive_that_is_cut_short_gives_what_is_whole(tmp_path: Path, form: str) -> None:
    path = tmp_path / "a.zip"
    if form == "streamed":
        data = streamed(FOUR)
    else:
        method = zipfile.ZIP_STORED if form == "stored" else zipfile.ZIP_DEFLATED
        data = archive(path, FOUR, method).read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        places = [info.header_offset for info in whole.infolist()] + [whole.start_dir]
    rng = random.Random(1)
    for _ in range(60):
        length = rng.randrange(places[-1] + 1)
        path.write_bytes(data[:length])
        # A member is whole when all its bytes are there; the sizes behind it may be cut off.
        whole_ones = sum(length >= end for end in places[1:])
        try:
            with BulkZip(path) as found:
                assert found.cut
                assert len(found.members) in (whole_ones, whole_ones + 1 if form == "streamed" else whole_ones)
                for at, one in enumerate(found.members):
                    assert found.read(one, 100_000) == FOUR[at][1]
        except DocumentError:
            assert whole_ones == 0
    path.write_bytes(data[: places[-1]])
    with BulkZip(path) as found:
        assert names(found) == BASES


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    try:
        with BulkZip(path) as found:
            assert found.members == []
    except DocumentError as error:
        assert error.message


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        BulkZip(tmp_path / "a.zip")


def faults(path: Path, most: int = 50_000_000) -> dict[str, str]:
    """Why each member cannot be looked at or read."""
    told: dict[str, str] = {}
    with BulkZip(path) as found:
        for one, why in survey(found).faults:
            told[one.base] = why
        for edition in survey(found).editions:
            try:
                found.read(edition.member, most)
            except DocumentError as error:
                told[edition.member.base] = error.message
    return told


def test_a_bomb_is_refused_by_its_measure(tmp_path: Path) -> None:
    bomb = law("1", text=" " * 30_000_000)
    path = archive(tmp_path / "a.zip", [(name_for("1"), bomb), member("2")])
    assert list(faults(path)) == [name_for("1").rsplit("\\", 1)[-1]]
    long = archive(tmp_path / "b.zip", [member("1", text="x" * 2000)])
    assert "at most 1,000" in faults(long, 1_000)[BASES[0]]


def test_a_member_that_unpacks_to_more_than_it_says(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", [member("1", text="x" * 100_000)])
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 500)
    path.write_bytes(data)
    assert len(faults(path)) == 1


def test_encrypted_members_and_odd_packing(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", [member("1"), member("2"), member("3")])
    data = bytearray(path.read_bytes())
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    data[first + 8] |= 1
    struct.pack_into("<H", data, second + 10, 99)
    path.write_bytes(data)
    told = faults(path)
    assert "password" in told[BASES[0]]
    assert "packed in a way" in told[BASES[1]]
    assert BASES[2] not in told


def test_a_checksum_that_is_wrong(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", [member("1"), member("2")], zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"A rule.", b"B rule.", 1))
    assert list(faults(path)) == [BASES[0]]


def test_names_that_lead_out_are_only_names(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", [("..\\..\\etc\\x.xml", law("1")), ("/abs\x1b[31m.xml", law("2"))])
    with BulkZip(path) as found:
        assert [m.base for m in found.members] == ["x.xml", "abs\ufffd[31m.xml"]
        assert [e.cap for e in survey(found).editions] == ["1", "2"]


def test_many_doubles_and_an_enormous_directory(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with pytest.warns(UserWarning, match="Duplicate"):
        archive(path, [("x.xml", law("1", text="old")), ("x.xml", law("1", text="new"))])
    with BulkZip(path) as found:
        choice = choose(survey(found).editions, {})
        assert choice.doubles == 1
        assert b"new" in found.read(choice.rounds[0][0].member, 10_000)
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.rindex(b"PK\x05\x06") + 12, 500_000_000)
    path.write_bytes(data)
    with pytest.raises(DocumentError, match="far more members"):
        BulkZip(path)


def test_sizes_in_zip64_fields_of_an_archive_without_directory(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out, out.open("x.xml", "w", force_zip64=True) as file:
        file.write(law("1"))
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"PK\x01\x02")])
    with BulkZip(path) as found:
        assert found.read(found.members[0], 10_000) == law("1")


def test_damage_anywhere_costs_members_and_not_the_program(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    for whole in (archive(path, FOUR).read_bytes(), streamed(FOUR)):
        rng = random.Random(7)
        for _ in range(150):
            data = bytearray(whole)
            for _ in range(rng.randint(1, 12)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            path.write_bytes(data[: rng.randint(len(data) // 2, len(data))] if rng.random() < 0.5 else data)
            try:
                faults(path)
            except DocumentError as error:
                assert error.message
