"""Why a file, or a part of one, is not taken. Each message is for its sender."""

from collections.abc import Sequence


class ArrivalError(Exception):
    """The message says what was found, what was expected, and what to do. `status` is that of an HTTP response."""

    status = 422


class NotTaken(ArrivalError):
    """The file or the part is not what it should be."""


class TooLarge(ArrivalError):
    """The part is larger than it may be."""

    status = 413


class Closed(ArrivalError):
    """The dataset takes no files, or this file has come to its end."""

    status = 409


class Gone(ArrivalError):
    """There is no such file on its way: it was cancelled, or given up after a day."""

    status = 404


class Incomplete(ArrivalError):
    """Parts are missing; `missing` are their numbers."""

    status = 409

    def __init__(self, missing: Sequence[int]) -> None:
        count = len(missing)
        are = "1 part of the file is" if count == 1 else f"{count:,} parts of the file are"
        super().__init__(f"{are} missing: {', '.join(map(str, missing[:10]))}{'…' if count > 10 else ''}. Send them.")
        self.missing = missing


class BeingCompleted(Exception):
    """Another request is putting the parts together: ask again in a moment."""
