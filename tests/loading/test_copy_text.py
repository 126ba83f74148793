"""CSV that is copied in COPY's text form where it can be: the rows are those that COPY reads of the CSV."""

import random
from dataclasses import replace

import pytest
from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import NO_REJECTS, Column, Dataset, Delimited, Incremental
from dss_assets.errors import InvalidFile
from dss_assets.loading.copy_in import copy_any_rows
from dss_assets.parsing import CopyFormat, Rows
from dss_assets.parsing.copy_text import in_text_form
from dss_assets.parsing.rows import Position
from tests.parts.assets_fixtures import Ingest, Select

CSV = CopyFormat("csv", ",")
NOTES = Dataset(
    "org",
    "notes",
    source=None,
    format=Delimited(),
    loading=Incremental(),
    columns=(Column("name"), Column("note"), Column("number")),
    reject_limit=NO_REJECTS,
)
PLAIN = ("a", "", '""', '"b"', '"b c"', " d ", '" "', "é", "2")
# Each is one field, and none can be copied as text without its quotation marks, but for x"y"z.
OTHERS = ('"e,f"', '"g\nh"', '"i""j"', '""""', '"k\\n"', "l\\N", "\\N", '"\\."', 'x"y"z', '"m\n,n"', '",o"', '"p,"')


def forms(*chunks: bytes) -> list[tuple[str, bytes]]:
    return [(form.kind, piece) for form, piece in in_text_form(chunks, CSV)]


def test_marks_that_no_field_needs_are_left_out() -> None:
    assert forms(b'"a","","b c"\r\n"d",,e\r\n') == [("text", b"a,,b c\r\nd,,e\r\n")]


def test_rows_whose_marks_have_a_meaning_stay_as_they_came() -> None:
    for field in (b'"a,b"', b'"a\nb"', b'"a\rb"', b'"a""b"', b'""""', b"a\\b"):
        assert forms(b"x," + field + b"\n") == [("csv", b"x," + field + b"\n")]


def test_a_field_may_go_on_in_the_next_chunk() -> None:
    assert forms(b'"a","b', b'c"\n"d","e\n', b'f"\n', b'"g","h"') == [
        ("csv", b'"a","bc"\n"d","e\n'),
        ("csv", b'f"\n'),
        ("text", b"g,h"),
    ]


def test_lines_that_end_in_cr_alone_stay_as_they_came() -> None:
    chunk = b'"a","b"\r' * 100_000
    found = forms(chunk, chunk)
    assert b"".join(piece for _, piece in found) == chunk + chunk
    assert {kind for kind, _ in found} == {"csv"}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_any_csv_gives_the_rows_that_copy_reads_of_it(connection: Connection, line_end: str) -> None:
    chance = random.Random(line_end)  # noqa: S311 not for secrets: the same files each time
    connection.execute("CREATE TEMPORARY TABLE ours (name text, note text, number text)")
    connection.execute("CREATE TEMPORARY TABLE theirs (LIKE ours)")
    kinds = set()
    for _ in range(100):
        share = chance.choice([0, 0.02, 0.3])
        fields = [
            [chance.choice(OTHERS if chance.random() < share else PLAIN) for _ in range(3)]
            for _ in range(chance.randrange(1, 30))
        ]
        text = line_end.join(",".join(row) for row in fields).encode() + chance.choice([b"", line_end.encode()])
        size = chance.randrange(1, 100)
        chunks = [text[at : at + size] for at in range(0, len(text), size)]
        kinds |= {form.kind for form, _ in in_text_form(chunks, CSV)}
        _copy_both(connection, text, chunks)

        found = [
            connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name))).fetchall()
            for name in ("ours", "theirs")
        ]
        assert found[0] == found[1], text
        connection.execute("TRUNCATE ours, theirs")
    assert kinds == {"csv", "text"}


def _copy_both(connection: Connection, text: bytes, chunks: list[bytes]) -> None:
    with connection.cursor() as cursor:
        with cursor.copy("COPY theirs FROM STDIN (FORMAT csv, FORCE_NULL (name, note, number))") as copy:
            copy.write(text)
        rows = cursor.rowcount
    positions = [Position(number, "a.csv", number) for number in range(1, rows + 1)]
    ours = Rows("a.csv", NOTES.columns, chunks, CSV, positions=lambda: iter(positions))
    assert copy_any_rows(connection, sql.Identifier("ours"), ours) == rows


def test_a_file_in_both_forms_has_its_rows_in_order_and_its_errors_on_their_lines(
    ingest_bytes: Ingest, select: Select
) -> None:
    # Each about a chunk.
    plain = b'"a","b","1"\n' * 100_000
    others = b'"a","b\nc","1"\n' * 50_000
    content = b"name,note,number\n" + plain + others + plain

    ingest_bytes(NOTES, "a.csv", content)
    assert select(
        "SELECT count(*), count(DISTINCT datafile_created), max(id) - min(id), min(id) FILTER (WHERE note <> 'b'),"
        ' max(id) FILTER (WHERE note <> \'b\') FROM "org.notes"."L0"'
    ) == [(250_000, 1, 249_999, 100_001, 150_000)]

    with pytest.raises(InvalidFile, match=r"^a\.csv, line 300002: missing data"):
        ingest_bytes(NOTES, "a.csv", content + b'"a","b"\n')
    with pytest.raises(InvalidFile, match=r"^a\.csv, line 300002: missing data"):
        ingest_bytes(replace(NOTES, name="other"), "a.csv", content + b'"a","b,c"\n')
