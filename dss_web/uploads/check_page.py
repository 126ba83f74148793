"""A version and its check -> what the page of the check shows, and the report to keep says."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from dss_web.registry.models import UploadCheck, UploadFile
from dss_web.shared.contract import LoadMode, TaskKind
from dss_web.shared.csv import FindingKind, Reading, Severity
from dss_web.uploads.bad_values import BadValues
from dss_web.uploads.checking import proposed
from dss_web.uploads.column_choices import ColumnChoices
from dss_web.uploads.column_rows import column_rows, finding_of, shorten
from dss_web.uploads.explanations import explain_finding
from dss_web.uploads.lifecycle_forms import LONGEST_NOTE, NOTE_TOO_LONG
from dss_web.uploads.load_choice import LoadChoice
from dss_web.uploads.load_plan import LoadPlan, MergedColumns, merge_columns
from dss_web.uploads.loaded_values import loader
from dss_web.uploads.reading_form import ReadingForm
from dss_web.uploads.titles import TYPE_EXAMPLES
from dss_web.uploads.vanished import Vanished, find_vanished
from dss_web.uploads.verdict import Comparison, compare

# Wider previews are scrolled through by nobody, and make a page of 400 columns slow.
PREVIEW_COLUMNS = 50
# The first of what was found is listed; the others unfold.
LISTED_FINDINGS = 8
# These stand beside their columns, where something can be chosen.
_OF_COLUMNS: Final = frozenset(
    {FindingKind.RENAMED, FindingKind.UNNAMED_COLUMN, FindingKind.CONVERTIBLE, FindingKind.NULL_WORDS}
)


class CheckPage:
    """All that the page shows. `sent` are the fields of the form of columns, if a person has sent it."""

    def __init__(
        self,
        version: UploadFile,
        check: UploadCheck,
        sent: Mapping[str, str] | None = None,
        sent_reading: Mapping[str, str] | None = None,
    ) -> None:
        """`sent_reading` are the fields of the form that reads the file again."""
        self.version, self.check = version, check
        self.found = Reading.from_json(check.reading)
        self.findings = [finding_of(stored) for stored in check.findings]
        asked = {
            place: _with_line(explain_finding(finding, self.found), finding.line)
            for place, finding in enumerate(self.findings)
            if finding.severity is Severity.ASK
        }
        self.reading_form = ReadingForm(check, asked, sent_reading)
        self.shown = proposed(version, check)
        self.columns = ColumnChoices(self.found, check.facts, self.shown, sent)
        self.load = LoadChoice(version, check, self.columns, sent)
        self.note = (sent or {}).get("note", version.note).strip()
        self.errors: list[tuple[str, str]] = []
        self.reading_errors: list[tuple[str, str]] = []
        self.bad: BadValues | None = None
        self.chosen: tuple[Reading, LoadPlan] | None = None

    def validate(self, sent: Mapping[str, str]) -> tuple[Reading, LoadPlan] | None:
        """What the person has chosen; None, and `errors`, where something is missing or wrong.

        `chosen` has it too where only the file itself is in doubt: it is kept for the next answer.
        """
        self.columns.clean()
        plan = self.load.clean()
        for question in self.reading_form.questions:
            question.error = f"Answer the question and select “Read it again like this”: {question.title}"
            self.errors.append((f"id_{question.name}", question.error))
        for question in self.reading_form.to_accept:
            if question.name not in sent:
                question.error = "Look at the lines that are named, and tick the box if the file is to be loaded so"
                self.errors.append((f"id_{question.name}", question.error))
        self.errors += [*self.load.errors, *self.columns.errors]
        if len(self.note) > LONGEST_NOTE:
            self.errors.append(("id_note", NOTE_TOO_LONG))
        if self.columns.errors:
            return None
        self.shown = self.columns.reading()
        self.chosen = self.shown, plan
        if not plan.keeps_rows and self.comparison.must_be_accepted and "accept-changes" not in sent:
            self.errors.append(("id_accept-changes", "Tick the box if this version is to replace the one in use"))
        return None if self.errors else self.chosen

    def refuse_reading(self, problems: Sequence[tuple[str, str]]) -> None:
        """Say why the file cannot be read as the person said: the id of a field, and what is wrong."""
        self.reading_errors = list(problems)
        self.errors += problems

    def refuse(self, bad: BadValues, agreed: int = 0) -> None:
        """Say which values are not of the chosen types, where the person has agreed to another number of rows."""
        self.bad = bad
        self.columns.refuse(bad)
        if agreed:
            problem = f"You agreed to leave out {agreed:,} rows, and {bad.rows:,} do not fit now. Look at them again."
            self.errors.append(("bad-values", problem))
        self.errors += self.columns.errors

    def refuse_merge(self, sentences: Sequence[str]) -> None:
        """Say why the rows of the file and those that are there cannot be together."""
        self.load.refuse(sentences)
        self.errors += self.load.errors

    @property
    def rows(self) -> int:
        """The rows of the file; `rows` of a version that was loaded are those of its table."""
        return sum(self.check.facts[0]["kinds"].values()) if self.check.facts else self.version.rows or 0

    @property
    def vanished(self) -> list[Vanished]:
        """The values that the version in use has, and the file has no longer."""
        before = self.load.before
        return find_vanished(before, self.shown, self.found, self.check.facts) if before else []

    @property
    def merged(self) -> MergedColumns | None:
        """The columns of the table where the rows that are there stay."""
        before = self.load.before
        return merge_columns(before, self.shown) if before and self.load.mode is not LoadMode.REPLACE else None

    def tell_outcome(self) -> None:
        """Say why the last thing that was done with the file behind the request came to nothing, if it did."""
        task = getattr(self.version, "task", None)
        if task is None or not task.problems:
            return
        if task.kind == TaskKind.CONFIRM and task.arguments["reading"] != self.check.chosen:
            return  # it was about what is no longer chosen
        if "counts" in task.problems:
            self.refuse(BadValues.from_json(task.problems), task.arguments["plan"]["left_out"])
            return
        if "merge" in task.problems:
            self.refuse_merge(task.problems["merge"])
            return
        paragraphs = task.problems.get("paragraphs", [])
        if task.kind == TaskKind.CONFIRM:
            self.errors += [("confirm", sentence) for sentence in paragraphs]
        else:
            self.refuse_reading([("reading", sentence) for sentence in paragraphs])

    @property
    def comparison(self) -> Comparison:
        """What changes for those who read the table."""
        return compare(self.version, self.shown, self.rows, self.vanished)

    def context(self) -> dict[str, Any]:
        """For the template."""
        told = self.told()
        preview = self.check.preview
        return {
            "version": self.version,
            "note": self.note,
            "note_too_long": NOTE_TOO_LONG,
            "errors": self.errors,
            "error_fields": {name for name, _ in self.errors},
            "reading_errors": self.reading_errors,
            "is_changed_reading": bool(self.check.choices),
            "shown_columns": len(self.shown.columns),
            "reading_form": self.reading_form,
            "told": told[:LISTED_FINDINGS],
            "told_more": told[LISTED_FINDINGS:],
            "renamed": sum(finding.kind is FindingKind.RENAMED for finding in self.findings),
            "columns": column_rows(self.columns.columns, self.found, preview),
            "preview_names": [column.name for column in self.shown.columns[:PREVIEW_COLUMNS]],
            "preview_rows": loaded_rows(preview, self.shown),
            "comparison": self.comparison,
            "merged": self.merged,
            "load": self.load,
            "rows": self.rows,
            "left_to_load": self.rows - self.bad.rows if self.bad and self.bad.may_be_left_out else 0,
            "bad": self.bad,
            "bad_values": [(value, shorten(value.value), TYPE_EXAMPLES[value.expected]) for value in self.bad.first]
            if self.bad
            else [],
        }

    def told(self) -> list[str]:
        """What was put right or should be known, a sentence each, with its line."""
        return [
            _with_line(explain_finding(finding, self.found), finding.line)
            for finding in self.findings
            if finding.severity is Severity.TELL and finding.kind not in _OF_COLUMNS
        ]

    def report(self) -> dict[str, Any]:
        """All that was found, as JSON to keep."""
        comparison = self.comparison
        return {
            "file": self.version.original_name,
            "dataset": str(self.version.pipeline),
            "uploaded_at": self.version.uploaded_at.isoformat(),
            "sha256": self.version.digest,
            "rows": self.rows,
            "left_out": self.version.left_out,
            "read_as": dict(self.reading_form.summary),
            "asked": [question.text for question in [*self.reading_form.questions, *self.reading_form.to_accept]],
            "told": self.told(),
            "columns": [_column(choice) for choice in self.columns.columns],
            "compared_with_the_version_in_use": {
                "verdict": comparison.verdict.value,
                "rows_before": comparison.rows_before,
                "rows_now": comparison.rows,
                "gone": comparison.gone,
                "new": comparison.new,
                "perhaps_renamed": comparison.renamed,
                "type_changed": comparison.retyped,
                "values_no_longer_there": {one.name: one.values for one in comparison.vanished},
            },
            "reading": self.shown.as_json(),
        }


def _column(choice: Any) -> dict[str, Any]:
    fact = choice.facts
    return {
        "title": choice.found.title,
        "name": choice.name,
        "type": choice.type,
        "left_out": choice.is_left_out,
        "empty": fact["empty"],
        "distinct": fact["distinct"],
        "distinct_is_a_minimum": fact["is_capped"],
        "smallest": fact["smallest"],
        "largest": fact["largest"],
        "exceptions": [{"line": line, "value": value} for line, value in fact["exceptions"]],
    }


def loaded_rows(preview: Sequence[Sequence[str]], reading: Reading) -> list[list[str]]:
    """The first rows as they are loaded, with '' for NULL, of no more columns than are shown."""
    columns = reading.columns[:PREVIEW_COLUMNS]
    loaders = [loader(column) for column in columns]
    return [
        [
            shorten(load(fields[column.position]) if column.position < len(fields) else "")
            for column, load in zip(columns, loaders, strict=True)
        ]
        for fields in preview
    ]


def _with_line(sentence: str, line: int | None) -> str:
    if line is None or re.search(rf"\bline {line}\b", sentence, re.IGNORECASE):
        return sentence
    return f"{sentence} (Line {line}.)"
