"""A client reads one state of a table to its end, or is told to start again; never a mixture of two."""

import threading
import time
from urllib.parse import quote

import psycopg
from psycopg import sql

from dss_assets.loading.change_tracking import track_changes
from tests.parts.service import Client, Service
from tests.parts.tracked import COLUMNS, make_noted


def ids(answer: dict[str, list[dict[str, int]]]) -> list[int]:
    return [row["id"] for row in answer["results"]]


def test_next_holds_the_generation_and_pages_follow_one_another(service: Service, client: Client) -> None:
    url: str | None = make_noted(service, "consistent.all", 25) + "?orientation=records"
    seen = []
    while url:
        page = client.get(url).json()
        assert page["next"] is None or "&generation=" in page["next"]
        seen += ids(page)
        url = page["next"]

    assert seen == list(range(1, 26))


def test_a_file_that_is_added_meanwhile_is_read_whole_at_the_end(service: Service, client: Client) -> None:
    path = make_noted(service, "consistent.added", 15)
    first = client.get(path + "?orientation=records").json()
    service.execute("""INSERT INTO "consistent.added"."L0" (name) SELECT 'new ' || g FROM generate_series(1, 3) g""")

    second = client.get(first["next"]).json()

    assert ids(first) + ids(second) == list(range(1, 19))


def test_after_a_file_was_loaded_again_the_client_is_told_where_to_start(service: Service, client: Client) -> None:
    path = make_noted(service, "consistent.again", 25)
    first = client.get(f"{path}?orientation=records&page-size=5&columns=id,name&id.gte=3").json()
    service.execute(
        'DELETE FROM "consistent.again"."L0" WHERE id < 10',
        """INSERT INTO "consistent.again"."L0" (name) SELECT 'again ' || g FROM generate_series(1, 9) g""",
    )

    answer = client.get(first["next"])

    assert answer.status_code == 409
    assert "Server-Authorization" in answer.headers
    assert "consistent.again.L1 was changed after you began to read it" in answer.json()["error"]
    start = answer.json()["start"]
    assert start == f"{service.url}{path}?orientation=records&page-size=5&columns=id%2Cname&id.gte=3"
    anew = client.get(start).json()
    assert anew["results"][0] == {"id": 10, "name": "row 10"}
    assert client.get(anew["next"]).status_code == 200


def test_a_table_that_was_replaced_is_another_generation(service: Service, client: Client) -> None:
    path = make_noted(service, "consistent.swap", 25).replace("L1", "L0")
    first = client.get(path).json()
    replace(service, "consistent.swap", 30)

    assert client.get(first["next"]).status_code == 409
    assert client.get(client.get(first["next"]).json()["start"]).json()["values"][0] == [1, "other 1", None]


def test_a_table_that_is_gone_or_not_noted_any_more_is_no_continuation(service: Service, client: Client) -> None:
    path = make_noted(service, "consistent.gone", 25).replace("L1", "L0")
    following = client.get(path).json()["next"]
    service.execute(
        'ALTER TABLE "consistent.gone"."L0" RENAME TO "old"',
        'CREATE TABLE "consistent.gone"."L0" AS SELECT g AS id FROM generate_series(1, 30) g',
    )

    assert client.get(following).status_code == 409


def test_a_view_over_the_table_is_told_of_its_changes(service: Service, client: Client) -> None:
    path = make_noted(service, "consistent.view", 25)
    following = client.get(path).json()["next"]
    service.execute("""UPDATE "consistent.view"."L0" SET name = 'changed' WHERE id = 3""")

    assert client.get(following).status_code == 409


def test_a_generation_that_is_no_integer_is_refused(service: Service, client: Client) -> None:
    answer = client.get(make_noted(service, "consistent.word", 1) + "?generation=new")

    assert (answer.status_code, answer.json()) == (400, {"error": "generation must be an integer"})


def test_tables_whose_changes_nobody_notes_are_paged_as_ever(service: Service, client: Client) -> None:
    service.execute(
        'CREATE SCHEMA "consistent.not"',
        'CREATE TABLE "consistent.not"."L0" AS SELECT g AS id FROM generate_series(1, 11) g',
    )
    answer = client.get("/api/v1/table-data/consistent.not/L0")

    assert answer.json()["next"].endswith("?orientation=tabular&next-id=11")
    assert "ETag" not in answer.headers


def replace(service: Service, schema: str, rows: int, hold_seconds: float = 0) -> None:
    """Put another table in the place of L0, as the loader does; hold the lock on it for a while."""
    table, staging = sql.Identifier(schema, "L0"), sql.Identifier(schema, "L0.staging")
    with psycopg.connect(service.database_url) as connection:
        connection.execute(sql.SQL("CREATE TABLE {} ({})").format(staging, sql.SQL(COLUMNS)))
        connection.execute(
            sql.SQL("INSERT INTO {} (name) SELECT 'other ' || g FROM generate_series(1, %s) g").format(staging), [rows]
        )
        connection.execute(sql.SQL("DROP TABLE {} CASCADE").format(table))
        connection.execute(sql.SQL('ALTER TABLE {} RENAME TO "L0"').format(staging))
        track_changes(connection, table)
        time.sleep(hold_seconds)


