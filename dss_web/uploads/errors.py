"""What the upload pages cannot help."""

from dataclasses import dataclass


class StorageUnavailable(Exception):
    """The storage did not do its part; the message is for the log."""


@dataclass
class DatasetClosed(Exception):
    """Nothing is loaded into the dataset any more; `why` is a sentence for the person."""

    why: str
