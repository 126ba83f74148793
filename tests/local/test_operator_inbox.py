"""Files that operators would put into the storage: copied from the local publisher's folder, with their subfolders."""

import os
from pathlib import Path

import pytest

from infra.local.operator_inbox import copy_inbox
from infra.local.wait_for_arrivals import offered_files

pytestmark = pytest.mark.stand_in

POSTCODES = "dit/reference_postcodes/a.csv"
PIECES = ["dit/spire/batch/2024.csv", "dit/spire/return/old/2023.csv"]


def put(folder: Path, name: str, content: str = "x") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_files_are_copied_with_their_subfolders_and_once(tmp_path: Path) -> None:
    inbox, storage = tmp_path / "inbox", tmp_path / "storage"
    for name in (POSTCODES, *PIECES):
        put(inbox, name)
    for name in (
        "dit/spire/.git/x.csv",
        "dit/spire/batch/.2025.csv",
        "dit/spire/batch/2025.csv.part",
        "else/where/a.csv",
    ):
        put(inbox, name)

    copies = copy_inbox(inbox, storage, settle_seconds=0)

    assert sorted(str(copy.relative_to(storage)) for copy in copies) == sorted([POSTCODES, *PIECES])
    assert copy_inbox(inbox, storage, settle_seconds=0) == []
    changed = put(inbox, PIECES[1], "changed")
    os.utime(changed, (0, 0))
    assert copy_inbox(inbox, storage, settle_seconds=0) == [storage / PIECES[1]]
    assert (storage / PIECES[1]).read_text() == "changed"


def test_pieces_in_subfolders_arrive_under_another_name(tmp_path: Path) -> None:
    for name in (POSTCODES, *PIECES):
        put(tmp_path, name)

    assert offered_files(tmp_path) == [("dit.reference_postcodes", "a.csv")]
