"""What surrounds every page: whose service it is, who is signed in, whom to ask, and the pages about the service."""

import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
import requests

from infra.local.ports import free_port
from tests.conftest import REPOSITORY
from tests.parts.site import ADMINISTRATOR, READER, STRANGER, UPLOADER, Site, running_web

ABOUT = ("/accessibility/", "/privacy/", "/cookies/")


@pytest.fixture(scope="module")
def other_site(site: Site, static_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same service of another organisation."""
    with running_web(
        tmp_path_factory.mktemp("other"),
        static_folder,
        site.database_url,
        site.storage_url,
        site.sso_url,
        free_port(),
        DSS_ORGANISATION_NAME="Ministry of <Silly> Walks",
        DSS_ORGANISATION_LOGO="https://pictures.example/logo.svg",
        DSS_PHASE="none",
        DSS_ACCESS_CONTACT="the walks desk <walks@example.gov.uk>",
        DSS_PRIVACY_CONTACT="https://privacy.example/ask",
        DSS_LOG_RETENTION_DAYS="90",
        DSS_MAIL_URL="console:",
        DSS_DAGSTER_UI_KEY="the-key-of-the-tests",
    ) as other:
        yield other


def test_the_pages_about_the_service_are_open_and_every_page_leads_to_them(site: Site) -> None:
    for path in ("/", "/api/docs", "/nowhere", *ABOUT):
        page = requests.get(site.url + path, timeout=30).text
        for about in ABOUT:
            assert f'<a class="govuk-footer__link" href="{about}">' in page, path
    for about in ABOUT:
        assert requests.get(site.url + about, timeout=30).status_code == 200


def test_nothing_looks_like_gov_uk(site: Site) -> None:
    page = requests.get(site.url, timeout=30).text
    assert "govuk-generic-header" in page
    assert not re.search(r"GOV\.UK|crown|crest|govuk-header", page, re.IGNORECASE)
    style = re.search(r'href="(/static/govuk-frontend/[^"]*\.css)"', page)
    assert style
    css = requests.get(site.url + style[1], timeout=30).text
    assert "url(" not in css
    assert "@font-face" not in css


def test_no_rule_of_a_stylesheet_is_left_open() -> None:
    # A browser drops whatever comes after it, and nothing else says so.
    for path in (REPOSITORY / "dss_web" / "static" / "dss").glob("*.css"):
        text = path.read_text()
        assert text.count("{") == text.count("}"), path


def test_who_is_signed_in_is_on_every_page_with_the_way_out_and_to_their_emails(site: Site) -> None:
    uploader = site.login(UPLOADER)
    for path in ("/", "/upload/", "/upload/create/", "/nowhere", "/api/docs", "/admin/", *ABOUT):
        header = uploader.get(path).text.partition("</header>")[0]
        assert "Signed in as </span>Ursula Uploader (uploader)" in header, path
        assert 'href="/logout">Sign out' in header
        assert 'href="/upload/mail/">Your emails' in header
    assert "Rita Reader (reader)" in site.login(READER).get("/upload/").text
    # Without access there is nothing about which to be mailed.
    stranger = site.login(STRANGER).get("/").text
    assert "Nora Noaccess" in stranger
    assert "Your emails" not in stranger
    assert "Signed in as" not in requests.get(site.url, timeout=30).text


def test_the_dagster_ui_is_in_the_navigation_for_those_who_may_see_it_and_where_there_is_one(
    site: Site, other_site: Site
) -> None:
    administrator, reader = site.login(ADMINISTRATOR), site.login(READER)
    link = 'class="govuk-service-navigation__link" href="/dagster/">Operations</a>'
    # Both know the session.
    assert link in administrator.get(f"{other_site.url}/datasets/").text
    assert 'href="/dagster/">Operations</a><br>' in administrator.get(f"{other_site.url}/").text
    assert "Operations" not in reader.get(f"{other_site.url}/datasets/").text
    assert "Operations" not in administrator.get("/datasets/").text


def test_the_administration_shows_the_same_and_its_log_out_ends_the_session(site: Site) -> None:
    administrator = site.login(ADMINISTRATOR)
    for path in ("/admin/", "/admin/registry/datafile/", "/admin/hawk/hawkclient/add/"):
        page = administrator.get(path).text
        assert "Signed in as <strong>Adam Admin</strong> (administrator)" in page
        assert 'href="/upload/mail/">Your emails' in page
        assert "Department for Business and Trade runs this service" in page
        assert all(f'href="{about}"' in page for about in ABOUT)
    key = administrator.http.cookies["sessionid"]
    administrator.post("/admin/logout/", follow=False)
    assert site.sql("SELECT 1 FROM django_session WHERE session_key = %s", key) == []


def test_the_banner_says_how_far_the_service_is(site: Site, other_site: Site) -> None:
    assert re.search(r"phase-banner__content__tag\">Beta<", requests.get(site.url, timeout=30).text)
    assert "phase-banner" not in requests.get(other_site.url, timeout=30).text


def test_organisation_logo_and_contacts_are_those_of_the_settings(site: Site, other_site: Site) -> None:
    assert "Department for Business and Trade" in requests.get(site.url, timeout=30).text
    answer = requests.get(other_site.url, timeout=30)
    header = answer.text.partition("</header>")[0]
    logo = '<img src="https://pictures.example/logo.svg" alt="" class="dss-header__logo">'
    assert f"{logo} Ministry of &lt;Silly&gt; Walks</a>" in header
    assert "img-src 'self' https://pictures.example" in answer.headers["Content-Security-Policy"]
    assert 'href="mailto:walks@example.gov.uk">the walks desk</a>' in answer.text
    assert 'data-contact="the walks desk (walks@example.gov.uk)"' in answer.text
    privacy = requests.get(f"{other_site.url}/privacy/", timeout=30).text
    assert 'href="https://privacy.example/ask"' in privacy
    assert "deleted after 90 days" in privacy
    assert "switch these emails off" in privacy
    for path in ABOUT:
        assert "Ministry of &lt;Silly&gt; Walks" in requests.get(other_site.url + path, timeout=30).text
    assert (
        '<a href="mailto:walks@example.gov.uk" class="govuk-link">the walks desk</a>'
        in requests.get(f"{other_site.url}/api/docs/guide/get-a-key", timeout=30).text
    )


def test_the_page_about_cookies_names_all_that_are_set_and_no_other(site: Site) -> None:
    visitor = site.visitor()
    answers: list[requests.Response] = []
    visitor.http.hooks["response"].append(lambda answer, **_: answers.append(answer))
    visitor.get("/upload/", person=UPLOADER)
    visitor.create_dataset()
    visitor.get("/admin/")
    visitor.get("/logout")
    set_cookies: dict[str, str] = {}
    for answer in answers:
        if not answer.url.startswith(site.url):
            continue
        for header in answer.raw.headers.getlist("Set-Cookie"):
            for name, morsel in SimpleCookie(header).items():
                # The end of a cookie is no cookie.
                set_cookies |= {name: morsel["max-age"]} if morsel["max-age"] != "0" else {}

    page = visitor.get("/cookies/").text

    assert dict(re.findall(r'data-cookie="(\w+)" data-seconds="(\d+)"', page)) == set_cookies
    assert "12 hours" in page
    assert "364 days" in page


def test_of_sessions_that_have_ended_nothing_is_left_once_somebody_signs_in(site: Site) -> None:
    key = site.login(READER).http.cookies["sessionid"]
    site.sql("UPDATE django_session SET expire_date = now() - interval '1 second' WHERE session_key = %s", key)

    site.login(UPLOADER)

    assert site.sql("SELECT 1 FROM django_session WHERE session_key = %s", key) == []
