"""A file a month, a day or a quarter, at a URL with its date."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from dss_assets.dataset import Dataset, DatedUrl, Period
from dss_assets.datasets import REFERENCE_POSTCODES
from dss_assets.errors import TransientError
from dss_assets.sources import PublisherClient, list_files, read_listing
from dss_assets.storage import Storage
from tests.parts.unruly import Answer, UnrulyPublisher
from tests.parts.unruly_fixtures import UNRULY

DAILY = timedelta(days=1)


def months_ago(count: int) -> date:
    month = datetime.now(UTC).date().replace(day=1)
    for _ in range(count):
        month = (month - DAILY).replace(day=1)
    return month


def path(month: date) -> str:
    return f"/{month:%Y}/crimes-{month:%m}.csv"


@pytest.fixture
def crimes() -> Callable[..., Dataset]:
    def crimes(first: date, look_back: int = 3) -> Dataset:
        source = DatedUrl(
            url=UNRULY + "/{year}/crimes-{month}.csv",
            stored_as="crimes_{year}_{month}.csv",
            period=Period.MONTH,
            first=first,
            look_back=look_back,
            every=DAILY,
        )
        return replace(REFERENCE_POSTCODES, source=source)

    return crimes


def test_each_month_that_is_out_is_a_file_and_one_that_is_not_is_no_error(
    crimes: Callable[..., Dataset], unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    for ago in (1, 2, 4):
        unruly.answers[path(months_ago(ago))] = Answer(b"a\n", headers={"ETag": f'"{ago}"'})

    files = list_files(crimes(months_ago(5)), unruly_client, storage)

    assert [(file.name, file.url, file.version) for file in files] == [
        (f"crimes_{month:%Y_%m}.csv", unruly.url + path(month), f'"{ago}"  2')
        for ago, month in ((ago, months_ago(ago)) for ago in (4, 2, 1))
    ]


def test_nothing_is_asked_for_that_is_before_the_first(
    crimes: Callable[..., Dataset], unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    unruly.answers |= {path(months_ago(ago)): Answer(b"a\n") for ago in range(6)}

    assert len(list_files(crimes(months_ago(2)), unruly_client, storage)) == 3
    assert {asked for _, asked, _ in unruly.requests} == {path(months_ago(ago)) for ago in range(3)}


def test_older_months_are_asked_for_until_they_are_stored(
    crimes: Callable[..., Dataset], unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    unruly.answers |= {path(months_ago(ago)): Answer(b"a\n") for ago in range(6)}
    for ago in (0, 3, 4):
        name = f"crimes_{months_ago(ago):%Y_%m}.csv"
        storage.put(storage.dataset_path("dit", "reference_postcodes", name), [b"a\n"])

    files = list_files(crimes(months_ago(5), look_back=1), unruly_client, storage)

    assert [file.url for file in files] == [unruly.url + path(months_ago(ago)) for ago in (5, 2, 1, 0)]


def test_it_is_an_error_that_none_of_the_newest_is_there(
    crimes: Callable[..., Dataset], unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    unruly.answers[path(months_ago(5))] = Answer(b"a\n")

    with pytest.raises(TransientError, match="None of the last 4 months is at its URL") as raised:
        list_files(crimes(months_ago(9)), unruly_client, storage)

    assert path(months_ago(0)) in str(raised.value)
    assert path(months_ago(3)) in str(raised.value)


def test_a_server_that_fails_is_not_taken_for_a_month_that_is_not_out(
    crimes: Callable[..., Dataset], unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    unruly.answers[path(months_ago(1))] = Answer(b"a\n")
    unruly.answers[path(months_ago(2))] = Answer(b"", status=503, head_status=503)

    listing = read_listing(crimes(months_ago(2)), unruly_client, storage)

    assert [file.name for file in listing.files] == [f"crimes_{months_ago(1):%Y_%m}.csv"]
    [unanswered] = listing.unanswered
    assert "503" in unanswered


def test_a_look_ends_in_time_and_is_soon_taken_up_again(
    crimes: Callable[..., Dataset],
    unruly: UnrulyPublisher,
    unruly_client: PublisherClient,
    storage: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dss_assets.sources.dated.LOOK_SECONDS", 0)
    unruly.answers |= {path(months_ago(ago)): Answer(b"a\n") for ago in range(9)}

    listing = read_listing(crimes(months_ago(8)), unruly_client, storage)

    assert len(listing.files) == 4
    assert listing.unanswered[0].startswith("5 earlier months were not asked for yet")


@pytest.mark.parametrize(
    ("period", "template", "expected"),
    [
        (Period.DAY, "{start:%Y%m%d}", ["20240229", "20240301"]),
        (Period.MONTH, "{start:%b-%y}_{end:%Y-%m-%d}", ["Feb-24_2024-02-29", "Mar-24_2024-03-31"]),
        (Period.QUARTER, "{year}q{quarter}", ["2024q1", "2024q2"]),
        (Period.YEAR, "{year}_{end:%d%m}", ["2024_3112", "2025_3112"]),
    ],
)
def test_a_template_has_the_dates_of_its_period(period: Period, template: str, expected: list[str]) -> None:
    source = DatedUrl(
        url="https://x.example/" + template,
        stored_as=template,
        period=period,
        first=date(2024, 2, 29),
        every=DAILY,
    )
    starts = source.starts(date(2025, 1, 1))[::-1]

    assert [source.name_of(start) for start in starts[:2]] == expected
    assert source.url_of(starts[0]) == f"https://x.example/{expected[0]}"
