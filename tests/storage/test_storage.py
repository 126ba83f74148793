"""Files are kept whole or not at all, over a folder and over S3 alike."""

import hashlib
import zipfile
from collections.abc import Iterator

import pytest

from dss_assets.errors import InvalidFile, TransientError
from dss_assets.storage import Storage
from dss_web.shared.object_store import PART_BYTES
from tests.published import zipped

PATH = "datasets/ons/postcode_directory/a.zip"


@pytest.fixture
def any_storage(any_storage_url: str) -> Storage:
    return Storage(any_storage_url, "datasets", "uploads")


def test_what_is_kept_is_read_back_with_its_size_and_digest(any_storage: Storage) -> None:
    chunks = [bytes([number]) * 1_000_000 for number in range(20)]  # more than two parts of a multipart upload
    kept = any_storage.put(PATH, iter(chunks))

    assert kept.size == 20_000_000 > 2 * PART_BYTES
    assert kept.digest == hashlib.sha256(b"".join(chunks)).hexdigest()
    assert any_storage.digest(PATH) == kept
    assert b"".join(any_storage.read(PATH)) == b"".join(chunks)


def test_a_write_that_breaks_off_leaves_what_was_there(any_storage: Storage) -> None:
    def broken() -> Iterator[bytes]:
        yield b"new" * PART_BYTES
        raise TransientError("the publisher went away")

    any_storage.put(PATH, [b"old"])
    with pytest.raises(TransientError, match="the publisher went away"):
        any_storage.put(PATH, broken())

    assert b"".join(any_storage.read(PATH)) == b"old"
    assert [file.name for file in any_storage.list_folder("datasets/ons/postcode_directory")] == ["a.zip"]


def test_a_file_is_replaced_by_other_bytes_alone(any_storage: Storage) -> None:
    old = any_storage.put(PATH, [b"old"])
    for content in (b"old", b"new"):
        kept = any_storage.replace(PATH, "ons", "postcode_directory", "a.zip", [content], old.digest)

        assert b"".join(any_storage.read(PATH)) == content
        assert kept.digest == hashlib.sha256(content).hexdigest()
        archived = any_storage.list_folder("superseded/ons/postcode_directory/a.zip")
        assert [file.name for file in archived] == ([] if content == b"old" else [old.digest])
        assert any_storage.list_folder("incoming/ons/postcode_directory") == []


def test_a_zip_is_read_where_it_lies(any_storage: Storage) -> None:
    any_storage.put(PATH, [zipped({"a.csv": "first", "b.csv": "second"})])

    with any_storage.open(PATH) as file, zipfile.ZipFile(file) as archive:
        assert archive.read("b.csv") == b"second"


def test_a_folder_is_listed_by_name_without_what_lies_deeper(any_storage: Storage) -> None:
    for name in ("b.csv", "a.csv", "deeper/c.csv"):
        any_storage.put(f"datasets/dit/reference_postcodes/{name}", [b"x"])

    listed = any_storage.list_folder("datasets/dit/reference_postcodes")

    assert [(file.name, file.size) for file in listed] == [("a.csv", 1), ("b.csv", 1)]
    assert any_storage.list_folder("datasets/dit/nothing_yet") == []


def test_a_file_that_is_written_anew_has_another_version(any_storage: Storage) -> None:
    any_storage.put(PATH, [b"one"])
    before = any_storage.list_folder("datasets/ons/postcode_directory")[0].version
    any_storage.put(PATH, [b"two"])

    assert any_storage.list_folder("datasets/ons/postcode_directory")[0].version != before


def test_a_superseded_version_stays_under_its_digest(any_storage: Storage) -> None:
    kept = any_storage.put(PATH, [b"old"])
    any_storage.archive_version(PATH, "ons", "postcode_directory", "a.zip", kept.digest)
    any_storage.put(PATH, [b"new"])

    assert b"".join(any_storage.read(f"superseded/ons/postcode_directory/a.zip/{kept.digest}")) == b"old"


def test_a_missing_file_is_told_with_its_path(any_storage: Storage) -> None:
    with pytest.raises(InvalidFile, match=rf"{PATH} is not in the storage"):
        any_storage.digest(PATH)


def test_a_storage_that_cannot_be_written_is_told_as_such(storage_url: str) -> None:
    storage = Storage(storage_url, "datasets", "uploads")
    storage.put("datasets/ons", [b"a file where a folder should be"])

    with pytest.raises(TransientError, match=rf"Could not (look for|write) {PATH} in the storage"):
        storage.put(PATH, [b"x"])
