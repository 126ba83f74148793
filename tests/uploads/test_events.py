"""The trail of what was done to uploads: complete, and not to be changed."""

import csv
import io

import psycopg
import pytest

from tests.parts.site import ADMINISTRATOR, UPLOADER, Site, id_in

CSV = "name,amount\nPens,1\n"


def events_of(site: Site, file_id: str) -> list[tuple[object, ...]]:
    return site.sql(
        "SELECT person, action, before ->> 'state', after ->> 'state' FROM operations.upload_event"
        " WHERE version = %s ORDER BY id",
        file_id,
    )


def test_each_action_is_noted_with_its_person_and_what_it_changed(site: Site) -> None:
    person, other = site.login(UPLOADER), site.login(ADMINISTRATOR)
    dataset = person.create_dataset()
    file_id = id_in(person.upload(dataset, CSV).url)
    person.post(f"{dataset}verify/{file_id}/", {"type-2": "numeric"})
    other.post(f"{dataset}cancel/{file_id}/")
    site.sql("UPDATE pipeline_data_file SET state = 'processing_dss' WHERE id = %s", file_id)

    assert events_of(site, file_id) == [
        (UPLOADER.email, "upload", None, "uploading"),
        (UPLOADER.email, "upload", "uploading", "uploaded"),
        (UPLOADER.email, "check", None, None),  # what its columns are
        (UPLOADER.email, "confirm", "uploaded", "verified"),
        (ADMINISTRATOR.email, "cancel", "verified", "cancelled"),
        ("", "processing_dss", "cancelled", "processing_dss"),
    ]
    assert site.sql(
        "SELECT before -> 'column_types', after -> 'column_types', person_id FROM operations.upload_event"
        " WHERE version = %s AND action = 'confirm'",
        file_id,
    ) == [(["text", "integer"], ["text", "numeric"], UPLOADER.user_id)]
    name = dataset.removesuffix("/").rpartition("-")[2]
    assert site.sql(
        "SELECT person, action, version FROM operations.upload_event WHERE dataset = %s ORDER BY id LIMIT 1",
        f"dbt.{name}",
    ) == [(UPLOADER.email, "create dataset", None)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE operations.upload_event SET person = 'nobody'",
        "DELETE FROM operations.upload_event",
        "TRUNCATE operations.upload_event",
    ],
)
def test_no_statement_changes_what_happened(site: Site, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="what happened is not changed afterwards"):
        site.sql(statement)


def test_administrators_see_the_trail_and_take_it_away_as_csv(site: Site) -> None:
    person, administrator = site.login(UPLOADER), site.login(ADMINISTRATOR)
    dataset = person.create_dataset()
    file_id = id_in(person.upload(dataset, CSV).url)
    page = administrator.get(f"/admin/registry/uploadevent/?q={file_id}")
    assert UPLOADER.email in page.text
    numbers = [
        str(number)
        for (number,) in site.sql("SELECT id FROM operations.upload_event WHERE version = %s ORDER BY id", file_id)
    ]

    answer = administrator.post(
        f"/admin/registry/uploadevent/?q={file_id}", {"action": "export_as_csv", "_selected_action": numbers[0]}
    )

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["person"], row["action"], row["version"]) == (UPLOADER.email, "upload", file_id)
    assert person.get("/admin/registry/uploadevent/").status_code == 403
