"""Which members of a zip are read, and what becomes of the others."""

import io

import pytest

from dss_assets.dataset import Column, Delimited, Member, Members
from dss_assets.errors import InvalidFile
from dss_assets.parsing.delimited import delimited_rows
from dss_assets.parsing.rows import Rows
from tests.published import zipped
from tests.workbooks import xlsx

TREES = Delimited(members=(Members(r"(.*/)?trees\d\.csv"), Member(r".*\.csv")))
COLUMNS = (Column("name"),)
OAK, ELM = b"name\noak\n", b"name\nelm\n"


def read(content: bytes, form: Delimited = TREES) -> tuple[bytes, Rows]:
    with delimited_rows(form, COLUMNS, io.BytesIO(content), "a.zip", 10**6, {}) as rows:
        return b"".join(rows.chunks), rows


def test_members_of_other_names_are_left_out_and_counted() -> None:
    content = {"trees1.csv": OAK, "trees2.csv": ELM, "readme.txt": b"Trees", "towns.csv": b"name\nHull\n"}

    chunks, rows = read(zipped(content))

    assert chunks == b"oak\nelm\n"
    assert rows.skipped == {"a member of another name": 2}


def test_backslashes_between_folders_are_slashes() -> None:
    assert read(zipped({"data\\": b"", "data\\trees1.csv": OAK, "__MACOSX\\data\\._trees1.csv": b""}))[0] == b"oak\n"


def test_nothing_is_counted_where_every_member_is_read() -> None:
    assert read(zipped({"trees1.csv": OAK}))[1].skipped == {}


def test_members_of_a_zip_within_the_zip_are_read_where_there_are_no_others() -> None:
    inner = zipped({"trees1.csv": OAK, "notes.txt": b"none"})

    chunks, rows = read(zipped({"2024.zip": inner, "2025.zip": zipped({"trees1.csv": ELM})}))

    assert chunks == b"oak\nelm\n"
    assert rows.skipped == {"a member of another name": 1}


def test_a_line_in_a_nested_member_is_named_by_both_zips() -> None:
    with delimited_rows(
        TREES, COLUMNS, io.BytesIO(zipped({"2024.zip": zipped({"trees1.csv": OAK})})), "a.zip", 10**6, {}
    ) as rows:
        b"".join(rows.chunks)
        assert rows.place_of_row(1) == "a.zip, member 2024.zip/trees1.csv, line 2"


def test_a_workbook_is_told_from_a_zip_of_texts() -> None:
    for form in (TREES, Delimited()):
        with pytest.raises(InvalidFile, match=r"a\.zip is a workbook.*declare a Sheet"):
            read(xlsx({"Trees": [["name"], ["oak"]]}), form)


def test_a_member_that_nothing_holds_is_named_with_all_there_are() -> None:
    with pytest.raises(InvalidFile, match=r"a\.zip has no member that matches .*its members are: 2024\.zip/notes\.txt"):
        read(zipped({"2024.zip": zipped({"notes.txt": b"none"})}))
