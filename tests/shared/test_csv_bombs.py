"""Uploads that unpack to far more than they are, or whose workbooks claim to be far larger, are refused in time."""

import contextlib
import io
import signal
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dss_web.shared.csv import FindingKind, InvalidCsv, Severity, inspect_csv
from dss_web.shared.csv.bounded import bounded
from tests.workbooks import with_a_far_cell, xlsx

BOMB_MEBIBYTES = 200


def refusal(content: bytes) -> FindingKind:
    """Why a file is refused."""
    with pytest.raises(InvalidCsv) as caught:
        inspect_csv(io.BytesIO(content))
    return caught.value.findings[0].kind


@pytest.mark.parametrize("start", ["", "name,n\nA,1\n"])
def test_a_file_without_line_ends_is_refused_after_its_beginning(start: str) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("data.csv", "w") as member:
        member.write(start.encode())
        for _ in range(BOMB_MEBIBYTES):
            member.write(b"0" * 2**20)
    tracemalloc.start()
    try:
        assert refusal(target.getvalue()) is FindingKind.LONG_LINE
        # The line, up to its limit, as bytes and as the text that is made of them.
        assert tracemalloc.get_traced_memory()[1] < 180 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_that_would_unpack_to_memory_is_refused(compression: int) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        archive.writestr("data.csv", b"name,n\n" + b"0" * 80 * 2**20)
    tracemalloc.start()
    try:
        assert refusal(target.getvalue()) is FindingKind.OTHER_KIND
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    finally:
        tracemalloc.stop()


@contextlib.contextmanager
def within_seconds(seconds: float) -> Iterator[None]:
    """Raises TimeoutError after so many."""

    def give_up(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(" " * 200_000, id="blanks"),
        # Few of them were enough for a check without an end.
        pytest.param('"' + " :" * 200_000 + '"', id="blanks before separators"),
        pytest.param('"' + '{""a"": 1.5, ""b"": [1, 2]}, ' * 50_000 + '"', id="doubled marks"),
    ],
)
def test_the_time_and_memory_of_a_check_grow_with_the_length_of_a_value_alone(value: str) -> None:
    content = f"id,text\n1,a\n2,{value}\n3,c\n".encode()
    tracemalloc.start()
    try:
        with within_seconds(20):
            assert inspect_csv(io.BytesIO(content)).rows == 3
        assert tracemalloc.get_traced_memory()[1] < 40 * 2**20
    finally:
        tracemalloc.stop()


def test_what_a_file_unpacks_to_is_limited() -> None:
    with pytest.raises(InvalidCsv) as caught:
        bounded(io.BytesIO(b"name,n\n" + b"A,1\n" * 10_000), most_bytes=2**15).read()
    assert caught.value.findings[0].kind is FindingKind.UNPACKS_TO_TOO_MUCH


def test_a_sheet_with_a_cell_in_its_last_corner_is_refused() -> None:
    assert refusal(with_a_far_cell(xlsx({"Data": [["name", "n"], ["A", 1]]}))) is FindingKind.FAR_CELLS


def test_cells_that_show_an_error_are_told_and_are_empty_values() -> None:
    content = xlsx({"Data": [["name", "n"], ["A", 1], ["#N/A", 2], ["C", "#DIV/0!"]]})
    csv_file = inspect_csv(io.BytesIO(content))
    told = [finding for finding in csv_file.findings if finding.kind is FindingKind.CELL_ERRORS]
    assert [(finding.severity, finding.count) for finding in told] == [(Severity.TELL, 2)]


def test_the_process_of_a_workbook_ends_with_its_check() -> None:
    def children() -> set[str]:
        return {number for path in Path("/proc/self/task").glob("*/children") for number in path.read_text().split()}

    before = children()
    inspect_csv(io.BytesIO(xlsx({"Data": [["name"], *([f"A{n}"] for n in range(5000))]})))
    assert not children() - before
