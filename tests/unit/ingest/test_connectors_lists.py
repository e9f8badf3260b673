"""Lists of web addresses: sitemaps, their indexes, plain lists; and what is refused."""

from __future__ import annotations

import gzip
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lionrock.errors import FetchError, LionrockError
from lionrock.ingest.connectors import sitemap
from lionrock.ingest.connectors.sitemap import addresses_in, read_listing, unpacked

URLSET = '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'


def test_a_sitemap() -> None:
    body = URLSET.format(
        "<url><loc> https://a/1\n</loc><lastmod>2024</lastmod>"
        '<image:image xmlns:image="i"><image:loc>https://a/i.png</image:loc></image:image></url>'
        "<url><loc>https://a/2?x=1&amp;y=2</loc></url><!-- no --><url><loc>https://a/1</loc></url><url/>"
    )
    expected = sitemap.Listing("pages", ("https://a/1", "https://a/2?x=1&y=2"))
    assert read_listing(body.encode(), "text/xml", 10_000) == expected
    assert read_listing(gzip.compress(body.encode()), "application/gzip", 10_000) == expected


def test_an_index_of_sitemaps() -> None:
    body = b"<sitemapindex><sitemap><loc>https://a/s1.xml</loc></sitemap></sitemapindex>"
    assert read_listing(body, "application/xml", 1_000) == sitemap.Listing("sitemaps", ("https://a/s1.xml",))


def test_a_plain_list() -> None:
    body = "\ufeff# pages\nhttps://a/1\n\n  https://a/2  \nhttps://a/1\n"
    assert addresses_in(body) == ("https://a/1", "https://a/2")
    assert read_listing(body.encode(), "text/plain", 1_000).addresses == ("https://a/1", "https://a/2")


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"# A text that begins like a list\nwords", "text/plain"),
        (b"<!doctype html><p>x", "text/html"),
        (b"%PDF-1.7", "application/pdf"),
        (b"words", "text/plain"),
        (b"", ""),
    ],
)
def test_what_is_no_list(data: bytes, media_type: str) -> None:
    assert read_listing(data, media_type, 1_000).kind == "none"


BOMB = (
    '<!DOCTYPE urlset [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<urlset><url><loc>https://a/&b;</loc></url></urlset>"
)


@pytest.mark.parametrize(
    "data",
    [
        BOMB.encode(),
        BOMB.encode("utf-16"),
        b'<!DOCTYPE urlset SYSTEM "file:///etc/passwd"><urlset></urlset>',
        b"<urlset><url><loc>https://a/1</loc>",
        b"<other><urlset/></other>",
        b"<urlset>" + b"<a>" * 400 + b"</a>" * 400 + b"</urlset>",
        gzip.compress(b"<urlset>" + bytes(200_000)),
    ],
)
def test_sitemaps_that_are_refused(data: bytes) -> None:
    try:
        assert read_listing(data, "application/xml", 100_000).addresses == ()
    except FetchError:
        return


def test_a_sitemap_has_at_most_so_many_addresses() -> None:
    body = URLSET.format("".join(f"<url><loc>https://a/{n}</loc></url>" for n in range(50_100)))
    start = time.monotonic()
    assert len(read_listing(body.encode(), "text/xml", 10_000_000).addresses) == 50_000
    assert time.monotonic() - start < 20


@given(st.binary(max_size=300), st.sampled_from(["text/xml", "text/plain", "text/html"]))
def test_any_bytes_are_a_list_or_none_or_refused(data: bytes, media_type: str) -> None:
    for body in (data, b"<urlset>" + data, gzip.compress(data)[: len(data)], b"\x1f\x8b" + data):
        try:
            read_listing(body, media_type, 1_000)
        except LionrockError as error:
            assert isinstance(error, FetchError)


def test_unpacking_is_bounded() -> None:
    assert unpacked(gzip.compress(b"x" * 100), 100) == b"x" * 100
    with pytest.raises(FetchError):
        unpacked(gzip.compress(b"x" * 101), 100)
