"""Lists of web addresses: sitemaps, indexes of sitemaps, plain lists. Entities are off; sizes are bounded by the caller."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from lionrock.errors import FetchError

__all__ = ["MOST_ADDRESSES", "Listing", "addresses_in", "read_listing", "unpacked"]

MOST_ADDRESSES = 50_000
"""What the sitemap protocol allows in one file."""
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Listing:
    """What an address brought: pages, further sitemaps, or no list at all."""

    kind: Literal["pages", "sitemaps", "none"]
    addresses: tuple[str, ...] = ()


def unpacked(data: bytes, most: int, *, form: Literal["gzip", "deflate"] = "gzip") -> bytes:
    """Unpack at most `most` bytes. Raises `FetchError` for more, and for what is damaged."""
    # 47: gzip or zlib by its head; servers also send "deflate" without any head.
    raw = form == "deflate" and not (
        data[:1] == b"\x78" and len(data) > 1 and int.from_bytes(data[:2], "big") % 31 == 0
    )
    engine = zlib.decompressobj(-15 if raw else 47)
    try:
        found = engine.decompress(data, most + 1)
    except zlib.error as error:
        raise FetchError(f"What was sent cannot be unpacked ({error}).") from error
    if len(found) > most:
        raise FetchError(f"What was sent unpacks to more than {most:,} bytes; it is refused.")
    if not engine.eof:
        raise FetchError("What was sent is cut short.")
    return found


def addresses_in(text: str) -> tuple[str, ...]:
    """The addresses of a plain list: one a line; empty lines and lines that begin with # are left out."""
    lines = (line.strip() for line in text.lstrip("\ufeff").splitlines())
    return tuple(dict.fromkeys(line for line in lines if line and not line.startswith("#")))[:MOST_ADDRESSES]


def read_listing(data: bytes, media_type: str, most: int) -> Listing:
    """Read a sitemap, an index of sitemaps or a plain list of addresses; anything else is no list.

    Raises `FetchError` when it is damaged or declares a document type.
    """
    if data.startswith(_GZIP):
        data = unpacked(data, most)
    head = data[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"<"):
        return _xml(data) if b"<urlset" in data[:10_000] or b"<sitemapindex" in data[:10_000] else Listing("none")
    if media_type == "text/plain":
        found = addresses_in(data.decode("utf-8", "replace"))
        if found and all(address.lower().startswith(("http://", "https://")) for address in found):
            return Listing("pages", found)
    return Listing("none")


def _xml(data: bytes) -> Listing:
    found: list[str] = []
    kind: Literal["pages", "sitemaps"] = "pages"
    depth = 0
    options = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    try:
        for event, element in etree.iterparse(
            io.BytesIO(data), events=("start", "end"), remove_comments=True, remove_pis=True, **options
        ):
            if event == "start":
                depth += 1
                if depth == 1:
                    _check_root(element)
                    kind = "sitemaps" if etree.QName(element).localname == "sitemapindex" else "pages"
                continue
            depth -= 1
            # Below the second level only `loc` of an entry counts, not that of an image or a video in it.
            if depth == 2 and etree.QName(element).localname == "loc" and len(found) < MOST_ADDRESSES:
                found.append(" ".join((element.text or "").split()))
            if depth == 1:
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FetchError(f"The sitemap is damaged ({str(error)[:200]}).") from error
    return Listing(kind, tuple(dict.fromkeys(address for address in found if address)))


def _check_root(element: etree._Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise FetchError("The sitemap declares a document type or entities; it is refused.")
    if etree.QName(element).localname not in ("urlset", "sitemapindex"):
        raise FetchError("The address brings XML that is no sitemap.")
