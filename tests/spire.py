"""A small release of SPIRE, and what clients read of one: a row in the API for each in the files."""

import csv
import io
import re
from collections.abc import Mapping
from typing import Any, Final

from infra.local.spire_samples import RELEASE
from tests.published import zipped

# A number in these is text.
TEXTS: Final = frozenset({"batch_ref"})
_DATE = re.compile(r"(\d{4})-(\d\d?)-(\d\d?) (\d\d:\d\d:\d\d)")


def release_zip(files: Mapping[str, str] | None = None) -> bytes:
    """The release with one CSV for each table, named by it; `files` take the place of some, by the table's name."""
    texts = {table: text for table, (_, text) in RELEASE.items()} | dict(files or {})
    return zipped({f"{table}.csv": text for table, text in texts.items()})


def read_as(text: str) -> list[dict[str, Any]]:
    """The rows of a CSV as the API gives them; with ids from 1 on, unless they have one."""
    rows = list(csv.DictReader(io.StringIO(text)))
    return [
        ({"id": number} if "id" not in row else {}) | {name: _value(name, value) for name, value in row.items()}
        for number, row in enumerate(rows, start=1)
    ]


def _value(name: str, text: str) -> Any:
    if text in {"", "null", "NULL"}:
        return None
    if match := _DATE.fullmatch(text):
        year, month, day, time = match.groups()
        return f"{year}-{int(month):02}-{int(day):02}T{time}"
    if name in TEXTS or not re.fullmatch(r"-?\d+(\.\d+)?", text):
        return text
    return float(text) if "." in text else int(text)
