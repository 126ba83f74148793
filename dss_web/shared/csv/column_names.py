"""The titles in a header -> the names of a table's columns."""

import re
import unicodedata
from collections.abc import Sequence

from dss_web.shared.contract import RESERVED_COLUMNS
from dss_web.shared.csv.errors import InvalidCsv, Problem, ProblemKind

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

    Raises InvalidCsv with one problem for each title that cannot become a name.
    """
    cleaned = [clean_name(title) for title in titles]
    names: list[str] = []
    problems = []
    for column, (title, name) in enumerate(zip(titles, cleaned, strict=True), start=1):
        unique, copies = name, 0
        while unique in names or (copies and unique in cleaned):
            copies += 1
            unique = f"{name}_{copies}"
        names.append(unique)
        if not title.strip():
            problems.append(Problem(ProblemKind.UNNAMED_COLUMN, column=column))
        elif not name:
            problems.append(Problem(ProblemKind.UNUSABLE_NAME, column=column, found=title, expected="a letter a to z"))
        elif name in RESERVED_COLUMNS:
            problems.append(
                Problem(ProblemKind.RESERVED_NAME, column=column, found=title, expected=f"{name}_in_source")
            )
        elif len(unique) > NAME_CHARACTERS:
            expected = f"at most {NAME_CHARACTERS} characters"
            problems.append(Problem(ProblemKind.LONG_NAME, column=column, found=title, expected=expected))
    if problems:
        raise InvalidCsv(*problems)
    return names
