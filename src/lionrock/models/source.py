"""Where packages come from: the index that pip is set up for here. No index is named in our own code."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys

import httpx

from lionrock.errors import FetchError

__all__ = ["find_wheel", "index_address", "open_client"]

_ACCEPT = {"accept": "application/vnd.pypi.simple.v1+json"}
_ASK_PIP = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"


def index_address() -> str:
    """Address of the package index: from the environment, else pip's settings, else pip's own default.

    Raises `FetchError` when pip is not installed and no index is set.
    """
    for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        if os.environ.get(name):
            return os.environ[name].rstrip("/")
    for command in (["-m", "pip", "config", "get", "global.index-url"], ["-c", _ASK_PIP]):
        result = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)  # noqa: S603
        if result.returncode == 0 and result.stdout.strip():
            return result.stdout.strip().splitlines()[-1].rstrip("/")
    raise FetchError("No package index is known: set PIP_INDEX_URL, or install pip.")


def open_client() -> httpx.Client:
    """A client that trusts what pip trusts."""
    bundle = next((os.environ[n] for n in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE") if os.environ.get(n)), "")
    verify: ssl.SSLContext | bool = ssl.create_default_context(cafile=bundle) if bundle else True
    return httpx.Client(verify=verify, timeout=httpx.Timeout(30.0), follow_redirects=True)


def find_wheel(client: httpx.Client, index: str, package: str, sha256: str) -> tuple[str, str, int]:
    """(address, file name, size) of the wheel of `package` that has this hash.

    Raises `FetchError` when the index has no such file; `httpx.HTTPError` when it cannot be reached.
    """
    response = client.get(f"{index}/{package}/", headers=_ACCEPT)
    response.raise_for_status()
    try:
        files = response.json()["files"]
    except (ValueError, KeyError):
        raise FetchError("The package index does not speak the JSON form of the simple API; use another one.") from None
    for item in files:
        if item.get("hashes", {}).get("sha256") == sha256:
            return (
                str(httpx.URL(str(response.url)).join(item["url"])),
                str(item["filename"]),
                int(item.get("size") or 0),
            )
    raise FetchError(f"The index has no file of {package} with the pinned SHA-256 {sha256[:12]}….")
