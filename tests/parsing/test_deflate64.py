"""Zips as Windows packs what is above 2 GB."""

import io
import struct
import zlib

import inflate64
import pytest

from dss_assets.datasets import POSTCODE_DIRECTORY
from dss_assets.errors import DamagedFile, InvalidFile
from dss_assets.parsing.archive import Archive, chunks_of
from dss_assets.parsing.deflate64 import DEFLATE64, Decompressor
from tests.parts.assets_fixtures import Ingest, Select
from tests.published import ONS_COLUMNS, ONS_FILE, ONS_MEMBER, csv_text, ons_row


def packed(content: bytes) -> bytes:
    deflater = inflate64.Deflater()
    return bytes(deflater.deflate(content) + deflater.flush())


def zipped64(name: str, content: bytes) -> bytes:
    """A zip with one member, which is packed by Deflate64 (4.3 of PKWARE's APPNOTE.TXT)."""
    compressed, encoded = packed(content), name.encode()
    about = struct.pack(
        "<HHHHHIIIHH",
        *(21, 0, DEFLATE64, 0, 0x5921),
        *(zlib.crc32(content), len(compressed), len(content), len(encoded), 0),
    )
    member = b"PK\3\4" + about + encoded + compressed
    directory = b"PK\1\2" + struct.pack("<H", 21) + about + struct.pack("<HHHII", 0, 0, 0, 0, 0) + encoded
    return member + directory + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(directory), len(member), 0)


def test_a_member_in_deflate64_is_loaded(ingest_bytes: Ingest, select: Select) -> None:
    postcodes = [f"AB{number} 1AA" for number in range(5000)]
    text = csv_text(ONS_COLUMNS, [ons_row(postcode) for postcode in postcodes])

    ingest_bytes(POSTCODE_DIRECTORY, ONS_FILE, zipped64(ONS_MEMBER, text.encode()))

    assert select('SELECT pcds FROM "ons.postcode_directory"."L1" ORDER BY id') == [(one,) for one in postcodes]


def test_a_bomb_in_deflate64_unpacks_a_few_megabytes_at_a_time() -> None:
    bomb = packed(bytes(300 * 1024**2))
    decompressor, size, most = Decompressor(), 0, 0
    data = bomb
    while not decompressor.eof:
        found = len(decompressor.decompress(data, 1024**2))
        data, size, most = decompressor.unconsumed_tail, size + found, max(most, found)

    assert len(bomb) < 300 * 1024**2 / 7000
    assert size == 300 * 1024**2
    assert most < 10 * 1024**2


def test_a_member_in_deflate64_that_would_be_too_large_is_refused() -> None:
    archive = Archive(io.BytesIO(zipped64("a.csv", bytes(1001))), "a.zip", 1000)

    with pytest.raises(InvalidFile, match="over the 1,000 that its declaration allows"), archive.open("a.csv"):
        pass


@pytest.mark.parametrize(("at", "byte"), [(40, 0xFF), (-100, 0x55)], ids=["its beginning", "its end"])
def test_a_damaged_member_in_deflate64_is_told_with_its_name(at: int, byte: int) -> None:
    content = b"".join(b"%d," % number for number in range(100_000))
    broken = bytearray(zipped64("a.csv", content))
    broken[at] ^= byte
    archive = Archive(io.BytesIO(bytes(broken)), "a.zip", 1024**2)

    with pytest.raises(DamagedFile, match=r"a\.zip, member a\.csv, is not a whole zip"), archive.open("a.csv") as file:
        list(chunks_of(file))
