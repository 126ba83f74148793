"""Objects of JSON documents."""

import gzip
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from io import BufferedReader, RawIOBase
from itertools import chain

import pytest

from dss_assets.dataset import (
    NO_REJECTS,
    OTHER_COLUMNS,
    Absent,
    Column,
    Dataset,
    DateOrder,
    Incremental,
    JsonRecords,
    Members,
    Others,
    RejectLimit,
)
from dss_assets.errors import DamagedFile, InvalidFile, NoRows, WrongHeader
from dss_assets.parsing import open_rows
from dss_web.shared.contract import ColumnType
from tests.parts.assets_fixtures import Ingest, Select
from tests.published import zipped

TREES = Dataset(
    "org",
    "trees",
    source=None,
    format=JsonRecords(),
    loading=Incremental(),
    columns=(
        Column("name"),
        Column("height", ColumnType.NUMERIC, titles=("size.height",)),
        Column("note", absent=Absent.NULL),
    ),
    reject_limit=NO_REJECTS,
)
STORED = 'SELECT name, height, note FROM "org.trees"."L0" ORDER BY id'
OAK = {"name": "Oak", "size": {"height": 20.50}, "note": 'said "old"\n'}
ELM = {"size": {"height": None}, "name": "Élm"}
ROWS = [("Oak", Decimal("20.5"), 'said "old"\n'), ("Élm", None, None)]


def trees(form: JsonRecords) -> Dataset:
    return replace(TREES, format=form)


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ((), [OAK, ELM]),
        (("result", "records"), {"help": [[]], "result": {"records": [OAK, ELM], "total": 2}, "x": [{}]}),
        ((1,), [{"page": 1, "name": "no"}, [OAK, ELM]]),
        (("a.b", 0, "items"), {"a.b": [{"items": [OAK, ELM]}, {"items": [OAK]}]}),
    ],
)
def test_records_are_found_by_their_path(
    path: tuple[str | int, ...], document: object, ingest_bytes: Ingest, select: Select
) -> None:
    ingest_bytes(trees(JsonRecords(path=path)), "trees.json", json.dumps(document).encode("utf-8-sig"))
    assert select(STORED) == ROWS


@pytest.mark.parametrize("between", ["\n", "", " \r\n"])
def test_several_documents_are_one_file(between: str, ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(TREES, "trees.jsonl", between.join(map(json.dumps, [OAK, ELM])).encode())
    assert select(STORED) == ROWS
    pages = between.join(json.dumps([{"page": page}, [record]]) for page, record in enumerate([OAK, ELM]))
    ingest_bytes(trees(JsonRecords(path=(1,))), "trees.jsonl", pages.encode())
    assert select(STORED) == ROWS


def test_a_document_in_a_gzip_and_in_a_zip(ingest_bytes: Ingest, select: Select) -> None:
    form = JsonRecords(members=(Members(r".*\.json"),))
    ingest_bytes(trees(form), "trees.gz", gzip.compress(json.dumps([OAK, ELM]).encode()))
    ingest_bytes(trees(form), "trees.zip", zipped({"a.json": json.dumps([OAK]), "b.json": json.dumps([ELM])}))
    assert select(STORED) == ROWS * 2


@pytest.mark.parametrize(
    ("path", "document", "fault"),
    [
        (("result",), {"error": "x"}, "the document has nothing at 'result', expected the list of records"),
        (("a", "b"), {}, "the document has nothing at 'a', expected a way to the list of records"),
        ((1,), [{"message": "Invalid value"}], "the document has nothing at 1"),
        ((1,), {"x": 1}, "the document is an object, expected a list"),
        (("a", "b"), {"a": [1]}, "'a' of the document is a list, expected an object with the key 'b'"),
        (("a",), {"a": "none"}, "'a' of the document is 'none', expected a list of objects"),
        (("a",), {"a": [OAK, 3]}, "record 2: found 3, expected an object"),
    ],
)
def test_a_path_that_does_not_lead_to_records_is_an_error(
    path: tuple[str | int, ...], document: object, fault: str, ingest_bytes: Ingest
) -> None:
    with pytest.raises(InvalidFile) as refused:
        ingest_bytes(trees(JsonRecords(path=path)), "trees.json", json.dumps(document).encode())
    assert fault in str(refused.value)


def test_each_of_several_documents_must_have_records(ingest_bytes: Ingest) -> None:
    content = json.dumps([{}, [OAK]]) + json.dumps([{"message": "try later"}])
    with pytest.raises(InvalidFile, match=r"trees.json: the document has nothing at 1"):
        ingest_bytes(trees(JsonRecords(path=(1,))), "trees.json", content.encode())


def test_no_records_are_an_error(ingest_bytes: Ingest) -> None:
    with pytest.raises(NoRows):
        ingest_bytes(TREES, "trees.json", b"[]")


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        ({"name": "Ash"}, "missing: height"),
        ({**OAK, "age": 3}, "unknown: age"),
        ({**OAK, "size": {"height": 1, "girth": {"at": 2}}}, "unknown: size.girth.at"),
    ],
)
def test_a_record_with_other_fields_is_refused_with_its_number(
    record: object, fault: str, ingest_bytes: Ingest
) -> None:
    with pytest.raises(InvalidFile, match=rf"trees.json, record 3: the header is not as declared; {fault}"):
        ingest_bytes(TREES, "trees.json", json.dumps([OAK, ELM, record]).encode())


