"""An event of an upload -> what its person is told. Nothing of the file's contents: mail goes anywhere."""

from typing import NamedTuple

from django.conf import settings
from django.urls import reverse

from dss_web.registry.models import UploadEvent, UploadFile
from dss_web.shared.contract import UploadState
from dss_web.uploads.file_names import shown_name


class Words(NamedTuple):
    """The subject and text of a mail."""

    subject: str
    text: str


def words(event: UploadEvent, version: UploadFile) -> Words:
    """What a mail about an event of a version says."""
    dataset = version.pipeline
    page = settings.DSS.dss_web_url + reverse("uploaded", args=[dataset.slug, version.id])
    name = shown_name(version.original_name) or "your file"
    match (event.after or {}).get("state"):
        case UploadState.COMPLETED:
            subject = f"Your data is ready: {dataset}"
            text = f"{name} has been loaded into {dataset} and copied to Data Workspace."
        case UploadState.FAILED:
            subject = f"Your data could not be loaded: {dataset}"
            text = f"{name} could not be loaded into {dataset}. The page below says why, and what to do."
        case _:
            subject = f"Your upload waits for you: {dataset}"
            text = f"{name} has arrived for {dataset}, and is not loaded until you have checked its columns."
    switch_off = settings.DSS.dss_web_url + reverse("mail-choice")
    return Words(
        subject.replace("\n", " "),
        f"{text}\n\n{page}\n\n"
        f"You get this because you uploaded the file to the Data Store Service. To stop these emails: {switch_off}\n",
    )
