"""Publishers are asked when they want to be asked, over at most two connections."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from dss_assets.database import Database, host_slot
from dss_assets.errors import TransientError
from dss_assets.sources import PublisherClient
from tests.parts.unruly import Answer, UnrulyPublisher


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (timedelta(hours=2), 7200),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("soon", 0),
        ("999999999", 24 * 60 * 60),
    ],
    ids=["seconds", "date", "past", "nonsense", "years"],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(
    value: str | timedelta, seconds: int, status: int, unruly: UnrulyPublisher, unruly_client: PublisherClient
) -> None:
    if isinstance(value, timedelta):
        value = format_datetime(datetime.now(UTC) + value, usegmt=True)
    unruly.answers["/a.csv"] = Answer(status=status, headers={"Retry-After": value})

    with pytest.raises(TransientError, match=str(status)) as raised:
        list(unruly_client.fetch("a.csv", f"{unruly.url}/a.csv"))

    assert raised.value.retry_after == pytest.approx(seconds, abs=60)


def test_a_host_is_asked_over_two_connections_whoever_asks(unruly: UnrulyPublisher, database_url: str) -> None:
    """Each client stands for a process: what they share is the database."""
    unruly.answers["/a.csv"] = Answer(b"1,2\n" * 100)
    unruly.gate.clear()

    def fetch(_: int) -> int:
        unruly_client = PublisherClient({unruly.url: unruly.url}, Database(database_url))
        return len(b"".join(unruly_client.fetch("a.csv", f"{unruly.url}/a.csv")))

    with ThreadPoolExecutor(6) as pool:
        fetched = pool.map(fetch, range(6))
        threading.Timer(1, unruly.gate.set).start()
        assert list(fetched) == [400] * 6
    assert unruly.most_at_once == 2


def test_who_gets_no_turn_is_told_why_and_other_hosts_are_free(database_url: str) -> None:
    database = Database(database_url)
    with (
        database.connect("one") as one,
        database.connect("two") as two,
        database.connect("three") as three,
        host_slot(one, "publisher.example", 0),
        host_slot(two, "publisher.example", 0),
    ):
        with (
            pytest.raises(TransientError, match=r"publisher\.example was not asked: 2 connections to it were in use"),
            host_slot(three, "publisher.example", 0),
        ):
            pass
        with host_slot(three, "another.example", 0):
            pass


def test_a_turn_is_given_back(database_url: str, unruly: UnrulyPublisher) -> None:
    unruly_client = PublisherClient({unruly.url: unruly.url}, Database(database_url))
    for _ in range(5):
        with pytest.raises(TransientError, match="404"), unruly_client.visit() as visit:
            visit.get(f"{unruly.url}/nothing")
