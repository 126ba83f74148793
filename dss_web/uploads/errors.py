"""What keeps an upload page from doing what it was asked for."""

from dataclasses import dataclass
from typing import Final

from dss_web.registry.models import UploadFile


class StorageUnavailable(Exception):
    """The storage did not do its part; the message is for the log."""


class AlreadyMoved(Exception):
    """The version is no longer in the state from which the person wanted to move it."""


@dataclass
class DatasetClosed(Exception):
    """Nothing is loaded into the dataset any more; `why` is a sentence for the person."""

    why: str

    @property
    def sentence(self) -> str:
        """For the person."""
        return self.why


@dataclass
class DatasetBusy(Exception):
    """Another version of the dataset is being loaded: which of the two would be there in the end is chance."""

    other: UploadFile

    @property
    def sentence(self) -> str:
        """For the person."""
        return (
            f"Another version of this dataset ({self.other.original_name or 'of an earlier release'}) is being loaded. "
            "Wait for it to finish, then confirm this version again."
        )


CHANGED_MEANWHILE: Final = (
    "Another version has come into use since this page was opened. Look at what is different now, and confirm again."
)


class BaseChanged(Exception):
    """Another version has come into use since the person compared theirs with the one before."""

    @property
    def sentence(self) -> str:
        """For the person."""
        return CHANGED_MEANWHILE
