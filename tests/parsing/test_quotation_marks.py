"""Quotation marks: other ones, and none."""

import gzip
from dataclasses import replace

import pytest

from dss_assets.dataset import NO_REJECTS, Column, Dataset, Delimited, Incremental, Others
from dss_assets.errors import DamagedFile, InvalidFile
from tests.parts.assets_fixtures import Ingest, Select
from tests.published import zipped

PIPES = Dataset(
    "org",
    "pipes",
    source=None,
    format=Delimited(delimiter="\t", quote=None),
    loading=Incremental(),
    columns=(Column("name"), Column("number")),
    reject_limit=NO_REJECTS,
)
STORED = 'SELECT name, number FROM "org.pipes"."L0" ORDER BY id'
TEXT = 'name\tnumber\n5" pipe\t1\n"6" pipe"\t2\n"\t\n7" pipe\t3\n'
ROWS = [('5" pipe', "1"), ('"6" pipe"', "2"), ('"', None), ('7" pipe', "3")]


@pytest.mark.parametrize("others", [Others.REFUSED, Others.SKIPPED])
@pytest.mark.parametrize("comment", ["", "#"])
def test_without_quoting_marks_are_text_and_rows_stay_apart(
    others: Others, comment: str, ingest_bytes: Ingest, select: Select
) -> None:
    content = TEXT if others is Others.REFUSED else TEXT.replace("\n", '\t"\n')
    form = Delimited(delimiter="\t", quote=None, others=others, comment=comment)
    ingest_bytes(replace(PIPES, format=form), "pipes.tsv", content.encode())
    assert select(STORED) == ROWS


def test_without_quoting_a_ragged_row_is_on_its_line(ingest_bytes: Ingest) -> None:
    with pytest.raises(InvalidFile, match=r"pipes.tsv, line 6: missing data"):
        ingest_bytes(PIPES, "pipes.tsv", f'{TEXT}8" pipe\n'.encode())


@pytest.mark.parametrize("comment", ["", "#"])
def test_the_one_character_that_cannot_be_text_is_refused_with_its_line(comment: str, ingest_bytes: Ingest) -> None:
    form = Delimited(delimiter="\t", quote=None, comment=comment)
    with pytest.raises(InvalidFile, match=r"pipes.tsv, line 6: found the control character '\\x01'"):
        ingest_bytes(replace(PIPES, format=form), "pipes.tsv", f"{TEXT}8\x01 pipe\t4\n".encode())


def test_where_columns_are_skipped_a_mark_within_a_field_is_text(ingest_bytes: Ingest, select: Select) -> None:
    form = Delimited(others=Others.SKIPPED, footer=1)
    content = 'name,x,number\n5" pipe,,1\n"6""\n\n pipe",,2\n7" pipe,"x\n",3\nthe end\n'
    ingest_bytes(replace(PIPES, format=form), "pipes.csv", content.encode())
    assert select(STORED) == [('5" pipe', "1"), ('6"\n\n pipe', "2"), ('7" pipe', "3")]


def test_a_mark_that_is_never_closed_is_an_error_where_columns_are_skipped(ingest_bytes: Ingest) -> None:
    dataset = replace(PIPES, format=Delimited(others=Others.SKIPPED))
    with pytest.raises(InvalidFile, match=r"pipes.csv, line 3: unexpected end of data"):
        ingest_bytes(dataset, "pipes.csv", b'name,x,number\n"5 pipe,,1\n6 pipe,,2\n')


def test_marks_that_look_like_text_are_remarked_where_they_are_read_as_marks(ingest_bytes: Ingest) -> None:
    quoted = replace(PIPES, format=Delimited(delimiter="\t"))
    content = '"name"\tnumber\n"said ""so"" twice"\t1\n""""\t2\n'
    assert ingest_bytes(quoted, "pipes.tsv", content.encode()).remarks == ()
    assert ingest_bytes(PIPES, "pipes.tsv", TEXT.encode()).remarks == ()

    (remark,) = ingest_bytes(quoted, "pipes.tsv", f'{content}5" pipe\t3\n7" pipe\t4\n'.encode()).remarks

    assert remark.startswith("pipes.tsv, line 4: a quotation mark stands within a field, ")


@pytest.mark.parametrize("others", [Others.REFUSED, Others.SKIPPED])
def test_another_quotation_mark(others: Others, ingest_bytes: Ingest, select: Select) -> None:
    form = Delimited(quote="'", others=others)
    content = "name,number\n'5\" pipe, long',1\n'6'' pipe\n',2\n7\" pipe,x\n"
    content = (
        content if others is Others.REFUSED else "name,number,x\n'5\" pipe, long',1,\n'6'' pipe\n',2,\n7\" pipe,x,"
    )
    ingest_bytes(replace(PIPES, format=form), "pipes.csv", content.encode())
    assert select(STORED) == [('5" pipe, long', "1"), ("6' pipe\n", "2"), ('7" pipe', "x")]


def test_a_gzip_is_read_as_it_is_and_as_the_member_of_a_zip(ingest_bytes: Ingest, select: Select) -> None:
    packed = gzip.compress(TEXT.encode())
    ingest_bytes(PIPES, "pipes.tsv.gz", packed)
    ingest_bytes(PIPES, "pipes.zip", zipped({"pipes.tsv.gz": packed}))
    assert select(STORED) == ROWS * 2


def test_an_error_in_a_gzip_has_its_line(ingest_bytes: Ingest) -> None:
    with pytest.raises(InvalidFile, match=r"pipes.tsv.gz, line 6: missing data"):
        ingest_bytes(PIPES, "pipes.tsv.gz", gzip.compress(f"{TEXT}8\n".encode()))


@pytest.mark.parametrize("others", [Others.REFUSED, Others.SKIPPED])
@pytest.mark.parametrize("kept", [4, 1000, -4])
def test_a_gzip_that_is_cut_off_is_damaged(kept: int, others: Others, ingest_bytes: Ingest) -> None:
    packed = gzip.compress("".join(f"pipe {n * 7919 % 10007}\t{n}\n" for n in range(20_000)).encode())
    text = gzip.compress(b"name\tnumber\n") + packed
    form = Delimited(delimiter="\t", quote=None, others=others)
    with pytest.raises(DamagedFile, match=r"pipes.tsv.gz is not a whole gzip: .* Nothing was loaded"):
        ingest_bytes(replace(PIPES, format=form), "pipes.tsv.gz", text[:kept])


def test_a_gzip_that_unpacks_to_too_much_is_refused(ingest_bytes: Ingest) -> None:
    with pytest.raises(InvalidFile, match=r"pipes.tsv.gz unpacks to more than the 20 bytes"):
        ingest_bytes(replace(PIPES, max_unpacked_bytes=20), "pipes.tsv.gz", gzip.compress(TEXT.encode()))
