"""What is loaded: rows of `operations.datafile_registry` in both services."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from dss_web.moving_in.former import Former
from dss_web.moving_in.loaded_tables import LoadedTables
from dss_web.moving_in.stored_files import digest_and_size, version_of
from dss_web.moving_in.things import Thing
from dss_web.registry.models import DataFile
from dss_web.shared.contract import FileState, UploadState

_TOLD = "It was being loaded when this service took over. It is loaded here."
_LOST = "It counted as loaded, and none of its rows are in the table. It is loaded here."


class RegistryRows:
    """Files by dataset and name. `published` and `uploaded` are keys of datasets that are here.

    A file that is loaded there and whose rows came is loaded here, too; where they did not come, it is due. data-flow
    has those rows already, and is not asked for them.
    """

    name = "registry row"
    title = "Files that are loaded"

    def __init__(
        self,
        former: Former,
        published: frozenset[str],
        uploaded: frozenset[str],
        storage_url: str,
        folders: tuple[str, str],
        *,
        is_told_of_tables: bool,
    ) -> None:
        """`folders` are those of published and of uploaded files. `is_told_of_tables`: the tables have been brought."""
        self._former, self._published, self._uploaded = former, published, uploaded
        self._storage_url, self._folders, self._is_told = storage_url, folders, is_told_of_tables
        self._tables = LoadedTables()

    def things(self) -> Iterator[Thing]:
        """Each file once: of several rows about one, the last counts."""
        last: dict[tuple[str, str], dict[str, Any]] = {}
        for row in self._former.rows("operations", "datafile_registry", "id"):
            if row["file_name"] is None:
                yield Thing(
                    f"{row['source']} (no file)", row, problem="It is about no file; it is made anew by itself."
                )
            elif row["source"] not in self._published | self._uploaded:
                name = f"{row['source']} {row['file_name']}"
                yield Thing(name, row, problem=f"No dataset {row['source']} is declared or uploaded here.")
            else:
                known = last.get((row["source"], row["file_name"]))
                if known is None or _changed(row) >= _changed(known):
                    last[row["source"], row["file_name"]] = row
        # What data-flow had not copied yet.
        waiting = {
            str(row["id"])
            for row in self._former.rows("public", "pipeline_data_file", "id")
            if row["state"] == UploadState.PROCESSING_DATAFLOW
        }
        for (source, file_name), row in last.items():
            yield self._thing(source, file_name, row, is_waiting=source in self._uploaded and file_name in waiting)

    def ours(self, thing: Thing) -> Any:
        """The state of a file here."""
        row = thing.row
        return DataFile.objects.filter(source=row["source"], file_name=row["file_name"]).values("state", "rows").first()

    def write(self, thing: Thing) -> None:
        """Make or change the file's row."""
        row = thing.row
        stored = digest_and_size(row["path"]) or ("", None)
        is_loaded = row["state"] == FileState.PROCESSED
        DataFile.objects.update_or_create(
            source=row["source"],
            file_name=row["file_name"],
            defaults={
                "state": row["state"],
                "error_message": row["error_message"],
                "version": row["version"] or "",
                "digest": stored[0],
                "size": stored[1],
                "loaded_digest": stored[0] if is_loaded else "",
                "loaded_at": _utc(_changed(row)) if is_loaded else None,
                "rows": row["rows"] if is_loaded else None,
                "concerns_dataflow": row["is_waiting_for_dataflow"] or not is_loaded,
                "created_timestamp": _utc(row["created_timestamp"]),
                "updated_timestamp": _utc(_changed(row)),
            },
        )

    def _thing(self, source: str, file_name: str, row: dict[str, Any], *, is_waiting: bool) -> Thing:
        is_uploaded = source in self._uploaded
        path = f"{self._folders[1 if is_uploaded else 0]}/{source.replace('.', '/', 1)}/{file_name}"
        state, message, remarks = row["state"], None, []
        rows = self._tables.rows(source, file_name) if self._is_told else 0
        if state == FileState.PROCESSING:
            # An upload has a state of its own, and is loaded when its person says so.
            state, message = (FileState.FAILED, _TOLD) if is_uploaded else (FileState.DUE, None)
            remarks.append(_TOLD)
        elif state == FileState.FAILED:
            message = row["error_message"]
        elif state == FileState.PROCESSED and self._is_told and rows == 0 and not is_uploaded:
            state = FileState.DUE
            remarks.append(_LOST)
        version = version_of(self._storage_url, path)
        if version is None and state != FileState.IGNORED:
            remarks.append(f"It is not in the storage at {path}: it cannot be loaded again without its publisher.")
        values = {
            **row,
            "state": state,
            "error_message": message,
            "path": path,
            "version": version,
            "rows": rows,
            "is_waiting_for_dataflow": is_waiting,
        }
        theirs = {name: row[name] for name in ("state", "error_message", "updated_timestamp")}
        return Thing(f"{source} {file_name}", theirs, values, remarks)


def _changed(row: dict[str, Any]) -> datetime:
    changed: datetime = row["updated_timestamp"] or row["created_timestamp"]
    return changed


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time
