"""The published vectors of HAWK, sent to a running web app: our own authentication accepts them, and nothing else.

Source: https://github.com/mozilla/hawk/blob/main/API.md (seen 2026-11).
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from typing import Final

import pytest
import requests

from infra.local.postgres import Postgres
from tests.conftest import add_hawk_client
from tests.hawk.vectors import SETTINGS
from tests.parts.log import line_of
from tests.parts.service import Service, running

CREDENTIALS: Final = {"id": "dh37fgj492je", "key": "werxhqb98rpaxn39848xrunpaw3489ruxnpa98w4rxn", "algorithm": "sha256"}
IDENTIFIER, KEY = CREDENTIALS["id"], CREDENTIALS["key"]
# The URL http://example.com:8000/resource/1?b=1&a=2, at the web app's real address.
HOST, TARGET = "example.com:8000", "/resource/1?b=1&a=2"

HEADER: Final = f'Hawk id="{IDENTIFIER}", ts="1353832234", nonce="j4h3g2", ext="some-app-ext-data", '
GET_MAC: Final = "6R4rV5iE+NPoym+WwjeHzjAGXUtLNIxmo1vpMofpLAE="
POST_MAC: Final = "aSe1DERmZuRl3pI36/9BdZmnErTw3sNzOOAUlfeKjVw="
POST_HASH: Final = "Yi9LfIIFRtBEPt74PVmbTF/xVAwPn7ub15ePICfgnuY="
EMPTY_HASH: Final = "B0weSUXsMcb5UhL41FZbrUJCAotzSI3HawE1NPLRUz8="
THE_POST: Final = "Thank you for flying Hawk"


@pytest.fixture(scope="module")
def web(
    postgres_server: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    postgres_server.create_database("vectors", template=migrated_template)
    with running(postgres_server.url("vectors"), tmp_path_factory.mktemp("web"), **SETTINGS) as service:
        add_hawk_client(service.database_url, IDENTIFIER, KEY, ["*"])
        yield service


@pytest.fixture(autouse=True)
def no_nonce_is_used(web: Service) -> None:
    """The published requests have one nonce."""
    web.execute("TRUNCATE operations.hawk_nonce")


def send(web: Service, method: str, header: str, content: str | None = None, host: str = HOST) -> requests.Response:
    headers = {"Host": host, "Authorization": header}
    if content is not None:
        headers["Content-Type"] = "text/plain"
    return requests.request(method, web.url + TARGET, headers=headers, data=content, timeout=30)


def refusal(web: Service, response: requests.Response) -> object:
    """Why authentication failed, as the log has it."""
    assert (response.status_code, response.content) == (401, b"")
    line = line_of(web.log, response.headers["X-Request-ID"])
    return line["refusal"]


def test_the_published_get_is_accepted(web: Service) -> None:
    response = send(web, "GET", f'{HEADER}mac="{GET_MAC}"')

    assert response.status_code == 200
    assert "Server-Authorization" in response.headers
    assert refusal(web, send(web, "GET", f'{HEADER}mac="{POST_MAC}"')) == "bad mac"


def test_the_published_get_is_accepted_once(web: Service) -> None:
    assert send(web, "GET", f'{HEADER}mac="{GET_MAC}"').status_code == 200
    assert refusal(web, send(web, "GET", f'{HEADER}mac="{GET_MAC}"')) == "nonce already used"


def test_the_published_get_is_not_accepted_under_another_host(web: Service) -> None:
    assert refusal(web, send(web, "GET", f'{HEADER}mac="{GET_MAC}"', host="example.com:8001")) == "bad mac"


def test_the_published_post_is_accepted(web: Service) -> None:
    header = f'{HEADER}hash="{POST_HASH}", mac="{POST_MAC}"'

    assert send(web, "POST", header, THE_POST).text == THE_POST
    assert refusal(web, send(web, "POST", header, "Thank you for flying Dove")) == "wrong payload hash"


def test_the_hash_of_nothing_is_the_published_one(web: Service) -> None:
    def header(payload_hash: str) -> str:
        lines = [
            "hawk.1.header",
            "1353832234",
            "j4h3g2",
            "GET",
            TARGET,
            *HOST.split(":"),
            payload_hash,
            "some-app-ext-data",
        ]
        text = "".join(f"{line}\n" for line in lines)
        mac = base64.b64encode(hmac.new(KEY.encode(), text.encode(), hashlib.sha256).digest()).decode()
        return f'{HEADER}hash="{payload_hash}", mac="{mac}"'

    assert send(web, "GET", header(EMPTY_HASH)).status_code == 200
    assert refusal(web, send(web, "GET", header(POST_HASH))) == "wrong payload hash"
