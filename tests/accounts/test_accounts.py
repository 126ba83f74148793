"""Logging in and out, against a django-oauth-toolkit server and against servers that misbehave."""

import re
import threading
from collections.abc import Iterator
from http.cookiejar import Cookie, DefaultCookiePolicy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit
from urllib.request import Request

import pytest

from infra.local.ports import free_port
from tests.parts.site import ADMINISTRATOR, STRANGER, UPLOADER, Site, Visitor, running_web, unbroken


def begin_login(visitor: Visitor, next_path: str) -> str:
    """The address at SSO to which one tab is sent."""
    return visitor.get(f"/login?next={next_path}", follow=False).headers["Location"]


def test_a_person_comes_back_to_the_page_that_they_asked_for(site: Site) -> None:
    page = site.visitor().get("/upload/create/", person=UPLOADER)
    assert (page.status_code, urlsplit(page.url).path) == (200, "/upload/create/")
    assert "Ursula Uploader" in page.text


@pytest.mark.parametrize(
    "elsewhere", ["https://example.com/", "//example.com/", "/\\example.com", "javascript:alert(1)", "http:///x"]
)
def test_a_login_never_leads_to_another_host(site: Site, elsewhere: str) -> None:
    visitor = site.visitor()
    page = visitor.get(f"/login?next={elsewhere}", person=UPLOADER)
    assert page.url == f"{site.url}/"
    assert visitor.get(f"/login?next={elsewhere}").url == f"{site.url}/"


def test_two_tabs_that_log_in_at_once_both_come_back_to_their_pages(site: Site) -> None:
    visitor = site.visitor()
    first, second = begin_login(visitor, "/upload/create/"), begin_login(visitor, "/upload/?tab=2")
    assert visitor.get(second, person=UPLOADER).url == f"{site.url}/upload/?tab=2"
    assert visitor.get(first, person=UPLOADER).url == f"{site.url}/upload/create/"


def test_two_tabs_of_a_first_visit_come_back_though_one_cookie_wins(site: Site) -> None:
    visitor, other_tab = site.visitor(), site.visitor()
    first = begin_login(visitor, "/upload/create/")
    second = begin_login(other_tab, "/upload/?tab=2")
    assert visitor.http.cookies["sessionid"] != other_tab.http.cookies["sessionid"]
    visitor.http.cookies.update(other_tab.http.cookies)
    assert visitor.get(first, person=UPLOADER).url == f"{site.url}/upload/create/"
    assert visitor.get(second, person=UPLOADER).url == f"{site.url}/upload/?tab=2"


class WithoutOurs(DefaultCookiePolicy):
    """Keeps the cookies of SSO and not ours."""

    def set_ok(self, cookie: Cookie, request: Request) -> bool:
        return cookie.name != "sessionid" and super().set_ok(cookie, request)


def test_a_browser_that_keeps_no_cookies_is_told_so_and_not_sent_round_for_ever(site: Site) -> None:
    visitor = site.visitor()
    visitor.http.cookies.set_policy(WithoutOurs())
    page = visitor.get("/upload/", follow=False)
    for _ in range(40):
        if not page.is_redirect:
            break
        # One after the other, since requests keeps all cookies while it follows by itself.
        page = visitor.get(urljoin(page.url, page.headers["Location"]), person=UPLOADER, follow=False)
    assert page.status_code == 400
    assert "did not keep the cookie" in page.text


@pytest.mark.parametrize("state", ["", "made-up", "eyJuZXh0IjoiLyJ9:1xVbtO:c2lnbmVkIGJ5IG5vYm9keQ"])
def test_an_answer_to_a_login_that_we_did_not_begin_is_refused(site: Site, state: str) -> None:
    visitor = site.visitor()
    page = visitor.get(f"/login/authorised?code=x&state={state}")
    assert (page.status_code, "We could not sign you in" in page.text) == (400, True)
    assert "/login" in visitor.get("/upload/", follow=False).headers["Location"]


def test_a_person_who_calls_the_login_off_is_told_what_to_do(site: Site) -> None:
    visitor = site.visitor()
    (state,) = parse_qs(urlsplit(begin_login(visitor, "/upload/")).query)["state"]
    page = visitor.http.get(f"{site.url}/login/authorised", params={"error": "access_denied", "state": state})
    assert (page.status_code, "You are not signed in" in page.text) == (403, True)


def test_a_person_without_access_is_told_whom_to_ask(site: Site) -> None:
    visitor = site.visitor()
    page = visitor.get("/upload/", person=STRANGER)
    assert (page.status_code, len(page.history) < 8) == (403, True)
    assert "Write to the Data Workspace team" in page.text
    assert "Please give me access to the Data Store Service" in page.text
    assert STRANGER.email in unbroken(page.text)
    assert visitor.get("/login?next=/upload/").status_code == 403
    assert visitor.get("/").status_code == 200


def test_only_an_administrator_gets_into_the_administration(site: Site) -> None:
    assert "Log out" in site.login(ADMINISTRATOR).get("/admin/").text
    page = site.login(UPLOADER).get("/admin/")
    assert (page.status_code, "You do not have permission to do this" in page.text) == (403, True)
    assert site.visitor().get("/admin/", person=ADMINISTRATOR).url == f"{site.url}/admin/"


