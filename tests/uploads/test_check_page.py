"""The check of an upload: what was found, what a person says instead, and that the load follows it."""

import csv
import io
import re
from html import unescape
from urllib.parse import urlsplit

import pytest
import requests
from psycopg import sql

from dss_assets import uploads
from dss_assets.database import Connection
from dss_assets.storage import Storage
from tests.parts.site import Site, Visitor, id_in
from tests.workbooks import xlsx


@pytest.fixture
def dataset(person: Visitor) -> str:
    return person.create_dataset()


def verify_of(page: requests.Response) -> str:
    path = urlsplit(page.url).path
    assert "/verify/" in path
    return path


def read_again(person: Visitor, verify: str, **fields: str) -> requests.Response:
    """Send the form by which the file is read again, as it is shown but for these fields."""
    path = verify.replace("/verify/", "/read-again/")
    form = dict(re.findall(r'name="(csrfmiddlewaretoken)" value="([^"]+)"', person.get(verify).text))
    return person.wait_for_check(person.http.post(person.site.url + path, data={**form, **fields}))


def errors_on(page: requests.Response) -> list[str]:
    assert page.status_code == 422
    return [unescape(one) for one in re.findall(r'<li><a href="#[^"]+">([^<]+)</a></li>', page.text)]


def preview_of(page: requests.Response) -> list[list[str]]:
    """The first rows as the page shows them, below their names."""
    (table,) = re.findall(
        r'<table class="govuk-table govuk-!-margin-bottom-0 dss-preview">.*?</table>', page.text, re.S
    )
    rows = re.findall(r"<tr.*?</tr>", table, re.S)
    return [[unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)] for row in rows]


def load(site: Site, connection: Connection, page: requests.Response, *columns: str) -> list[tuple[object, ...]]:
    """Load a version that was confirmed, as the sensor does; its rows as text."""
    assert "/uploaded/" in page.url, page.text
    file_id = id_in(page.url)
    (upload,) = [upload for upload in uploads.due_files(connection) if upload.id == file_id]
    uploads.ingest_upload(connection, Storage(site.storage_url, "datasets", "uploads"), upload, "a run")
    table = sql.Identifier(upload.key, "L0")
    names = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column in columns)
    return connection.execute(sql.SQL("SELECT {} FROM {} ORDER BY id").format(names, table)).fetchall()


def test_what_was_detected_is_shown_with_the_first_rows_as_they_are_loaded(person: Visitor, dataset: str) -> None:
    page = person.upload(dataset, "Sales by region\n\nRegion;Sold;When\nNorth;12;31-01-2024\nSouth;N/A;30-01-2024\n")

    for shown in ("Text with separated values", "UTF-8", "Semicolon", "Line 3", "The end of the file"):
        assert f">{shown}</dd>" in page.text
    assert preview_of(page) == [["region", "sold", "when"], ["North", "12", "2024-01-31"], ["South", "", "2024-01-30"]]
    assert "The lines above the names of the columns are left out, from line 1 on: “Sales by region”." in page.text


def test_the_preview_follows_what_a_person_says_of_the_file(
    site: Site, person: Visitor, connection: Connection, dataset: str
) -> None:
    verify = verify_of(person.upload(dataset, "a|b;c\n1|2;3\n4|5;6\nnotes below|;\n"))
    page = read_again(person, verify, delimiter="semicolon", header_line="1", last_line="3")
    assert preview_of(page) == [["a_b", "c"], ["1|2", "3"], ["4|5", "6"]]
    page = read_again(person, verify, delimiter="vertical bar")
    assert preview_of(page) == [["a", "b_c"], ["1", "2;3"], ["4", "5;6"]]
    page = read_again(person, verify, header_line="0")
    assert preview_of(page)[:2] == [["column_1", "column_2"], ["a", "b;c"]]
    page = read_again(person, verify, header_line="2")
    assert load(site, connection, person.post(verify, {"name-1": "one", "name-2": "two"}), "one", "two") == [
        ("4", "5;6")
    ]


