"""A file for each period, at a URL with its date."""

import time
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from dss_assets.dataset import DatedUrl
from dss_assets.errors import TransientError
from dss_assets.sources.client import PublisherClient
from dss_assets.sources.http import Visit
from dss_assets.sources.offered_version import offered_version
from dss_assets.sources.remote_file import Listing, RemoteFile

# A sensor has 60 seconds. What could not be asked within these is asked at the next look, which comes soon.
LOOK_SECONDS: Final = 30


def dated_files(source: DatedUrl, stored: Collection[str], publishers: PublisherClient) -> Listing:
    """The files that are out: of the newest periods, and of older ones whose names are not `stored` yet.

    Raises TransientError where none of the newest is out, as after a change of the publisher's addresses.
    """
    listing = Listing()
    started = time.monotonic()
    starts = source.starts(datetime.now(UTC).date())
    newest, older = starts[: source.look_back + 1], starts[source.look_back + 1 :]
    older = [start for start in older if source.name_of(start) not in stored]
    with publishers.visit(source=source) as visit:
        for start in newest:
            _ask(visit, source.name_of(start), publishers.url(source.url_of(start)), listing)
        if not listing.files and not listing.unanswered:
            raise _none_is_out(source, publishers, len(newest))
        for number, start in enumerate(older):
            if time.monotonic() - started > LOOK_SECONDS:
                listing.unanswered.append(
                    f"{len(older) - number} earlier {source.period}s were not asked for yet: {LOOK_SECONDS} seconds, "
                    "which is as long as a look may take, were over."
                )
                break
            _ask(visit, source.name_of(start), publishers.url(source.url_of(start)), listing)
    return listing


def _ask(visit: Visit, name: str, url: str, listing: Listing) -> None:
    """List a file that is there. One of which nothing is known now may not be there: it is asked for again soon."""
    if version := offered_version(visit, url, listing):
        listing.files.append(RemoteFile(name, url, version))


def _none_is_out(source: DatedUrl, publishers: PublisherClient, asked: int) -> TransientError:
    starts = source.starts(datetime.now(UTC).date())
    if not starts:
        return TransientError(f"{source.url} has no {source.period} yet: the first is that of {source.first}.")
    newest, oldest = (publishers.url(source.url_of(starts[place])) for place in (0, asked - 1))
    return TransientError(
        f"None of the last {asked} {source.period}s is at its URL, from {oldest} to {newest}: each was answered with "
        f"404. They are asked for again. If this lasts, look whether the publisher has changed its addresses or is "
        "later than `look_back` allows, and correct the dataset's declaration."
    )
