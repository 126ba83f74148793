"""Which proxies are trusted, and what they say of the client: its address, and the scheme, host and port it used.

This is the one place that decides: gunicorn's and Django's own settings for it stay off.
"""

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse

from dss_web.configuration import web_settings
from dss_web.http.request_context import context_of

# For platforms on which the address of the proxy is not known beforehand.
WHOEVER_CONNECTS: Final = "*"
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Proxies:
    """The trusted proxies: `entries` are addresses and networks, and `*` for whoever connects to us."""

    def __init__(self, entries: Iterable[str]) -> None:
        entries = set(entries)
        self.trusts_whoever_connects = WHOEVER_CONNECTS in entries
        self.networks: list[Network] = [ip_network(entry) for entry in entries - {WHOEVER_CONNECTS}]

    def restore(self, meta: dict[str, Any]) -> list[str]:
        """Write into a request's WSGI environment what trusted proxies say of the client; drop what others say.

        Reads `X-Forwarded-For`, `-Proto`, `-Host` and `-Port`; a proxy must overwrite what it is sent or append to
        it. Raises SuspiciousOperation, which becomes 400, if a trusted proxy sends values that are not valid. The
        result names the headers that were dropped because nobody trusts the peer.
        """
        forwarded = {name: meta.pop(f"HTTP_X_FORWARDED_{name}", "") for name in ("FOR", "PROTO", "HOST", "PORT")}
        # The nearest first: who connected to us, then for whom that one forwarded the request, and so on.
        addresses = [meta.get("REMOTE_ADDR", ""), *reversed(_values(forwarded["FOR"]))]
        hops = self._count_trusted(addresses)
        if not hops:
            return [f"X-Forwarded-{name.title()}" for name, value in forwarded.items() if value]
        meta["REMOTE_ADDR"] = _client(addresses, hops)
        meta["wsgi.url_scheme"] = scheme = _scheme(_at(forwarded["PROTO"], hops)) or meta["wsgi.url_scheme"]
        host = _at(forwarded["HOST"], hops) or meta.get("HTTP_HOST", "")
        # Django checks whether the host is one of ours, as it does without a proxy.
        meta["HTTP_HOST"] = _with_port(host, _port(_at(forwarded["PORT"], hops)), scheme)
        return []

    def _count_trusted(self, addresses: list[str]) -> int:
        """How many of the addresses, from the nearest on and without a gap, are trusted proxies."""
        for hops, text in enumerate(addresses):
            address = _address(text)
            is_trusted = address is not None and any(address in network for network in self.networks)
            if not is_trusted and not (hops == 0 and self.trusts_whoever_connects):
                return hops
        return len(addresses)


def trust_proxies(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: after it, a request is as the client sent it to the outermost trusted proxy."""
    proxies = Proxies(web_settings().trusted_proxies)

    def respond(request: HttpRequest) -> HttpResponse:
        context_of(request).dropped_headers = proxies.restore(request.META)
        return get_response(request)

    return respond


def _values(header: str) -> list[str]:
    return [value for part in header.split(",") if (value := part.strip())]


def _at(header: str, hops: int) -> str:
    """The value from the outermost of `hops` trusted proxies, empty if there is none.

    Each of them either appends a value or leaves one; values further left come from somebody who is not trusted.
    """
    values = _values(header)
    return values[-min(hops, len(values))] if values else ""


def _address(text: str) -> Address | None:
    """An address as proxies write it: bare, in brackets, with a port."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # Where a socket takes both kinds, IPv4 peers have addresses like ::ffff:10.0.0.1.
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _client(addresses: list[str], hops: int) -> str:
    """The nearest address that is not a trusted proxy's; the last proxy's if that one names none."""
    forwarded_for = _address(addresses[hops]) if hops < len(addresses) else None
    return str(forwarded_for or _address(addresses[hops - 1]) or "")


def _scheme(text: str) -> str:
    if text.lower() not in {"", *_DEFAULT_PORTS}:
        raise SuspiciousOperation(f"A proxy's X-Forwarded-Proto is {text!r}; expected http or https")
    return text.lower()


def _port(text: str) -> str:
    if text and not (text.isascii() and text.isdecimal() and len(text) <= 5 and 0 < int(text) < 65536):
        raise SuspiciousOperation(f"A proxy's X-Forwarded-Port is {text!r}; expected a number from 1 to 65535")
    return text


def _with_port(host: str, port: str, scheme: str) -> str:
    """`host` with this port, unless it has one of its own or the port is the scheme's usual one."""
    has_port = ":" in host.rpartition("]")[2]
    return host if has_port or not port or port == _DEFAULT_PORTS[scheme] else f"{host}:{port}"
