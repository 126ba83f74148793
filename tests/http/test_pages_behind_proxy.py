"""People behind nginx with TLS: they log in, send forms and files, and stay on its address."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.postgres import Postgres
from tests.parts.proxied_site import running_proxied_site
from tests.parts.proxy import NAME, Proxy
from tests.parts.site import UPLOADER, Site, Visitor

THREE_MEGABYTES = "a,b\n" + "1,2\n" * 750_000


@pytest.fixture(scope="module")
def proxy_and_site(
    postgres_server: Postgres, migrated_template: str, static_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Proxy, Site]]:
    folder = tmp_path_factory.mktemp("proxied")
    with running_proxied_site(postgres_server, migrated_template, "proxied_site", static_folder, folder) as parts:
        _, proxy, site = parts
        yield proxy, site


@pytest.fixture
def visitor(proxy_and_site: tuple[Proxy, Site]) -> Visitor:
    proxy, site = proxy_and_site
    visitor = Visitor(site)
    visitor.http = proxy.session()
    visitor.http.headers["Referer"] = f"{proxy.url}/"  # as browsers send it, and Django wants it over TLS
    return visitor


def test_a_person_logs_in_and_uploads_a_file(visitor: Visitor) -> None:
    page = visitor.get("/upload/", person=UPLOADER)
    assert page.url == f"{visitor.site.url}/upload/"
    assert {cookie.name: cookie.secure for cookie in visitor.http.cookies if cookie.domain == NAME} == {
        "__Host-session": True,
        "__Host-csrf": True,
    }

    answer = visitor.upload(visitor.create_dataset(), THREE_MEGABYTES)

    assert answer.url.startswith(f"{visitor.site.url}/upload/data/")
    assert "/verify/" in answer.url


def test_the_way_to_the_login_stays_on_the_address_of_the_proxy(visitor: Visitor) -> None:
    answer = visitor.get("/upload/?page=2", follow=False)
    assert answer.headers["Location"] == "/login?next=/upload/%3Fpage%3D2"

    to_sso = visitor.get("/login", follow=False).headers["Location"]
    assert f"redirect_uri=https%3A%2F%2F{NAME}%3A" in to_sso


def test_browsers_are_told_to_keep_to_tls(visitor: Visitor) -> None:
    told = visitor.get("/login", follow=False).headers["Strict-Transport-Security"]
    assert told == "max-age=31536000; includeSubDomains"


def test_who_has_the_cookies_of_the_release_before_stays_logged_in_and_may_send_forms(visitor: Visitor) -> None:
    visitor.get("/upload/", person=UPLOADER)
    for former, name in (("sessionid", "__Host-session"), ("csrftoken", "__Host-csrf")):
        [value] = [str(cookie.value) for cookie in visitor.http.cookies if cookie.name == name]
        visitor.http.cookies.clear(NAME, "/", name)
        visitor.http.cookies.set(former, value or "", domain=NAME)

    assert visitor.get("/upload/", follow=False).status_code == 200
    visitor.create_dataset()
