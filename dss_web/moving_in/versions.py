"""Uploaded files: versions of the datasets that staff fill. Their pages keep their addresses."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from dss_web.moving_in.former import Former
from dss_web.moving_in.loaded_tables import LoadedTables
from dss_web.moving_in.stored_files import digest_and_size, first_bytes, version_of
from dss_web.moving_in.things import Thing
from dss_web.registry.models import UploadFile, UploadPipeline
from dss_web.shared.contract import UploadState, upload_folder

# What the Flask service was at when this one took over. Its file can be checked and loaded here.
_ON_ITS_WAY = {UploadState.UPLOADED, UploadState.VERIFIED, UploadState.PROCESSING_DSS}
TAKEN_OVER = (
    "This file was on its way when the service was replaced, and was not loaded. The file is kept: check its columns "
    "again to load it."
)
INTERRUPTED = "The upload was interrupted before the whole file had arrived. Nothing of it was loaded. Upload it again."
# No header of a file is longer that Postgres can make columns of.
_HEADER_BYTES = 128 * 1024
# What the Flask service accepted as the name of a column.
_COLUMN = re.compile(r"[a-z][a-z0-9_]*")


class Versions:
    """Uploaded files by their ids. `published` are keys of declared datasets; `storage_url` is where files are."""

    name = "version"
    title = "Uploaded files"

    def __init__(self, former: Former, published: frozenset[str], storage_url: str, uploads_folder: str) -> None:
        self._former, self._published = former, published
        self._storage_url, self._folder = storage_url, uploads_folder
        self._tables = LoadedTables()

    def things(self) -> Iterator[Thing]:
        """Each version, with what is odd about it."""
        datasets = {row["id"]: row for row in self._former.rows("public", "pipeline", "id")}
        for row in self._former.rows("public", "pipeline_data_file", "uploaded_at"):
            dataset = datasets[row["pipeline_id"]]
            key = f"{dataset['organisation']}.{dataset['dataset']}"
            path = f"{upload_folder(self._folder, dataset['organisation'], dataset['dataset'])}/{row['id']}"
            state, message = _state(row)
            remarks = []
            if state != row["state"]:
                remarks.append(f"It was {row['state']} there, and is {state} here.")
            if row["data_file_url"] != path:
                remarks.append(f"Its file was at {row['data_file_url']}, and is looked for at {path}.")
            if state != UploadState.FAILED and version_of(self._storage_url, path) is None:
                remarks.append(f"Its file is not in the storage at {path}: it cannot be restored.")
            problem = f"{key} is not brought." if key in self._published else ""
            values = {**row, "state": state, "error_message": message, "data_file_url": path, "dataset": dataset}
            theirs = {name: row[name] for name in ("state", "error_message", "processed_at", "started_processing_at")}
            yield Thing(str(row["id"]), theirs, values, remarks, problem)

    def ours(self, thing: Thing) -> Any:
        """How far a version is."""
        return UploadFile.objects.filter(id=thing.name).values("state", "loaded_at", "processed_at").first()

    def write(self, thing: Thing) -> None:
        """Make or change the version: what is loaded has the columns and rows of its table."""
        row = thing.row
        dataset = row["dataset"]
        pipeline = UploadPipeline.objects.get(organisation=dataset["organisation"], dataset=dataset["dataset"])
        loaded = row["state"] in {UploadState.COMPLETED, UploadState.PROCESSING_DATAFLOW}
        rows = self._tables.rows(str(pipeline), thing.name) or None
        names = self._tables.columns(str(pipeline)) if rows else self._names_in(row)
        types = row["column_types"]
        if not names or not types or len(names) != len(types):
            names = types = None
        stored = digest_and_size(row["data_file_url"])
        values = {
            "pipeline": pipeline,
            "data_file_url": row["data_file_url"],
            "state": row["state"],
            "error_message": row["error_message"],
            "uploaded_at": _utc(row["uploaded_at"]),
            "started_processing_at": _utc(row["started_processing_at"]),
            "processed_at": _utc(row["processed_at"]) if row["state"] == UploadState.COMPLETED else None,
            "loaded_at": _utc(row["processed_at"] or row["started_processing_at"] or row["uploaded_at"])
            if loaded
            else None,
            "delimiter": row["delimiter"] or ",",
            "quote": row["quote"] or '"',
            "column_names": names,
            "column_types": types,
            "digest": stored[0] if stored else "",
            "size": stored[1] if stored else None,
            "rows": rows,
        }
        if not UploadFile.objects.filter(id=row["id"]).exists():
            UploadFile.objects.create(id=row["id"], pipeline=pipeline, data_file_url=row["data_file_url"])
        # Not by `save`, which would set the time of the upload to now.
        UploadFile.objects.filter(id=row["id"]).update(**values)

    def _names_in(self, row: dict[str, Any]) -> list[str] | None:
        """The names of the columns by the file's header, as the Flask service took them; None where they are none."""
        text = first_bytes(self._storage_url, row["data_file_url"], _HEADER_BYTES).decode("utf-8-sig", "replace")
        header = next(csv.reader(io.StringIO(text), delimiter=row["delimiter"] or ","), [])
        seen: dict[str, int] = {}
        names = []
        for title in header:
            number = seen[title] = seen.get(title, -1) + 1
            names.append(f"{title}_{number}" if number else title)
        return names if names and all(map(_COLUMN.fullmatch, names)) else None


def _state(row: dict[str, Any]) -> tuple[str, str | None]:
    """State and message of a version here."""
    match row["state"]:
        case UploadState.COMPLETED | UploadState.PROCESSING_DATAFLOW as state:
            return state, None
        case UploadState.UPLOADING | None:
            return UploadState.FAILED, INTERRUPTED
        case state if state in _ON_ITS_WAY:
            return UploadState.FAILED, TAKEN_OVER
        case _:
            return UploadState.FAILED, row["error_message"]


def _utc(time: datetime | None) -> datetime | None:
    return time.replace(tzinfo=UTC) if time and time.tzinfo is None else time
