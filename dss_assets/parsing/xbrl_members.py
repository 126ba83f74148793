"""The members of a zip of accounts: which of them are documents, and what their names say."""

import io
import re
import struct
from datetime import datetime
from typing import NamedTuple

from dss_assets.dataset import XbrlAccounts
from dss_assets.errors import InvalidFile
from dss_assets.parsing.archive import IGNORED_MEMBERS, Archive
from dss_assets.parsing.zip_stream import WholeMember

# Companies House puts it in the place of an attachment, seen in 2026.
_PLACEHOLDER = b"ATTACHMENTPLACEHOLDER"
_ZIP = b"PK\x03\x04"
# Bytes that no text of XML 1.0 has, but for UTF-16, which begins with a mark.
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# Before the XML declaration stand line ends in some documents, which XML does not allow, or the mark of UTF-8.
_BEFORE_XML = b"\xef\xbb\xbf \t\r\n"
_EXAMINED_BYTES = 1024


class Filing(NamedTuple):
    """One document: the member that it is or lies in, what the name says, and its bytes from the first `<` on.

    `extension` is html or xml, '' where the name does not say which. `beside` are the members of a nested zip that are
    not its document.
    """

    place: str
    run_code: str
    company_id: str
    date: str
    extension: str
    content: bytes
    beside: list[str]


class SkippedMember(Exception):
    """A member is skipped; `is_document` where it is a document, or should hold one, that cannot be read."""

    def __init__(self, reason: str, *, is_document: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.is_document = reason, is_document


def read_member(form: XbrlAccounts, member: WholeMember) -> Filing:
    """The document that a member holds. Raises SkippedMember."""
    if IGNORED_MEMBERS.fullmatch(member.name):
        raise SkippedMember("a name that macOS, Windows or Office leaves in archives")
    name = re.fullmatch(form.member, member.name.rpartition("/")[2], re.IGNORECASE | re.ASCII)
    date = _date(name["date"]) if name else None
    if name is None or date is None:
        raise SkippedMember("a name that is not that of a filing")
    if member.content is None:
        raise SkippedMember(f"more than {form.max_document_bytes:,} bytes", is_document=True)
    place, extension, content = member.name, member.name.rpartition(".")[2].lower(), member.content
    beside: list[str] = []
    if content.startswith(_ZIP):
        inner, content, beside = _nested(form, content)
        place, extension = f"{place}, member {inner}", inner.rpartition(".")[2].lower()
    content = content.lstrip(_BEFORE_XML)
    if not content:
        raise SkippedMember("no content")
    if content.startswith(_PLACEHOLDER):
        raise SkippedMember("a placeholder for an attachment")
    if not content.startswith(_UTF16_MARKS) and _BINARY.search(content, 0, _EXAMINED_BYTES):
        raise SkippedMember("binary content")
    return Filing(place, name["run_code"], name["company_id"], date, _EXTENSIONS.get(extension, ""), content, beside)


_EXTENSIONS = {"html": "html", "htm": "html", "xhtml": "html", "xml": "xml"}


def _date(digits: str) -> str | None:
    try:
        return datetime.strptime(digits, "%Y%m%d").date().isoformat()
    except ValueError:
        return None


def _nested(form: XbrlAccounts, content: bytes) -> tuple[str, bytes, list[str]]:
    """The name and the bytes of the document in a nested zip, and the names of what else is in it."""
    try:
        archive = Archive(io.BytesIO(content), "", form.max_document_bytes)
        names = [name for name in archive.members if re.fullmatch(form.nested, name, re.IGNORECASE)]
        if len(names) != 1:
            raise SkippedMember(f"a zip with {len(names)} accounts in it, not 1", is_document=True)
        with archive.open(names[0]) as file:
            return names[0], file.read(), [name for name in archive.members if name != names[0]]
    except (InvalidFile, ValueError, OSError, struct.error) as error:  # zipfile lets some through from broken headers
        raise SkippedMember("a zip that cannot be unpacked") from error
