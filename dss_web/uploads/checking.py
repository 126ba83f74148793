"""The check of a version: what was found in its file, read again as a person says, and what they chose of it.

What is chosen becomes the version's `reading`, which the load follows, once it is confirmed.
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any, BinaryIO

from dss_web.accounts.models import User
from dss_web.registry.models import UploadCheck, UploadFile
from dss_web.shared.contract import UploadState
from dss_web.shared.csv import Choices, ColumnReading, CsvFile, Reading, inspect_csv
from dss_web.shared.csv.workbook import sheets_of
from dss_web.uploads import file_storage
from dss_web.uploads.acting import acting
from dss_web.uploads.errors import AlreadyMoved
from dss_web.uploads.explanations import explain_findings
from dss_web.uploads.load_plan import LoadPlan, merged_reading

log = logging.getLogger(__name__)

# Of a value that is shown in the first rows: it may be a whole letter.
PREVIEW_CHARACTERS = 200


def inspect(file: BinaryIO, choices: Choices) -> tuple[CsvFile, list[str]]:
    """What is found in a file, and the sheets of a workbook. Raises InvalidCsv."""
    csv_file = inspect_csv(file, choices)
    sheets = [name for name, _ in sheets_of(file)] if csv_file.reading.sheet else []
    return csv_file, sheets


def record_check(version: UploadFile, csv_file: CsvFile, sheets: list[str], choices: Choices) -> UploadCheck:
    """Keep what was found for the pages of the check, in the place of what was there.

    What a person has chosen of columns that are still there stays.
    """
    before = UploadCheck.objects.filter(version=version).first()
    chosen = None
    if before and before.chosen:
        chosen = _like(csv_file.reading, Reading.from_json(before.reading), Reading.from_json(before.chosen)).as_json()
    plan = replace(LoadPlan.from_json(before.plan), left_out=0, numbers=None) if before and before.plan else None
    check, _ = UploadCheck.objects.update_or_create(
        version=version,
        defaults={
            "choices": {name: value for name, value in asdict(choices).items() if value not in (None, ())},
            "reading": csv_file.reading.as_json(),
            "facts": [asdict(fact) for fact in csv_file.facts],
            "findings": [asdict(finding) for finding in csv_file.findings],
            "preview": [[value[:PREVIEW_CHARACTERS] for value in row] for row in csv_file.preview],
            "sheets": sheets,
            "chosen": chosen,
            "plan": plan.as_json() if plan else None,
        },
    )
    return check


def check_of(version: UploadFile) -> UploadCheck:
    """What the check of a version has found. A file of an earlier release is read once more.

    Raises InvalidCsv or StorageUnavailable.
    """
    check = UploadCheck.objects.filter(version=version).first()
    return check or _read(version, Choices())


def choices_of(check: UploadCheck) -> Choices:
    """What a person has said of the file."""
    known = {field.name for field in fields(Choices)} - {"names"}
    return Choices(**{name: value for name, value in check.choices.items() if name in known})


def read_again(version: UploadFile, choices: Choices, person: User) -> None:
    """Read the kept file as a person says; what they chose of columns that are still there stays.

    Raises InvalidCsv, after which nothing has changed, StorageUnavailable, or AlreadyMoved.
    """
    with acting(person, "read again"):
        _read(version, choices)
    log.info("%s reads %s of %s again", person.user_id, version.id, version.pipeline)


def _read(version: UploadFile, choices: Choices) -> UploadCheck:
    with file_storage.open_file(version.data_file_url) as file:
        csv_file, sheets = inspect(file, choices)
    changed = UploadFile.objects.filter(id=version.id, state=UploadState.UPLOADED).update(**described(csv_file))
    if not changed:
        raise AlreadyMoved(f"upload {version.id} is no longer {UploadState.UPLOADED}")
    version.refresh_from_db()
    return record_check(version, csv_file, sheets, choices)


def described(csv_file: CsvFile) -> dict[str, Any]:
    """The columns of a version's row that say how its file is read."""
    return {
        "encoding": csv_file.reading.encoding,
        # For the release before, which knows no file without separators or marks.
        "delimiter": csv_file.reading.delimiter or ",",
        "quote": csv_file.reading.quote or '"',
        "reading": csv_file.reading.as_json(),
        "findings": explain_findings(csv_file),
        "column_names": csv_file.names,
        "column_types": [str(kind) for kind in csv_file.types],
        "rows": csv_file.rows,
    }


def keep_choices(version: UploadFile, chosen: Reading, plan: LoadPlan) -> None:
    """Keep what a person chose, confirmed or not: it is shown again, and bad values are listed by it."""
    UploadCheck.objects.filter(version=version).update(chosen=chosen.as_json(), plan=plan.as_json())


def proposed(version: UploadFile, check: UploadCheck) -> Reading:
    """How the file is read if the person agrees: as they chose before, for this version or else the one before.

    Of the version before only what was chosen against its own proposal is proposed, column by column.
    """
    if check.chosen:
        return Reading.from_json(check.chosen)
    found = Reading.from_json(check.reading)
    last = last_confirmed(version)
    if last is None:
        return found
    return _like(found, Reading.from_json(last.found.reading), Reading.from_json(last.reading or {}))


def as_loaded(version: UploadFile, check: UploadCheck) -> Reading:
    """How the file is read if the person agrees, with the types of the table where its rows stay."""
    chosen = proposed(version, check)
    plan = LoadPlan.from_json(check.plan) if check.plan else LoadPlan()
    before = version.pipeline.files.filter(id=plan.base).first() if plan.keeps_rows else None
    return merged_reading(before, chosen) if before else chosen


def last_confirmed(version: UploadFile) -> UploadFile | None:
    """The version of the same dataset that was confirmed last, of those whose check is known; None if there is none."""
    confirmed = version.pipeline.files.filter(
        found__isnull=False, reading__isnull=False, started_processing_at__isnull=False
    )
    return confirmed.exclude(id=version.id).select_related("found").order_by("-started_processing_at").first()


def _like(found: Reading, before: Reading, chosen: Reading) -> Reading:
    """`found` with what differed between a file as it was found, `before`, and as it was `chosen`."""
    was_found = _by_title(before)
    was_chosen = _by_title(chosen)
    columns: list[ColumnReading] = []
    taken = {column.name for column in found.columns}
    for column in found.columns:
        old, new = was_found.get(_title(found, column)), was_chosen.get(_title(found, column))
        if old is None:
            columns.append(column)
        elif new is not None:
            name = new.name if new.name == column.name or new.name not in taken else column.name
            taken.add(name)
            changed: dict[str, Any] = {"name": name}
            if (new.type, new.conversion, new.nulls) != (old.type, old.conversion, old.nulls):
                changed |= {"type": new.type, "conversion": new.conversion, "nulls": new.nulls}
            columns.append(replace(column, **changed))
        # Otherwise it was left out, as it is again.
    if not columns:
        return found
    return with_columns(found, columns)


def _by_title(reading: Reading) -> Mapping[str, ColumnReading]:
    return {_title(reading, column): column for column in reading.columns}


def _title(reading: Reading, column: ColumnReading) -> str:
    """By what a column is known again: its title, or its place among as many if it has none."""
    return column.title or f"{column.position} of {reading.width}"


def with_columns(found: Reading, columns: list[ColumnReading]) -> Reading:
    """`found` with these of its columns, in their order."""
    return replace(found, columns=tuple(columns), plain=found.plain and len(columns) == len(found.columns))
