"""What the tests of exports do as clients, and what they look at behind the service's back."""

import gzip
import sys
from collections.abc import Callable
from typing import Any

import psycopg
import requests

from tests.parts.service import Client, Service

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def fill(service: Service, table: str, rows: int, width: int) -> None:
    """Make the table x.`table`, whose changes are noted, with texts of `width` characters that do not compress well."""
    service.execute(
        f'CREATE TABLE x."{table}" (id bigint PRIMARY KEY, name text)',
        f'INSERT INTO x."{table}" SELECT g, left(digits, {width} - length(g::text)) || g'
        f" FROM generate_series(1, {rows}) g, LATERAL (SELECT string_agg(md5(g || ' ' || k), '') AS digits"
        f" FROM generate_series(1, {width} / 32 + 1) k) AS random",
        "INSERT INTO operations.table_version (relation, base, version, generation) VALUES"
        f""" ('x."{table}"', 'x."{table}"', nextval('operations.version_number'), 1)""",
        f'CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON x."{table}"'
        " FOR EACH STATEMENT EXECUTE FUNCTION operations.note_change()",
    )


def begin(client: Client, path: str, accept_encoding: str = "identity", method: str = "GET") -> requests.Response:
    """The answer to a signed request, its head verified, its body yet to be read."""
    request = requests.Request(method, f"{client.url}/api/v1/table-export/{path}").prepare()
    sender = client.sign(request.url, method)
    request.headers.update(
        {"Authorization": sender.request_header, "Content-Type": "", "Accept-Encoding": accept_encoding}
    )
    response = (client.http or requests.Session()).send(request, timeout=60, stream=True)
    if response.status_code == 200 and method == "GET":
        sender.accept_response(response.headers["Server-Authorization"], accept_untrusted_content=True)
        assert f'ext="{response.headers["DSS-Export-Id"]}"' in response.headers["Server-Authorization"]
    return response


def export(client: Client, path: str) -> bytes:
    """The whole content of an export."""
    response = begin(client, path)
    assert response.status_code == 200, response.text
    return response.content


def decoded(response: requests.Response) -> bytes:
    """The body of an export that is read as it comes, without its Content-Encoding."""
    body = b"".join(response.raw.stream(2**20, decode_content=False))
    decode: dict[str | None, Callable[[bytes], bytes]] = {"zstd": zstd.decompress, "gzip": gzip.decompress, None: bytes}
    return decode[response.headers.get("Content-Encoding")](body)


def receipt(client: Client, response: requests.Response) -> dict[str, Any]:
    """The receipt of an export, verified by its signature."""
    url = response.headers["Link"].partition("<")[2].partition(">")[0]
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def connections_of(service: Service) -> int:
    """How many connections of the web app are in a transaction or a statement."""
    with psycopg.connect(service.database_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dss-web'"
            " AND datname = current_database() AND state <> 'idle'"
        ).fetchone()
    assert row
    return int(row[0])
