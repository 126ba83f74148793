"""Values of a CSV that a spreadsheet program would take for formulas, and run when a person opens the file.

Which ones they are: https://owasp.org/www-community/attacks/CSV_Injection (2026-11), in wide letters too, which Excel
takes for the narrow ones where the language is Japanese. A negative number is a number. An apostrophe before a value
makes it text; the value is then another one, so programs get it only if they ask.
"""

import re
from typing import Final

from psycopg import sql

# Python and Postgres read it the same.
_PATTERN: Final = r"^(?:[=+@\t\r\n＝＋－＠]|-(?![0-9.]+$))"  # noqa: RUF001 these letters are meant
_COMPILED: Final = re.compile(_PATTERN)
# The types whose values can begin with any character.
TEXT_TYPES: Final = frozenset({"text", "varchar", "bpchar", "citext", "name"})


def escaped(value: str) -> str:
    """The value, with an apostrophe before it if a spreadsheet program would take it for a formula."""
    return f"'{value}" if _COMPILED.match(value) else value


def escaped_column(column: sql.Composable) -> sql.Composed:
    """The same as SQL, of a column of text."""
    return sql.SQL("CASE WHEN {column} ~ {pattern} THEN '''' || {column} ELSE {column} END").format(
        column=column, pattern=sql.Literal(_PATTERN)
    )
