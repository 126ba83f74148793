"""What the state of a version means to the person: words, a percentage, and the steps of its way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.timezone import localtime, now

from dss_web.registry.models import DataFile, DataflowRun, UploadFile, UploadTask
from dss_web.shared.contract import DataflowSituation, DataflowState, TaskKind, UploadState
from dss_web.uploads import selectors
from dss_web.uploads.load_progress import LoadProgress, load_progress
from dss_web.uploads.names import reasons_not_copied

PROGRESS = {
    UploadState.UPLOADING: 10,
    UploadState.UPLOADED: 20,
    UploadState.VERIFIED: 30,
    UploadState.PROCESSING_DSS: 40,
    UploadState.PROCESSING_DATAFLOW: 70,
    UploadState.COMPLETED: 100,
    UploadState.FAILED: 100,
    UploadState.CANCELLED: 100,
}
PROGRESS_INFO = {
    UploadState.UPLOADING: "Receiving your file",
    UploadState.UPLOADED: "Waiting for you to check the columns",
    UploadState.VERIFIED: "Waiting for its turn",
    UploadState.PROCESSING_DSS: "Loading the rows",
    UploadState.COMPLETED: "Done",
    UploadState.FAILED: "Failed",
    UploadState.CANCELLED: "Cancelled",
}
# A text of a few words and a colour of the GOV.UK palette. A row in UPLOADING may be of a file that never arrives.
_TAGS = {
    UploadState.UPLOADING: ("Not finished", "grey"),
    UploadState.UPLOADED: ("Not confirmed", "yellow"),
    UploadState.VERIFIED: ("Waiting", "blue"),
    UploadState.PROCESSING_DSS: ("Loading", "blue"),
    UploadState.PROCESSING_DATAFLOW: ("Not copied yet", "blue"),
    UploadState.COMPLETED: ("Copied", "green"),
    UploadState.FAILED: ("Failed", "red"),
    UploadState.CANCELLED: ("Cancelled", "grey"),
}
# Longer than a file waits whose worker has died; another large file may be checked before it.
_LONG_WAIT: Final = timedelta(minutes=1)
_DONE = ("Done", "green")
_LATER = ("Not started", "grey")


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a version's way. `tag` is its text and colour, `detail` a sentence or ''."""

    title: str
    tag: tuple[str, str]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Copying:
    """How far data-flow is with a version whose rows are loaded.

    `can_ask_again`: its last run has failed. `is_stopped`: nobody tries again by themselves.
    """

    info: str
    tag: tuple[str, str]
    can_ask_again: bool = False
    is_stopped: bool = False


# Why a copy that was asked for does not go on, to somebody who has never heard of Airflow.
_WAITS = {
    DataflowSituation.PAUSED: "The team that runs the copying has paused it. It goes on by itself once they resume it.",
    DataflowSituation.STALE: "The system that copies is being updated. It goes on by itself afterwards.",
    DataflowSituation.NO_SCHEDULER: "The system that copies is not working at the moment. It goes on by itself once it "
    "works again.",
    DataflowSituation.QUEUED: "It waits for its turn behind other copies.",
}


def state_tag(state: str) -> tuple[str, str]:
    """The tag of a state by itself."""
    return _TAGS[UploadState(state)]


def version_tag(version: UploadFile, current: UploadFile | None, copied: UploadFile | None) -> tuple[str, str]:
    """The tag of a version among those of its dataset: which one is in use, and which ones were replaced."""
    if version.state == UploadState.COMPLETED:
        if version == current:
            return "In use", "green"
        return ("In Data Workspace", "green") if version == copied else ("Replaced", "grey")
    if version.state == UploadState.PROCESSING_DATAFLOW and version != current:
        return "Replaced", "grey"
    return ("Being checked", "blue") if version.is_being_checked else state_tag(version.state)


def progress_info(version: UploadFile) -> str:
    """What is happening to a version, in a sentence."""
    state = UploadState(version.state)
    if version.is_being_checked:
        return _check_info(version.task)
    if version.error_message:
        return version.error_message
    if state == UploadState.PROCESSING_DATAFLOW:
        return copying(version).info
    if state == UploadState.PROCESSING_DSS and (progress := _load_progress(version)):
        return progress.info
    return PROGRESS_INFO[state]


