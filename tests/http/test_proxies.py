"""Which proxies are believed, and about what; off by default."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from django.core.exceptions import SuspiciousOperation

from dss_web.http.proxies import Proxies
from tests.parts.log import entries, line_of
from tests.parts.service import Service, running

PATH = "/api/v1/table-data/proxies.tests/L1"
FORGED = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "localhost:444",
    "X-Forwarded-Port": "444",
    "X-Forwarded-For": "192.0.2.1",
    "X-Forwarded-Ssl": "on",
    "Forwarded": "for=192.0.2.1;host=localhost;proto=https",
}
PEER = "10.0.0.1"

# Who is believed, what X-Forwarded-For says to the peer 10.0.0.1, and whose request it is then.
ADDRESSES = [
    ("", "192.0.2.1", PEER),
    ("10.0.0.2", "192.0.2.1", PEER),
    ("10.0.0.1", "192.0.2.1", "192.0.2.1"),
    ("10.0.0.0/8", "192.0.2.1", "192.0.2.1"),
    ("10.0.0.0/8", "", PEER),
    ("10.0.0.0/8", "1.1.1.1, 192.0.2.1", "192.0.2.1"),
    ("10.0.0.0/8", "192.0.2.1, 10.9.9.9", "192.0.2.1"),
    ("10.0.0.0/8", "10.1.1.1, 192.0.2.1, 10.9.9.9", "192.0.2.1"),
    ("10.0.0.1", "192.0.2.1, 10.9.9.9", "10.9.9.9"),
    ("10.0.0.0/8", "10.3.3.3, 10.9.9.9", "10.3.3.3"),
    ("10.0.0.0/8", "192.0.2.1:5555", "192.0.2.1"),
    ("10.0.0.0/8", "[2001:db8::1]:5555", "2001:db8::1"),
    ("10.0.0.0/8", "2001:db8::1", "2001:db8::1"),
    ("10.0.0.0/8, 2001:db8::/32", "192.0.2.1, 2001:db8::1", "192.0.2.1"),
    ("10.0.0.0/8", "192.0.2.1, ::ffff:10.9.9.9", "192.0.2.1"),
    ("10.0.0.0/8", "192.0.2.1, unknown", PEER),
    ("10.0.0.0/8", "1.1.1.1, <script>", PEER),
    ("*", "1.1.1.1, 192.0.2.1", "192.0.2.1"),
    ("*, 10.9.9.9", "192.0.2.1, 10.9.9.9", "192.0.2.1"),
]


def restored(trusted: str, peer: str = PEER, **said: str) -> dict[str, str]:
    """A request's environment, with `for_`, `proto`, `host` and `port` as X-Forwarded-…, as the app gets to see it."""
    meta = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "HTTP_HOST": "web:8000"}
    meta |= {f"HTTP_X_FORWARDED_{name.strip('_').upper()}": value for name, value in said.items()}
    Proxies(entry.strip() for entry in trusted.split(",") if entry.strip()).restore(meta)
    assert not any("FORWARDED" in name for name in meta), "nobody further on may believe them"
    return meta


@pytest.mark.parametrize(("trusted", "forwarded_for", "client"), ADDRESSES)
def test_the_client_is_the_nearest_address_that_is_no_believed_proxy(
    trusted: str, forwarded_for: str, client: str
) -> None:
    assert restored(trusted, for_=forwarded_for)["REMOTE_ADDR"] == client


def test_a_peer_that_has_an_address_of_both_kinds_is_known_by_either() -> None:
    assert restored("10.0.0.1", "::ffff:10.0.0.1", for_="192.0.2.1")["REMOTE_ADDR"] == "192.0.2.1"


def test_a_proxy_on_a_unix_socket_is_believed_where_whoever_connects_is() -> None:
    assert restored("*", "", for_="192.0.2.1", proto="https")["REMOTE_ADDR"] == "192.0.2.1"
    assert restored("10.0.0.0/8", "", for_="192.0.2.1", proto="https")["wsgi.url_scheme"] == "http"


