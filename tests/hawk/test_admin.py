"""The administration, as an administrator and as anybody else sees it."""

import re

import pytest

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

    administrator.post(listed, {"action": "revoke_all_keys", "_selected_action": "leaver"})
    assert site.sql("SELECT revoked_at IS NULL, secret FROM operations.hawk_key WHERE client_id = 'leaver'") == [
        (False, "")
    ]

    administrator.post(f"{listed}leaver/delete/", {"post": "yes"})
    assert site.sql("SELECT FROM hawk_users WHERE id = 'leaver'") == []
