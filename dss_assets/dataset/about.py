"""Who answers for a dataset, and under which terms it is published."""

import re
from dataclasses import dataclass

from dss_assets.dataset.validation import require
from dss_web.shared import licences

# One @ with something on both sides: whether mail arrives there no pattern can tell.
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# What Dagster takes for an owner besides an address: https://docs.dagster.io/guides/build/assets/metadata-and-tags.
_TEAM = re.compile(r"team:[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms under which the data may be used: their name, and the page on which they stand."""

    name: str
    url: str

    def __post_init__(self) -> None:
        require(bool(self.name), "a licence has a name")
        require_page(self.url, f"the page of the licence '{self.name}'")


def require_page(url: str, what: str) -> None:
    """Raise ValueError unless `url` is one that a browser opens."""
    require(url.startswith(("https://", "http://")), f"{what} {url!r} is no URL")


def require_owner(owner: str, key: str) -> None:
    """Raise ValueError unless Dagster takes the text for an owner."""
    require(
        bool(_EMAIL.fullmatch(owner) or _TEAM.fullmatch(owner)),
        f"{key}: the owner {owner!r} is neither an email address nor `team:` and a name",
    )


def require_contact(contact: str, key: str) -> None:
    """Raise ValueError unless a person can write there."""
    require(
        bool(_EMAIL.fullmatch(contact)) or contact.startswith("https://"),
        f"{key}: the contact {contact!r} is neither an email address nor an https URL",
    )


OPEN_GOVERNMENT_LICENCE = Licence(*licences.OPEN_GOVERNMENT_LICENCE)
