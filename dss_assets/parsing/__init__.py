"""3: kept bytes -> rows in the form that COPY reads, streamed; no database here."""

from contextlib import AbstractContextManager
from typing import BinaryIO

from dss_assets.dataset import Column, Delimited, Format, HandmadeCsv, TailedLines
from dss_assets.parsing.delimited import delimited_rows
from dss_assets.parsing.handmade import handmade_rows
from dss_assets.parsing.rows import Rows
from dss_assets.parsing.tailed import tailed_rows

__all__ = ["Rows", "open_rows"]


def open_rows(
    form: Format, columns: tuple[Column, ...], file: BinaryIO, file_name: str, max_bytes: int
) -> AbstractContextManager[Rows]:
    """The rows of `file`, within the block.

    Raises BadFile when the file is not of the form, here or while the rows are read; an unpacked size over
    `max_bytes` is one of the reasons.
    """
    match form:
        case Delimited():
            return delimited_rows(form, columns, file, file_name, max_bytes)
        case TailedLines():
            return tailed_rows(form, columns, file, file_name, max_bytes)
        case HandmadeCsv():
            return handmade_rows(form, columns, file, file_name)
