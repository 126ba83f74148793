"""Long words, such as names of files and addresses, that are broken at their joints where a line is too short."""

import re
from typing import Final

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

# Shorter words fit on a screen of 320 pixels.
_LONG_WORD: Final = re.compile(r"\S{25,}")
_JOINT: Final = re.compile(r"([_./-])(?=\w)")


def breakable(text: str) -> SafeString:
    """A text as HTML, with a place for a break at each joint of its long words; of an address, before its domain."""
    escaped = conditional_escape(text)
    return mark_safe(_LONG_WORD.sub(lambda word: _broken(word[0]), escaped))  # noqa: S308 escaped above


def _broken(word: str) -> str:
    return word.replace("@", "@<wbr>") if "@" in word else _JOINT.sub(r"\1<wbr>", word)
