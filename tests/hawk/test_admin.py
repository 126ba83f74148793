"""The administration, as an administrator and as anybody else sees it."""

import re

import pytest
import requests

from dss_web.client.data_store.signing import credentials, signed_get
from tests.conftest import add_hawk_client
from tests.parts.site import ADMINISTRATOR, UPLOADER, Site, Visitor

KEY = "a-key-that-nobody-sees"
LISTS = ["datafile", "dataflowrun", "uploadpipeline", "uploadfile", "hawkclient"]


@pytest.fixture(scope="module")
def administrator(site: Site) -> Visitor:
    site.sql(
        "INSERT INTO operations.datafile_registry (source, file_name, state, error_message, created_timestamp,"
        " updated_timestamp) VALUES ('ons.seen', 'a.zip', 'failed', 'line 3 is ragged', now(), now())"
    )
    site.sql(
        "INSERT INTO operations.dataflow_run (schema_name, table_name, state, requested_at)"
        " VALUES ('ons.seen', 'L1', 'running', now())"
    )
    add_hawk_client(site.database_url, "reader", KEY, ["*"])
    return site.login(ADMINISTRATOR)


@pytest.mark.parametrize("name", LISTS)
def test_an_administrator_sees_each_list_and_searches_it(administrator: Visitor, name: str) -> None:
    listed = administrator.get(f"/admin/registry/{name}/")
    assert (listed.status_code, f"/{name}/" in listed.url) == (200, True)
    assert administrator.get(f"/admin/registry/{name}/?q=seen").status_code == 200


def test_a_failed_file_shows_its_reason(administrator: Visitor) -> None:
    assert "line 3 is ragged" in administrator.get("/admin/registry/datafile/?state__exact=failed").text


def test_a_files_rejects_are_one_click_away(site: Site, administrator: Visitor) -> None:
    site.sql(
        "INSERT INTO operations.datafile_registry (source, file_name, state, rejected, created_timestamp,"
        " updated_timestamp) VALUES ('ons.torn', 'a b.zip', 'processed', 1, now(), now())"
    )
    for source in ("ons.torn", "ons.other"):
        site.sql(
            "INSERT INTO operations.reject (source, file_name, place, line, reason)"
            f" VALUES ('{source}', 'a b.zip', 'a.csv', 7, 'is torn in {source}')"
        )

    listed = administrator.get("/admin/registry/datafile/?q=ons.torn").text
    (link,) = re.findall(r'href="(/admin/registry/reject/\?[^"]+)"', listed)
    rejects = administrator.get(link.replace("&amp;", "&")).text

    assert "is torn in ons.torn" in rejects
    assert "is torn in ons.other" not in rejects


def stored_secret(site: Site) -> str:
    [(secret,)] = site.sql("SELECT secret FROM operations.hawk_key WHERE client_id = 'reader'")
    return str(secret)


def test_a_clients_key_is_never_shown(site: Site, administrator: Visitor) -> None:
    for path in ("", "reader/change/", "reader/history/", "reader/delete/"):
        page = administrator.get(f"/admin/hawk/hawkclient/{path}")
        assert page.status_code == 200
        assert KEY not in page.text
        assert stored_secret(site) not in page.text


def test_a_clients_keys_are_listed_with_their_dates(site: Site, administrator: Visitor) -> None:
    site.sql(
        "UPDATE operations.hawk_key SET last_used_at = '2026-02-03 04:05Z', expires_at = '2099-08-07 06:05Z'"
        " WHERE client_id = 'reader'"
    )

    page = administrator.get("/admin/hawk/hawkclient/reader/change/").text

    assert "3 Feb 2026, 4:05 a.m." in page
    assert "7 Aug 2099, 7:05 a.m." in page
    assert 'name="keys-0-expires_at"' not in page


def test_a_clients_scopes_can_be_changed_and_its_key_stays(site: Site, administrator: Visitor) -> None:
    before = stored_secret(site)
    saved = administrator.post(
        "/admin/hawk/hawkclient/reader/change/",
        {"scope": "get_table_data,table:ons.seen", "description": "Reads", "_save": "Save"},
    )

    assert saved.status_code == 200
    assert site.sql("SELECT scope, description FROM hawk_users WHERE id = 'reader'") == [
        (["get_table_data", "table:ons.seen"], "Reads")
    ]
    assert stored_secret(site) == before


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ("get_table_data, Get Data", "“Get Data” is no scope. The name of a route has lower-case letters"),
        ("table:", "“table:” needs the name of a dataset or table"),
        ("hmrc.exporters", "To open a table, write table:hmrc.exporters."),
        ("tabel:hmrc.exporters", "The only scopes with a colon are table:SCHEMA, table:SCHEMA.TABLE and upload:"),
        ("upload:Sales", "must be “upload:” and the two names of a dataset, such as upload:dbt.export_wins"),
        ("*,upload:dbt.nobodys", "There is no dataset dbt.nobodys to which people upload"),
        ("*,,*", "Item 2 in the array did not validate"),
    ],
)
def test_a_scope_that_is_none_is_refused_in_words(site: Site, administrator: Visitor, scope: str, told: str) -> None:
    before = site.sql("SELECT scope FROM hawk_users WHERE id = 'reader'")
    page = administrator.post("/admin/hawk/hawkclient/reader/change/", {"scope": scope, "_save": "Save"})

    assert told in page.text
    assert site.sql("SELECT scope FROM hawk_users WHERE id = 'reader'") == before


