"""3: stored bytes -> rows in the form that COPY reads, streamed; no database here."""

from contextlib import AbstractContextManager
from typing import BinaryIO

from dss_assets.dataset import Column, Delimited, Format, TrailingList, UserCsv, XbrlAccounts
from dss_assets.parsing.delimited import delimited_rows
from dss_assets.parsing.release import ReleaseRows, release_rows
from dss_assets.parsing.rows import CopyFormat, Reject, Rows, Tally
from dss_assets.parsing.trailing_list import trailing_list_rows
from dss_assets.parsing.user_csv import user_csv_rows
from dss_assets.parsing.xbrl import xbrl_rows

__all__ = ["CopyFormat", "Reject", "ReleaseRows", "Rows", "Tally", "open_rows", "release_rows"]


def open_rows(
    form: Format, columns: tuple[Column, ...], file: BinaryIO, place: str, max_bytes: int
) -> AbstractContextManager[Rows]:
    """The rows of `file`, within the block.

    `place` is what messages call the file, at the beginning of a sentence: its name, or "The file" for a person who
    knows which.
    Raises InvalidFile when the file is not of the form, here or while the rows are read; an unpacked size over
    `max_bytes` is one of the reasons.
    """
    match form:
        case Delimited():
            return delimited_rows(form, columns, file, place, max_bytes)
        case TrailingList():
            return trailing_list_rows(form, columns, file, place, max_bytes)
        case UserCsv():
            return user_csv_rows(form, columns, file, place)
        case XbrlAccounts():
            return xbrl_rows(form, columns, file, place, max_bytes)
