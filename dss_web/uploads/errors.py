"""What the upload pages cannot help, and what no table can have."""

from dataclasses import dataclass


class StorageUnavailable(Exception):
    """The storage did not do its part; the message is for the log."""


@dataclass
class TooManyColumns(Exception):
    """The file has more columns than a table can have."""

    columns: int


@dataclass
class DatasetClosed(Exception):
    """Nothing is loaded into the dataset any more; `why` is a sentence for the person."""

    why: str
