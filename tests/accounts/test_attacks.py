"""What somebody tries who means harm: a session planted beforehand, a link that leads away, more than a form takes."""

import re
import uuid
from urllib.parse import quote, urlsplit

import pytest
import requests

from tests.accounts.test_who_may import TOKEN
from tests.parts.site import ADMINISTRATOR, UPLOADER, Site, Visitor

EVIL = "evil.example"
# What browsers take for another host, though it looks like a path of ours, or for none.
ELSEWHERE = [
    f"https://{EVIL}/",
    f"//{EVIL}/",
    f"///{EVIL}/",
    f"/\\{EVIL}/",
    f"\\\\{EVIL}/",
    f"/\t/{EVIL}/",
    f"\t//{EVIL}/",
    f"/\n/{EVIL}/",
    f" https://{EVIL}/",
    f"https:{EVIL}/",
    f"https:///{EVIL}/",
    f"http:/\\{EVIL}/",
    f"//{EVIL}%2f..",
    "javascript:alert(1)",
    "data:text/html,x",
    f"http://127.0.0.1@{EVIL}/",
    f"//127.0.0.1:1@{EVIL}/",
]


def hosts_on_the_way(answer: requests.Response) -> set[str]:
    """The hosts of an answer and of all redirects that led to it, the last one's own included."""
    locations = [each.headers.get("Location", "") for each in [*answer.history, answer]]
    # A browser ignores tabs and ends of lines, and takes \\ for /.
    cleaned = [re.sub(r"[\t\r\n]", "", location).strip().replace("\\", "/") for location in locations]
    return {urlsplit(location).netloc for location in cleaned} | {urlsplit(answer.url).netloc}


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
@pytest.mark.parametrize(
    "path", ["/login?next={}", "/admin/login/?next={}", "/logout?next={}", "/admin/logout/?next={}"]
)
def test_no_parameter_leads_to_another_host(site: Site, path: str, elsewhere: str) -> None:
    ours = {"", urlsplit(site.url).netloc, urlsplit(site.sso_url).netloc}
    target = path.format(quote(elsewhere, safe=""))

    nobody, somebody = site.visitor(), site.login(UPLOADER)

    assert hosts_on_the_way(nobody.get(target, person=UPLOADER)) <= ours
    assert hosts_on_the_way(somebody.get(target)) <= ours


@pytest.mark.parametrize(
    "path",
    [
        f"/admin/registry/hawkclient//{EVIL}/",
        f"/admin/registry/hawkclient/../../../..//{EVIL}",
        f"/admin//{EVIL}",
        f"//{EVIL}/upload/",
        f"//{EVIL}/admin",
        f"/upload//{EVIL}",
        f"/\\{EVIL}/upload",
    ],
)
def test_no_path_leads_to_another_host(site: Site, path: str) -> None:
    ours = {"", urlsplit(site.url).netloc, urlsplit(site.sso_url).netloc}
    answer = site.login(ADMINISTRATOR).http.get(site.url + path, timeout=30, allow_redirects=False)
    location = answer.headers.get("Location", "").replace("\\", "/")
    assert urlsplit(location).netloc in ours


def test_a_session_that_somebody_has_planted_is_not_the_one_of_the_login(site: Site) -> None:
    attacker, victim = site.visitor(), site.visitor()
    # A session that the attacker knows and that is real: it holds the state of a login.
    attacker.get("/login?next=/upload/", follow=False)
    planted = attacker.http.cookies["sessionid"]
    victim.http.cookies.set("sessionid", planted, domain=str(urlsplit(site.url).hostname))

    victim.get("/upload/", person=UPLOADER)

    assert "Ursula Uploader" in victim.get("/upload/").text
    mine = {cookie.value for cookie in victim.http.cookies if cookie.name == "sessionid"}
    assert planted not in mine
    assert attacker.get("/upload/", follow=False).status_code == 302
    assert site.sql("SELECT 1 FROM django_session WHERE session_key = %s", planted) == []


