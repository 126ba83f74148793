"""docs/asvs.md answers each requirement of the standard's first two levels once, and names tests that exist."""

import re
from collections import Counter
from itertools import chain
from typing import Final

import pytest

from tests.conftest import REPOSITORY

ASVS: Final = REPOSITORY / "docs" / "asvs.md"
ROW: Final = re.compile(r"^\| ([\d., –]+) \|(.*)\|(.*)\|(.*)\|(.*)\|$", re.MULTILINE)
# The numbers of levels 1 and 2 of version 5.0.0, by section. Those of level 3 are left out.
SECTIONS: Final = {
    "1.1": [*range(1, 3)], "1.2": [*range(1, 10)], "1.3": [*range(1, 12)], "1.4": [1, 2, 3], "1.5": [1, 2],
    "2.1": [1, 2, 3], "2.2": [1, 2, 3], "2.3": [1, 2, 3, 4], "2.4": [1],
    "3.2": [1, 2], "3.3": [1, 2, 3, 4], "3.4": [*range(1, 7)], "3.5": [*range(1, 6)], "3.7": [1, 2],
    "4.1": [1, 2, 3], "4.2": [1], "4.3": [1, 2], "4.4": [1, 2, 3, 4],
    "5.1": [1], "5.2": [1, 2, 3], "5.3": [1, 2], "5.4": [1, 2, 3],
    "6.1": [1, 2, 3], "6.2": [*range(1, 13)], "6.3": [1, 2, 3, 4], "6.4": [1, 2, 3, 4], "6.5": [*range(1, 6)],
    "6.6": [1, 2, 3], "6.8": [1, 2, 3, 4],
    "7.1": [1, 2, 3], "7.2": [1, 2, 3, 4], "7.3": [1, 2], "7.4": [*range(1, 6)], "7.5": [1, 2], "7.6": [1, 2],
    "8.1": [1, 2], "8.2": [1, 2, 3], "8.3": [1], "8.4": [1],
    "9.1": [1, 2, 3], "9.2": [1, 2, 3, 4],
    "10.1": [1, 2], "10.2": [1, 2], "10.3": [1, 2, 3, 4], "10.4": [*range(1, 12)], "10.5": [*range(1, 6)],
    "10.6": [1, 2], "10.7": [1, 2, 3],
    "11.1": [1, 2], "11.2": [1, 2, 3], "11.3": [1, 2, 3], "11.4": [1, 2, 3, 4], "11.5": [1], "11.6": [1],
    "12.1": [1, 2, 3], "12.2": [1, 2], "12.3": [1, 2, 3, 4],
    "13.1": [1], "13.2": [*range(1, 6)], "13.3": [1, 2], "13.4": [*range(1, 6)],
    "14.1": [1, 2], "14.2": [1, 2, 3, 4], "14.3": [1, 2, 3],
    "15.1": [1, 2, 3], "15.2": [1, 2, 3], "15.3": [*range(1, 8)],
    "16.1": [1], "16.2": [*range(1, 6)], "16.3": [1, 2, 3, 4], "16.4": [1, 2, 3], "16.5": [1, 2, 3],
    "17.1": [1], "17.2": [1, 2, 3, 4], "17.3": [1, 2],
}  # fmt: skip
NUMBERS: Final = [f"{section}.{number}" for section, numbers in SECTIONS.items() for number in numbers]


def answered(cell: str) -> list[str]:
    """The requirements of a row: numbers, and ranges of them from one to another in the order of the standard."""
    found = []
    for part in cell.split(", "):
        first, _, last = part.partition(" – ")
        found += NUMBERS[NUMBERS.index(first) : NUMBERS.index(last or first) + 1]
    return found


def rows() -> list[tuple[str, ...]]:
    return [tuple(cell.strip() for cell in row) for row in ROW.findall(ASVS.read_text())]


def test_each_requirement_is_answered_once() -> None:
    assert Counter(chain.from_iterable(answered(row[0]) for row in rows())) == Counter(NUMBERS)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_an_answer_is_shown_or_has_its_reason(row: tuple[str, ...]) -> None:
    _, about, answer, how, test = row
    assert about
    assert answer in {"yes", "platform", "none", "no"}
    # What is done is shown by a test, or is a way of writing, which is told.
    assert how or test or answer == "none"
    for path in re.findall(r"`([^`]*)`", test):
        assert (REPOSITORY / path).exists()
