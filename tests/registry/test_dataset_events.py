"""What happens to a dataset is noticed once, whoever looks and how often, and nothing of it is missed."""

import pytest
from psycopg import sql

from dss_assets.database import Connection
from dss_assets.loading.change_tracking import track_changes
from dss_web.registry.catalogue_index import describe
from dss_web.registry.dataset_events import notice

KEY = "dbt.wins"


@pytest.fixture
def uploaded(connection: Connection) -> Connection:
    """A database with a dataset, whose table was loaded a while ago."""
    connection.execute("INSERT INTO pipeline (organisation, dataset, slug) VALUES ('dbt', 'wins', 'dbt-wins')")
    connection.execute('CREATE SCHEMA "dbt.wins"')
    connection.execute('CREATE TABLE "dbt.wins"."L1" (id int PRIMARY KEY, name text, amount int)')
    track_changes(connection, sql.Identifier("dbt.wins", "L1"))
    describe(connection)
    add_row(connection, 1)
    return connection


def add_row(connection: Connection, number: int, *, is_over: bool = True) -> None:
    connection.execute('INSERT INTO "dbt.wins"."L1" (id) VALUES (%s)', [number])
    if is_over:
        pass_time(connection)


def pass_time(connection: Connection) -> None:
    connection.execute("UPDATE operations.table_version SET changed_at = now() - interval '3 minutes'")


def noticed(connection: Connection) -> list[tuple[str, list[str], list[str]]]:
    notice(connection)
    notice(connection)
    found = connection.execute("SELECT kind, details FROM operations.dataset_event ORDER BY id").fetchall()
    return [(kind, details.get("removed", []), details.get("retyped", [])) for kind, details in found]


def test_each_version_is_noticed_once_when_its_table_is_left_alone(uploaded: Connection) -> None:
    assert noticed(uploaded) == [("version", [], [])]
    for number in (2, 3, 4):
        add_row(uploaded, number, is_over=False)
        assert len(noticed(uploaded)) == 1, "while files still come"
    pass_time(uploaded)
    assert noticed(uploaded) == [("version", [], [])] * 2


def test_columns_that_are_gone_or_of_another_type_are_named(uploaded: Connection) -> None:
    notice(uploaded)
    uploaded.execute('ALTER TABLE "dbt.wins"."L1" RENAME COLUMN name TO title')
    # As a load does: the trigger depends on the columns.
    uploaded.execute('DROP TRIGGER note_change ON "dbt.wins"."L1"')
    uploaded.execute('ALTER TABLE "dbt.wins"."L1" ALTER COLUMN amount TYPE text')
    track_changes(uploaded, sql.Identifier("dbt.wins", "L1"))
    add_row(uploaded, 2)
    assert noticed(uploaded)[1:] == [("breaking", ["name"], ["amount"])]
    uploaded.execute('ALTER TABLE "dbt.wins"."L1" ADD COLUMN more text')
    add_row(uploaded, 3)
    assert noticed(uploaded)[2:] == [("version", [], [])]


def test_an_incident_is_noticed_when_it_begins_and_no_other_kind_is(uploaded: Connection) -> None:
    notice(uploaded)
    for kind, dataset in (("late", KEY), ("stuck", KEY), ("failing", "no.dataset"), ("no_worker", "")):
        uploaded.execute(
            "INSERT INTO operations.alert (dataset, kind, since, reason) VALUES (%s, %s, now(), 'a reason')",
            [dataset, kind],
        )
    assert noticed(uploaded)[1:] == [("late", [], [])]
    uploaded.execute("UPDATE operations.alert SET over_at = now()")
    uploaded.execute("INSERT INTO operations.alert (dataset, kind, since) VALUES (%s, 'late', now())", [KEY])
    assert len(noticed(uploaded)) == 3


def test_events_go_with_their_dataset(uploaded: Connection) -> None:
    assert noticed(uploaded)
    uploaded.execute("DELETE FROM pipeline")
    assert noticed(uploaded) == []