@pytest.mark.parametrize("size", [None, {}])
def test_null_in_the_place_of_an_object_is_null_for_what_is_declared_within_it(
    size: object, ingest_bytes: Ingest, select: Select
) -> None:
    # A feature of GeoJSON may have no geometry, and a station of an API no measures.
    ingest_bytes(TREES, "trees.json", json.dumps([{"name": "Ash", "size": size}, OAK]).encode())

    assert select(STORED) == [("Ash", None, None), ROWS[0]]


def test_records_that_all_have_other_fields_are_a_layout_that_is_not_declared(ingest_bytes: Ingest) -> None:
    dataset = replace(TREES, reject_limit=RejectLimit())
    with pytest.raises(WrongHeader, match=r"trees.json, record 1: the header is not as declared; missing: height"):
        ingest_bytes(dataset, "trees.json", json.dumps([{"name": "Ash"}, {"name": "Elm"}]).encode())


def test_a_value_that_does_not_fit_has_its_record(ingest_bytes: Ingest) -> None:
    content = json.dumps([OAK, ELM, {"name": "Ash", "size": {"height": "tall"}}])
    with pytest.raises(InvalidFile, match=r"trees.zip, member a.json, record 3, column height: found 'tall'"):
        ingest_bytes(TREES, "trees.zip", zipped({"a.json": content}))


def test_other_fields_are_skipped_or_kept(ingest_bytes: Ingest, select: Select) -> None:
    record = {"name": "Oak", "tags": ["a", 1.5, {"b": None}], "old": True, "id": 12345678901234567890, "no": None}
    columns = (Column("name"), Column("old", ColumnType.BOOLEAN), OTHER_COLUMNS)
    dataset = replace(TREES, format=JsonRecords(others=Others.KEPT), columns=columns)
    ingest_bytes(dataset, "trees.json", json.dumps(record).encode())
    assert select('SELECT name, old, other_columns::jsonb FROM "org.trees"."L0"') == [
        ("Oak", True, {"tags": '["a", 1.5, {"b": null}]', "id": "12345678901234567890"})
    ]


def test_texts_are_read_as_they_are_written(ingest_bytes: Ingest, select: Select) -> None:
    dataset = replace(TREES, columns=(Column("day", ColumnType.DATE, written=DateOrder.MONTH_FIRST),))
    ingest_bytes(dataset, "trees.json", b'[{"day": "1/31/2024"}]')
    assert [str(day) for (day,) in select('SELECT day FROM "org.trees"."L0"')] == ["2024-01-31"]


@pytest.mark.parametrize("content", [b"", b'[{"name": "O', b"<html>", json.dumps([OAK, ELM]).encode()[:-1]])
def test_a_document_that_is_not_whole_is_damaged(content: bytes, ingest_bytes: Ingest) -> None:
    with pytest.raises(DamagedFile, match=r"trees.json is not a whole JSON document: "):
        ingest_bytes(TREES, "trees.json", content)


class _Endless(RawIOBase):
    """A long document, which is made while it is read."""

    def __init__(self, records: int) -> None:
        self._records = records
        self.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, *_: object) -> int:
        one = json.dumps(OAK).encode()
        self._parts: Iterator[bytes] = chain([b"["], (one + b"," for _ in range(self._records - 1)), [one, b"]"])
        self._rest = b""
        return 0

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        self._rest = self._rest or b"".join(part for _, part in zip(range(500), self._parts, strict=False))
        given = self._rest[: len(buffer)]
        buffer[: len(given)], self._rest = given, self._rest[len(given) :]
        return len(given)


def test_memory_does_not_grow_with_the_document() -> None:
    peaks = []
    for records in (20_000, 50_000):
        file = BufferedReader(_Endless(records))
        tracemalloc.start()
        with open_rows(JsonRecords(), TREES.columns, file, "trees.json", 10**9) as rows:
            assert sum(chunk.count(b"Oak") for chunk in rows.chunks) == records
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1_000_000
