"""The first line of a file -> the names of the table's columns."""

import re
import unicodedata
from collections.abc import Sequence

from dss_web.shared.contract import RESERVED_COLUMNS
from dss_web.uploads.errors import FileRefused

COLUMN_NAME = re.compile(r"[a-z][a-z0-9_]*")
# Postgres cuts longer names off without a word.
NAME_CHARACTERS = 63


def clean_name(title: str) -> str:
    """The nearest column name to a title: `Company Name (£)` -> `company_name`; '' where no letter or digit is left."""
    if COLUMN_NAME.fullmatch(title):
        return title
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return f"column_{name}" if name[:1].isdigit() else name


def name_columns(titles: Sequence[str]) -> list[str]:
    """One column name for each title, in order; a name that was there before gets _1, then _2.

    Raises FileRefused with one sentence for each title that cannot become a name.
    """
    problems = []
    names: list[str] = []
    wanted = [clean_name(title) for title in titles]
    for position, (title, name) in enumerate(zip(titles, wanted, strict=True), start=1):
        unique, copies = name, 0
        while unique in names or (copies and unique in wanted):
            copies += 1
            unique = f"{name}_{copies}"
        names.append(unique)
        if not title.strip():
            problems.append(
                f"Column {position} has no name in the first line. Give it a name, or delete the column if it is empty."
            )
        elif not name:
            problems.append(f"Column {position}, “{title}”, needs a name with at least one letter from a to z.")
        elif name in RESERVED_COLUMNS:
            problems.append(
                f"Column {position} cannot be called “{title}”: the service keeps a column of that name for itself. "
                f"Rename it, for example to “{name}_in_source”."
            )
        elif len(unique) > NAME_CHARACTERS:
            problems.append(
                f"The name of column {position} is too long: “{title[:NAME_CHARACTERS]}…”. "
                f"Use at most {NAME_CHARACTERS} characters."
            )
    if problems:
        raise FileRefused(*problems)
    return names
