"""From the browser to the table: what the upload pages take, the loader loads as it was shown."""

from datetime import date

import obstore
import pytest
from obstore.store import from_url
from psycopg import sql

from dss_assets import uploads
from dss_assets.database import Connection
from dss_assets.errors import InvalidFile
from dss_assets.storage import Storage
from tests.parts.delivered import mark_delivered
from tests.parts.site import Site, Visitor, id_in
from tests.workbooks import Rows, xlsx


def load_confirmed(site: Site, connection: Connection, file_id: str) -> None:
    """Do what the sensor does for this version."""
    (upload,) = [upload for upload in uploads.due_files(connection) if upload.id == file_id]
    uploads.ingest_upload(connection, Storage(site.storage_url, "datasets", "uploads"), upload, "a run")


def rows_of(connection: Connection, dataset: str, *columns: str) -> list[tuple[object, ...]]:
    """The rows of a dataset's table in the order of the file."""
    table = sql.Identifier(f"dbt.{dataset.removesuffix('/').rpartition('-')[2]}", "L0")
    names = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column in columns)
    return connection.execute(sql.SQL("SELECT {} FROM {} ORDER BY id").format(names, table)).fetchall()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize(("separator", "quote"), [(",", '"'), (";", '"'), ("\t", '"'), ("|", "'")])
def test_every_encoding_and_separator_that_is_taken_is_loaded(
    site: Site, person: Visitor, connection: Connection, encoding: str, separator: str, quote: str
) -> None:
    name = f"{quote}Zoë{separator} {quote}{quote}x{quote}{quote}\r\nLtd{quote}"
    rows = [
        ["Company Name", "Company Name", "Since", "Share", "Open", "Code"],
        [name, "NULL", "31/12/2024", "1.50", "yes", "007"],
        ["NULL and void", "", "2024-12-30", "-2", "F", "N/A"],
    ]
    dataset = person.create_dataset()
    page = person.upload(dataset, "".join(separator.join(row) + "\r\n" for row in rows).encode(encoding))
    file_id = id_in(page.url)
    assert "/uploaded/" in person.post(f"{dataset}verify/{file_id}/").url
    load_confirmed(site, connection, file_id)
    columns = ("company_name", "company_name_1", "since", "share", "open", "code")
    assert rows_of(connection, dataset, *columns) == [
        (f"Zoë{separator} {quote}x{quote}\r\nLtd", None, "2024-12-31", "1.50", "true", "007"),
        ("NULL and void", None, "2024-12-30", "-2", "false", "N/A"),
    ]
    assert (
        "The rows are loaded and wait to be copied to Data Workspace"
        in person.get(f"{dataset}uploaded/{file_id}/").text
    )


def test_a_messy_file_is_loaded_as_its_page_has_shown(site: Site, person: Visitor, connection: Connection) -> None:
    rows = [
        "Spend over £25k",
        "",
        "When;Größe;Cost;id;;",
        "01/31/2024;007;£1,234.50;NULL;;",
        "02/01/2024;010;£2.00;7;;",
    ]
    content = "\r\n".join([*rows, ";;;;;", "Source: a survey;;;;;", ""])
    dataset = person.create_dataset()
    page = person.upload(dataset, content.encode("cp1252"))
    file_id = id_in(page.url)
    text = " ".join(page.text.split())
    assert "The lines above the names of the columns are left out, from line 1 on: “Spend over £25k”." in text
    assert "“£1,234.50” are text. Choose “Decimal number” to make “1234.50” of it." in text
    assert "Source: a survey" in text
    assert "/uploaded/" in person.post(f"{dataset}verify/{file_id}/", {"type-3": "numeric"}).url
    load_confirmed(site, connection, file_id)
    assert rows_of(connection, dataset, "when", "groesse", "cost", "id_in_source") == [
        ("2024-01-31", "007", "1234.50", None),
        ("2024-02-01", "010", "2.00", "7"),
    ]


