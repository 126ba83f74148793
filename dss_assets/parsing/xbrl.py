"""A zip of accounts in XBRL and inline XBRL -> COPY text. Documents are parsed in two threads, in their stored order.

zip_stream.py     the zip -> its members, without its directory
xbrl_members.py   a member -> a document, or why it is none
xbrl_document.py  a document -> rows, by the precedence of the declaration
xbrl_values.py    the text of an element -> a value
"""

import math
import re
from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import BinaryIO, NamedTuple

from lxml import etree

from dss_assets.dataset import Column, XbrlAccounts
from dss_assets.errors import InvalidFile
from dss_assets.parsing.rows import LISTED_REJECTS, CopyFormat, Position, Reject, Rows, Tally, text_line
from dss_assets.parsing.xbrl_document import Document, DocumentReader
from dss_assets.parsing.xbrl_members import Filing, SkippedMember, read_member
from dss_assets.parsing.zip_stream import WholeMember, members_in_order

# lxml frees the interpreter while it parses, which is half of the work: threads do, without the memory of processes.
_THREADS = 2
# One batch more than there are threads, so that none waits while this thread unpacks.
_BATCHES = 3
# Enough documents to make up for handing them over, and little memory.
_BATCH_BYTES = 1024**2
_BATCH_MEMBERS = 64
_SHOWN_DOCUMENTS = 5
_BESIDE = "another report beside the accounts in their zip"


@contextmanager
def xbrl_rows(
    form: XbrlAccounts, columns: tuple[Column, ...], file: BinaryIO, place: str, max_bytes: int
) -> Iterator[Rows]:
    """The rows of all documents. Raises InvalidFile where too many of them cannot be read, once all have been."""

    def read() -> Iterator[_Read]:
        return _read_members(form, members_in_order(file, place, max_bytes, form.max_document_bytes))

    skipped: Counter[str] = Counter()
    rejects: list[Reject] = []
    tally = Tally()
    with closing(_chunks(form, read(), place, skipped, rejects, tally)) as chunks:
        yield Rows(
            place=place,
            columns=columns,
            chunks=chunks,
            copy_format=CopyFormat("text"),
            positions=lambda: _positions(read(), place),
            skipped=skipped,
            rejects=rejects,
            tally=tally,
        )


class _Read(NamedTuple):
    """What became of a member: its rows in COPY text, how many, and what was skipped by reason and in full."""

    place: str
    text: str
    rows: int
    problems: list[tuple[str, str]]
    is_document: bool
    is_bad: bool


def _chunks(
    form: XbrlAccounts,
    members: Iterable[_Read],
    place: str,
    skipped: Counter[str],
    rejects: list[Reject],
    tally: Tally,
) -> Generator[bytes, None, None]:
    documents, bad = 0, 0
    bad_documents: list[str] = []
    for member in members:
        documents += member.is_document
        tally.records += 1
        tally.accepted += member.rows > 0
        tally.rejected += bool(member.problems) and not member.text
        tally.rows += member.rows
        bad += member.is_bad
        for reason, text in member.problems:
            skipped[reason] += 1
            if len(rejects) < LISTED_REJECTS:
                rejects.append(Reject(member.place, text))
            if member.is_bad and len(bad_documents) < _SHOWN_DOCUMENTS:
                bad_documents.append(f"{member.place}: {text}")
        if member.text:
            yield member.text.encode()
    allowed = math.ceil(form.max_bad_documents * documents)
    if bad > allowed:
        raise InvalidFile(
            f"{place}: {bad:,} of {documents:,} documents cannot be read, expected at most {allowed:,} "
            f"({form.max_bad_documents:.0%} as declared). Nothing was loaded. The first: {'; '.join(bad_documents)}. "
            "If the publisher has changed its documents, change the declaration; if it offers them like that, raise "
            "max_bad_documents."
        )


def _positions(members: Iterable[_Read], place: str) -> Iterator[Position]:
    copied = 0
    for member in members:
        for _ in range(member.rows):
            copied += 1
            yield Position(copied, f"{place}, member {member.place}", 0)


def _read_members(form: XbrlAccounts, members: Iterator[WholeMember]) -> Iterator[_Read]:
    """What became of each member, in order, a few batches ahead."""
    waiting: deque[Future[list[_Read]]] = deque()
    with ThreadPoolExecutor(_THREADS, "parse XBRL") as threads:
        try:
            for batch in _batches(members):
                waiting.append(threads.submit(_read_batch, form, batch))
                if len(waiting) == _BATCHES:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            threads.shutdown(cancel_futures=True)


def _batches(members: Iterator[WholeMember]) -> Iterator[list[WholeMember]]:
    batch: list[WholeMember] = []
    size = 0
    for member in members:
        batch.append(member)
        size += len(member.content or b"")
        if size >= _BATCH_BYTES or len(batch) == _BATCH_MEMBERS:
            yield batch
            batch, size = [], 0
    yield batch


def _read_batch(form: XbrlAccounts, members: list[WholeMember]) -> list[_Read]:
    reader = DocumentReader(form)
    return [_read_member(form, reader, member) for member in members]


def _read_member(form: XbrlAccounts, reader: DocumentReader, member: WholeMember) -> _Read:
    place = member.name
    try:
        filing = read_member(form, member)
        place = filing.place
        document = reader.read(filing.content)
    except SkippedMember as error:
        problems = [(error.reason, error.reason)]
        return _Read(place, "", 0, problems, is_document=error.is_document, is_bad=error.is_document)
    except etree.LxmlError as error:
        reason = "XML that is not well-formed"
        return _Read(place, "", 0, [(reason, f"{reason}: {_without_place(error)}")], is_document=True, is_bad=True)
    text = "".join(text_line([*_filing_fields(filing, document), *row]) for row in document.rows)
    problems = [(_BESIDE, f"{_BESIDE}: {name}") for name in filing.beside]
    return _Read(place, text, len(document.rows), [*problems, *document.problems], is_document=True, is_bad=False)


def _without_place(error: etree.LxmlError) -> str:
    """What lxml says without the file's name, which is `<string>` for bytes, and the line that it says twice."""
    return re.sub(r" \(<string>, line \d+\)$", "", str(error))


def _filing_fields(filing: Filing, document: Document) -> list[str]:
    root_type = "html" if document.root == "html" else "xml"
    return [filing.run_code, filing.company_id, filing.date, filing.extension or root_type]
