"""The contract on who gets in, over real HTTP, with mohawk as client."""

import time
from concurrent.futures import ThreadPoolExecutor

import mohawk
import psycopg
import pytest
import requests

from tests.parts.service import Client, Service

PATH = "/api/v1/table-structure/hawk.tests/L1"


@pytest.fixture(scope="module", autouse=True)
def table(service: Service) -> None:
    for schema in ("hawk.tests", "hawk.others"):
        service.execute(
            f'CREATE SCHEMA "{schema}"',
            f'CREATE TABLE "{schema}"."L1" (id int PRIMARY KEY)',
            f'CREATE TABLE "{schema}"."L0" (id int PRIMARY KEY)',
        )


def send(service: Service, header: str | None, path: str = PATH, **options: object) -> requests.Response:
    headers = {} if header is None else {"Authorization": header}
    return requests.request("GET", service.url + path, headers=headers, timeout=30, **options)  # type: ignore[arg-type]


def assert_unauthenticated(answer: requests.Response) -> None:
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["WWW-Authenticate"] == "Hawk"
    assert "Server-Authorization" not in answer.headers


def assert_bad_request(answer: requests.Response, *words: str) -> None:
    assert answer.status_code == 400
    for word in words:
        assert word in answer.json()["error"]


def logged(service: Service, reason: str) -> bool:
    return f"not authenticated: {reason}" in service.log.read_text()


def test_the_answer_to_a_signed_request_is_signed(client: Client) -> None:
    answer = client.get(PATH)

    assert answer.status_code == 200
    assert "Server-Authorization" in answer.headers


def test_nobody_gets_in_without_a_header(service: Service) -> None:
    assert_unauthenticated(send(service, None))
    assert logged(service, "no header")


def test_a_wrong_key_is_refused(service: Service) -> None:
    assert_unauthenticated(service.client("all", "another key").get(PATH))
    assert logged(service, "bad mac")


def test_an_unknown_id_is_refused(service: Service) -> None:
    assert_unauthenticated(service.client("nobody").get(PATH))
    assert logged(service, "unknown id")


def test_a_signature_is_good_for_its_path_query_method_and_host_alone(service: Service, client: Client) -> None:
    for url, method in (
        (f"{service.url}{PATH}?x=1", "GET"),
        (f"{service.url}{PATH}/", "GET"),
        (service.url + PATH, "POST"),
        (f"http://localhost:{service.url.rpartition(':')[2]}{PATH}", "GET"),
        (f"http://127.0.0.1:1{PATH}", "GET"),
    ):
        assert_unauthenticated(send(service, client.sign(url, method).request_header))


def test_the_query_is_signed_as_it_is_sent(client: Client) -> None:
    assert client.get(f"{PATH}?a=%2f&b=%2F&c=+&&d").status_code == 200


def test_a_path_is_signed_as_it_is_sent(client: Client) -> None:
    assert client.get("/api/v1/table-structure/hawk%2etests/L%31").status_code == 200


def test_a_nonce_is_used_once(service: Service, client: Client) -> None:
    header = client.sign(service.url + PATH).request_header

    assert send(service, header).status_code == 200
    assert_unauthenticated(send(service, header))
    assert logged(service, "nonce already used")


def test_of_sixteen_parallel_replays_one_gets_in(service: Service, client: Client) -> None:
    for _ in range(3):
        header = client.sign(service.url + PATH).request_header
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _, header=header: send(service, header), range(16)))

        assert sorted(answer.status_code for answer in answers) == [200] + [401] * 15


def test_a_nonce_is_used_up_by_a_request_that_fails_on_its_scope(service: Service) -> None:
    header = service.add_client("no-scope").sign(service.url + PATH).request_header

    assert send(service, header).status_code == 403
    assert_unauthenticated(send(service, header))


def test_two_clients_may_use_the_same_nonce(service: Service, client: Client) -> None:
    other = service.add_client("other", "*")
    for either in (client, other):
        assert send(service, either.sign(service.url + PATH, nonce="shared").request_header).status_code == 200


def test_a_long_nonce_is_a_nonce(service: Service, client: Client) -> None:
    header = client.sign(service.url + PATH, nonce="n" * 3800).request_header

    assert send(service, header).status_code == 200
    assert_unauthenticated(send(service, header))


@pytest.mark.parametrize(("offset", "status"), [(-50, 200), (50, 200), (-70, 401), (70, 401)])
def test_clocks_may_differ_by_a_minute(service: Service, client: Client, offset: int, status: int) -> None:
    header = client.sign(service.url + PATH, _timestamp=int(time.time()) + offset).request_header

    answer = send(service, header)

    assert answer.status_code == status
    if status == 401:
        assert_unauthenticated(answer)
        assert logged(service, "timestamp out of skew")


def test_nonces_are_forgotten_later_than_twice_the_skew(service: Service, client: Client) -> None:
    assert send(service, client.sign(service.url + PATH, nonce="kept").request_header).status_code == 200
    with psycopg.connect(service.database_url) as connection:
        row = connection.execute(
            # The newest is the one that was just sent.
            "SELECT max(extract(epoch FROM expires_at - now())) FROM operations.hawk_nonce"
        ).fetchone()
    assert row and row[0] > 2 * 60


def test_a_hash_is_needed_with_a_body_or_a_content_type(service: Service, client: Client) -> None:
    bare = {"content": mohawk.base.EmptyValue, "content_type": mohawk.base.EmptyValue, "always_hash_content": False}

    def header() -> str:
        value: str = client.sign(service.url + PATH, **bare).request_header
        assert "hash=" not in value
        return value

    assert send(service, header()).status_code == 200
    assert_unauthenticated(send(service, header(), data=b"body"))
    typed = requests.get(
        service.url + PATH, headers={"Authorization": header(), "Content-Type": "text/plain"}, timeout=30
    )
    assert_unauthenticated(typed)


