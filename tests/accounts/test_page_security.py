"""Every page keeps to the content policy, every form needs its token, and what people send is never more than text."""

import re
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.accounts.test_doors import routes
from tests.accounts.test_who_may import TOKEN, Dataset, new_dataset, path_of
from tests.accounts.who_may import CLIENT, OPEN, asked_by
from tests.parts.browser import DESK, choose_person, opened
from tests.parts.site import ADMINISTRATOR, UPLOADER, Site, Visitor

# A script or style within the page, and attributes that browsers run or apply. `<script type="application/json">` is
# data, which no policy stops.
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|<style\b|<[^>]+\son[a-z]+\s*=|<[^>]+\sstyle\s*=|javascript:",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def owner(site: Site) -> Visitor:
    return site.login(UPLOADER)


@pytest.fixture(scope="module")
def dataset(owner: Visitor) -> Dataset:
    return new_dataset(owner)


@pytest.fixture(scope="module")
def administrator(site: Site) -> Visitor:
    return site.login(ADMINISTRATOR)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium.new_context(viewport=DESK))


def test_every_page_has_a_policy_without_inline_scripts_and_keeps_to_it(
    site: Site, administrator: Visitor, dataset: Dataset
) -> None:
    wrong = {}
    for route in routes():
        asked = asked_by(route)
        if asked == (CLIENT, CLIENT) or route in {"logout", "admin/logout/"}:
            continue
        answer = administrator.http.get(f"{site.url}/{path_of(route, dataset)}", allow_redirects=False, timeout=30)
        policy = answer.headers.get("Content-Security-Policy", "")
        if "default-src 'none'" not in policy or "unsafe" in policy or INLINE.search(answer.text):
            wrong[route] = (policy, INLINE.findall(answer.text))
        if "X-Frame-Options" not in answer.headers or answer.headers.get("X-Content-Type-Options") != "nosniff":
            wrong[route] = (policy, ["no X-Frame-Options, or no nosniff"])
        kept_by = answer.headers.get("Cache-Control", "")
        if not route.startswith("healthcheck") and not {"private", "no-store"} & set(re.split(r",\s*", kept_by)):
            wrong[route] = (policy, ["others than the person may keep it"])
    assert wrong == {}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [("/nowhere/", {}, 404), ("/", {"Host": "elsewhere.example"}, 400), ("/upload/", {}, 302)],
)
def test_a_page_about_an_error_has_the_policy_too(site: Site, path: str, headers: dict[str, str], status: int) -> None:
    answer = requests.get(site.url + path, headers=headers, allow_redirects=False, timeout=30)
    assert answer.status_code == status
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_no_form_is_taken_without_its_token_or_from_another_site(
    site: Site, administrator: Visitor, dataset: Dataset
) -> None:
    administrator.http.cookies.set("csrftoken", TOKEN)
    taken = {}
    for route in routes():
        asked = asked_by(route)
        if asked is None or asked[1] in {OPEN, CLIENT}:
            continue
        url = f"{site.url}/{path_of(route, dataset)}"
        without = administrator.http.post(url, allow_redirects=False, timeout=30)
        foreign = administrator.http.post(
            url,
            headers={"X-CSRFToken": TOKEN, "Origin": "https://elsewhere.example"},
            allow_redirects=False,
            timeout=30,
        )
        if (without.status_code, foreign.status_code) != (403, 403):
            taken[route] = (without.status_code, foreign.status_code)
    assert taken == {}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../etc/passwd.csv", "passwd.csv"),
        ("C:\\Users\\me\\secret.csv", "secret.csv"),
        ('"><script>alert(1)</script>.csv', "&gt;.csv"),
        ("<img src=x onerror=alert(1)>.csv", "&lt;img src=x onerror=alert(1)&gt;.csv"),
        ("a\u202egnp.csv", "agnp.csv"),
        ("a\x00b.csv", "ab.csv"),
        ("a\r\nSet-Cookie: x=1.csv", "Set-Cookie: x=1.csv"),
    ],
)
def test_the_name_of_a_file_is_a_name_and_nothing_else(site: Site, owner: Visitor, name: str, shown: str) -> None:
    path = owner.create_dataset()

    page = owner.upload(path, "a,b\n1,2\n", name)

    assert page.status_code == 200
    listed = owner.get(path).text
    assert shown in listed
    assert "<script>alert" not in listed
    assert "<img src=x" not in listed
    file_id = page.url.split("/")[-2]
    [(stored, original)] = site.sql(
        "SELECT data_file_url, original_name FROM pipeline_data_file WHERE id = %s", file_id
    )
    assert stored == f"uploads/dbt/{path.split('/')[3].removeprefix('dbt-')}/{file_id}"
    assert str(original).isprintable()
    assert "/" not in str(original)


def test_the_longest_name_that_a_file_can_have_is_taken(site: Site, owner: Visitor) -> None:
    path = owner.create_dataset()
    page = owner.upload(path, "a,b\n1,2\n", "n" * 251 + ".csv")
    assert page.status_code == 200
    assert "nnn.csv" in owner.get(path).text


def test_of_a_name_that_no_system_would_take_the_end_stays(owner: Visitor) -> None:
    path = owner.create_dataset()
    page = owner.upload(path, "a,b\n1,2\n", "n" * 400 + ".csv")
    assert page.status_code == 200
    file_id = page.url.split("/")[-2]
    header = owner.get(f"{path}version/{file_id}/original/").headers["Content-Disposition"]
    assert header.endswith('nnn.csv"')
    assert len(header) < 200


def test_pages_of_the_administration_and_the_documentation_run_under_the_policy(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/admin/")
    choose_person(page, site, ADMINISTRATOR)
    expect(page.get_by_role("heading", level=1)).to_have_text("Files, uploads, API clients and people")
    for path in ("accounts/user/", "registry/datafile/", "registry/uploadevent/", "hawk/hawkclient/"):
        page.goto(f"{site.url}/admin/{path}")
    page.goto(f"{site.url}/admin/hawk/hawkclient/add/")
    page.get_by_label("Id:").fill("from.chromium")
    page.get_by_label("Scope:").fill("get_table_data")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#secret")).to_be_visible()
    page.goto(f"{site.url}/admin/hawk/hawkclient/from.chromium/rotate/")
    page.get_by_role("button", name="Make a new key").click()
    expect(page.locator("#secret")).to_be_visible()
    page.goto(f"{site.url}/admin/hawk/hawkclient/")
    page.get_by_role("checkbox", name="Select this object for an action - from.chromium").check()
    page.get_by_label("Action:").select_option("Revoke all keys of the selected clients")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_role("button", name="Revoke all keys")).to_be_visible()
    page.goto(f"{site.url}/api/docs")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