def test_a_way_to_read_that_fails_changes_nothing_and_says_why(person: Visitor, dataset: str) -> None:
    verify = verify_of(person.upload(dataset, "town,rows\nZürich,1\n".encode("cp1252")))
    before = preview_of(person.get(verify))

    (problem,) = errors_on(read_again(person, verify, encoding="utf-8"))

    assert problem.startswith("Line 2 has a character that cannot be read: the byte 0xFC is not text in UTF-8.")
    assert errors_on(read_again(person, verify, header_line="first")) == ["Enter the number of a line, such as 1"]
    assert preview_of(person.get(verify)) == before


def test_a_file_whose_first_line_is_a_row_is_not_loaded_before_the_person_has_said_so(
    site: Site, person: Visitor, connection: Connection, dataset: str
) -> None:
    verify = verify_of(person.upload(dataset, "1,2.5,2024-01-31\n2,3.5,2024-02-29\n3,4.5,2024-03-31\n"))

    (asked,) = errors_on(person.post(verify))
    assert asked.endswith("Does the file have a line with the names of its columns?")
    page = read_again(person, verify, header_line="0")

    assert "Does the file have a line" not in page.text
    assert load(site, connection, person.post(verify, {"name-1": "number"}), "number", "column_3")[0] == (
        "1",
        "2024-01-31",
    )


def test_a_sheet_is_chosen_among_several(site: Site, person: Visitor, connection: Connection, dataset: str) -> None:
    book = xlsx({"Notes": [["about", "who"], ["this", "me"]], "Data": [["town", "rows"], ["Hull", 3], ["Leeds", 4]]})
    verify = verify_of(person.upload(dataset, book, "book.xlsx"))

    (asked,) = errors_on(person.post(verify))
    assert asked.endswith("Which sheet should be loaded?")
    read_again(person, verify, sheet="Data")

    assert load(site, connection, person.post(verify), "town", "rows") == [("Hull", "3"), ("Leeds", "4")]


def test_two_encodings_are_shown_with_their_words(person: Visitor, dataset: str) -> None:
    content = "miasto,rok\nŁódź,2020\nGdańsk,2021\nKraków,2022\nŻary,2023\n".encode("cp1250")
    page = person.upload(dataset, content)
    assert "In which encoding do the words look right?" in page.text
    assert "Words look like this: Łódź, Gdańsk, Kraków" in page.text

    page = read_again(person, verify_of(page), encoding="cp1250")

    assert "In which encoding" not in page.text
    assert preview_of(page)[1] == ["Łódź", "2020"]


def test_dates_of_either_order_are_read_as_the_person_says(
    site: Site, person: Visitor, connection: Connection, dataset: str
) -> None:
    page = person.upload(dataset, "id_code,when\nx1,03/04/2024\nx2,05/06/2024\n")
    assert "“03/04/2024” becomes “2024-04-03”" in page.text
    assert "“03/04/2024” becomes “2024-03-04”" in page.text

    assert preview_of(page)[1] == ["x1", "2024-04-03"]

    page = person.post(verify_of(page), {"values-2": "month_first"})

    assert load(site, connection, page, "when") == [("2024-03-04",), ("2024-05-06",)]


