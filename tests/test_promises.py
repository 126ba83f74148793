"""The list of promises is current: its mechanisms and tests exist, and the documents name the same promises."""

import re

import pytest

from tests.conftest import REPOSITORY
from tests.promises.mechanisms import MECHANISMS, Mechanism

ROW = re.compile(r"^\| (?P<promise>[^|]+) \| [^|]+ \| (?P<tests>[^|]+) \|$", re.MULTILINE)


def documented() -> dict[str, set[str]]:
    """The files of the tests that docs/architecture.md names for each promise."""
    text = (REPOSITORY / "docs/architecture.md").read_text().partition("## Promises")[2].partition("\n## ")[0]
    rows = [row for row in ROW.finditer(text) if row["tests"].startswith("`")]
    return {row["promise"].strip(): set(re.findall(r"`(tests/[^`]+)`", row["tests"])) for row in rows}


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=lambda one: f"{one.file}: {one.text.strip()[:40]}")
def test_a_mechanism_stands_once_in_its_file_and_its_test_exists(mechanism: Mechanism) -> None:
    source = (REPOSITORY / mechanism.file).read_text()
    assert mechanism.taken_out_of(source) != source
    file, _, name = mechanism.test.partition("::")
    assert f"def {name.partition('[')[0]}(" in (REPOSITORY / file).read_text()


def test_the_documents_name_the_promises_with_their_tests() -> None:
    tests: dict[str, set[str]] = {}
    for mechanism in MECHANISMS:
        tests.setdefault(mechanism.promise, set()).add(mechanism.test.partition("::")[0])
    assert documented() == tests
