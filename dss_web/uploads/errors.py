"""What can be wrong with a file that a person uploads, in words for that person."""

from collections.abc import Sequence


class FileRefused(Exception):
    """The file cannot be taken. `problems` are sentences for the person: what, where, and what to do."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems: Sequence[str] = problems


class StorageUnavailable(Exception):
    """The storage did not do its part; the message is for the log."""
