"""The SSO stand-in over HTTP, from the login page to the person's profile."""

import os
import re
import sys
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from infra.local.ports import free_port, wait_for_port
from infra.local.process import Process
from infra.local.sso.people import ADMIN_PROFILE, PEOPLE, READER_PROFILE, UPLOADER_PROFILE, Person

pytestmark = pytest.mark.stand_in

WEB_URL = "http://127.0.0.1:8000"
BACK = f"{WEB_URL}/login/authorised"
CLIENT = ("dss", "the client's secret")


@pytest.fixture(scope="module")
def sso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("sso")
    port = free_port()
    process = Process(
        "sso",
        [sys.executable, "-m", "infra.local.sso", str(port)],
        folder / "sso.log",
        {
            **os.environ,
            "SSO_HOME": str(folder),
            "SSO_SECRET_KEY": "of the tests",
            "SSO_WEB_URL": WEB_URL,
            "SSO_CLIENT_ID": CLIENT[0],
            "SSO_CLIENT_SECRET": CLIENT[1],
        },
    )
    process.start()
    try:
        wait_for_port(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stop()


def _press(session: requests.Session, page: requests.Response, person: Person) -> requests.Response:
    """Press a person's button, as a browser without JavaScript does."""
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert token is not None and f'value="{person.user_id}"' in page.text
    form = {"csrfmiddlewaretoken": token[1], "person": person.user_id}
    answer = session.post(page.url, form, allow_redirects=False, timeout=30)
    return session.get(
        f"http://{urlsplit(page.url).netloc}{answer.headers['Location']}", allow_redirects=False, timeout=5
    )


def _authorise(sso: str, session: requests.Session, redirect_uri: str = BACK) -> requests.Response:
    query = {"response_type": "code", "client_id": CLIENT[0], "redirect_uri": redirect_uri, "state": "a state"}
    return session.get(f"{sso}/o/authorize/", params=query, timeout=30)


def _token(sso: str, code: str, secret: str = CLIENT[1]) -> requests.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    return requests.post(f"{sso}/o/token/", form, auth=(CLIENT[0], secret), timeout=30)


def _log_in(sso: str, person: Person) -> str:
    """The code that the web app is given for a person."""
    with requests.Session() as session:
        back = _press(session, _authorise(sso, session), person)
    assert back.headers["Location"].startswith(BACK)
    query = parse_qs(urlsplit(back.headers["Location"]).query)
    assert query["state"] == ["a state"]
    return query["code"][0]


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.first_name)
def test_a_code_becomes_a_token_and_a_profile_with_exactly_the_fields_of_staff_sso(sso: str, person: Person) -> None:
    token = _token(sso, _log_in(sso, person)).json()["access_token"]
    profile = requests.get(f"{sso}/api/v1/user/me/", headers={"Authorization": f"Bearer {token}"}, timeout=30).json()

    assert profile == {
        "email": person.email,
        "user_id": person.user_id,
        "email_user_id": profile["email_user_id"],
        "first_name": person.first_name,
        "last_name": person.last_name,
        "related_emails": [],
        "contact_email": person.email,
        "groups": [],
        "permitted_applications": profile["permitted_applications"],
        "access_profiles": list(person.access_profiles),
    }
    assert [app["url"] for app in profile["permitted_applications"]] == ([WEB_URL] if person.access_profiles else [])


def test_the_people_have_each_role_and_one_has_no_access() -> None:
    assert [person.access_profiles for person in PEOPLE] == [
        (UPLOADER_PROFILE,),
        (UPLOADER_PROFILE, ADMIN_PROFILE),
        (READER_PROFILE,),
        (UPLOADER_PROFILE,),
        (),
    ]


def test_a_code_is_good_for_one_token_and_only_with_the_secret(sso: str) -> None:
    code = _log_in(sso, PEOPLE[0])

    assert _token(sso, code, "another secret").status_code == 401
    assert _token(sso, code).status_code == 200
    assert _token(sso, code).status_code == 400


def test_nobody_is_sent_to_an_address_that_is_not_registered(sso: str) -> None:
    with requests.Session() as session:
        back = _press(session, _authorise(sso, session, "http://127.0.0.1:1/elsewhere"), PEOPLE[0])

    assert back.status_code == 400
    assert "Location" not in back.headers


def test_the_profile_needs_a_token(sso: str) -> None:
    assert requests.get(f"{sso}/api/v1/user/me/", timeout=30).status_code in {401, 403}


def test_after_logout_the_person_is_asked_again(sso: str) -> None:
    with requests.Session() as session:
        _press(session, _authorise(sso, session), PEOPLE[0])
        session.get(f"{sso}/logout/", timeout=30)

        assert urlsplit(_authorise(sso, session).url).path == "/login/"
