"""What clients send and get of uploads."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel

from dss_web.http.bodies import Body
from dss_web.shared.contract import LoadMode

EXAMPLE_ID = "0f8a6c1e-5b7d-4f0e-9a2b-3c4d5e6f7a8b"
_PART = "name,amount\nPens,1\n"
_SHA256 = "5cb37d062d3f923f17798aeca5403964c84b31213390b12d5faecd64752f82f1"
_READING: dict[str, Any] = {
    "encoding": "utf-8",
    "delimiter": ",",
    "columns": [
        {"position": 1, "name": "amount", "type": "integer", "conversion": "none", "offer": "none", "nulls": []}
    ],
}


class AnnouncedFile(BaseModel):
    """A file that is going to come."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "wins.csv", "size": len(_PART), "sha256": _SHA256}]}
    )

    name: str = Field(description="Its name, as people see it.")
    size: int = Field(description="Its bytes.", ge=0, le=2**62)
    sha256: str = Field(
        default="",
        description="The SHA-256 of the whole file in hexadecimal digits, which is compared with what has arrived. The "
        "same name, size and SHA-256 again go on with the same upload.",
    )


class PartContent(RootModel[str]):
    """The bytes of a part."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PART]})


class ReadingChoices(BaseModel):
    """What you say of the file, in place of what was detected. What is left out is detected."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"encoding": "cp1252", "header_line": 1}]}
    )

    encoding: str | None = Field(default=None, description="Python's name of it.")
    delimiter: str | None = Field(default=None, description="A character.", max_length=1)
    quote: str | None = Field(default=None, description="A character, or empty for none.", max_length=1)
    escape: str | None = Field(default=None, description="A character, or empty for none.", max_length=1)
    header_line: int | None = Field(
        default=None, description="The line with the names of the columns; 0 if there is none.", ge=0, le=2**31
    )
    last_line: int | None = Field(default=None, description="The last line of the table.", ge=1, le=2**40)
    sheet: str | None = Field(default=None, description="The sheet of a workbook.")


class Confirmation(BaseModel):
    """Load the version, as the report says or as `reading` does."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"accept_changes": True, "accept": ["truncated"]}]}
    )

    accept_changes: bool = Field(
        default=False,
        description="Replace the version in use, although the report's comparison says that this breaks its readers or "
        "that it looks like the wrong file.",
    )
    accept: list[str] = Field(
        default=[],
        description="Kinds of findings that somebody has looked at, as `questions` of the report names them.",
    )
    mode: LoadMode = Field(
        default=LoadMode.REPLACE,
        description="What happens to the rows that are there: `replace` lets them go, `append` keeps them, `update` "
        "gives those with a `key` of the file its values and keeps the others. To keep them takes two confirmations: "
        "the first counts what the file does (`changes`), the same one again loads it.",
    )
    key: list[str] = Field(
        default=[], description="For `update`: the names of the columns by which a row is known.", max_length=2000
    )
    leave_out_rows: int = Field(
        default=0,
        description="Load the rest, without so many rows that have values that are not of their columns' types: the "
        "`bad_rows` of a confirmation that was refused for them.",
        ge=0,
        le=2**31 - 1,
    )
    reading: dict[str, Any] | None = Field(
        default=None,
        description="The `reading` of the report, with other names, types or conversions of columns, or without those "
        "that are not to be loaded. Everything else of it is changed by read-again.",
    )


class PartThere(Body):
    """A part that has arrived."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"number": 0, "sha256": _SHA256}]})

    number: int
    sha256: str


class BadValueFound(Body):
    """A value that is not of its column's type."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"line": 7, "column": "amount", "value": "n/k", "expected": "numeric"}]}
    )

    line: int
    column: str
    value: str
    expected: str


class RowChanges(Body):
    """What a confirmed file does to the rows that are there. None of them is removed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"added": 120, "changed": 4, "left": 1376, "same": 0, "rows_after": 1500}]}
    )

    added: int = Field(description="Rows that come behind those that are there.")
    changed: int = Field(description="Rows that get other values.")
    left: int = Field(description="Rows that stay as they are.")
    same: int = Field(description="Of the file: rows that are there already with the same values.")
    rows_after: int = Field(description="Rows of the table afterwards.")


class Upload(Body):
    """How far an upload is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": EXAMPLE_ID,
                    "state": "arriving",
                    "info": "1 of 7 parts have arrived",
                    "progress": 14,
                    "part_size": 4194304,
                    "parts": [{"number": 0, "sha256": _SHA256}],
                },
                {
                    "id": EXAMPLE_ID,
                    "version": EXAMPLE_ID,
                    "state": "uploaded",
                    "info": "1 value is not of the type of its column",
                    "progress": 20,
                    "rows": 2,
                    "problems": ["Line 7 has “n/k” in amount, which is not a decimal number."],
                    "bad_values": [{"line": 7, "column": "amount", "value": "n/k", "expected": "numeric"}],
                },
            ]
        }
    )

    id: str
    version: str = Field(
        default="", description="The id of the version that the file has become. It names the upload as `id` does."
    )
    state: str = Field(
        description="`arriving`, `checking`, `uploaded` (checked, and waiting to be confirmed), `verified` (waiting to "
        "be loaded), `processing_dss` (being loaded), `processing_dataflow` (loaded, and waiting to be copied to Data "
        "Workspace), `completed` (copied), `failed` or `cancelled`."
    )
    info: str = Field(description="The same in words; of what has failed, why.")
    progress: int = Field(description="How far the state is, as people see it: 0 to 100.")
    rows: int | None = None
    part_size: int = Field(default=0, description="While it arrives: the bytes of each part but the last.")
    parts: list[PartThere] = Field(default=[], description="While it arrives: the parts that are there.")
    problems: list[str] = Field(default=[], description="Why the last thing that you asked for was not done.")
    bad_values: list[BadValueFound] = Field(
        default=[], description="The first of the values that are not of their columns' types."
    )
    bad_rows: int | None = Field(
        default=None, description="How many rows have such values; null if there are too many to leave them out."
    )
    changes: RowChanges | None = Field(
        default=None,
        description="What was confirmed does this to the rows that are there. It waits to be confirmed once more.",
    )


class CheckReport(RootModel[dict[str, Any]]):
    """What was found in the file."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "file": "wins.csv",
                    "dataset": "dbt.export_wins",
                    "rows": 1,
                    "asked": [],
                    "questions": [],
                    "told": ["Column 2: £ signs are left out of the numbers."],
                    "columns": [{"title": "amount", "name": "amount", "type": "integer", "empty": 0}],
                    "compared_with_the_version_in_use": {"verdict": "first", "rows_before": None, "rows_now": 1},
                    "reading": _READING,
                }
            ]
        }
    )