def test_names_are_changed_columns_left_out_and_words_taken_for_empty_values(
    site: Site, person: Visitor, connection: Connection, dataset: str
) -> None:
    verify = verify_of(person.upload(dataset, "Town Name,secret,rows\nHull,x,3\nLeeds,y,-\nYork,z,5\n"))

    page = person.post(
        verify, {"name-1": "place", "leave-2": "yes", "type-3": "integer", "null-3-0": "yes", "name-3": "row_count"}
    )

    assert load(site, connection, page, "place", "row_count") == [("Hull", "3"), ("Leeds", None), ("York", "5")]
    assert site.sql("SELECT column_names FROM pipeline_data_file WHERE id = %s", id_in(page.url)) == [
        (["place", "row_count"],)
    ]
    again = person.upload(dataset, "Town Name,secret,rows\nBath,x,7\nLincoln,y,-\n")
    assert preview_of(again) == [["place", "row_count"], ["Bath", "7"], ["Lincoln", ""]]
    assert "Safe: all columns that people read now are there" in again.text


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name-1": ""}, "Enter a name for column 1, or leave it out"),
        (
            {"name-1": "Größe (m)"},
            "“Größe (m)” cannot be the name of column 1. Start with a letter from a to z, and use only lower case "
            "letters, numbers and underscores, for example groesse_m.",
        ),
        (
            {"name-1": "data_hash"},
            "“data_hash” is a name that the database keeps for itself. Enter another name for column 1.",
        ),
        ({"name-2": "town"}, "“town” is the name of column 1 already. Enter another name for column 2."),
        ({"name-1": "t" * 64}, "The name of column 1 has 64 characters. It can have 63."),
        ({"leave-1": "yes", "leave-2": "yes"}, "Keep at least one column. All columns are left out."),
    ],
)
def test_a_name_that_no_column_can_have_is_refused(
    person: Visitor, dataset: str, fields: dict[str, str], problem: str
) -> None:
    assert errors_on(person.post(verify_of(person.upload(dataset, "town,rows\nHull,3\n")), fields)) == [problem]


def test_what_is_offered_is_done_once_it_is_chosen(
    site: Site, person: Visitor, connection: Connection, dataset: str
) -> None:
    content = 'what,cost\ntea,"£1,234.50"\nmilk,(500)\n'
    page = person.upload(dataset, content)
    assert "Choose “Decimal number” to make “1234.50” of it." in unescape(page.text)
    assert load(site, connection, person.post(verify_of(page)), "cost") == [("£1,234.50",), ("(500)",)]

    page = person.upload(person.create_dataset(), content)

    assert load(site, connection, person.post(verify_of(page), {"type-2": "numeric"}), "cost") == [
        ("1234.50",),
        ("-500",),
    ]


def test_every_bad_value_of_the_whole_file_is_counted_and_listed_with_its_row(person: Visitor, dataset: str) -> None:
    rows = [f"{number},{number},fine\n" for number in range(12_000)]
    for place in (10, 6_000, 11_999):
        rows[place] = f'{place},"n/k\n{place}","=1+1"\n'
    verify = verify_of(person.upload(dataset, "number,code,note\n" + "".join(rows)))

    page = person.post(verify, {"type-2": "integer"})

    (problem,) = errors_on(page)
    assert "which is not a whole number (3 such values in all)" in problem
    assert "13 (row 12 in a spreadsheet)" in page.text
    listed = person.get(verify.replace("/verify/", "/bad-values/"))
    assert listed.headers["Content-Disposition"].endswith('-values-to-correct.csv"')
    table = list(csv.reader(io.StringIO(listed.content.decode("utf-8-sig"), newline="")))
    assert table[0] == ["line", "spreadsheet row", "column", "value", "expected", "number", "code", "note"]
    assert [(row[0], row[1], row[3], row[5], row[7]) for row in table[1:]] == [
        ("13", "12", "n/k\n10", "10", "'=1+1"),
        ("6004", "6002", "n/k\n6000", "6000", "'=1+1"),
        ("12004", "12001", "n/k\n11999", "11999", "'=1+1"),
    ]
    assert "/verify/" in person.get(verify).url


def test_a_change_that_breaks_readers_needs_a_tick(site: Site, person: Visitor, dataset: str) -> None:
    person.load(dataset, "town,regions,rows\n" + "Hull,North,3\n" * 1500)
    page = person.upload(dataset, "town,region,rows\n" + "Hull,North,x\n" * 1500)
    assert "Queries that read regions, rows will break." in page.text
    assert "Perhaps renamed: regions is missing, and region is new" in page.text

    assert errors_on(person.post(verify_of(page))) == ["Tick the box if this version is to replace the one in use"]
    assert site.sql("SELECT state FROM pipeline_data_file WHERE id = %s", id_in(page.url)) == [("uploaded",)]
    assert "/uploaded/" in person.post(verify_of(page), {"accept-changes": "yes"}).url


def test_a_column_that_gets_its_former_name_breaks_nothing(person: Visitor, dataset: str) -> None:
    person.load(dataset, "town,regions\nHull,North\n")
    page = person.upload(dataset, "town,region\nHull,North\n")
    assert "/uploaded/" in person.post(verify_of(page), {"name-2": "regions"}).url


