"""What a source offers."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Part(NamedTuple):
    """A file of the storage that becomes a member of a zip: the member's name, the file's path and version."""

    name: str
    path: str
    version: str


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that a publisher offers. `url` is empty where the file already lies in the storage.

    `version` is what the publisher says of this version of the file; '' where it says nothing. `parts` are what a file
    is packed of that nobody offers as such.
    """

    name: str
    url: str
    version: str
    parts: tuple[Part, ...] = ()


@dataclass(slots=True)
class Listing:
    """What a source offers, read whole.

    `near_misses` are names or titles that nearly match the declaration and were passed over. `unanswered` tells of
    files whose version the publisher did not tell this time: they are listed, but a change of them is not seen.
    """

    files: list[RemoteFile] = field(default_factory=list)
    near_misses: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