def test_an_invented_session_is_not_adopted(site: Site) -> None:
    invented = "a" * 32
    victim = site.visitor()
    victim.http.cookies.set("sessionid", invented, domain=str(urlsplit(site.url).hostname))

    victim.get("/upload/", person=UPLOADER)

    assert "Ursula Uploader" in victim.get("/upload/").text
    assert site.sql("SELECT 1 FROM django_session WHERE session_key = %s", invented) == []
    # Nor does an address bring one along.
    key = next(cookie.value for cookie in victim.http.cookies if cookie.name == "sessionid")
    assert requests.get(f"{site.url}/upload/?sessionid={key}", allow_redirects=False, timeout=30).status_code == 302


@pytest.fixture
def uploader(site: Site) -> Visitor:
    visitor = site.login(UPLOADER)
    visitor.http.cookies.set("csrftoken", TOKEN)
    return visitor


def test_a_form_with_too_many_fields_or_too_much_in_them_is_refused(site: Site, uploader: Visitor) -> None:
    many = {f"f{number}": "x" for number in range(10_001)} | {"csrfmiddlewaretoken": TOKEN}
    much = {"csrfmiddlewaretoken": TOKEN, "organisation": "x" * 3_000_000}
    for form in (many, much):
        answer = uploader.http.post(f"{site.url}/upload/create/", data=form, timeout=30)
        assert (answer.status_code, "Sorry, we could not open this page" in answer.text) == (400, True)
    parts = {f"f{number}": (None, "x") for number in range(10_001)}
    answer = uploader.http.post(f"{site.url}/upload/create/", files=parts, headers={"X-CSRFToken": TOKEN}, timeout=60)
    assert answer.status_code == 400


def test_headers_and_addresses_have_a_limit(site: Site) -> None:
    def status(path: str = "/", **headers: str) -> int:
        return requests.get(site.url + path, headers=headers, timeout=30).status_code

    assert 400 <= status(**{"X-Long": "x" * 100_000}) < 500
    assert 400 <= status(**{f"X-{number}": "x" for number in range(200)}) < 500
    assert 400 <= status(f"/?{'x' * 100_000}") < 500
    assert status(Cookie=f"sessionid={'x' * 7_000}") == 200
    assert status() == 200


POLICY = "Content-Security-Policy"


def test_every_answer_has_a_policy_whatever_its_status(site: Site, uploader: Visitor) -> None:
    dataset = uploader.create_dataset()
    page = uploader.upload(dataset, "a,b\n1,2\n")
    file_id = page.url.rstrip("/").rpartition("/")[2]
    static = re.search(r'href="(/static/[^"]*\.css)"', page.text)
    assert static
    http, url = uploader.http, site.url
    site.sql("ALTER TABLE operations.deletion RENAME TO gone")
    try:
        answers = {
            500: http.get(f"{url}/upload/deletions/", timeout=30),
            200: http.get(url + static[1], timeout=30),
            302: requests.get(f"{url}/upload/", allow_redirects=False, timeout=30),
            400: http.get(f"{url}/login/authorised", timeout=30),
            401: requests.get(f"{url}/api/v1/table-data/a/b", timeout=30),
            403: http.post(f"{url}/upload/create/", timeout=30),
            404: http.get(f"{url}/nowhere", timeout=30),
            405: http.get(f"{url}{dataset}archive/", timeout=30),
            422: http.post(f"{url}/upload/create/", {"dataset": "x"}, headers={"X-CSRFToken": TOKEN}, timeout=30),
        }
    finally:
        site.sql("ALTER TABLE operations.gone RENAME TO deletion")
    more = [
        http.get(f"{url}/admin/", timeout=30),
        http.get(f"{url}/api/docs/openapi.json", timeout=30),
        http.get(f"{url}/upload/progress/{file_id}/", timeout=30),
        http.get(f"{url}/upload/progress/{uuid.uuid4()}/", timeout=30),
        http.get(f"{url}{dataset}version/{file_id}/original/", timeout=30),
        http.get(f"{url}{dataset}bad-values/{file_id}/", timeout=30),
        requests.get(f"{url}/healthcheck/", timeout=30),
        requests.get(f"{url}/readiness/", timeout=30),
        requests.options(f"{url}/api/v1/table-data/a/b", timeout=30),
    ]

    assert {status: answer.status_code for status, answer in answers.items()} == {status: status for status in answers}
    for answer in [*answers.values(), *more]:
        policy = answer.headers.get(POLICY, "")
        assert "default-src 'none'" in policy, (answer.url, answer.status_code)
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in answer.headers
