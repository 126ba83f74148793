"""3: stored bytes -> rows in the form that COPY reads, streamed; no database here.

archive.py        members of a zip; deflate64.py what zipfile cannot unpack
texts.py          a file -> the texts that are read of it, and the values that names give
lines.py          a text -> the lines of its header and rows
header.py         a header -> the declared columns
delimited.py      CSV and the like; nulls.py its words for NULL
fixed_width.py    columns that have their place in the line
sheet.py          workbooks
json_records.py   objects of a JSON document
records.py        rows by fields -> COPY, for all of these; written.py reads their numbers and dates
trailing_list.py  lines whose last column gathers all further fields
user_csv.py       CSV that staff upload
xbrl.py           accounts
release.py        the tables of a release, from one zip
rows.py           what all of them yield
empty_rows.py     rows without any value
split_rows.py     the rows of a file one by one, and the file without some of them
copy_text.py      CSV -> COPY's text form, where it can be
prefetch.py       a thread that reads ahead
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import BinaryIO

from dss_assets.dataset import (
    Column,
    Dataset,
    Delimited,
    FixedWidth,
    Format,
    JsonRecords,
    Sheet,
    TrailingList,
    UserCsv,
    XbrlAccounts,
)
from dss_assets.parsing.delimited import delimited_rows
from dss_assets.parsing.fixed_width import fixed_width_rows
from dss_assets.parsing.json_records import json_rows
from dss_assets.parsing.release import ReleaseRows, release_rows
from dss_assets.parsing.rows import ANOTHER_WIDTH, CopyFormat, Fault, Reject, Rows, Tally
from dss_assets.parsing.sheet import sheet_rows
from dss_assets.parsing.split_rows import list_rejects, split_rows, without_rows
from dss_assets.parsing.texts import values_of_name
from dss_assets.parsing.trailing_list import trailing_list_rows
from dss_assets.parsing.user_csv import user_csv_rows
from dss_assets.parsing.xbrl import xbrl_rows

__all__ = [
    "ANOTHER_WIDTH",
    "CopyFormat",
    "Fault",
    "Reject",
    "ReleaseRows",
    "Rows",
    "Tally",
    "list_rejects",
    "open_rows",
    "open_rows_of",
    "release_rows",
    "split_rows",
    "without_rows",
]

_NO_VALUES: Mapping[str, str] = MappingProxyType({})


def open_rows_of(dataset: Dataset, file: BinaryIO, file_name: str, place: str) -> AbstractContextManager[Rows]:
    """The rows of a dataset's file, within the block, as `open_rows` gives them."""
    values = values_of_name(dataset.name_pattern, file_name)
    return open_rows(dataset.format, dataset.columns, file, place, dataset.max_unpacked_bytes, values)


def open_rows(
    form: Format,
    columns: tuple[Column, ...],
    file: BinaryIO,
    place: str,
    max_bytes: int,
    file_values: Mapping[str, str] = _NO_VALUES,
) -> AbstractContextManager[Rows]:
    """The rows of `file`, within the block.

    `place` is what messages call the file, at the beginning of a sentence: its name, or "The file" for a person who
    knows which. `file_values` are those of its name (`values_of_name`).
    Raises InvalidFile when the file is not of the form, here or while the rows are read; an unpacked size over
    `max_bytes` is one of the reasons.
    """
    match form:
        case TrailingList():
            return trailing_list_rows(form, columns, file, place, max_bytes)
        case UserCsv():
            return user_csv_rows(form, columns, file, place)
        case XbrlAccounts():
            return xbrl_rows(form, columns, file, place, max_bytes)
        case _:
            return _packed_rows(form, columns, file, place, max_bytes, file_values)


def _packed_rows(
    form: Delimited | FixedWidth | Sheet | JsonRecords,
    columns: tuple[Column, ...],
    file: BinaryIO,
    place: str,
    max_bytes: int,
    file_values: Mapping[str, str],
) -> AbstractContextManager[Rows]:
    """The rows of a file that may be in a gzip or in a zip, whose names may give values."""
    match form:
        case Delimited():
            return delimited_rows(form, columns, file, place, max_bytes, file_values)
        case FixedWidth():
            return fixed_width_rows(form, columns, file, place, max_bytes, file_values)
        case Sheet():
            return sheet_rows(form, columns, file, place, max_bytes, file_values)
        case JsonRecords():
            return json_rows(form, columns, file, place, max_bytes, file_values)
