"""Names that a declaration nearly matches.

Publishers write "(V2)", "for the UK" or two blanks where there were none before. What is passed over for such a reason
would be missed by nobody: it is shown.
"""

import difflib
import re
from typing import Final

# "exporter" is like "exporters" (0.94), and "importers" is not (0.78).
_LIKENESS: Final = 0.8
# What stands for something else in a regular expression: groups' names, escapes, sets, counts.
_SYNTAX: Final = re.compile(r"\(\?P<\w+>|\(\?[a-z:=!<]+|\\[A-Za-z]|\[[^\]]*\]|\{[^}]*\}")


def nearly_matches(name: str, pattern: str) -> bool:
    """Whether a name that does not match `pattern` as a whole has all of its words, or words like them."""
    wanted = _words(_SYNTAX.sub(" ", pattern))
    found = _words(name)
    if not wanted:
        return False
    return "".join(wanted) in "".join(found) or all(
        difflib.get_close_matches(word, found, n=1, cutoff=_LIKENESS) for word in wanted
    )


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]{2,}", text.lower())
