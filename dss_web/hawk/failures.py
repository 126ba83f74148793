"""How many authentications may fail before the answer is 429 instead of 401.

Counted is what has failed, after its MAC was looked at: a valid request is never refused for what others did under
its id or from its address (docs/decisions/valid-requests-are-never-limited.md).
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

WINDOW_SECONDS: Final = 60
# Of each of the two kinds; about 370 bytes each, and the one that failed longest ago makes room.
REMEMBERED: Final = 10_000
# The longest id that `add_hawk_client` takes. What follows in a longer one is not kept in memory.
ID_LENGTH: Final = 200
# What one customer of a provider has at least: an address more costs them nothing.
IPV6_PREFIX: Final = 64


class TooManyFailures(ApiError):
    """One failed authentication too many, of this id from this address, or from this address."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"Too many requests that could not be authenticated: try again in {seconds} seconds, with valid "
            "credentials and a clock that is right"
        )
        self.retry_after = seconds


@dataclass
class _Window:
    ends: float
    before: int
    failures: int = 0


class Failures:
    """Counts of failures in windows of a minute, in bounded memory, of this process alone."""

    def __init__(
        self, limit: int, *, remembered: int = REMEMBERED, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = limit
        self._remembered = remembered
        self._clock = clock
        self._windows: OrderedDict[tuple[str, ...], _Window] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._windows)

    def count(self, *who: str) -> int:
        """Count a failure: 0, or the seconds until its window ends if it is one too many.

        That is logged at the first one of a window, with how many failures there were in the window before.
        """
        now = self._clock()
        with self._lock:
            window = self._windows.pop(who, None)
            if window is None or now >= window.ends:
                window = _Window(now + WINDOW_SECONDS, before=window.failures if window else 0)
            window.failures += 1
            self._windows[who] = window
            if len(self._windows) > self._remembered:
                self._windows.popitem(last=False)
            first = window.failures == self._limit + 1
            excess = window.failures > self._limit
        if first:
            log.warning(
                "more than %s failed authentications within a minute: further ones are answered with 429",
                self._limit,
                extra={"address": who[0], "client": who[1] if who[1:] else None, "minute_before": window.before},
            )
        if not excess:
            return 0
        return math.ceil(window.ends - now)


def count_failure(identifier: str, address: str) -> None:
    """Count a failed authentication of whoever called itself this; raises TooManyFailures above a limit."""
    for_address, for_id = _limits()
    network = network_of(address)
    # An address above its limit adds no more ids to what is remembered.
    seconds = for_address.count(network) or for_id.count(network, identifier[:ID_LENGTH])
    if seconds:
        raise TooManyFailures(seconds)


@cache
def _limits() -> tuple[Failures, Failures]:
    settings = web_settings()
    return Failures(settings.dss_hawk_failure_limit_for_address), Failures(settings.dss_hawk_failure_limit)


def network_of(address: str) -> str:
    """What one party has for itself of an address: an IPv4 address, the /64 of an IPv6 one, or what is no address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, IPV6_PREFIX), strict=False))
