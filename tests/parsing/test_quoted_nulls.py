"""A word for NULL in quotation marks is text, or NULL where the declaration says so."""

from collections.abc import Callable

import pytest

from dss_assets.dataset import Column, Dataset, Delimited, Incremental, Others, QuotedNulls
from tests.parts.assets_fixtures import Ingest, Rows

ROWS = [
    *(b'NULL,"NULL"', b'"null",null', b'"x,NULL,y","""NULL"""'),
    *(b'"NULL ","a\nNULL\n"', b'"",NULLABLE', b'"NULL","NULL"'),
]


@pytest.mark.parametrize("comment", ["", "#"])
@pytest.mark.parametrize("others", [Others.REFUSED, Others.SKIPPED])
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
            # Of the other rows nothing is left.
            [("x,NULL,y", '"NULL"'), (None, "a\nNULL\n"), (None, "NULLABLE")],
        ),
    ],
)
def test_a_word_in_quotation_marks(
    quoted_nulls: QuotedNulls,
    expected: list[tuple[str | None, str | None]],
    comment: str,
    others: Others,
    ingest_bytes: Ingest,
    select: Callable[[str], Rows],
) -> None:
    form = Delimited(nulls=("NULL", "null"), quoted_nulls=quoted_nulls, comment=comment, others=others)
    dataset = Dataset("org", "words", None, form, Incremental(), (Column("a"), Column("b")))

    # A third column, without a value, has the rows read by fields.
    more = b"" if others is Others.REFUSED else b","
    rows = b"".join(row + more + b"\n" for row in ROWS)
    ingest_bytes(dataset, "words.csv", b"a,b" + more.replace(b",", b",c") + b"\n" + rows)

    assert select('SELECT a, b FROM "org.words"."L0" ORDER BY id') == expected
