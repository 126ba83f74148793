"""What the upload pages cannot help."""


class StorageUnavailable(Exception):
    """The storage did not do its part; the message is for the log."""