def test_a_body_that_was_changed_is_refused(service: Service, client: Client) -> None:
    sender = client.sign(service.url + PATH, content=b"one", content_type="text/plain")
    headers = {"Authorization": sender.request_header, "Content-Type": "text/plain"}

    assert_unauthenticated(requests.get(service.url + PATH, headers=headers, data=b"two", timeout=30))
    assert logged(service, "wrong payload hash")
    headers["Authorization"] = client.sign(service.url + PATH, content=b"one", content_type="text/plain").request_header
    assert requests.get(service.url + PATH, headers=headers, data=b"one", timeout=30).status_code == 200


def test_ext_app_and_dlg_are_signed(service: Service, client: Client) -> None:
    sender = client.sign(service.url + PATH, ext="some-ext", app="an-app", dlg="someone")

    assert send(service, sender.request_header).status_code == 200
    assert_unauthenticated(send(service, sender.request_header.replace("some-ext", "more-ext")))


@pytest.mark.parametrize(("length", "status"), [(4096, 200), (4097, 400)])
def test_a_header_may_have_4096_characters(service: Service, client: Client, length: int, status: int) -> None:
    nonce = "n" * (length - len(client.sign(service.url + PATH, nonce="").request_header))

    header = client.sign(service.url + PATH, nonce=nonce).request_header

    assert (len(header), send(service, header).status_code) == (length, status)


WHOLE = 'Hawk id="all", ts="1353832234", nonce="n", mac="bWFj"'


@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("Basic dXNlcjpwYXNz", "scheme Hawk"),
        ("Hawk", "scheme Hawk"),
        ("Hawk nonsense", "not an attribute"),
        (f"{WHOLE} nonsense", "not an attribute"),
        (f'{WHOLE}, colour="red"', "does not know"),
        (f'{WHOLE}, id="all"', "twice"),
        (f'{WHOLE}, ext="{"x" * 4096}"', "at most 4096"),
        (WHOLE.replace('id="all", ', ""), "lacks: id"),
        (WHOLE.replace('ts="1353832234", ', ""), "lacks: ts"),
        (WHOLE.replace('nonce="n", ', ""), "lacks: nonce"),
        (WHOLE.replace(', mac="bWFj"', ""), "lacks: mac"),
        (WHOLE.replace('"n"', '""'), "lacks: nonce"),
        (WHOLE.replace("1353832234", "yesterday"), "whole seconds"),
        (WHOLE.replace("1353832234", "-5"), "whole seconds"),
        (WHOLE.replace("1353832234", "9" * 300), "whole seconds"),
        (WHOLE.replace('"n"', '"\xe9"'), "not an attribute"),
    ],
)
def test_a_header_that_cannot_be_parsed_is_a_bad_request(service: Service, header: str, word: str) -> None:
    assert_bad_request(send(service, header), word)


SCOPES = [
    (["*"], {"structure", "data", "other data", "ons"}),
    ([], set()),
    (["get_table_data"], {"data", "other data"}),
    (["get_table_structure"], {"structure"}),
    (["list_ons_postcodes"], {"ons"}),
    (["table:hawk.tests"], {"structure", "data"}),
    (["table:hawk.tests.L1"], {"structure", "data"}),
    (["table:hawk.tests.L0"], set()),
    (["table:hawk"], set()),
    (["get_table_data", "list_ons_postcodes", "table:hawk.tests"], {"structure", "data", "ons"}),
    (["*", "table:hawk.others"], {"other data", "ons"}),
]


@pytest.mark.parametrize(("scopes", "open_to"), SCOPES)
def test_scopes_open_routes_and_tables(service: Service, scopes: list[str], open_to: set[str]) -> None:
    client = service.add_client("scoped", *scopes)
    paths = {
        "structure": PATH,
        "data": "/api/v1/table-data/hawk.tests/L1",
        "other data": "/api/v1/table-data/hawk.others/L1",
        "ons": "/api/v1/get-ons-postcodes/",
    }

    answers = {name: client.get(path) for name, path in paths.items()}

    assert {name for name, answer in answers.items() if answer.status_code != 403} == open_to
    for answer in answers.values():
        assert "Server-Authorization" in answer.headers
        if answer.status_code == 403:
            assert "scopes" in answer.json()["error"]


def test_a_table_is_unknown_to_those_alone_who_may_read_it(service: Service) -> None:
    absent = "/api/v1/table-data/hawk.tests/absent"

    assert service.add_client("reader", "table:hawk.tests").get(absent).status_code == 404
    assert service.add_client("stranger", "list_ons_postcodes").get(absent).status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/table-data/hawk.tests/absent", 404), (f"{PATH.replace('structure', 'data')}?next-id=x", 400)],
)
def test_errors_are_signed(client: Client, path: str, status: int) -> None:
    answer = client.get(path)

    assert answer.status_code == status
    assert "Server-Authorization" in answer.headers


def test_the_log_holds_no_key_mac_or_nonce(service: Service, client: Client) -> None:
    header = client.sign(service.url + PATH, nonce="a-nonce-to-look-for").request_header
    assert send(service, header).status_code == 200

    log = service.log.read_text()
    assert "a-nonce-to-look-for" not in log
    assert client.key not in log
    assert '"client":"all"' in log