@pytest.mark.parametrize(
    ("said", "scheme", "host"),
    [
        ({}, "http", "web:8000"),
        ({"proto": "https"}, "https", "web:8000"),
        ({"proto": "HTTPS", "host": "dss.example"}, "https", "dss.example"),
        ({"proto": "https", "host": "dss.example:8443"}, "https", "dss.example:8443"),
        ({"proto": "https", "host": "dss.example", "port": "8443"}, "https", "dss.example:8443"),
        ({"proto": "https", "host": "dss.example:8443", "port": "443"}, "https", "dss.example:8443"),
        ({"proto": "https", "host": "dss.example", "port": "443"}, "https", "dss.example"),
        ({"proto": "http", "host": "dss.example", "port": "80"}, "http", "dss.example"),
        ({"proto": "https", "host": "[2001:db8::5]", "port": "8443"}, "https", "[2001:db8::5]:8443"),
        ({"proto": "", "host": "", "port": ""}, "http", "web:8000"),
    ],
)
def test_scheme_host_and_port_are_those_of_the_proxy(said: dict[str, str], scheme: str, host: str) -> None:
    meta = restored(PEER, **said)

    assert (meta["wsgi.url_scheme"], meta["HTTP_HOST"]) == (scheme, host)


@pytest.mark.parametrize(
    ("trusted", "forwarded_for"), [("10.0.0.1", "192.0.2.1"), ("10.0.0.0/8", "192.0.2.1, 10.9.9.9")]
)
@pytest.mark.parametrize("forged", ["", "ftp, ", "http, http, "])
def test_what_stands_before_a_believed_proxys_word_is_not_believed(
    trusted: str, forwarded_for: str, forged: str
) -> None:
    """Each proxy has appended to what it was sent, beginning with what the client made up."""
    appended = "https" if trusted == "10.0.0.1" else "https, http"

    assert restored(trusted, for_=forwarded_for, proto=forged + appended)["wsgi.url_scheme"] == "https"


@pytest.mark.parametrize(
    "said",
    [
        {"proto": "ftp"},
        {"proto": "https://x"},
        *({"port": port} for port in ("0", "65536", "x", "-1", "8443x", "\u0661", "9" * 5000)),
    ],
)
def test_what_makes_no_sense_is_refused_from_a_believed_proxy_and_unread_from_others(said: dict[str, str]) -> None:
    with pytest.raises(SuspiciousOperation, match="X-Forwarded-"):
        restored(PEER, **said)
    restored("", **said)


@pytest.fixture(scope="module", autouse=True)
def table(service: Service) -> None:
    service.execute(
        'CREATE SCHEMA "proxies.tests"',
        'CREATE TABLE "proxies.tests"."L1" (id int PRIMARY KEY)',
        'INSERT INTO "proxies.tests"."L1" SELECT generate_series(1, 11)',
    )


