"""What Postgres refuses now and will refuse again, told from what may pass.

Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html (2026-11-25).
"""

import re
from typing import Final

import psycopg

# Data exceptions, and limits of the program (rows and tables that are too wide, for example): the same rows meet them
# again. Violated constraints, class 23, are not here: two processes that make one schema at once violate one of
# Postgres's own, and succeed the next time.
_LASTING_CLASSES: Final = ("22", "54")
# Of class 42, which is also about tables that come and go, only what follows from the names of columns and their types:
# duplicate_column (which Postgres says of xmin and the like), reserved_name, invalid_name, name_too_long,
# invalid_column_definition, invalid_table_definition.
_LASTING_CODES: Final = frozenset({"42701", "42939", "42602", "42622", "42611", "42P16"})

_WIDE_ROW: Final = re.compile(r"row is too big: size (\d+), maximum size (\d+)")


def is_lasting(error: psycopg.Error) -> bool:
    """Whether the database would refuse the same file again. What is not known to be lasting is taken to pass."""
    code = error.sqlstate or ""
    return code.startswith(_LASTING_CLASSES) or code in _LASTING_CODES


def in_words(error: psycopg.Error) -> str:
    """What the database refused, with what to do where its own sentence does not help; ends with a full stop."""
    reason = (error.diag.message_primary or str(error)).rstrip(".")
    if wide := _WIDE_ROW.search(reason):
        found, most = (f"{int(number):,}" for number in wide.groups())
        return (
            f"the row takes {found} bytes in its table, where the database has room for {most}. Texts take the most "
            "room: divide the columns between two files."
        )
    if "0x00" in reason:
        return "there is a character NUL (0x00) in a value, which the database cannot store. Delete it."
    return f"{reason}."
