"""What can go wrong between a client and the service. Every error is a DataStoreError."""


class DataStoreError(Exception):
    """Any error of this client. The text says what was attempted and what was found."""


class Unreachable(DataStoreError):
    """There was no response, or only that the service is away for now, until the tries were used up."""


class Refused(DataStoreError):
    """The service refused a request. The text is the service's, `status` its HTTP status."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class Changed(DataStoreError):
    """Rows that were read already have been replaced or removed in the table. Drop them and start again.

    `start` is the URL at which to do so. `status` is the HTTP status: 409 while a table is read, and 410 where it
    cannot be told any more what has changed since a version.
    """

    def __init__(self, text: str, start: str, status: int) -> None:
        super().__init__(text)
        self.start = start
        self.status = status


class NotVerified(DataStoreError):
    """A response's signature is missing or wrong, or what was received differs from the receipt. Do not use it."""
