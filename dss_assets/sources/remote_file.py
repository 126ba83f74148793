"""A file that a source offers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that a publisher offers. `url` is empty where the file already lies in the storage.

    `version` is what the publisher says of this version of the file; '' where it says nothing.
    """

    name: str
    url: str
    version: str
