"""Headers that a publisher asks for."""

import re
from dataclasses import dataclass
from typing import Final

from dss_assets.dataset.validation import require

# A field name of HTTP: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2.
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Header:
    """A header with a secret: `prefix`, such as "Bearer ", and then what the setting DSS_SOURCE_KEYS has as `key`.

    It is sent to the hosts of the declaration's own URLs alone: not to those of links, and not after a redirect to
    another host.
    """

    name: str
    key: str
    prefix: str = ""

    def __post_init__(self) -> None:
        require(bool(_TOKEN.fullmatch(self.name)), f"{self.name!r} is not the name of an HTTP header")
        require(bool(self.key), f"the header {self.name} has no key of DSS_SOURCE_KEYS")


def require_headers(headers: tuple[Header, ...], urls: tuple[str, ...]) -> None:
    """Raise ValueError where a secret would be sent in the clear."""
    for url in urls if headers else ():
        require(url.startswith("https://"), f"the header {headers[0].name} has a key, and {url!r} is no https URL")
