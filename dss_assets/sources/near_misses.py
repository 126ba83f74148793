"""Names that a declaration nearly matches.

Publishers write "(V2)", "for the UK" or two blanks where there were none before. What is passed over for such a reason
would be missed by nobody: it is shown.
"""

import difflib
import re
from typing import Final

# "exporter" is like "exporters" (0.94), and "importers" is not (0.78).
_LIKENESS: Final = 0.8
# What stands for something else in a regular expression: flags, escapes, sets, counts.
_SYNTAX: Final = re.compile(r"\(\?[a-z]+\)|\\.|\[[^\]]*\]|\{[^}]*\}")
# A group without another in it; `optional` if a name need not have it.
_GROUP: Final = re.compile(r"\((?:\?(?:P<\w+>|[:=!]|<[=!]))?(?P<inner>[^()]*)\)(?P<optional>[?*])?")


def nearly_matches(name: str, pattern: str) -> bool:
    """Whether a name that does not match `pattern` as a whole has all the words that each match has, or ones like them.

    Always False for a pattern without such words.
    """
    wanted, found = _words(_required(pattern)), _words(name)
    if not wanted:
        return False
    return "".join(wanted) in "".join(found) or all(
        difflib.get_close_matches(word, found, n=1, cutoff=_LIKENESS) for word in wanted
    )


def _required(pattern: str) -> str:
    """The text of a pattern without its syntax, and without what is optional or one of several choices."""
    text = _SYNTAX.sub(" ", pattern)
    while (shorter := _GROUP.sub(_required_part, text)) != text:
        text = shorter
    return "" if "|" in text else text


def _required_part(group: re.Match[str]) -> str:
    return " " if group["optional"] or "|" in group["inner"] else group["inner"]


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]{2,}", text.lower())
