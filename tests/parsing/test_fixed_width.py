"""Lines in which each column has its place."""

from dataclasses import replace

import pytest

from dss_assets.dataset import NO_REJECTS, Column, Dataset, FixedWidth, Incremental, Member, Pattern, Span
from dss_assets.errors import InvalidFile
from dss_web.shared.contract import ColumnType
from tests.parts.assets_fixtures import Ingest, Select
from tests.published import zipped

TREES = Dataset(
    "org",
    "trees",
    source=None,
    format=FixedWidth(widths=(6, 3, 4)),
    loading=Incremental(),
    columns=(Column("name"), Column("height", ColumnType.INTEGER), Column("note")),
    reject_limit=NO_REJECTS,
)
TEXT = "Oak   020good\nFrêne  15    \n        9NA  \n"
STORED = 'SELECT name, height, note FROM "org.trees"."L0" ORDER BY id'
ROWS = [("Oak", 20, "good"), ("Frêne", 15, None), (None, 9, "NA")]


def test_columns_follow_one_another(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(TREES, "trees.txt", TEXT.encode())
    assert select(STORED) == ROWS


def test_columns_have_their_places_with_others_between_and_behind(ingest_bytes: Ingest, select: Select) -> None:
    form = FixedWidth(spans=(Span(7, 3), Span(1, 6)), length=13, encoding="windows-1252", nulls=("Oak",))
    dataset = replace(TREES, format=form, columns=(Column("height"), Column("name")))
    ingest_bytes(dataset, "trees.txt", TEXT.replace("\n", "\r\n").encode("windows-1252"))
    assert select('SELECT height, name FROM "org.trees"."L0" ORDER BY id') == [
        ("020", None),
        ("15", "Frêne"),
        ("9", None),
    ]


@pytest.mark.parametrize(("line", "length"), [("Ash    1 new!", 14), ("Ash    1 new", 12), ("Ash", 3)])
def test_a_line_of_another_length_is_refused(line: str, length: int, ingest_bytes: Ingest) -> None:
    line = line.ljust(length)
    with pytest.raises(InvalidFile, match=rf"trees.txt, line 4: found {length} characters, expected 13: '{line}'"):
        ingest_bytes(TREES, "trees.txt", f"{TEXT}{line}\n".encode())


def test_titles_comments_and_footers_have_any_length(ingest_bytes: Ingest, select: Select) -> None:
    form = FixedWidth(
        widths=(6, 3, 4), skip_lines=1, comment="*", footer=Pattern("total .*"), members=(Member(r".*\.txt"),)
    )
    content = f"Trees\n{TEXT}*\n\nTotal 3 trees\n"
    ingest_bytes(replace(TREES, format=form), "trees.zip", zipped({"a.txt": content}))
    assert select(STORED) == ROWS

    content = content.replace("Total", "Ash   old****\nTotal")
    with pytest.raises(InvalidFile, match=r"trees.zip, member a.txt, line 7, column height: found 'old'"):
        ingest_bytes(replace(TREES, format=form), "trees.zip", zipped({"a.txt": content}))
