"""The operations of uploads, described for clients."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from django.http import HttpResponse

from dss_web.api import uploads
from dss_web.api.hawk_auth import HawkAuth, PartAuth, UploadAuth
from dss_web.api.responses import BAD_REQUEST, SERVER_ERROR, SIGNED, TOO_MANY_FAILURES, UNAUTHENTICATED, UNAVAILABLE
from dss_web.api.signed_operation import SignedOperation
from dss_web.api.upload_bodies import (
    EXAMPLE_ID,
    AnnouncedFile,
    CheckReport,
    Confirmation,
    PartContent,
    ReadingChoices,
    Upload,
)
from dss_web.http.bodies import Error
from dss_web.http.operation import ResponseType, Tag


@dataclass(frozen=True, kw_only=True)
class UploadOperation(SignedOperation):
    """An operation for clients that may upload to the dataset in its path. `takes_part`: its body is part of a file."""

    takes_part: bool = False

    def authentication(self) -> HawkAuth:
        """Who may use it."""
        return PartAuth(self.scope) if self.takes_part else UploadAuth(self.scope)


_UPLOAD: Final = ResponseType(
    name="Upload", status=200, description="How far the upload is.", bodies=(Upload,), headers=SIGNED
)
_VERSION: Final = {"id": EXAMPLE_ID, "version": EXAMPLE_ID}
_CHECKING: Final = replace(
    _UPLOAD,
    name="UploadBeingChecked",
    description="How far the upload is, whose file is being checked now.",
    examples=({**_VERSION, "state": "checking", "info": "Waiting to be checked", "progress": 0},),
)
_CHECKED: Final = replace(
    _UPLOAD,
    name="UploadAtAnyTime",
    examples=(
        {**_VERSION, "state": "uploaded", "info": "Waiting for you to check the columns", "progress": 20, "rows": 1},
    ),
)
_CONFIRMED: Final = replace(
    _UPLOAD,
    name="ConfirmedUpload",
    description="How far the upload is: `verified` if it will be loaded, `checking` while its values are tried, and "
    "`uploaded` with `problems` if something is to be mended first.",
    examples=({**_VERSION, "state": "verified", "info": "Waiting for its turn", "progress": 30, "rows": 1},),
)
_BEING_COMPLETED: Final = ResponseType(
    name="BeingCompleted",
    status=202,
    description="Another request is putting the parts together. Ask again in a moment.",
    bodies=(Upload,),
    headers=SIGNED,
    examples=({"id": EXAMPLE_ID, "state": "arriving", "info": "1 of 1 parts have arrived", "progress": 100},),
)
_DONE: Final = ResponseType(name="Done", status=204, description="Done. The body is empty.", headers=SIGNED)
_REPORT: Final = ResponseType(
    name="CheckReport", status=200, description="What was found.", bodies=(CheckReport,), headers=SIGNED
)
_ALWAYS: Final = (
    BAD_REQUEST,
    UNAUTHENTICATED,
    ResponseType(
        name="MayNotUpload",
        status=403,
        description="The signature is valid, but no scope of yours lets you upload to this dataset.",
        bodies=(Error,),
        headers=SIGNED,
    ),
    ResponseType(
        name="NoSuchUpload",
        status=404,
        description="There is no such dataset to upload to, or no such upload of yours: it was cancelled, or nothing "
        "came for a day. `error` says which.",
        bodies=(Error,),
        optional_headers=SIGNED,
    ),
    ResponseType(
        name="NotNow",
        status=409,
        description="The upload is not in a state for this, parts are missing, another version is being loaded, or the "
        "dataset takes none: `error` says which, and what to do.",
        bodies=(Error,),
        headers=SIGNED,
    ),
    ResponseType(
        name="TooLarge",
        status=413,
        description="The part is larger than it may be.",
        bodies=(Error,),
        optional_headers=SIGNED,
    ),
    ResponseType(
        name="NotTaken",
        status=422,
        description="What you sent cannot be taken: `error` has a line for each reason, and what to do.",
        bodies=(Error,),
        optional_headers=SIGNED,
    ),
    TOO_MANY_FAILURES,
    SERVER_ERROR,
    UNAVAILABLE,
)
_PATH: Final = "/api/v1/uploads/{dataset}"
_OF_UPLOAD: Final = _PATH + "/{upload_id}"


def _operation(
    method: str,
    path: str,
    view: Callable[..., HttpResponse],
    summary: str,
    description: str,
    *responses: ResponseType,
    body: type | None = None,
) -> UploadOperation:
    return UploadOperation(
        operation_id=view.__name__,
        method=method,
        path=path,
        view=view,
        summary=summary,
        description=description,
        tag=Tag.UPLOADS,
        responses=(*responses, *_ALWAYS),
        scopes=("upload:<organisation>.<dataset>",),
        body=body,
        body_media_type="application/octet-stream" if body is PartContent else "application/json",
        takes_part=body is PartContent,
    )


OPERATIONS: Final = (
    _operation(
        "POST",
        _PATH,
        uploads.begin_upload,
        "Begin an upload",
        "Announce a file to a dataset that there is. The answer has the upload's `id` and the `part_size` in which to "
        "send it. The same file announced again is the same upload, with the `parts` that are there.",
        _UPLOAD,
        body=AnnouncedFile,
    ),
    _operation(
        "PUT",
        _OF_UPLOAD + "/parts/{number}",
        uploads.put_part,
        "Send a part",
        "The bytes of one part, in any order, and again without harm. The payload hash of your signature is verified "
        "over them.",
        _DONE,
        body=PartContent,
    ),
    _operation(
        "POST",
        _OF_UPLOAD + "/complete",
        uploads.complete_upload,
        "Complete an upload",
        "All parts are sent: they are put together and checked. It can be repeated if the answer was lost.",
        _CHECKING,
        _BEING_COMPLETED,
    ),
    _operation(
        "GET",
        _OF_UPLOAD,
        uploads.get_upload,
        "See how far an upload is",
        "From its first part until its rows are in Data Workspace. Ask every few seconds.",
        _CHECKED,
    ),
    _operation(
        "GET",
        _OF_UPLOAD + "/report",
        uploads.get_upload_report,
        "Read what the check has found",
        "The same report as on the page of the check: how the file is read, each column, what was put right, what is "
        "asked, and the comparison with the version in use.",
        _REPORT,
    ),
    _operation(
        "POST",
        _OF_UPLOAD + "/read-again",
        uploads.read_upload_again,
        "Read the file in another way",
        "Answer the questions of the report, or correct what was detected. The file is checked again.",
        _CHECKING,
        body=ReadingChoices,
    ),
    _operation(
        "POST",
        _OF_UPLOAD + "/confirm",
        uploads.confirm_upload,
        "Confirm an upload",
        "Load the version. Every value is tried first: `bad_values` has the first ones that are not of their types, "
        "and nothing is loaded while there is one, unless `leave_out_rows` says how many rows may stay behind. What "
        "keeps the rows that are there is counted first, and confirmed once more.",
        _CONFIRMED,
        body=Confirmation,
    ),
    _operation(
        "DELETE",
        _OF_UPLOAD,
        uploads.cancel_upload,
        "Cancel an upload",
        "Nothing of it is loaded. What has been loaded already cannot be cancelled.",
        _DONE,
    ),
)
