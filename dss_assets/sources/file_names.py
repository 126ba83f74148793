"""Whether a file may be one of a source, by the name under which it is stored."""

import re
import string
from datetime import UTC, datetime

from dss_assets.dataset import (
    DatedUrl,
    FixedUrl,
    HtmlLinks,
    JsonListing,
    PagedRecords,
    Source,
    StorageFolder,
)


def takes(source: Source | None, name: str) -> bool:
    """Whether the source may offer a file of this name."""
    match source:
        case None:
            return True
        case DatedUrl():
            return name in {source.name_of(start) for start in source.starts(datetime.now(UTC).date())}
        case StorageFolder():
            return re.fullmatch(source.name, name) is not None
        case _:
            return re.fullmatch(names_pattern(source), name, re.IGNORECASE) is not None


def names_pattern(source: Source) -> str:
    """A regular expression of the names, as messages show it; of dated files only roughly."""
    match source:
        case StorageFolder() | HtmlLinks():
            pattern = source.name
        case FixedUrl() | PagedRecords():
            pattern = re.escape(source.stored_as)
        case DatedUrl() | JsonListing(stored_as=str()):
            pattern = _filled(source.stored_as or "")
        case JsonListing():
            # A name at the end of a URL, of which a title says nothing.
            pattern = source.matching if source.title is None else ".*"
    return pattern


def _filled(template: str) -> str:
    """A template with anything in place of its words."""
    return "".join(
        re.escape(text) + ("" if word is None else ".+") for text, word, _, _ in string.Formatter().parse(template)
    )
