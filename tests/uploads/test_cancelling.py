"""What waits can be withdrawn by a person, and nothing of it is loaded once they read that it was."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from dss_assets import uploads
from dss_assets.database import Connection, Database
from dss_assets.errors import Withdrawn
from dss_assets.storage import Storage
from tests.parts.site import Site, Visitor, id_in
from tests.parts.waiting import PATIENCE_SECONDS, wait_until

CSV = "name,amount\nPens,1\n"
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    " AND wait_event = %s"
)


def confirmed(person: Visitor, dataset: str, content: str = CSV) -> str:
    file_id = id_in(person.upload(dataset, content).url)
    assert "/uploaded/" in person.post(f"{dataset}verify/{file_id}/").url
    return file_id


def state_of(site: Site, file_id: str) -> str:
    ((state,),) = site.sql("SELECT state FROM pipeline_data_file WHERE id = %s", file_id)
    return str(state)


def tables_of(site: Site, dataset: str) -> list[tuple[str]]:
    schema = f"dbt.{dataset.removesuffix('/').rpartition('-')[2]}"
    return site.sql("SELECT tablename FROM pg_tables WHERE schemaname = %s", schema)


def wait_for_lock(site: Site, kind: str, count: int = 1) -> None:
    wait_until(lambda: site.sql(WAITING, kind) == [(count,)], f"{count} wait for a lock of the kind {kind}")


@contextmanager
def loading(site: Site, upload: uploads.Upload) -> Iterator[list[Exception]]:
    """Load an upload in a thread of its own; what it raises is in the list once the block has ended."""
    raised: list[Exception] = []

    def load() -> None:
        with Database(site.database_url).connect("load") as connection:
            try:
                uploads.ingest_upload(connection, Storage(site.storage_url, "datasets", "uploads"), upload, "a run")
            except Withdrawn as error:
                raised.append(error)

    thread = threading.Thread(target=load)
    thread.start()
    yield raised
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()


def upload_of(connection: Connection, file_id: str) -> uploads.Upload:
    return uploads.find(connection, file_id)


def test_a_version_that_waits_is_cancelled_from_its_page_and_the_dataset_is_open(
    site: Site, person: Visitor, connection: Connection
) -> None:
    dataset = person.create_dataset()
    first, second = confirmed(person, dataset), id_in(person.upload(dataset, CSV).url)
    seen_by_the_sensor = upload_of(connection, first)
    assert person.post(f"{dataset}verify/{second}/").status_code == 409
    assert f"{dataset}cancel/{first}/" in person.get(f"{dataset}uploaded/{first}/").text
    assert f"{dataset}cancel/{first}/" in person.get(dataset).text
    assert "will not be loaded" in person.get(f"{dataset}cancel/{first}/").text

    page = person.post(f"{dataset}cancel/{first}/")

    assert "This version was cancelled" in page.text
    with pytest.raises(Withdrawn):
        uploads.ingest_upload(connection, Storage(site.storage_url, "datasets", "uploads"), seen_by_the_sensor, "a run")
    assert (state_of(site, first), tables_of(site, dataset)) == ("cancelled", [])
    assert "/uploaded/" in person.post(f"{dataset}verify/{second}/").url
    assert [upload.id for upload in uploads.due_files(connection) if upload.id in {first, second}] == [second]


def test_a_cancellation_while_the_rows_are_loaded_leaves_none_of_them(
    site: Site, person: Visitor, connection: Connection
) -> None:
    dataset = person.create_dataset()
    file_id = confirmed(person, dataset)
    upload = upload_of(connection, file_id)
    with psycopg.connect(site.database_url) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"load {upload.key}"])
        with loading(site, upload) as raised:
            wait_for_lock(site, "advisory")
            assert state_of(site, file_id) == "processing_dss"
            assert "This version was cancelled" in person.post(f"{dataset}cancel/{file_id}/").text
            holder.rollback()
    assert [str(error) for error in raised] == [
        f"Upload {file_id} was cancelled while it was loaded. Nothing was loaded."
    ]
    assert (state_of(site, file_id), tables_of(site, dataset)) == ("cancelled", [])


def test_a_cancellation_after_the_rows_is_told_that_it_came_too_late(
    site: Site, person: Visitor, connection: Connection
) -> None:
    dataset = person.create_dataset()
    file_id = confirmed(person, dataset)
    upload = upload_of(connection, file_id)
    pages = []
    with psycopg.connect(site.database_url) as gate, psycopg.connect(site.database_url) as holder:
        gate.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"load {upload.key}"])
        with loading(site, upload) as raised:
            wait_for_lock(site, "advisory")
            holder.execute("SELECT FROM pipeline_data_file WHERE id = %s FOR UPDATE", [file_id])
            gate.rollback()
            # The rows are in the table, and only the state has to be set.
            wait_for_lock(site, "transactionid")
            cancelling = threading.Thread(target=lambda: pages.append(person.post(f"{dataset}cancel/{file_id}/")))
            cancelling.start()
            wait_for_lock(site, "tuple")
            holder.rollback()
            cancelling.join(PATIENCE_SECONDS)
    assert raised == []
    assert (pages[0].status_code, "It was too late to cancel" in pages[0].text) == (409, True)
    assert (state_of(site, file_id), tables_of(site, dataset)) == ("processing_dataflow", [("L0",)])


def test_a_cancelled_version_is_checked_again_with_the_types_that_were_chosen(site: Site, person: Visitor) -> None:
    dataset = person.create_dataset()
    file_id = id_in(person.upload(dataset, CSV).url)
    person.post(f"{dataset}verify/{file_id}/", {"type-2": "numeric"})
    person.post(f"{dataset}cancel/{file_id}/")

    page = send(person, f"{dataset}uploaded/{file_id}/", f"{dataset}check-again/{file_id}/")

    assert page.url.endswith(f"{dataset}verify/{file_id}/")
    assert '<option value="numeric" selected>' in page.text
    assert "/uploaded/" in person.post(f"{dataset}verify/{file_id}/").url
    assert state_of(site, file_id) == "verified"


def test_a_version_that_failed_is_checked_again_without_being_sent_again(site: Site, person: Visitor) -> None:
    dataset = person.create_dataset()
    file_id = confirmed(person, dataset)
    site.sql("UPDATE pipeline_data_file SET state = 'failed', error_message = 'Too bad.' WHERE id = %s", file_id)
    assert "Check the columns again" in person.get(f"{dataset}uploaded/{file_id}/failed/").text

    page = send(person, f"{dataset}uploaded/{file_id}/failed/", f"{dataset}check-again/{file_id}/")

    assert page.url.endswith(f"{dataset}verify/{file_id}/")
    assert site.sql("SELECT state, error_message FROM pipeline_data_file WHERE id = %s", file_id) == [
        ("uploaded", None)
    ]


def test_a_file_that_was_not_kept_is_not_offered_to_be_checked_again(site: Site, person: Visitor) -> None:
    dataset = person.create_dataset()
    file_id = confirmed(person, dataset)
    site.sql("UPDATE pipeline_data_file SET state = 'failed', size = NULL WHERE id = %s", file_id)
    assert "Check the columns again" not in person.get(f"{dataset}uploaded/{file_id}/failed/").text
    send(person, dataset, f"{dataset}check-again/{file_id}/")
    assert state_of(site, file_id) == "failed"


def test_a_restoration_that_is_cancelled_leaves_the_version_to_be_restored(
    site: Site, person: Visitor, connection: Connection
) -> None:
    dataset = person.create_dataset()
    first, second = person.load(dataset, CSV), person.load(dataset, "a\n1\n")
    person.post(f"{dataset}restore/{first}/")
    seen_by_the_sensor = upload_of(connection, first)
    person.post(f"{dataset}cancel/{first}/")
    with pytest.raises(Withdrawn):
        uploads.ingest_upload(connection, Storage(site.storage_url, "datasets", "uploads"), seen_by_the_sensor, "a run")
    assert f"{dataset}restore/{first}/" in person.get(dataset).text
    assert state_of(site, second) == "completed"
    assert "/uploaded/" in person.post(f"{dataset}restore/{first}/").url
    assert state_of(site, first) == "verified"


def send(person: Visitor, page: str, path: str):  # type: ignore[no-untyped-def]
    """Send the form without fields that a page has for another path."""
    token = person.get(page).text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    return person.http.post(person.site.url + path, data={"csrfmiddlewaretoken": token})
