"""How many authentications may fail before the response is 429 instead of 401.

Only failures are counted, after the MAC was checked: a valid request is never refused because of what others did
under its id or from its address (docs/decisions/valid-requests-are-never-limited.md).
"""

import ipaddress
import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from dss_web.configuration import web_settings
from dss_web.http.errors import ApiError

log = logging.getLogger("dss_web.hawk")

# The settings count failures in a minute.
WINDOW_SECONDS: Final = 60
# Windows that are kept of each of the two kinds, about 370 bytes each. The one that failed longest ago makes room.
MAX_WINDOWS: Final = 10_000
# The longest id that `add_hawk_client` takes. The rest of a longer one is not kept in memory.
MAX_ID_LENGTH: Final = 200
# The smallest network that a provider gives to a customer, who has all its addresses for nothing.
IPV6_PREFIX: Final = 64


class TooManyFailures(ApiError):
    """429: one failed authentication too many, of this id from this address, or from this address.

    `seconds` are those until the next one gets 401 again.
    """

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"Too many requests that could not be authenticated: try again in {seconds} seconds, with valid "
            "credentials and a clock that is right"
        )
        self.retry_after = seconds


@dataclass
class _Window:
    ends_at: float
    failures_before: int
    failures: int = 0


class Failures:
    """Counts failures in windows of a minute, in bounded memory, for this process only. Safe to share among threads."""

    def __init__(
        self, limit: int, *, max_windows: int = MAX_WINDOWS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = limit
        self._max_windows = max_windows
        self._clock = clock
        self._windows: OrderedDict[tuple[str, ...], _Window] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._windows)

    def count(self, *who: str) -> int:
        """Count a failure of an address, or of an address and an id.

        0, or the seconds until the window ends if this failure is above the limit. The first such failure of a window
        is logged, with the number of failures in the window before.
        """
        now = self._clock()
        with self._lock:
            window = self._windows.pop(who, None)
            if window is None or now >= window.ends_at:
                window = _Window(now + WINDOW_SECONDS, failures_before=window.failures if window else 0)
            window.failures += 1
            self._windows[who] = window
            if len(self._windows) > self._max_windows:
                self._windows.popitem(last=False)
            is_above_limit = window.failures > self._limit
            is_first_above = window.failures == self._limit + 1
        if is_first_above:
            log.warning(
                "more than %s failed authentications within a minute: further ones are answered with 429",
                self._limit,
                extra={
                    "address": who[0],
                    "client": who[1] if who[1:] else None,
                    "minute_before": window.failures_before,
                },
            )
        return math.ceil(window.ends_at - now) if is_above_limit else 0


def count_failure(identifier: str, address: str) -> None:
    """Count a failed authentication under this id from this address. Raises TooManyFailures above a limit."""
    for_address, for_id = _limits()
    network = network_of(address)
    # An address above its limit adds no more ids to the windows.
    seconds = for_address.count(network) or for_id.count(network, identifier[:MAX_ID_LENGTH])
    if seconds:
        raise TooManyFailures(seconds)


@cache
def _limits() -> tuple[Failures, Failures]:
    settings = web_settings()
    return Failures(settings.dss_hawk_failure_limit_for_address), Failures(settings.dss_hawk_failure_limit)


def network_of(address: str) -> str:
    """The network that belongs to one party: an IPv4 address, or the /64 of an IPv6 one; other texts as they are."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, IPV6_PREFIX), strict=False))
