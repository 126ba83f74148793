"""A file comes in parts, in any order and more than once, and is one whole version in the end, or nothing."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from dss_assets.storage import Storage
from dss_assets.uploads import delete_arriving, end_abandoned
from infra.local.postgres import Postgres
from tests.parts.arriving import LIMIT, MEBIBYTE, Sender, running_arriving_site, table
from tests.parts.site import ADMINISTRATOR, UPLOADER, Site, Visitor, id_in


@pytest.fixture(scope="module")
def arriving_site(
    postgres_server: Postgres, migrated_template: str, static_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("arriving")
    with running_arriving_site(postgres_server, migrated_template, "arriving", static_folder, folder) as site:
        yield site


@pytest.fixture(scope="module")
def person(arriving_site: Site) -> Visitor:
    return arriving_site.login(UPLOADER)


@pytest.fixture
def sender(person: Visitor) -> Sender:
    """Somebody with a file of four parts, the last one short."""
    sender = Sender(person, person.create_dataset(), table(3.4))
    assert len(sender.numbers) == 4
    return sender


def stored(site: Site) -> Path:
    return Path(unquote(urlsplit(site.storage_url).path))


def parts_of(sender: Sender) -> list[Path]:
    return sorted((stored(sender.person.site) / "arriving").glob(f"*/*/{sender.arrival}/*"))


def version_of(site: Site, location: str) -> tuple[object, ...]:
    """State, size, digest, rows and path of the version to whose page an answer leads."""
    (row,) = site.sql(
        "SELECT state, size, digest, rows, data_file_url FROM pipeline_data_file WHERE id = %s", id_in(location)
    )
    return row


def test_parts_in_any_order_and_twice_become_the_file(arriving_site: Site, sender: Sender) -> None:
    assert sender.begin().json()["parts"] == {}
    for number in (3, 0, 0, 2, 1, 3):
        assert sender.put(number).status_code == 204

    answer = sender.complete()

    assert answer.status_code == 201, answer.text
    digest = hashlib.sha256(sender.content).hexdigest()
    rows = sender.content.count(b"\n") - 1
    sender.person.wait_for_check(sender.person.get(answer.headers["Location"]))
    state, size, found, counted, path = version_of(arriving_site, answer.headers["Location"])
    assert (state, size, found, counted) == ("uploaded", len(sender.content), digest, rows)
    assert (stored(arriving_site) / str(path)).read_bytes() == sender.content
    assert parts_of(sender) == []


def test_whoever_did_not_get_the_answer_asks_again_for_the_same_version(sender: Sender) -> None:
    sender.begin()
    for number in sender.numbers:
        sender.put(number)

    first, second = sender.complete(), sender.complete()

    assert (first.status_code, second.status_code) == (201, 201)
    assert id_in(first.headers["Location"]) == id_in(second.headers["Location"])
    assert sender.put(0).status_code == 204, "a second tab may still be at it"
    assert sender.put(0, sender.part(1)).status_code == 409


def test_two_that_complete_at_once_make_one_version(arriving_site: Site, sender: Sender) -> None:
    sender.begin()
    for number in sender.numbers:
        sender.put(number)
    answers: list[int] = []
    both = [threading.Thread(target=lambda: answers.append(sender.complete().status_code)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert set(answers) <= {201, 202}
    assert sender.complete().status_code == 201
    assert arriving_site.sql(
        "SELECT count(*) FROM pipeline_data_file AS file JOIN operations.arrival ON arrival.pipeline_id ="
        " file.pipeline_id WHERE arrival.id = %s",
        sender.arrival,
    ) == [(1,)]


def test_the_same_file_begun_again_goes_on_where_it_was(sender: Sender, person: Visitor) -> None:
    sender.begin(modified="1700000000000")
    sender.put(1)
    again = Sender(person, urlsplit(sender.url).path.removesuffix("arriving/"), sender.content)

    told = again.begin(modified="1700000000000").json()

    assert told["id"] == sender.arrival
    assert told["parts"] == {"1": hashlib.sha256(sender.part(1)).hexdigest()}
    assert again.begin(modified="1700000000001").json()["id"] != sender.arrival


def test_what_is_missing_is_told(sender: Sender) -> None:
    sender.begin()
    sender.put(0)
    sender.put(2)

    answer = sender.complete()

    assert answer.status_code == 409
    assert answer.json()["missing"] == [1, 3]
    assert "2 parts of the file are missing: 1, 3. Send them." in answer.json()["problem"]


def test_a_part_that_came_damaged_is_not_kept(sender: Sender) -> None:
    sender.begin()
    damaged = b"x" + sender.part(0)[1:]

    answer = sender.put(0, damaged, hashlib.sha256(sender.part(0)).digest())

    assert answer.status_code == 422
    assert "came damaged" in answer.json()["problem"]
    assert sender.there() == {}
    assert sender.put(0).status_code == 204


@pytest.mark.parametrize(("number", "size"), [(0, 10), (3, MEBIBYTE), (4, 10)], ids=["short", "long", "no such part"])
def test_a_part_has_the_size_that_is_expected(sender: Sender, number: int, size: int) -> None:
    sender.begin()

    assert sender.put(number, b"1" * size).status_code == 422


def test_no_request_is_larger_than_a_part(sender: Sender) -> None:
    sender.begin()

    answer = sender.put(0, b"1" * (MEBIBYTE + 1))

    assert answer.status_code == 413
    assert "can have up to 1,048,576" in answer.json()["problem"]


@pytest.mark.parametrize(
    ("fields", "status", "problem"),
    [
        ({"size": str(LIMIT * MEBIBYTE + 1)}, 422, "The file has 41 MB. It can have up to 40 MB."),
        ({"size": "0"}, 422, "The file is empty."),
        ({"size": "many"}, 422, "The size of the file is missing."),
        ({"name": "/"}, 422, "The file has no name."),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_before_it_comes(
    sender: Sender, fields: dict[str, str], status: int, problem: str
) -> None:
    answer = sender.begin(**fields)

    assert answer.status_code == status
    assert problem in answer.json()["problem"]


def test_a_name_with_folders_or_markup_is_a_name(arriving_site: Site, sender: Sender) -> None:
    sender.begin(name="C:\\secret\\../<b>\n.csv")

    assert arriving_site.sql("SELECT original_name FROM operations.arrival WHERE id = %s", sender.arrival) == [
        ("<b>.csv",)
    ]


def test_a_cancelled_upload_leaves_nothing(arriving_site: Site, sender: Sender) -> None:
    sender.begin()
    sender.put(0)
    assert len(parts_of(sender)) == 1

    assert sender.cancel().status_code == 204

    assert parts_of(sender) == []
    for answer in (sender.put(1), sender.complete(), sender.cancel()):
        assert answer.status_code == 404
        assert "This upload has ended" in answer.json()["problem"]
    assert parts_of(sender) == []


def test_nobody_goes_on_with_the_file_of_another(arriving_site: Site, sender: Sender) -> None:
    sender.begin()
    other = Sender(arriving_site.login(ADMINISTRATOR), urlsplit(sender.url).path[:-9], sender.content)
    other.arrival = sender.arrival

    assert [answer.status_code for answer in (other.put(0), other.complete(), other.cancel())] == [404, 404, 404]


def test_an_archived_dataset_takes_nothing(arriving_site: Site, sender: Sender) -> None:
    sender.begin()
    slug = sender.url.split("/")[-3]
    for number in sender.numbers:
        sender.put(number)
    arriving_site.sql("UPDATE pipeline SET archived_at = now() WHERE slug = %s", slug)

    assert sender.complete().status_code == 409
    assert sender.begin().status_code == 409


def test_a_part_that_the_storage_has_lost_is_asked_for_again(sender: Sender) -> None:
    sender.begin()
    for number in sender.numbers:
        sender.put(number)
    parts_of(sender)[2].write_bytes(b"something else")

    assert sender.complete().json()["missing"] == [2]
    sender.put(2)
    assert sender.complete().status_code == 201


def test_a_file_that_cannot_be_read_is_a_failed_version_with_the_reason(arriving_site: Site, person: Visitor) -> None:
    sender = Sender(person, person.create_dataset(), b"\x00\x01\x02\x03" * 5000)
    sender.begin()
    sender.put(0)

    location = sender.complete().headers["Location"]

    sender.person.wait_for_check(person.get(location))
    assert version_of(arriving_site, location)[0] == "failed"


def test_what_nobody_goes_on_sending_ends_after_a_day(arriving_site: Site, sender: Sender) -> None:
    storage = Storage(arriving_site.storage_url, "datasets", "uploads")
    sender.begin()
    sender.put(0)
    with psycopg.connect(arriving_site.database_url, autocommit=True) as connection:
        assert end_abandoned(connection, storage) == 0
        assert len(parts_of(sender)) == 1
        connection.execute("UPDATE operations.arrival SET touched_at = now() - interval '25 hours'")

        assert end_abandoned(connection, storage) >= 1

    assert parts_of(sender) == []
    assert sender.put(1).status_code == 404
    assert parts_of(sender) == []


def test_what_is_on_its_way_goes_with_its_dataset(arriving_site: Site, sender: Sender) -> None:
    storage = Storage(arriving_site.storage_url, "datasets", "uploads")
    sender.begin()
    sender.put(0)
    sender.put(1)
    organisation, _, dataset = sender.url.split("/")[-3].partition("-")
    with psycopg.connect(arriving_site.database_url, autocommit=True) as connection:
        assert delete_arriving(connection, storage, organisation, dataset, "") == 2
        connection.execute("DELETE FROM pipeline WHERE organisation = %s AND dataset = %s", [organisation, dataset])

    assert parts_of(sender) == []
    assert arriving_site.sql("SELECT FROM operations.arrival WHERE id = %s", sender.arrival) == []


def test_the_trail_says_who_uploaded(arriving_site: Site, sender: Sender) -> None:
    sender.begin()
    for number in sender.numbers:
        sender.put(number)
    location = sender.complete().headers["Location"]
    version = id_in(location)
    sender.person.wait_for_check(sender.person.get(location))

    events = arriving_site.sql(
        "SELECT person, action, after ->> 'state' FROM operations.upload_event WHERE version = %s ORDER BY id", version
    )

    assert events[:2] == [(UPLOADER.email, "upload", "uploading"), (UPLOADER.email, "upload", "uploaded")]
