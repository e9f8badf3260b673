"""One OpenAI-compatible server: what its adapters share. Every failure becomes an `EndpointError` that says what to do.

The API key goes into one header and nowhere else; it is cut out of whatever a server says about it. Redirects are not
followed, since they would carry the key to another place.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from lionrock.errors import EndpointError, UsageError
from lionrock.models.source import trust

__all__ = ["Endpoint", "data_lines"]

_MOST_LINE_BYTES = 1_000_000
_MOST_SAID = 300
_CONNECT_S = 10.0
_TRIES = 4
_LONGEST_WAIT_S = 20.0
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class Endpoint:
    """A base address such as `https://host/v1`, and a connection pool that is opened on first use. Thread-safe."""

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str = "",
        timeout_s: float = 120.0,
        proxied: bool = True,
    ) -> None:
        """`timeout_s` bounds each silence of the server; `proxied` says whether proxies of the environment are used.

        Raises `UsageError` when the address is not one.
        """
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"{base_url!r} is not the address of a server; it looks like https://host/v1.")
        if parts.username or parts.password:
            raise UsageError("A server's address holds no user name or password; set its API key instead.")
        self.base_url = base_url.rstrip("/")
        self._key = api_key
        self._timeout_s = timeout_s
        self._proxied = proxied
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None

    def __repr__(self) -> str:
        return f"Endpoint({self.base_url!r})"

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON that the server answers; passing troubles are tried again a few times. Raises `EndpointError`."""
        for attempt in range(_TRIES):
            last = attempt == _TRIES - 1
            try:
                response = self._open().post(self.base_url + path, json=body)
            except httpx.ConnectError as error:
                if last:
                    raise self._unreachable(error) from error
                _pause(2.0**attempt / 2)
                continue
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise self._unreachable(error) from error
            if response.status_code in _PASSING and not last:
                _pause(_wait_of(response, attempt))
                continue
            if response.status_code != 200:
                raise self._refused(response)
            try:
                return response.json()
            except ValueError:
                raise EndpointError(
                    f"{self.base_url} answered something that is not JSON; is its address right?"
                ) from None
        raise AssertionError("unreachable")

    @contextlib.contextmanager
    def stream(self, path: str, body: Mapping[str, Any]) -> Iterator[httpx.Response]:
        """An open response with status 200, to be read inside the block. Raises `EndpointError`, also while reading."""
        try:
            with self._open().stream("POST", self.base_url + path, json=body) as response:
                if response.status_code != 200:
                    response.read()
                    raise self._refused(response)
                yield response
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._unreachable(error) from error

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _open(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                headers = {"authorization": f"Bearer {self._key}"} if self._key else {}
                timeout = httpx.Timeout(self._timeout_s, connect=_CONNECT_S)
                secure = self.base_url.startswith("https:")
                self._client = httpx.Client(
                    headers=headers, timeout=timeout, verify=trust() if secure else False, trust_env=self._proxied
                )
            return self._client

    def _unreachable(self, error: Exception) -> EndpointError:
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return EndpointError(f"No server answers at {self.base_url}; check its address and that it runs.")
        if isinstance(error, httpx.TimeoutException):
            return EndpointError(f"{self.base_url} was silent for {self._timeout_s:.0f} s; it may be overloaded.")
        return EndpointError(f"The connection to {self.base_url} broke ({type(error).__name__}); try again.")

    def _refused(self, response: httpx.Response) -> EndpointError:
        status = response.status_code
        said = self._said(response)
        if status in (401, 403):
            return EndpointError(f"{self.base_url} refused the API key ({status}{said}); check the key.")
        if status == 404:
            return EndpointError(f"{self.base_url} knows no such model or path ({status}{said}); check both.")
        if status in (400, 413, 422) and "context" in said.lower():
            return EndpointError(f"The request is too long for the model{said}; ask about fewer or shorter passages.")
        if status in _PASSING:
            return EndpointError(f"{self.base_url} cannot answer just now ({status}{said}); try again in a while.")
        return EndpointError(f"{self.base_url} did not accept the request ({status}{said}).")

    def _said(self, response: httpx.Response) -> str:
        """What the server says about its refusal, without our key, in one short line."""
        try:
            error = response.json().get("error", "")
            text = str(error.get("message", "") if isinstance(error, dict) else error)
        except (ValueError, AttributeError):
            text = ""
        if self._key:
            text = text.replace(self._key, "…")
        return f": {' '.join(text.split())[:_MOST_SAID]}" if text.strip() else ""


def _pause(seconds: float) -> None:
    time.sleep(seconds)


def _wait_of(response: httpx.Response, attempt: int) -> float:
    asked = response.headers.get("retry-after", "")
    return min(float(asked) if asked.isdigit() else 2.0**attempt / 2, _LONGEST_WAIT_S)


def data_lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """The `data:` lines of server-sent events.

    Lines end at LF or CR LF only: JSON may hold other characters that Python counts as line ends. Raises
    `EndpointError` for a line without end.
    """
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                yield line[5:].strip().decode("utf-8", "replace")
        if len(rest) > _MOST_LINE_BYTES:
            raise EndpointError("The server sent a line without end; is it an OpenAI-compatible one?")
    if rest.startswith(b"data:"):
        yield rest[5:].strip().decode("utf-8", "replace")
