"""Small files that unpack to far more than a load may take are refused, in little memory."""

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from dss_assets.dataset import Column, Dataset, Delimited, Incremental, JsonRecords, Members, Sheet
from dss_assets.datasets import ACCOUNTS, EXPORTERS
from dss_assets.errors import InvalidFile
from tests.parts.assets_fixtures import Ingest
from tests.published import ACCOUNTS_FILE, accounts_member, accounts_of, exporter_line, zipped
from tests.workbooks import with_a_far_cell, xlsx

TREES = Dataset(
    "org", "trees", source=None, format=Delimited(), loading=Incremental(), columns=(Column("name"), Column("height"))
)
BOMB_MEBIBYTES = 200


def bomb(member: str, start: str, end: str = "") -> bytes:
    """A zip of one member, which has 200 MiB of zeros on one line between its start and its end."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(member, "w") as file:
        file.write(start.encode())
        for _ in range(BOMB_MEBIBYTES):
            file.write(b"0" * 2**20)
        file.write(end.encode())
    return target.getvalue()


@contextmanager
def less_memory_than(mebibytes: int) -> Iterator[None]:
    """Fails where Python takes more memory within the block."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < mebibytes * 2**20
    finally:
        tracemalloc.stop()


def test_a_member_without_line_ends_is_refused_after_its_beginning(ingest_bytes: Ingest) -> None:
    content = bomb("exporters1601", exporter_line("201601", "Zero plc", "0"))
    with (
        less_memory_than(120),
        pytest.raises(InvalidFile, match=r"exporters1601, line 2: it is longer than 16,777,216 characters"),
    ):
        ingest_bytes(EXPORTERS, "exporters1601.zip", content)


def test_delimited_text_without_line_ends_is_refused_after_its_beginning(ingest_bytes: Ingest) -> None:
    content = bomb("trees.csv", "height,name\n")
    with less_memory_than(120), pytest.raises(InvalidFile, match=r"trees.csv, line 2: it is longer than 16,777,216"):
        ingest_bytes(replace(TREES, format=Delimited(comment="#")), "trees.zip", content)


@pytest.mark.parametrize(("compression", "name"), [(zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "LZMA")])
def test_a_compression_that_would_unpack_to_memory_is_refused(
    compression: int, name: str, ingest_bytes: Ingest
) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        archive.writestr("trees.csv", b"height,name\n" + b"0" * 80 * 2**20)
    reason = f"trees.zip, member trees.csv, cannot be unpacked: its compression is {name}.*compressed by Deflate"

    with less_memory_than(20), pytest.raises(InvalidFile, match=reason):
        ingest_bytes(TREES, "trees.zip", target.getvalue())


def test_members_that_are_small_enough_each_are_refused_together(ingest_bytes: Ingest) -> None:
    dataset = replace(TREES, format=Delimited(members=(Members(r".*\.csv"),)), max_unpacked_bytes=1000)
    member = "name,height\n" + "Oak,20\n" * 100
    content = zipped({"1.csv": member, "2.csv": member, "3.csv": member})
    with pytest.raises(
        InvalidFile, match=r"trees.zip: its members would unpack to 2,136 bytes together, over the 1,000"
    ):
        ingest_bytes(dataset, "trees.zip", content)


def test_members_that_are_left_out_count_for_what_a_file_may_unpack_to(ingest_bytes: Ingest) -> None:
    dataset = replace(ACCOUNTS, max_unpacked_bytes=2**20)
    content = zipped({accounts_member("00000001"): accounts_of("00000001"), "notes.txt": "0" * 2**20})
    with pytest.raises(InvalidFile, match="unpacks to more than the 1,048,576 bytes"):
        ingest_bytes(dataset, ACCOUNTS_FILE, content)


def test_a_json_document_without_records_is_refused_before_it_is_held(ingest_bytes: Ingest) -> None:
    content = bomb("trees.json", '{"notes": ["', '"], "trees": [{"name": "Oak", "height": 20}]}')
    with pytest.raises(InvalidFile, match=r"trees.json: found 16,777,216 bytes without a whole record"):
        ingest_bytes(replace(TREES, format=JsonRecords(path=("trees",))), "trees.zip", content)


def test_a_workbook_with_a_cell_in_its_last_corner_is_refused_and_ends_nothing(ingest_bytes: Ingest) -> None:
    content = with_a_far_cell(xlsx({"Trees": [["name", "height"], ["Oak", 20]]}))
    with pytest.raises(InvalidFile, match=r"trees.xlsx cannot be read: it needs more than 4 GiB of memory"):
        ingest_bytes(replace(TREES, format=Sheet()), "trees.xlsx", content)


@pytest.mark.parametrize(
    "declared", ['"' + "0" * 10_000 + '"', 'SYSTEM "file:///etc/passwd"', 'SYSTEM "http://127.0.0.1:9/"']
)
def test_entities_of_a_document_bring_nothing_in_and_grow_nothing(declared: str, ingest_bytes: Ingest) -> None:
    text = accounts_of("00000001")
    start = text.index("<", 5)
    laughs = "".join(f'<!ENTITY a{level} "{f"&a{level - 1};" * 20}">' for level in range(1, 8))
    doctype = f"<!DOCTYPE html [<!ENTITY a0 {declared}>{laughs}]>"
    content = text[:start] + doctype + text[start:].replace("1,234", "&a7;")
    assert content != text
    with less_memory_than(50), pytest.raises(InvalidFile, match="1 with XML that is not well-formed"):
        ingest_bytes(ACCOUNTS, ACCOUNTS_FILE, zipped({accounts_member("00000001"): content}))
