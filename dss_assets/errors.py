"""Why a file was not ingested. Whoever raises the error knows whether waiting helps, and chooses the class by it."""

from typing import ClassVar


class IngestionError(Exception):
    """A step failed; the text says what was attempted, on what, what was found, what was expected and what to do.

    `check` is the check of a file (`dss_assets.checks`) that fails with it, '' for none.
    """

    check: ClassVar[str] = ""

    def __str__(self) -> str:
        """The text. Postgres, which keeps it, has no text with the character NUL, as UTF-16 has it by the hundred."""
        return super().__str__().replace("\0", "")


class InvalidFile(IngestionError):
    """The file itself is wrong: permanent until the publisher offers another version or a person acts."""


class DamagedFile(InvalidFile):
    """The bytes are not a whole file. They are fetched once more: the same bytes again are what the publisher has."""


class NoRows(InvalidFile):
    """The file has no rows, which is taken for a mistake."""

    check = "has_rows"


class InvalidRow(InvalidFile):
    """A row of the file is wrong: the others may be right, and are loaded without it."""


class TooManyRejects(InvalidFile):
    """More rows of the file are wrong than its dataset allows."""


class WrongHeader(InvalidFile):
    """The header of the file is not as its dataset declares it."""

    check = "header_as_declared"


class NotAsDeclared(IngestionError):
    """The tables have another shape than their dataset declares: files wait until they have it, or until it changes."""


class Withdrawn(IngestionError):
    """The file is not to be loaded any more: a person has cancelled it. Permanent until they confirm it again."""


class InvalidDerivation(IngestionError):
    """A derived table cannot be made of its inputs by its SQL: permanent until one of these changes."""


class TransientError(IngestionError):
    """Something that we depend on did not do its part: the step is tried again, later each time.

    `retry_after` is how many seconds it asked us to wait at least; 0 where it did not ask.
    """

    def __init__(self, message: str, retry_after: float = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotAtItsUrl(TransientError):
    """The publisher has nothing at the URL that it listed for a file: another listing tells where the file is now."""


class MissingKey(TransientError):
    """A publisher is not asked, since the setting DSS_SOURCE_KEYS lacks the key that its declaration names."""
