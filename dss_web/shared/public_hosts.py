"""Connections to public addresses alone: a publisher's link must not lead to what only this network reaches.

A page, a listing, a redirect or a person may name any address, such as that at which a cloud gives its machines their
credentials. So each connection is looked at once it is made, before anything is asked over it: a name can resolve to
another address each time. Hosts that a declaration or a setting names are asked wherever they are. Where requests go
through a proxy (HTTPS_PROXY), what may be reached is for the proxy to say.
"""

import ipaddress
import socket
from collections.abc import Collection
from typing import Any, Final
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_PORTS: Final = {"http": 80, "https": 443}

# A name or an address, and a port.
Host = tuple[str, int]


class NotPublic(Exception):
    """A connection led to an address that is not public."""


def host_of(url: str) -> Host:
    """The host of a URL with its port."""
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)


def is_public(address: str) -> bool:
    """Whether anybody on the internet may reach an IP address."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return found.is_global and not found.is_multicast


class PublicAdapter(HTTPAdapter):
    """What requests sends by. Raises NotPublic where a host that is not among `named` has a private address."""

    def __init__(self, named: Collection[Host]) -> None:
        self._named = named
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """What requests calls for connections that go through no proxy."""
        super().init_poolmanager(*args, **options)
        named = self._named

        class Connection(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return _required_public(super()._new_conn(), (self.host, self.port), named)

        class SecureConnection(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return _required_public(super()._new_conn(), (self.host, self.port), named)

        class Pool(HTTPConnectionPool):
            ConnectionCls = Connection

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = SecureConnection

        self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": SecurePool}


def _required_public(connected: socket.socket, host: Host, named: Collection[Host]) -> socket.socket:
    address = connected.getpeername()[0]
    name, port = host
    if (name.lower(), port) in named or is_public(address):
        return connected
    connected.close()
    raise NotPublic(f"{name} has the address {address}, which is not public")