def test_who_waits_for_a_table_being_replaced_or_emptied_reads_what_came_of_it(
    service: Service, client: Client
) -> None:
    """The request's snapshot is older than what it waits for."""
    path = make_noted(service, "consistent.wait", 5).replace("L1", "L0")
    replacing = threading.Thread(target=replace, args=(service, "consistent.wait", 7, 0.7))
    replacing.start()
    time.sleep(0.3)
    answer = client.get(path)
    replacing.join()
    assert len(answer.json()["values"]) == 7

    with psycopg.connect(service.database_url) as connection:
        connection.execute('TRUNCATE "consistent.wait"."L0"')
        connection.execute('INSERT INTO "consistent.wait"."L0" (name) VALUES (\'only\')')
        waiting = threading.Timer(0.5, connection.commit)
        waiting.start()
        answer = client.get(path)
        waiting.join()
    assert [row[1] for row in answer.json()["values"]] == ["only"]


def test_under_constant_reloads_no_client_reads_a_mixture(service: Service, client: Client) -> None:
    """Each state holds one number in all its 40 rows, whose ids change with each."""
    path = make_noted(service, "consistent.busy", 40)
    service.execute('UPDATE "consistent.busy"."L0" SET number = 0')
    stop = threading.Event()

    def reload() -> None:
        number = 0
        with psycopg.connect(service.database_url) as connection:
            while not stop.wait(0.03):
                number += 1
                connection.execute('DELETE FROM "consistent.busy"."L0"')
                connection.execute(
                    'INSERT INTO "consistent.busy"."L0" (name, number)'
                    " SELECT 'word', %s FROM generate_series(1, 40) g",
                    [number],
                )
                connection.commit()

    reloading = threading.Thread(target=reload)
    reloading.start()
    whole = refused = 0
    deadline = time.monotonic() + 20
    try:
        while (whole < 5 or refused < 5) and time.monotonic() < deadline:
            url: str | None = f"{path}?orientation=records&page-size={20 if refused >= 5 else 5}"
            states, rows = set(), 0
            while url:
                answer = client.get(url)
                if answer.status_code == 409:
                    refused += 1
                    break
                assert answer.status_code == 200
                rows += len(answer.json()["results"])
                states |= {row["number"] for row in answer.json()["results"]}
                url = answer.json()["next"]
            else:
                whole += 1
                assert (rows, len(states)) == (40, 1)
    finally:
        stop.set()
        reloading.join()
    assert whole >= 5 and refused >= 5


def test_the_same_etag_is_answered_by_304_and_another_state_is_sent(service: Service, client: Client) -> None:
    path = make_noted(service, "consistent.tag", 3)
    for route in (path, path.replace("data", "structure"), f"{path}?orientation=records&columns=name"):
        answer = client.get(route)
        tag = answer.headers["ETag"]
        assert answer.headers["Cache-Control"] == "private, no-cache"

        for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            unchanged = client.get(route, headers={"If-None-Match": held})
            assert (unchanged.status_code, unchanged.content, unchanged.headers["ETag"]) == (304, b"", tag)
            assert "Server-Authorization" in unchanged.headers
        assert client.get(route, headers={"If-None-Match": '"other"'}).status_code == 200
        assert "ETag" not in client.get(f"{path}?columns=absent").headers, "an error is not the table's state"

        service.execute("""INSERT INTO "consistent.tag"."L0" (name) VALUES ('more')""")
        changed = client.get(route, headers={"If-None-Match": tag})
        assert changed.status_code == 200
        assert changed.headers["ETag"] != tag
        assert client.get(route, "HEAD").headers["ETag"] == changed.headers["ETag"]


def test_a_change_of_columns_is_another_etag(service: Service, client: Client) -> None:
    path = make_noted(service, "consistent.form", 3).replace("L1", "L0")
    tag = client.get(path).headers["ETag"]
    service.execute('ALTER TABLE "consistent.form"."L0" ADD COLUMN more text')

    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_not_modified_is_for_those_alone_who_may_read(service: Service, client: Client) -> None:
    path = make_noted(service, "consistent.scope", 3)
    tag = client.get(path).headers["ETag"]

    assert service.add_client("elsewhere", "table:x").get(path, headers={"If-None-Match": tag}).status_code == 403


def test_names_with_spaces_and_quotes_are_noted_too(service: Service, client: Client) -> None:
    path = make_noted(service, "consistent.a b'c", 25)

    page = client.get(quote(path)).json()
    assert "&generation=" in page["next"]
    assert client.get(page["next"]).status_code == 200
