"""Whom people write to, as an operator sets it: a name, an address, or both as in `the team <team@example.gov.uk>`."""

import re
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote

_NAMED: Final = re.compile(r"(?P<name>[^<>]+?)\s*<(?P<address>[^<>\s]+)>")
_EMAIL: Final = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\".]+")
_PAGE: Final = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact's name, and the email or web address at which they are reached, '' if there is none."""

    name: str
    address: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The contact that a text names. Raises ValueError where what stands in angle brackets is no address."""
        text = text.strip()
        if _is_address(text):
            return cls(text, text)
        if not (named := _NAMED.fullmatch(text)):
            if "<" in text or ">" in text:
                raise ValueError(f"{text!r} is neither a name nor one with an address: Name <name@example.com>")
            return cls(text, "")
        if not _is_address(named["address"]):
            raise ValueError(f"{named['address']!r} is neither an email address nor a web address")
        return cls(named["name"], named["address"])

    @property
    def link(self) -> str:
        """Where a link to the contact leads: `mailto:` or a web address; '' if there is no address."""
        return f"mailto:{quote(self.address, safe='@')}" if _EMAIL.fullmatch(self.address) else self.address

    def __str__(self) -> str:
        """The contact in a sentence, for texts without links."""
        return self.name if self.address in {"", self.name} else f"{self.name} ({self.address})"


def _is_address(text: str) -> bool:
    return bool(_EMAIL.fullmatch(text) or _PAGE.fullmatch(text))
