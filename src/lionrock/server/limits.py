"""How often somebody may ask: token buckets in memory, a bounded number of them."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from lionrock.errors import TooManyError

__all__ = ["Buckets", "network_of"]

_MOST_BUCKETS = 10_000


class Buckets:
    """One bucket a key. Each holds a minute's worth and fills evenly; each call takes one token out of its own."""

    def __init__(
        self, per_minute: int, *, clock: Callable[[], float] = time.monotonic, most: int = _MOST_BUCKETS
    ) -> None:
        self._size = float(per_minute)
        self._clock = clock
        self._most = most
        self._filled: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many buckets are remembered."""
        return len(self._filled)

    def take(self, key: str) -> None:
        """Take a token. Raises `TooManyError` when there is none, with the seconds until there is one."""
        if self._size <= 0:
            return
        with self._lock:
            now = self._clock()
            tokens, then = self._filled.pop(key, (self._size, now))
            tokens = min(self._size, tokens + max(0.0, now - then) * self._size / 60)
            # A sum of tenths may fall short of one by what floating point leaves out.
            enough = tokens > 1 - 1e-9
            self._filled[key] = (tokens - 1 if enough else tokens, now)
            # The one that was used longest ago goes first: it has filled up most, so least is forgotten with it.
            while len(self._filled) > self._most:
                self._filled.popitem(last=False)
        if not enough:
            seconds = math.ceil((1 - tokens) * 60 / self._size)
            raise TooManyError(
                f"That was more than {self._size:.0f} times in a minute; try again in {seconds} seconds.",
                seconds=seconds,
            )


def network_of(address: str) -> str:
    """What counts as one address: of IPv6 the /64 that one subscriber has to himself."""
    try:
        parsed = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
