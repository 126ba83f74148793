"""The check of a version: what was found in its file as a person says that it is read, and what they chose of it.

What is chosen becomes the version's `reading`, which the load follows, once it is confirmed.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any, BinaryIO

from dss_web.registry.models import UploadCheck, UploadFile
from dss_web.shared.contract import UploadState
from dss_web.shared.csv import Choices, ColumnReading, CsvFile, InvalidCsv, Reading
from dss_web.shared.csv.workbook import sheets_of
from dss_web.uploads.errors import AlreadyMoved
from dss_web.uploads.explanations import explain_findings
from dss_web.uploads.load_plan import LoadPlan, merged_reading

# Of a value that is shown in the first rows: it may be a whole letter.
PREVIEW_CHARACTERS = 200


def sheets_after(file: BinaryIO, error: InvalidCsv) -> list[str]:
    """The sheets of a workbook of which one cannot be read: a person may choose another."""
    return [name for name, _ in sheets_of(file)] if error.reading and error.reading.sheet else []


def record(version: UploadFile, csv_file: CsvFile, choices: Choices) -> None:
    """Keep what was found for the pages of the check, in the place of what was there. Raises AlreadyMoved.

    What a person has chosen of columns that are still there stays.
    """
    waiting = UploadFile.objects.filter(id=version.id, state=UploadState.UPLOADED)
    if not waiting.update(**_described(csv_file)):
        raise AlreadyMoved(f"upload {version.id} is no longer {UploadState.UPLOADED}")
    before = UploadCheck.objects.filter(version=version).first()
    chosen = None
    if before and before.chosen:
        chosen = _like(csv_file.reading, Reading.from_json(before.reading), Reading.from_json(before.chosen)).as_json()
    plan = replace(LoadPlan.from_json(before.plan), left_out=0, numbers=None) if before and before.plan else None
    UploadCheck.objects.update_or_create(
        version=version,
        defaults={
            "choices": as_arguments(choices),
            "reading": csv_file.reading.as_json(),
            "facts": [asdict(fact) for fact in csv_file.facts],
            "findings": [asdict(finding) for finding in csv_file.findings],
            "preview": [[value[:PREVIEW_CHARACTERS] for value in row] for row in csv_file.preview],
            "sheets": list(csv_file.sheets),
            "chosen": chosen,
            "plan": plan.as_json() if plan else None,
        },
    )


def record_refused(version: UploadFile, error: InvalidCsv, sheets: list[str], choices: Choices) -> None:
    """Keep how a file was read that cannot be read so, for the form by which it is read in another way."""
    UploadCheck.objects.update_or_create(
        version=version,
        defaults={
            "choices": as_arguments(choices),
            "reading": _as_said(error.reading or Reading(), choices).as_json(),
            "facts": [],
            "findings": [],
            "preview": [],
            "sheets": sheets,
            "chosen": None,
        },
    )


def _as_said(reading: Reading, choices: Choices) -> Reading:
    said = {name: getattr(choices, name) for name in ("encoding", "delimiter", "quote", "escape", "last_line", "sheet")}
    if choices.header_line is not None:
        said["header_lines"] = (choices.header_line,) if choices.header_line else ()
    return replace(reading, **{name: value for name, value in said.items() if value is not None})


def is_readable(version: UploadFile) -> bool:
    """Whether the file of a version could be read as a table, by its last check that could."""
    check = UploadCheck.objects.filter(version=version).first()
    return check is not None and check.is_readable


def as_arguments(choices: Choices) -> dict[str, Any]:
    """Those choices that a person made, as JSON."""
    return {name: value for name, value in asdict(choices).items() if value not in (None, ())}


def choices_from(stored: Mapping[str, Any]) -> Choices:
    """What a person has said of a file, from what `as_arguments` has written."""
    known = {field.name for field in fields(Choices)} - {"names"}
    return Choices(**{name: value for name, value in stored.items() if name in known})


def _described(csv_file: CsvFile) -> dict[str, Any]:
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
