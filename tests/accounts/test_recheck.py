"""What SSO says of a person is asked again while they work: access that is taken away there ends here."""

import base64
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from infra.local.ports import free_port
from infra.local.sso.people import Person
from tests.parts.manage import manage
from tests.parts.site import ADMINISTRATOR, UPLOADER, Site, running_sso, running_web


@pytest.fixture
def always(database_url: str, storage_url: str, static_folder: Path, tmp_path: Path) -> Iterator[Site]:
    """A web app that asks SSO with every page."""
    port = free_port()
    with (
        running_sso(tmp_path, f"http://127.0.0.1:{port}") as sso_url,
        running_web(
            tmp_path, static_folder, database_url, storage_url, sso_url, port, DSS_ACCESS_RECHECK_SECONDS="0"
        ) as site,
    ):
        yield site


def sso_home(site: Site) -> Path:
    return site.log.parent / "sso"


def give_profiles(site: Site, person: Person, *slugs: str) -> None:
    """Let the person have these access profiles at SSO from now on."""
    (sso_home(site) / "access").mkdir(exist_ok=True)
    (sso_home(site) / "access" / person.user_id).write_text("\n".join(slugs))


def tokens(site: Site) -> list[str]:
    with closing(sqlite3.connect(sso_home(site) / "sso.sqlite3")) as database:
        return [token for (token,) in database.execute("SELECT token FROM oauth2_provider_accesstoken")]


def end_tokens(site: Site) -> None:
    with closing(sqlite3.connect(sso_home(site) / "sso.sqlite3", timeout=10)) as database, database:
        database.execute("DELETE FROM oauth2_provider_accesstoken")


FORGET = """
from importlib import import_module
from django.conf import settings
session = import_module(settings.SESSION_ENGINE).SessionStore(%r)
del session["sso_token"]
session.save()
"""


def forget_token(site: Site, key: str) -> None:
    done = manage(site.database_url, "shell", "-c", FORGET % key)
    assert done.returncode == 0, done.stderr


def test_access_that_sso_takes_away_ends_while_the_person_works(always: Site) -> None:
    uploader, administrator = always.login(UPLOADER), always.login(ADMINISTRATOR)
    assert uploader.get("/upload/create/").status_code == 200

    give_profiles(always, UPLOADER, "dss-reader")
    assert uploader.get("/upload/create/").status_code == 403
    assert uploader.get("/upload/").status_code == 200
    give_profiles(always, UPLOADER)
    assert "You do not have access" in uploader.get("/upload/").text

    assert administrator.get("/admin/").status_code == 200
    give_profiles(always, ADMINISTRATOR, "dss-uploader")
    assert administrator.get("/admin/").status_code == 403


def test_the_front_page_which_is_for_everybody_shows_no_data_once_access_is_taken_away(always: Site) -> None:
    reader = always.login(UPLOADER)
    assert 'type="search"' in reader.get("/").text

    give_profiles(always, UPLOADER)
    assert 'type="search"' not in reader.get("/").text
    end_tokens(always)
    assert ">\n      Sign in" in reader.get("/").text


def test_a_session_whose_token_sso_no_longer_knows_is_over(always: Site) -> None:
    uploader = always.login(UPLOADER)
    key = uploader.http.cookies["sessionid"]
    end_tokens(always)

    left = uploader.get("/upload/", follow=False)

    assert left.headers["Location"] == "/login?next=/upload/"
    assert not always.sql("SELECT 1 FROM django_session WHERE session_key = %s", key)


def test_a_session_without_a_token_has_to_log_in_which_sso_does_unseen(always: Site) -> None:
    uploader = always.login(UPLOADER)
    # As the release before left it: signed in here, and no token kept.
    key = uploader.http.cookies["sessionid"]
    forget_token(always, key)

    page = uploader.get("/upload/create/")

    assert (page.status_code, page.url) == (200, f"{always.url}/upload/create/")
    assert uploader.http.cookies["sessionid"] != key


def test_a_session_of_the_release_before_goes_on_while_both_releases_may_serve(site: Site) -> None:
    uploader = site.login(UPLOADER)
    key = uploader.http.cookies["sessionid"]
    forget_token(site, key)
    site.sql("UPDATE accounts_user SET profile_read_at = NULL WHERE user_id = %s", UPLOADER.user_id)

    for _ in range(2):
        assert uploader.get("/upload/create/", follow=False).status_code == 200
    assert uploader.http.cookies["sessionid"] == key


def test_people_work_on_for_an_hour_while_sso_is_out_of_reach(
    always: Site, static_folder: Path, tmp_path: Path
) -> None:
    uploader = always.login(UPLOADER)
    nobody = f"http://127.0.0.1:{free_port()}"
    (folder := tmp_path / "other").mkdir()
    with running_web(
        folder,
        static_folder,
        always.database_url,
        always.storage_url,
        nobody,
        free_port(),
        DSS_ACCESS_RECHECK_SECONDS="0",
    ) as alone:
        uploader.site = alone
        assert uploader.get("/upload/").status_code == 200
        assert "could not be read again" in alone.log.read_text()

        always.sql("UPDATE accounts_user SET profile_read_at = now() - interval '61 minutes'")
        assert uploader.get("/upload/").status_code == 503


def test_the_token_cannot_be_read_from_the_table_of_sessions(always: Site) -> None:
    uploader = always.login(UPLOADER)
    [(data,)] = always.sql(
        "SELECT session_data FROM django_session WHERE session_key = %s", uploader.http.cookies["sessionid"]
    )
    payload = str(data).partition(":")[0]
    packed = base64.urlsafe_b64decode(payload.lstrip(".") + "==")
    text = (zlib.decompress(packed) if payload.startswith(".") else packed).decode()

    (token,) = tokens(always)
    assert "sso_token" in text
    assert token not in text


def test_a_profile_is_not_asked_for_again_before_its_time(site: Site) -> None:
    uploader = site.login(UPLOADER)
    asked = "SELECT profile_asked_at FROM accounts_user WHERE user_id = %s"
    before = site.sql(asked, UPLOADER.user_id)
    for _ in range(3):
        assert uploader.get("/upload/").status_code == 200
    assert site.sql(asked, UPLOADER.user_id) == before


def test_what_a_page_of_the_release_before_sends_is_taken_and_so_are_forms_of_other_tabs_later(always: Site) -> None:
    uploader = always.login(UPLOADER)
    form = uploader.get("/upload/create/")
    forget_token(always, key := uploader.http.cookies["sessionid"])

    sent = uploader.submit(form, "/upload/create/", {"organisation": "dbt", "dataset": "of_before"})

    assert sent.ok
    assert uploader.http.cookies["sessionid"] != key, "the page after it has logged the person in"
    assert uploader.submit(form, "/upload/create/", {"organisation": "dbt", "dataset": "later"}).ok
    created = always.sql("SELECT dataset FROM pipeline WHERE dataset IN ('of_before', 'later') ORDER BY 1")
    assert created == [("later",), ("of_before",)]


def test_a_form_token_does_not_go_from_one_person_to_another(always: Site) -> None:
    visitor = always.login(UPLOADER)
    form = visitor.get("/upload/create/")
    forget_token(always, visitor.http.cookies["sessionid"])
    visitor.get("/upload/", follow=False)
    token = visitor.http.cookies["csrftoken"]
    visitor.http.get(f"{always.sso_url}/logout/")
    visitor.get("/upload/", person=ADMINISTRATOR)

    assert visitor.http.cookies["csrftoken"] != token
    assert visitor.submit(form, "/upload/create/", {"organisation": "dbt", "dataset": "hers"}).status_code == 403
