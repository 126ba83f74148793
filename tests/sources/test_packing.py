"""The pieces of a release in a folder of the storage, over a folder and over S3 alike."""

import io
import zipfile
from datetime import timedelta

import pytest

from dss_assets.dataset import Dataset, Delimited, Member, Members, Release, ReleasedTable, StorageFolder
from dss_assets.parsing.prefetch import prefetch
from dss_assets.sources import Listing, packed, packed_file
from dss_assets.sources.folder import folder_files
from dss_assets.storage import Storage

COUNCILS = ReleasedTable.of("councils", "id integer", primary_key=("id",))
TREES = ReleasedTable.of("trees", "name text", members=(Member(r"tree/[^/]+\.csv"), Member(r"(.*/)?trees\.csv")))
SOURCE = StorageFolder(r".+\.zip", every=timedelta(minutes=1), packed_as="packed.zip")
FORESTRY = Dataset("org", "forestry", SOURCE, Delimited(), Release((COUNCILS, TREES)))


@pytest.fixture
def any_storage(any_storage_url: str) -> Storage:
    return Storage(any_storage_url, "datasets", "uploads")


def put(storage: Storage, **files: bytes) -> None:
    for name, content in files.items():
        storage.put(f"datasets/org/forestry/{name.replace('__', '/')}.csv", [content])


def listed(storage: Storage, loaded: str = "") -> Listing:
    return folder_files(FORESTRY, SOURCE, storage, lambda _: loaded)


def test_pieces_are_one_zip_which_is_the_same_bytes_each_time(any_storage: Storage) -> None:
    put(any_storage, councils=b"id\n1\n", tree__05=b"name\noak\n", tree__06=b"name\n" + b"elm\n" * 1_000_000)

    (file,) = listed(any_storage).files
    assert file == packed_file(FORESTRY, SOURCE, any_storage)
    kept = [
        any_storage.put(f"datasets/org/forestry/{name}.zip", prefetch(packed(any_storage, file.parts)))
        for name in ("packed", "again")
    ]

    assert kept[0].digest == kept[1].digest
    with zipfile.ZipFile(io.BytesIO(b"".join(any_storage.read(kept[0].path)))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["councils.csv", "tree/06.csv"]
        assert archive.read("councils.csv") == b"id\n1\n"
    # The zip of the pieces is not one that somebody put there.
    assert [file.name for file in listed(any_storage).files] == ["again.zip", "packed.zip"]
    assert listed(any_storage).files[1].version == file.version


def test_what_tools_leave_beside_the_pieces_is_no_piece(any_storage: Storage) -> None:
    put(any_storage, councils=b"id\n1\n", tree__may=b"name\noak\n")
    any_storage.put("datasets/org/forestry/tree/._may.csv", [b"\0\5\x16\7"])

    (file,) = listed(any_storage).files

    assert [part.name for part in file.parts] == ["councils.csv", "tree/may.csv"]


def test_what_is_missing_is_told(any_storage: Storage) -> None:
    assert listed(any_storage).near_misses == []
    put(any_storage, tree__may=b"name\noak\n", readme=b"")

    listing = listed(any_storage)

    assert listing.files == []
    assert listing.near_misses == ["readme.csv", "a release of which there is no file of councils"]
    assert packed_file(FORESTRY, SOURCE, any_storage) is None


def test_a_file_of_the_loaded_release_is_waited_for_unless_it_failed(storage: Storage) -> None:
    put(storage, councils=b"id\n1\n", trees=b"name\noak\n")
    (first,) = listed(storage).files
    put(storage, trees=b"name\nelm\n")

    assert listed(storage, loaded=first.version).near_misses == ["a release of which there is no new file of councils"]
    assert [file.name for file in listed(storage).files] == ["packed.zip"]

    put(storage, councils=b"id\n2\n")
    (second,) = listed(storage, loaded=first.version).files
    assert second.version != first.version


def test_all_members_of_a_table_are_packed_where_it_takes_them_all(storage: Storage) -> None:
    many = ReleasedTable.of("trees", "name text", members=(Members(r"tree/[^/]+\.csv"),))
    dataset = Dataset("org", "forestry", SOURCE, Delimited(), Release((many,)))
    put(storage, tree__may=b"name\noak\n", tree__june=b"name\nelm\n")

    file = packed_file(dataset, SOURCE, storage)

    assert file and sorted(part.name for part in file.parts) == ["tree/june.csv", "tree/may.csv"]