def new_client(administrator: Visitor, identifier: str) -> requests.Response:
    form = {"id": identifier, "scope": "*", "description": "made here", "_save": "Save"}
    return administrator.post("/admin/hawk/hawkclient/add/", form)


def key_on(page: requests.Response) -> str:
    (secret,) = re.findall(r'<code id="secret">([^<]+)</code>', page.text)
    return str(secret)


def signs(site: Site, identifier: str, secret: str) -> int:
    """How the API answers a request that is signed with this key: 404, for no such table, if it takes it."""
    url = f"{site.url}/api/v1/table-data/dbt.nothing/L0"
    answer, _ = signed_get(requests.Session(), url, credentials(identifier, secret))
    return answer.status_code


def test_a_client_is_added_with_a_key_that_is_shown_once(site: Site, administrator: Visitor) -> None:
    page = new_client(administrator, "made.here")
    secret = key_on(page)

    assert "no-store" in page.headers["Cache-Control"]
    assert signs(site, "made.here", secret) == 404
    again = administrator.get("/admin/hawk/hawkclient/made.here/change/")
    assert secret not in again.text + administrator.get("/admin/hawk/hawkclient/").text
    assert secret not in str(administrator.http.cookies)
    assert secret not in site.log.read_text()
    assert "“made here” is not 1 to 200 of the characters" in new_client(administrator, "made here").text


def test_a_key_is_rotated_and_the_old_one_stays_for_a_while(site: Site, administrator: Visitor) -> None:
    old = key_on(new_client(administrator, "rotates"))
    rotate = "/admin/hawk/hawkclient/rotates/rotate/"
    assert "Make a new key" in administrator.get("/admin/hawk/hawkclient/rotates/change/").text

    page = administrator.post(rotate, {"keep_old_for": "3"})

    new = key_on(page)
    assert new != old
    assert (signs(site, "rotates", old), signs(site, "rotates", new)) == (404, 404)
    assert "has two live keys already" in administrator.post(rotate, {"keep_old_for": "0"}).text
    ((days,),) = site.sql(
        "SELECT round(extract(epoch FROM expires_at - now()) / 86400)::int FROM operations.hawk_key"
        " WHERE client_id = 'rotates' AND expires_at IS NOT NULL"
    )
    assert days == 3


@pytest.mark.parametrize("name", LISTS[:4])
def test_what_processes_wrote_down_cannot_be_rewritten(site: Site, administrator: Visitor, name: str) -> None:
    assert administrator.get(f"/admin/registry/{name}/add/").status_code == 403
    listed = administrator.get(f"/admin/registry/{name}/").text
    for path in re.findall(rf'href="(/admin/registry/{name}/[^"]+/change/)', listed):
        assert 'name="_save"' not in administrator.get(path).text


def test_an_uploader_does_not_get_in(site: Site) -> None:
    page = site.login(UPLOADER).get("/admin/hawk/hawkclient/")

    assert "reader" not in page.text


def test_an_administrator_ends_all_keys_of_a_client_and_removes_it(site: Site, administrator: Visitor) -> None:
    add_hawk_client(site.database_url, "leaver", "a key of somebody who leaves", ["*"])
    listed = "/admin/hawk/hawkclient/"

    asked = administrator.post(listed, {"action": "revoke_all_keys", "_selected_action": "leaver"})
    live = "SELECT count(*) FROM operations.hawk_key WHERE client_id = 'leaver' AND revoked_at IS NULL"
    assert "A revoked key never works again" in asked.text
    assert site.sql(live) == [(1,)]

    confirmed = {"action": "revoke_all_keys", "_selected_action": "leaver", "confirmed": "yes"}
    assert "Revoked 1 key" in administrator.post(listed, confirmed).text
    assert site.sql("SELECT revoked_at IS NULL, secret FROM operations.hawk_key WHERE client_id = 'leaver'") == [
        (False, "")
    ]

    administrator.post(f"{listed}leaver/delete/", {"post": "yes"})
    assert site.sql("SELECT FROM hawk_users WHERE id = 'leaver'") == []


def test_a_clients_page_says_what_it_reads(site: Site, administrator: Visitor) -> None:
    add_hawk_client(site.database_url, "reads-some", KEY, ["table:ons.seen"])
    site.sql(
        "INSERT INTO operations.dataset_grant (dataset, kind, grantee, given_by)"
        " VALUES ('dbt.let', 'client', 'reads-some', '')"
    )
    page = administrator.get("/admin/hawk/hawkclient/reads-some/change/").text
    assert "table:ons.seen<br>" in page
    assert '<a href="/datasets/dbt/let/people/">dbt.let</a>, which it was granted' in page
    add_hawk_client(site.database_url, "reads-every", KEY, ["*"])
    page = administrator.get("/admin/hawk/hawkclient/reads-every/change/").text
    assert "All tables of all datasets, restricted ones too" in page
