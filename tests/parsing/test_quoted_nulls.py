"""A word for NULL in quotation marks is text, or NULL where the declaration says so."""

from collections.abc import Callable

import pytest

from dss_assets.dataset import Column, Dataset, Delimited, Incremental, QuotedNulls
from tests.parts.assets_fixtures import Ingest, Rows

CONTENT = b'a,b\nNULL,"NULL"\n"null",null\n"x,NULL,y","""NULL"""\n"NULL ","a\nNULL\n"\n"",NULLABLE\n"NULL","NULL"'


@pytest.mark.parametrize(
    ("quoted_nulls", "expected"),
    [
        (
            QuotedNulls.TEXT,
            [
                (None, "NULL"),
                ("null", None),
                ("x,NULL,y", '"NULL"'),
                ("NULL ", "a\nNULL\n"),
                (None, "NULLABLE"),
                ("NULL", "NULL"),
            ],
        ),
        (
            QuotedNulls.NULL,
            [
                (None, None),
                (None, None),
                ("x,NULL,y", '"NULL"'),
                (None, "a\nNULL\n"),
                (None, "NULLABLE"),
                (None, None),
            ],
        ),
    ],
)
def test_a_word_in_quotation_marks(
    quoted_nulls: QuotedNulls,
    expected: list[tuple[str | None, str | None]],
    ingest_bytes: Ingest,
    select: Callable[[str], Rows],
) -> None:
    form = Delimited(nulls=("NULL", "null"), quoted_nulls=quoted_nulls)
    dataset = Dataset("org", "words", None, form, Incremental(), (Column("a"), Column("b")))

    ingest_bytes(dataset, "words.csv", CONTENT)

    assert select('SELECT a, b FROM "org.words"."L0" ORDER BY id') == expected