def test_an_administrator_can_bar_a_person_and_change_nothing_else_of_them(site: Site) -> None:
    site.login(UPLOADER)
    administrator = site.login(ADMINISTRATOR)
    ((number,),) = site.sql("SELECT id FROM accounts_user WHERE user_id = %s", UPLOADER.user_id)
    page = administrator.get(f"/admin/accounts/user/{number}/change/")
    assert UPLOADER.email in page.text
    assert re.findall(r'<input type="(?:text|checkbox|password)" name="([^"]+)"', page.text) == ["is_active"]


def test_rights_that_the_profile_no_longer_gives_are_gone_after_the_next_login(site: Site) -> None:
    site.login(UPLOADER)
    everything = "UPDATE accounts_user SET is_staff = true, is_superuser = true WHERE user_id = %s"
    site.sql(everything, UPLOADER.user_id)
    rights = "SELECT is_staff, is_superuser, access_profiles FROM accounts_user WHERE user_id = %s"
    site.login(UPLOADER)
    assert site.sql(rights, UPLOADER.user_id) == [(False, False, ["dss-uploader"])]


def test_a_person_who_is_barred_here_does_not_get_in(site: Site) -> None:
    site.login(ADMINISTRATOR)
    barred = "UPDATE accounts_user SET is_active = %s WHERE user_id = %s"
    site.sql(barred, False, ADMINISTRATOR.user_id)
    try:
        page = site.visitor().get("/upload/", person=ADMINISTRATOR)
        assert (page.status_code, "You are barred from this service" in page.text) == (403, True)
    finally:
        site.sql(barred, True, ADMINISTRATOR.user_id)


def test_the_session_gets_a_new_key_at_login_and_its_cookie_is_kept_from_scripts(site: Site) -> None:
    visitor = site.visitor()
    at_sso = begin_login(visitor, "/upload/")
    before = visitor.http.cookies["sessionid"]
    visitor.get(at_sso, person=UPLOADER)
    (cookie,) = [cookie for cookie in visitor.http.cookies if cookie.name == "sessionid"]
    assert cookie.value != before
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert not site.sql("SELECT 1 FROM django_session WHERE session_key = %s", before)


def test_logout_ends_the_session_here_and_at_sso(site: Site) -> None:
    visitor = site.login(UPLOADER)
    key = visitor.http.cookies["sessionid"]
    assert visitor.get("/logout").url == f"{site.sso_url}/logout/"
    assert not site.sql("SELECT 1 FROM django_session WHERE session_key = %s", key)
    assert visitor.get("/upload/").url.startswith(f"{site.sso_url}/login/")


class Nonsense(BaseHTTPRequestHandler):
    """An SSO whose token endpoint and profile answer what the test wants: (status, body) by path."""

    answers: dict[str, tuple[int, str]]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def do_GET(self) -> None:
        status, body = self.answers[self.path]
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@pytest.fixture(scope="module")
def nonsense() -> Iterator[tuple[str, type[Nonsense]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Nonsense)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", Nonsense
    server.shutdown()


@pytest.fixture(scope="module")
def misled(
    site: Site, nonsense: tuple[str, type[Nonsense]], static_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A web app whose SSO talks nonsense."""
    folder = tmp_path_factory.mktemp("misled")
    with running_web(folder, static_folder, site.database_url, folder.as_uri(), nonsense[0], free_port()) as misled:
        yield misled


TOKEN = (200, '{"access_token": "t", "token_type": "Bearer"}')


@pytest.mark.parametrize(
    ("token", "profile", "logged"),
    [
        ((500, "oops"), (200, "{}"), "Could not get a token"),
        ((200, "<html>"), (200, "{}"), "Could not get a token"),
        ((400, '{"error": "invalid_client"}'), (200, "{}"), "invalid_client"),
        ((200, '{"token_type": "Bearer"}'), (200, "{}"), "SSO refused the login"),
        (TOKEN, (403, "{}"), "403"),
        (TOKEN, (200, "<html>"), "Could not get a token and a profile"),
        (TOKEN, (200, '{"email": "a@example.com"}'), "user_id"),
        (TOKEN, (200, '["a"]'), "Could not get a token and a profile"),
    ],
)
def test_an_sso_that_answers_nonsense_is_told_kindly_and_logged_with_the_reason(
    misled: Site, nonsense: tuple[str, type[Nonsense]], token: tuple[int, str], profile: tuple[int, str], logged: str
) -> None:
    nonsense[1].answers = {"/o/token/": token, "/api/v1/user/me/": profile}
    visitor = misled.visitor()
    (state,) = parse_qs(urlsplit(begin_login(visitor, "/upload/")).query)["state"]
    size = misled.log.stat().st_size
    page = visitor.http.get(f"{misled.url}/login/authorised", params={"code": "x", "state": state})
    assert (page.status_code, "you cannot sign in at the moment" in page.text) == (503, True)
    assert logged in misled.log.read_text()[size:]
    assert "/login" in visitor.get("/upload/", follow=False).headers["Location"]


def test_an_sso_that_is_out_of_reach_is_told_kindly(site: Site, static_folder: Path, tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    with running_web(tmp_path, static_folder, site.database_url, tmp_path.as_uri(), nobody, free_port()) as lonely:
        visitor = lonely.visitor()
        (state,) = parse_qs(urlsplit(begin_login(visitor, "/upload/")).query)["state"]
        page = visitor.http.get(f"{lonely.url}/login/authorised", params={"code": "x", "state": state})
        assert (page.status_code, "Try again in a few minutes" in page.text) == (503, True)
        assert nobody in lonely.log.read_text()
