"""A column with what was said of it, as the pages of uploads and the catalogue have it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DescribedColumn:
    """A column: `type` is Postgres's name in lower case, `description` empty where nobody has said what it means.

    `formerly` is the column that is gone and whose description is proposed for this one, or empty.
    """

    name: str
    type: str
    description: str
    formerly: str = ""
