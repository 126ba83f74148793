"""Zips that are damaged, lack what they should hold, or hold far more."""

import io
import zipfile
from dataclasses import replace

import pytest

from dss_assets.datasets import EXPORTERS, POSTCODE_DIRECTORY
from dss_assets.errors import InvalidFile
from tests.parts.assets_fixtures import Ingest
from tests.published import ONS_FILE, exporter_line, exporters_zip, ons_row, ons_zip, zipped


def test_a_truncated_zip_is_told_as_such(ingest_bytes: Ingest) -> None:
    content = ons_zip(ons_row("AB1 0AA"))

    with pytest.raises(InvalidFile, match=rf"{ONS_FILE} is not a whole zip: .*Nothing was loaded"):
        ingest_bytes(POSTCODE_DIRECTORY, ONS_FILE, content[: len(content) // 2])


@pytest.mark.parametrize("missing", [1, 30, 100, 200])
def test_a_zip_of_zips_that_was_cut_off_is_not_taken_for_the_last_zip_in_it(missing: int, ingest_bytes: Ingest) -> None:
    inner = zipped({"exporters1601": exporter_line("201601", "Only plc", "1")})
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as outer:
        outer.writestr("exporters1601.zip", inner)
        outer.writestr("exporters1602.zip", inner)

    with pytest.raises(InvalidFile, match="is not a whole zip"):
        ingest_bytes(EXPORTERS, "exporters1601.zip", target.getvalue()[:-missing])


def test_a_damaged_member_is_told_with_its_name(ingest_bytes: Ingest) -> None:
    content = bytearray(ons_zip(*(ons_row(f"AB1 {number}") for number in range(200))))
    content[len(content) // 3] ^= 0xFF

    with pytest.raises(InvalidFile, match=r"member Data/ONSPD_MAY_2019_UK\.csv, is not a whole zip"):
        ingest_bytes(POSTCODE_DIRECTORY, ONS_FILE, bytes(content))


def test_a_missing_member_is_told_with_those_that_are_there(ingest_bytes: Ingest) -> None:
    content = zipped({"Data/": "", "Data/readme.txt": "x"})

    with pytest.raises(InvalidFile, match=r"has no member that matches .*its members are: Data/readme\.txt"):
        ingest_bytes(POSTCODE_DIRECTORY, ONS_FILE, content)


def test_a_member_that_says_it_is_too_large_is_refused_before_it_is_unpacked(ingest_bytes: Ingest) -> None:
    dataset = replace(POSTCODE_DIRECTORY, max_unpacked_bytes=1000)

    with pytest.raises(InvalidFile, match=r"would unpack to [\d,]+ bytes, over the 1,000"):
        ingest_bytes(dataset, ONS_FILE, ons_zip(*(ons_row(f"AB1 {number}") for number in range(9))))


def test_a_zip_of_zips_that_unpacks_to_too_much_is_refused(ingest_bytes: Ingest) -> None:
    dataset = replace(EXPORTERS, max_unpacked_bytes=5000)
    content = exporters_zip(exporters1601=exporter_line("201601", "Zero plc", "0" * 20_000))

    with pytest.raises(InvalidFile, match=r"exporters1601\.zip.*unpack.*5,000"):
        ingest_bytes(dataset, "exporters1601.zip", content)


def test_a_damaged_zip_within_a_zip_is_told_with_its_name(ingest_bytes: Ingest) -> None:
    inner = zipped({"exporters1601": exporter_line("201601", "Half plc", "1")})

    with pytest.raises(InvalidFile, match=r"exporters1601\.zip, member inner\.zip is not a whole zip"):
        ingest_bytes(EXPORTERS, "exporters1601.zip", zipped({"inner.zip": inner[:60]}))


def test_a_member_that_is_no_zip_is_read_as_text(ingest_bytes: Ingest) -> None:
    loaded = ingest_bytes(EXPORTERS, "exporters1601.zip", zipped({"exporters1601": exporter_line("201601", "A", "1")}))

    assert loaded.rows == 1
