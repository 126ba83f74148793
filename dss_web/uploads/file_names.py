"""The name that a person's file had, as pages and mails show it. Django itself cleans what comes in forms only."""

import re
from typing import Final

# Of the longest name that a file can have on the usual systems.
_CHARACTERS: Final = 255


def shown_name(name: str) -> str:
    """A name without folders and without what nobody sees: ends of lines, controls, marks that turn the direction."""
    last = re.split(r"[/\\]", name.strip())[-1]
    return "".join(letter for letter in last if letter.isprintable())[-_CHARACTERS:].strip()
