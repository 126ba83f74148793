"""Values of a CSV that a spreadsheet program would take for formulas, and run when a person opens the file.

Which ones they are: https://owasp.org/www-community/attacks/CSV_Injection (2026-11), in wide letters too, which Excel
takes for the narrow ones where the language is Japanese. A negative number is a number. An apostrophe before a value
makes it text; the value is then another one, so programs get it only if they ask.
"""

import re
from typing import Final

# Python and Postgres read it the same.
FORMULA: Final = r"^(?:[=+@\t\r\n＝＋－＠]|-(?![0-9.]+$))"  # noqa: RUF001 these letters are meant
_COMPILED: Final = re.compile(FORMULA)


def escaped(value: str) -> str:
    """The value, with an apostrophe before it if a spreadsheet program would take it for a formula."""
    return f"'{value}" if _COMPILED.match(value) else value
