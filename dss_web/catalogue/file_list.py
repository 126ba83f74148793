"""The files of a published dataset, with the state of each in words."""

from typing import Final

from django.db.models import F, QuerySet

from dss_web.registry.models import CatalogueEntry, DataFile
from dss_web.shared.contract import FileState

# A text of a word or two, and a colour of the GOV.UK palette.
TAGS: Final = {
    FileState.DUE: ("Waiting", "blue"),
    FileState.PROCESSING: ("Loading", "blue"),
    FileState.FAILED: ("Failed", "red"),
    FileState.PROCESSED: ("Loaded", "green"),
    FileState.IGNORED: ("Ignored", "grey"),
}


def files_of(entry: CatalogueEntry) -> QuerySet[DataFile]:
    """The newest first: by their dates, or else by their last change."""
    files = DataFile.objects.filter(source=entry.key)
    return files.order_by(F("file_date").desc(nulls_last=True), "-updated_timestamp", "-id")
