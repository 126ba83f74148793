"""The administration, as an administrator and as anybody else sees it."""

import re

import pytest

from tests.web.site import ADMINISTRATOR, UPLOADER, Site, Visitor

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
    site.sql(
        "INSERT INTO hawk_users (id, key, scope, description)"
        " VALUES ('reader', 'a-key-that-nobody-sees', '{*}', 'Reads all')"
    )
    return site.login(ADMINISTRATOR)


@pytest.mark.parametrize("name", LISTS)
def test_an_administrator_sees_each_list_and_searches_it(administrator: Visitor, name: str) -> None:
    assert administrator.get(f"/admin/registry/{name}/").status_code == 200
    assert administrator.get(f"/admin/registry/{name}/?q=seen").status_code == 200


def test_a_failed_file_shows_its_reason(administrator: Visitor) -> None:
    assert "line 3 is ragged" in administrator.get("/admin/registry/datafile/?state__exact=failed").text


def test_a_clients_key_is_never_shown(administrator: Visitor) -> None:
    for path in ("", "reader/change/", "reader/history/", "reader/delete/"):
        page = administrator.get(f"/admin/registry/hawkclient/{path}")
        assert page.status_code == 200
        assert "a-key-that-nobody-sees" not in page.text


def test_a_clients_scopes_can_be_changed_and_its_key_stays(site: Site, administrator: Visitor) -> None:
    saved = administrator.post(
        "/admin/registry/hawkclient/reader/change/",
        {"scope": "get_table_data,table:ons.seen", "description": "Reads", "_save": "Save"},
    )

    assert saved.status_code == 200
    assert site.sql("SELECT key, scope, description FROM hawk_users WHERE id = 'reader'") == [
        ("a-key-that-nobody-sees", ["get_table_data", "table:ons.seen"], "Reads")
    ]


@pytest.mark.parametrize("name", LISTS[:4])
def test_what_processes_wrote_down_cannot_be_rewritten(site: Site, administrator: Visitor, name: str) -> None:
    assert administrator.get(f"/admin/registry/{name}/add/").status_code == 403
    listed = administrator.get(f"/admin/registry/{name}/").text
    for path in re.findall(rf'href="(/admin/registry/{name}/[^"]+/change/)', listed):
        assert 'name="_save"' not in administrator.get(path).text


def test_an_uploader_does_not_get_in(site: Site) -> None:
    page = site.login(UPLOADER).get("/admin/registry/hawkclient/")

    assert "reader" not in page.text
