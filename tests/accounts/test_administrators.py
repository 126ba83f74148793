"""Administrators: the last one stays, a command lets one in, and their log-out ends the session at SSO."""

import threading
from collections.abc import Iterator

import pytest
import requests

from tests.parts.manage import manage
from tests.parts.site import ADMINISTRATOR, COLLEAGUE, STRANGER, Site, Visitor


@pytest.fixture
def administrator(site: Site) -> Iterator[Visitor]:
    yield site.login(ADMINISTRATOR)
    site.sql("UPDATE accounts_user SET is_active = true, is_let_in = false")


def person(site: Site, user_id: str) -> str:
    """The path of a person's page in the administration."""
    ((number,),) = site.sql("SELECT id FROM accounts_user WHERE user_id = %s", user_id)
    return f"/admin/accounts/user/{number}/change/"


def bar(visitor: Visitor, path: str) -> requests.Response:
    """Untick the only box of a person's page and save it."""
    token = visitor.http.cookies["csrftoken"]
    visitor.get(path)
    return visitor.http.post(visitor.site.url + path, data={"csrfmiddlewaretoken": token, "_save": "Save"}, timeout=30)


def active(site: Site) -> set[str]:
    return {user_id for (user_id,) in site.sql("SELECT user_id FROM accounts_user WHERE is_superuser AND is_active")}


def test_the_last_administrator_is_not_barred(site: Site, administrator: Visitor) -> None:
    page = bar(administrator, person(site, ADMINISTRATOR.user_id))

    assert "This is the last administrator who may log in" in page.text
    assert active(site) == {ADMINISTRATOR.user_id}


def test_of_two_administrators_who_bar_each_other_at_once_one_stays(site: Site, administrator: Visitor) -> None:
    site.login(COLLEAGUE)
    assert manage(site.database_url, "let_in_administrator", COLLEAGUE.email).returncode == 0
    pairs = [
        (administrator, person(site, COLLEAGUE.user_id)),
        (site.login(COLLEAGUE), person(site, ADMINISTRATOR.user_id)),
    ]
    for visitor, path in pairs:
        visitor.get(path)
    threads = [threading.Thread(target=bar, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(active(site)) == 1


def test_a_command_lets_an_administrator_in_whom_sso_does_not_know_as_one(site: Site, administrator: Visitor) -> None:
    stranger = site.visitor()
    assert stranger.get("/upload/", person=STRANGER).status_code == 403
    site.sql("UPDATE accounts_user SET is_active = false WHERE user_id = %s", STRANGER.user_id)

    done = manage(site.database_url, "let_in_administrator", STRANGER.email.upper())

    assert (done.returncode, done.stdout) == (0, f"{STRANGER.email} is administrator now\n")
    visitor = site.visitor()
    assert visitor.get("/admin/", person=STRANGER).status_code == 200
    manage(site.database_url, "let_in_administrator", STRANGER.email, "--end")
    assert visitor.get("/admin/").status_code == 403


def test_the_command_says_what_to_do_for_a_person_who_was_never_here(site: Site) -> None:
    done = manage(site.database_url, "let_in_administrator", "never@example.gov.uk")

    assert done.returncode == 1
    assert "Let them sign in at the web app once" in done.stderr


def test_the_log_out_of_the_administration_ends_the_session_at_sso_too(site: Site, administrator: Visitor) -> None:
    page = administrator.get("/admin/")
    assert 'action="/admin/logout/"' in page.text
    token = administrator.http.cookies["csrftoken"]

    left = administrator.http.post(f"{site.url}/admin/logout/", data={"csrfmiddlewaretoken": token}, timeout=30)

    assert left.url == f"{site.sso_url}/logout/"
    assert administrator.get("/admin/").url.startswith(f"{site.sso_url}/login/")
