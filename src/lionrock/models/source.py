"""Where packages come from: the index that pip or uv is set up for here. No index is named in our own code.

Read on demand, never on import: the environment variables of pip and uv, pip's own settings, then pip's own default.
"""

from __future__ import annotations

import html.parser
import json
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from lionrock.errors import FetchError, UsageError

__all__ = ["RemoteWheel", "find_links", "find_wheel", "index_address", "is_offline", "open_client", "trust"]

_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_ASK_PIP = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
_MOST_PAGE_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class RemoteWheel:
    """A wheel that an index offers; `size` is 0 where the index does not say."""

    address: str
    size: int


def is_offline(environment: Mapping[str, str] | None = None) -> bool:
    """Whether pip was told to use no index (`PIP_NO_INDEX`)."""
    value = (os.environ if environment is None else environment).get("PIP_NO_INDEX", "")
    return value.lower() not in ("", "0", "false", "no", "off")


def find_links(environment: Mapping[str, str] | None = None) -> tuple[Path, ...]:
    """The local folders of wheels that pip was told of (`PIP_FIND_LINKS`)."""
    value = (os.environ if environment is None else environment).get("PIP_FIND_LINKS", "")
    folders = [
        Path(item.removeprefix("file://")) for item in value.split() if "://" not in item.removeprefix("file://")
    ]
    return tuple(folder for folder in folders if folder.is_dir())


def index_address(given: str | None = None) -> str:
    """Address of the package index: the one given, else from the environment, pip's settings, pip's own default.

    Raises `FetchError` when none is set and pip is not installed.
    """
    named = (os.environ.get(name) for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"))
    address = given or next((value for value in named if value), None)
    if address:
        return address.rstrip("/")
    for command in (["-m", "pip", "config", "get", "global.index-url"], ["-c", _ASK_PIP]):
        result = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)  # noqa: S603
        if result.returncode == 0 and result.stdout.strip():
            return result.stdout.strip().splitlines()[-1].rstrip("/")
    raise FetchError("No package index is known: set PIP_INDEX_URL, or install pip.")


def trust() -> ssl.SSLContext | bool:
    """The certificates to trust: the bundle that pip or the system was told of, else httpx's own.

    Raises `UsageError` when the bundle cannot be read.
    """
    names = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
    bundle = next((os.environ[name] for name in names if os.environ.get(name)), "")
    if not bundle:
        return True
    try:
        return ssl.create_default_context(cafile=bundle)
    except OSError as error:
        raise UsageError(f"The certificate bundle {bundle} cannot be read ({error}).") from error


def open_client() -> httpx.Client:
    """A client for an index; it follows redirects, as indexes keep their files elsewhere."""
    return httpx.Client(verify=trust(), timeout=httpx.Timeout(30.0, connect=15.0), follow_redirects=True)


def find_wheel(client: httpx.Client, index: str, package: str, sha256: str) -> RemoteWheel:
    """The wheel of `package` that has this hash.

    Raises `FetchError` when the index has no such file; `httpx.HTTPError` when it cannot be reached.
    """
    name = re.sub(r"[-_.]+", "-", package).lower()
    with client.stream("GET", f"{index}/{name}/", headers={"accept": _ACCEPT}) as response:
        if response.status_code >= 500 or response.status_code == 429:
            raise httpx.ReadError(f"the package index answered {response.status_code}")
        if response.status_code != 200:
            raise FetchError(
                f"The package index has no {package} (it answered {response.status_code}); use another one."
            )
        page = _bounded(response)
        base = response.url
        is_json = "json" in response.headers.get("content-type", "")
    found = (_from_json if is_json else _from_html)(page, sha256)
    if found is None:
        raise FetchError(
            f"The package index has no file of {package} with the pinned SHA-256 {sha256}; use another one."
        )
    return RemoteWheel(str(base.join(found.address)), found.size)


def _bounded(response: httpx.Response) -> bytes:
    page = bytearray()
    for chunk in response.iter_bytes():
        page += chunk
        if len(page) > _MOST_PAGE_BYTES:
            raise FetchError("The package index sent a page without end; use another one.")
    return bytes(page)


def _from_json(page: bytes, sha256: str) -> RemoteWheel | None:
    try:
        files = json.loads(page)["files"]
        for item in files:
            if item.get("hashes", {}).get("sha256") == sha256:
                return RemoteWheel(str(item["url"]), int(item.get("size") or 0))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FetchError("The package index does not speak the simple API; use another one.") from error
    return None


class _Links(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.addresses += [value for name, value in attrs if name == "href" and value]


def _from_html(page: bytes, sha256: str) -> RemoteWheel | None:
    """The older form of the simple API: links with the hash as fragment."""
    links = _Links()
    links.feed(page.decode("utf-8", "replace"))
    for address in links.addresses:
        if unquote(urlsplit(address).fragment) == f"sha256={sha256}":
            return RemoteWheel(address.partition("#")[0], 0)
    return None