@pytest.fixture(scope="module")
def metered(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A web app with metrics."""
    with running(
        service.database_url, tmp_path_factory.mktemp("metered"), DSS_METRICS_TOKEN="a-token-for-tests-alone"
    ) as started:
        yield started


def ask(service: Service, url: str, **headers: str) -> requests.Response:
    """The answer to a request that is signed for `url`, whatever the way that it goes."""
    signed = {"Authorization": service.client().sign(url + PATH).request_header, **headers}
    return requests.get(service.url + PATH, headers=signed, timeout=30)


def test_nobody_is_believed_by_default(service: Service) -> None:
    refused = ask(service, "https://localhost:444", **FORGED)
    assert refused.status_code == 401
    outcome = line_of(service.log, refused.headers["X-Request-ID"])["outcome"]
    assert "bad mac" in outcome
    assert "X-Forwarded-Proto" in outcome
    assert "of 127.0.0.1 dropped, which DSS_TRUSTED_PROXIES does not name" in outcome
    answer = ask(service, service.url, **FORGED)
    assert answer.status_code == 200
    assert answer.json()["next"].startswith(f"{service.url}{PATH}?")


def test_pages_cookies_and_redirects_are_as_without(service: Service) -> None:
    for path in ("/upload/", "/login", "/admin/", "/logout", "/healthcheck/"):
        plain, forged = (
            requests.get(service.url + path, headers=headers, allow_redirects=False, timeout=30)
            for headers in ({}, FORGED)
        )
        assert kind_of(forged) == kind_of(plain)


def test_a_host_that_is_not_allowed_stays_so(service: Service) -> None:
    headers = {"Host": "elsewhere.example", "X-Forwarded-Host": "localhost"}

    assert requests.get(service.url + PATH, headers=headers, timeout=30).status_code == 400


@pytest.fixture(scope="module")
def believing(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A web app over the same tables that believes whoever connects."""
    settings = {"DSS_TRUSTED_PROXIES": "*", "DSS_ALLOWED_HOSTS": "dss.example,127.0.0.1", "DSS_WEB_WORKERS": "1"}
    with running(service.database_url, tmp_path_factory.mktemp("believing"), **settings) as believing:
        yield believing


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("https://dss.example", {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "dss.example"}),
        ("https://dss.example", {"X-Forwarded-Proto": "https", "X-Forwarded-Port": "443", "Host": "dss.example"}),
        ("https://dss.example:8443", {"X-Forwarded-Proto": "https", "X-Forwarded-Port": "8443", "Host": "dss.example"}),
        ("http://dss.example:81", {"X-Forwarded-Host": "dss.example:81"}),
    ],
)
def test_a_signature_and_next_are_for_the_address_of_the_proxy(
    believing: Service, url: str, headers: dict[str, str]
) -> None:
    answer = ask(believing, url, **headers)

    assert answer.json()["next"] == f"{url}{PATH}?orientation=tabular&next-id=11"


def test_a_proxys_host_has_to_be_allowed(believing: Service) -> None:
    for host in ("elsewhere.example", "dss.example, elsewhere.example", "dss.example/x", "dss.example:port", "\u00e9"):
        answer = ask(believing, "https://elsewhere.example", **{"X-Forwarded-Host": host.encode().decode("latin-1")})
        assert answer.status_code == 400, host
        assert "Server-Authorization" not in answer.headers


def test_nonsense_of_a_proxy_is_a_bad_request(believing: Service) -> None:
    answer = ask(believing, believing.url, **{"X-Forwarded-Proto": "gopher"})

    assert answer.status_code == 400
    assert "expected http or https" in believing.log.read_text()


def kind_of(answer: requests.Response) -> tuple[object, ...]:
    """What of an answer could depend on the client's address, without what differs from one to the next."""
    varying = {"Date", "X-Request-ID", "Location", "Set-Cookie"}
    headers = {name: value for name, value in answer.headers.items() if name not in varying}
    location = answer.headers.get("Location", "").partition("&state=")[0]
    cookies = [(cookie.name, cookie.domain, cookie.secure) for cookie in answer.cookies]
    return answer.status_code, location, cookies, headers


@pytest.mark.parametrize("path", ["/healthcheck/", "/healthcheck", "/readiness/", "/metrics"])
def test_probes_are_answered_by_whatever_name_they_come(metered: Service, path: str) -> None:
    by_name = requests.get(metered.url + path, timeout=30)
    by_address = requests.get(metered.url + path, headers={"Host": "10.1.2.3:8000"}, timeout=30)

    assert by_address.status_code == by_name.status_code
    assert by_address.status_code in {200, 401, 503}  # 401: it asks for the token of the metrics
    assert line_of(metered.log, by_address.headers["X-Request-ID"])["route"] == path.removeprefix("/")


def test_whatever_else_is_asked_needs_a_name_of_ours(metered: Service) -> None:
    assert requests.get(metered.url + PATH, headers={"Host": "10.1.2.3"}, timeout=30).status_code == 400


def test_an_https_address_without_a_believed_proxy_is_warned_of_at_the_start(service: Service, tmp_path: Path) -> None:
    def warnings(**settings: str) -> list[str]:
        with running(service.database_url, tmp_path, **settings) as started:
            return [entry["message"] for entry in entries(started.log) if entry["level"] == "WARNING"]

    (warning,) = warnings(DSS_WEB_URL="https://dss.example")
    assert "DSS_TRUSTED_PROXIES names no proxy" in warning
    assert warnings(DSS_WEB_URL="https://dss.example", DSS_TRUSTED_PROXIES="127.0.0.1") == []