def test_a_workbook_is_loaded(site: Site, person: Visitor, connection: Connection) -> None:
    dataset = person.create_dataset()
    cells: Rows = [["Name", "Since", "Share"], ["Zoë", date(2024, 1, 31), 1.5], ["Ann", date(2024, 2, 1), 2]]
    file_id = id_in(person.upload(dataset, xlsx({"Data": cells})).url)
    person.post(f"{dataset}verify/{file_id}/")
    load_confirmed(site, connection, file_id)
    expected = [("Zoë", "2024-01-31", "1.5"), ("Ann", "2024-02-01", "2")]
    assert rows_of(connection, dataset, "name", "since", "share") == expected


def test_a_value_that_does_not_fit_is_found_however_far_down_it_stands(site: Site, person: Visitor) -> None:
    dataset = person.create_dataset()
    file_id = id_in(person.upload(dataset, "a,b\n" + "1,2\n" * 100_000 + "1,many\n").url)

    page = person.post(f"{dataset}verify/{file_id}/", {"type-2": "integer"})

    assert page.status_code == 422
    assert "100002" in page.text
    assert "many" in page.text
    assert site.sql("SELECT state FROM pipeline_data_file WHERE id = %s", file_id) == [("uploaded",)]


def test_a_file_that_begins_with_empty_lines_is_loaded_as_it_was_checked(
    site: Site, person: Visitor, connection: Connection
) -> None:
    dataset = person.create_dataset()
    file_id = id_in(person.upload(dataset, "\n\nCode,Count\nA,1\n\nB,2\n").url)
    person.post(f"{dataset}verify/{file_id}/")
    assert site.sql("SELECT rows FROM pipeline_data_file WHERE id = %s", file_id) == [(2,)]
    load_confirmed(site, connection, file_id)
    assert rows_of(connection, dataset, "code", "count") == [("A", "1"), ("B", "2")]


def test_what_went_wrong_is_told_of_the_file_and_not_of_its_id(
    site: Site, person: Visitor, connection: Connection
) -> None:
    dataset = person.create_dataset()
    file_id = id_in(person.upload(dataset, "a,b\n1,2\n").url)
    person.post(f"{dataset}verify/{file_id}/")
    name = dataset.removesuffix("/").rpartition("-")[2]
    obstore.delete(from_url(site.storage_url), f"uploads/dbt/{name}/{file_id}")
    with pytest.raises(InvalidFile):
        load_confirmed(site, connection, file_id)
    ((reason,),) = site.sql("SELECT error_message FROM pipeline_data_file WHERE id = %s", file_id)
    assert str(reason).startswith("The file is not in the storage")
    assert file_id not in str(reason)


def test_a_restored_version_is_loaded_again(site: Site, person: Visitor, connection: Connection) -> None:
    dataset = person.create_dataset()
    versions = []
    for content in ("a\n1\n", "a\n2\n"):
        file_id = id_in(person.upload(dataset, content).url)
        person.post(f"{dataset}verify/{file_id}/")
        load_confirmed(site, connection, file_id)
        mark_delivered(connection, file_id)
        versions.append(file_id)
    assert rows_of(connection, dataset, "a") == [("2",)]
    person.post(f"{dataset}restore/{versions[0]}/")
    load_confirmed(site, connection, versions[0])
    mark_delivered(connection, versions[0])
    assert rows_of(connection, dataset, "a") == [("1",)]
    assert "Your data is ready" in person.get(f"{dataset}uploaded/{versions[0]}/").text
    assert f"{dataset}restore/{versions[1]}/" in person.get(dataset).text


def test_a_loaded_upload_is_fresh_in_the_catalogue_at_once(site: Site, person: Visitor, connection: Connection) -> None:
    dataset = person.create_dataset()
    name = dataset.split("/")[3].removeprefix("dbt-")
    assert ">Empty</strong>" in person.get(f"/datasets/?q={name}").text
    file_id = id_in(person.upload(dataset, "a,b\n1,2\n3,4\n").url)
    person.post(f"{dataset}verify/{file_id}/")

    load_confirmed(site, connection, file_id)

    page = person.get(f"/datasets/?q={name}").text
    assert ">Fresh</strong>" in page
    assert ">2</td>" in page
