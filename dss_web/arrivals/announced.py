"""What a sender says of a file before it comes."""

import re
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from dss_web.arrivals.errors import NotTaken
from dss_web.uploads.file_names import shown_name
from dss_web.uploads.receiving import MEBIBYTE

# It is part of a key of the database.
_MODIFIED_CHARACTERS: Final = 40


@dataclass(frozen=True, slots=True)
class Announced:
    """A file: its name without folders, its size in bytes and, where the sender knows them, SHA-256 and last change.

    A file that is announced again in the same words is taken for the same one.
    """

    name: str
    size: int
    digest: str = ""
    modified: str = ""


def announced(name: str, size: int, digest: str = "", modified: str = "") -> Announced:
    """The file that is announced so. Raises NotTaken, in words for the sender."""
    clean = shown_name(name)
    if clean in {"", ".", ".."}:
        raise NotTaken("The file has no name. Give it one, and send it again.")
    if size < 1:
        raise NotTaken("The file is empty. Check that you chose the right file, and that it was saved.")
    limit = settings.DSS.dss_upload_limit_megabytes
    if size > limit * MEBIBYTE:
        raise NotTaken(
            f"The file has {-(-size // MEBIBYTE):,} MB. It can have up to {limit:,} MB. Remove rows or columns that "
            f"nobody needs, divide the file, or ask {settings.DSS.contact}."
        )
    if digest and not re.fullmatch("[0-9a-f]{64}", digest):
        raise NotTaken("The SHA-256 of a file has 64 of the characters 0 to 9 and a to f.")
    return Announced(clean, size, digest, modified[:_MODIFIED_CHARACTERS])
