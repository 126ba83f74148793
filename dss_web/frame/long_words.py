"""Long words, such as names of files and addresses, that are broken at their joints where a line is too short."""

import re
from typing import Final

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

# On a screen of 320 pixels.
_FITTING: Final = 24
_WORD: Final = re.compile(r"\S+")
_JOINT: Final = re.compile(r"([_./-])(?=\w)")


def breakable(text: str, fitting: int = _FITTING) -> SafeString:
    """A text as HTML, with a place for a break at each joint of its long words; of an address, before its domain.

    Words of up to `fitting` characters fit on a line where they stand.
    """
    escaped = conditional_escape(text)
    broken = _WORD.sub(lambda word: _broken(word[0]) if len(word[0]) > fitting else word[0], escaped)
    return mark_safe(broken)  # noqa: S308 escaped above


def _broken(word: str) -> str:
    return word.replace("@", "@<wbr>") if "@" in word else _JOINT.sub(r"\1<wbr>", word)