def percentage(version: UploadFile) -> int:
    """How far a version is, from 0 to 100; of a check, how far that is."""
    if version.is_being_checked:
        task = version.task
        return min(99, 100 * task.bytes_done // task.bytes_total) if task.bytes_total else 0
    state = UploadState(version.state)
    if state == UploadState.PROCESSING_DSS and (progress := _load_progress(version)):
        return PROGRESS[state] + int(progress.share * (PROGRESS[UploadState.PROCESSING_DATAFLOW] - PROGRESS[state]))
    return PROGRESS[state]


def _load_progress(version: UploadFile) -> LoadProgress | None:
    return load_progress(str(version.pipeline), str(version.id), version.rows)


def _check_info(task: UploadTask) -> str:
    if task.claim is None and now() - task.requested_at > _LONG_WAIT:
        return "Waiting to be checked. This takes longer than usual, and goes on by itself."
    if not task.bytes_done:
        return "Waiting to be checked" if task.claim is None else "Checking begins"
    what = "Trying the values" if task.kind == TaskKind.CONFIRM else "Checking"
    return f"{what}: {_megabytes(task.bytes_done)} of {_megabytes(task.bytes_total)} MB"


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.1f}" if size < 10 * 2**20 else f"{size / 2**20:,.0f}"


def copying(version: UploadFile) -> Copying:
    """What data-flow does with a version whose rows are loaded."""
    if reasons_not_copied(version.pipeline.organisation, version.pipeline.dataset):
        return Copying(
            "The rows are loaded. They cannot be copied to Data Workspace because of the name of the dataset.",
            ("Cannot be copied", "red"),
        )
    run = _run(version)
    if run is None or _is_asked_for_now(run):
        return Copying("The rows are loaded and wait to be copied to Data Workspace", ("Waiting", "blue"))
    if run.state == DataflowState.SUCCESS:
        return Copying("The rows are loaded and copied to Data Workspace", _DONE)
    if run.is_stopped:
        return Copying(
            "The rows are loaded. They could not be copied to Data Workspace, which is a problem of the service. It is "
            "not tried again by itself. Please tell the Data Workspace team, and try again once they have mended it.",
            ("Not copied", "red"),
            can_ask_again=True,
            is_stopped=True,
        )
    has_failed = run.state == DataflowState.FAILED or (run.state == DataflowState.REQUESTED and run.error_message)
    return _not_copied_yet(run) if has_failed else _under_way(run)


def _is_asked_for_now(run: DataflowRun) -> bool:
    """Whether a person has had it tried again, and nobody has done it yet."""
    return run.state == DataflowState.REQUESTED and bool(
        run.error_message and run.next_attempt_at and run.next_attempt_at <= now()
    )


def _under_way(run: DataflowRun) -> Copying:
    if why := _WAITS.get(run.situation):  # type: ignore[call-overload]
        return Copying(
            f"The rows are loaded. Copying them to Data Workspace was asked for on {_time(run.requested_at)}. {why}",
            ("Waiting", "blue"),
        )
    return Copying(
        f"The rows are loaded. Copying them to Data Workspace began on {_time(run.started_at or run.requested_at)}.",
        ("Under way", "blue"),
    )


def _not_copied_yet(run: DataflowRun) -> Copying:
    times = "once" if run.attempt == 1 else f"{run.attempt} times"
    return Copying(
        f"The rows are loaded. Copying them to Data Workspace was tried {times} without success. It is tried again by "
        "itself within an hour of the last attempt.",
        ("Not copied yet", "yellow"),
        can_ask_again=True,
    )


def _run(version: UploadFile) -> DataflowRun | None:
    """The run of data-flow that serves a version, or the last that did."""
    file = DataFile.objects.filter(source=str(version.pipeline), file_name=str(version.id))
    found = file.select_related("dataflow_run").first()
    return found.dataflow_run if found else None


def steps(version: UploadFile) -> list[Step]:
    """The way of a version from the browser to Data Workspace, and where on it the version is."""
    state = UploadState(version.state)
    is_loaded = state in {UploadState.PROCESSING_DATAFLOW, UploadState.COMPLETED}
    by = (
        f"{_time(version.uploaded_at)}, by {version.uploaded_by}" if version.uploaded_by else _time(version.uploaded_at)
    )
    return [
        Step("File received", state_tag(state) if state == UploadState.UPLOADING else _DONE, by),
        Step("Rows loaded", _DONE if is_loaded else _loading_tag(state), _time(version.loaded_at) if is_loaded else ""),
        Step("Copied to Data Workspace", _copying_tag(version, state)),
    ]


def _loading_tag(state: UploadState) -> tuple[str, str]:
    return state_tag(state) if state in {UploadState.VERIFIED, UploadState.PROCESSING_DSS} else _LATER


def _copying_tag(version: UploadFile, state: UploadState) -> tuple[str, str]:
    if state == UploadState.COMPLETED:
        return _DONE
    return copying(version).tag if state == UploadState.PROCESSING_DATAFLOW else _LATER


def is_in_data_workspace(version: UploadFile) -> bool:
    """Whether the rows that people find in Data Workspace are those of this version."""
    return version == selectors.copied_version(version.pipeline)


def _time(moment: datetime | None) -> str:
    return f"{localtime(moment):%-d %B %Y, %H:%M}" if moment else ""
