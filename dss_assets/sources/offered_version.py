"""What a publisher says of a file before it is fetched, and what it means that it says nothing."""

from http import HTTPStatus
from typing import Final

from dss_assets.errors import TransientError
from dss_assets.sources.http import UnexpectedStatus, Visit
from dss_assets.sources.remote_file import Listing

# After so many files of which the publisher does not tell the version, it is taken to be down.
MOST_UNANSWERED: Final = 3
NOT_THERE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


def offered_version(visit: Visit, url: str, listing: Listing) -> str | None:
    """What the publisher says of a file: None if it is not there, '' if it gives no answer now.

    Of that it is told in `listing.unanswered`. Raises TransientError where the publisher seems to be down, or asks to
    be left in peace.
    """
    try:
        return visit.version(url)
    except TransientError as error:
        if isinstance(error, UnexpectedStatus) and error.status in NOT_THERE:
            return None
        if _is_told_to_wait(error) or len(listing.unanswered) >= MOST_UNANSWERED:
            raise
        listing.unanswered.append(str(error))
        return ""


def _is_told_to_wait(error: TransientError) -> bool:
    return error.retry_after > 0 or (
        isinstance(error, UnexpectedStatus) and error.status == HTTPStatus.TOO_MANY_REQUESTS
    )