def test_one_row_after_many_looks_like_the_wrong_file(person: Visitor, dataset: str) -> None:
    person.load(dataset, "town,rows\n" + "Hull,3\n" * 1500)
    page = person.upload(dataset, "town,rows\nHull,3\n")
    assert "This looks like the wrong file. It has 1 row, and the version in use has 1,500." in " ".join(
        page.text.split()
    )
    assert errors_on(person.post(verify_of(page))) == ["Tick the box if this version is to replace the one in use"]


def test_what_was_found_can_be_kept_without_loading_anything(site: Site, person: Visitor, dataset: str) -> None:
    page = person.upload(dataset, "Town Name,rows\nHull,3\nLeeds,N/A\nLeeds,9\n")
    report = person.get(verify_of(page).replace("/verify/", "/report/"))
    assert "1 empty" in report.text or "None empty, 2 different" in report.text

    kept = person.get(f"{urlsplit(report.url).path}json/").json()

    assert (kept["rows"], kept["read_as"]["Encoding"]) == (3, "UTF-8")
    assert [(one["title"], one["name"], one["type"]) for one in kept["columns"]] == [
        ("Town Name", "town_name", "text"),
        ("rows", "rows", "integer"),
    ]
    person.post(urlsplit(report.url).path.replace("/report/", "/cancel/"))
    assert site.sql("SELECT state FROM pipeline_data_file WHERE id = %s", id_in(page.url)) == [("cancelled",)]


def test_a_version_of_an_earlier_release_is_checked_as_well(site: Site, person: Visitor, dataset: str) -> None:
    verify = verify_of(person.upload(dataset, "Town,rows\nHull,3\n"))
    site.sql("DELETE FROM operations.upload_check WHERE version_id = %s", id_in(verify))
    site.sql("UPDATE pipeline_data_file SET reading = NULL WHERE id = %s", id_in(verify))
    assert preview_of(person.get(verify)) == [["town", "rows"], ["Hull", "3"]]
    assert "/uploaded/" in person.post(verify).url


def test_what_was_chosen_of_a_column_survives_that_the_file_is_read_again(person: Visitor, dataset: str) -> None:
    page = person.upload(dataset, "Town,Sold,Note\nHull,12,x\nYork,n/k,y\nLeeds,14,z\nTotal,26,\n")
    verify = verify_of(page)
    chosen = {"name-1": "place", "type-2": "integer", "leave-3": "yes"}
    errors_on(person.post(verify, chosen))

    page = read_again(person, verify, last_line="2")

    assert preview_of(page) == [["place", "sold"], ["Hull", "12"]]
    assert 'id="id_leave-3" name="leave-3" value="yes" checked' in page.text


def test_columns_without_names_are_known_again_by_their_places(person: Visitor, dataset: str) -> None:
    page = person.upload(dataset, "1,2.5\n2,3.5\n3,4.5\n")
    verify = verify_of(page)
    errors_on(person.post(verify, {"name-1": "number", "name-2": "size"}))

    page = read_again(person, verify, header_line="0")

    assert preview_of(page)[0] == ["number", "size"]


def test_how_marks_within_values_are_written_can_be_chosen(person: Visitor, dataset: str) -> None:
    page = person.upload(dataset, 'name,said\nPens,"so \\"be\\" it"\nInk,plain\n')
    verify = verify_of(page)
    assert '<option value="backslash" selected>' in page.text
    assert preview_of(page)[1:] == [["Pens", 'so "be" it'], ["Ink", "plain"]]

    page = read_again(person, verify, escape="none")
    assert '<option value="none" selected>' in page.text
    assert preview_of(page)[1:] == [["Pens", r"so \"be\" it"], ["Ink", "plain"]]

    page = read_again(person, verify, escape="backslash")
    assert preview_of(page)[1:] == [["Pens", 'so "be" it'], ["Ink", "plain"]]
    assert errors_on(read_again(person, verify, escape="anyhow")) == ["Choose from the list how a mark is written"]
