"""What keeps an upload page from doing what it was asked for."""

from dataclasses import dataclass


class StorageUnavailable(Exception):
    """The storage did not do its part; the message is for the log."""


class AlreadyMoved(Exception):
    """The version is no longer in the state from which the person wanted to move it."""


@dataclass
class DatasetClosed(Exception):
    """Nothing is loaded into the dataset any more; `why` is a sentence for the person."""

    why: str


class BaseChanged(Exception):
    """Another version has come into use since the person compared theirs with it."""
