"""An L1 that is made of other tables: a table there and here. It serves until it is made anew, of what was brought."""

from psycopg import sql

from dss_assets.database import Connection, lock_dataset
from dss_assets.dataset import Dataset
from dss_assets.loading.change_tracking import track_changes
from dss_assets.loading.recipe import derivation_of
from dss_assets.loading.staging import create_table
from dss_assets.moving_in.copying import copy_rows
from dss_assets.moving_in.former import FormerDatabase, FormerTable
from dss_assets.moving_in.published import NEXT, PutAside


def bring_derived(
    former: FormerDatabase, connection: Connection, dataset: Dataset, l1: FormerTable, put_aside: PutAside
) -> None:
    """Make the derived L1 of the Flask service's, in the caller's transaction."""
    lock_dataset(connection, dataset.key)
    derived = derivation_of(dataset)
    staged = sql.Identifier(dataset.schema, f"L1{NEXT}")
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(dataset.schema)))
    connection.execute(create_table(derived, staged))
    types = {"id": "bigint"} | {column.name: str(column.type) for column in derived.columns}
    names = [name for name in types if name in l1.columns]
    select = sql.SQL("SELECT {} FROM {} ORDER BY id").format(
        sql.SQL(", ").join(sql.SQL("{}::{}").format(sql.Identifier(name), sql.SQL(types[name])) for name in names),
        l1.identifier,
    )
    copy_rows(former.connection, select, connection, staged, names)
    connection.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY (id)").format(staged))
    connection.execute(
        sql.SQL("SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM {} HAVING max(id) > 0").format(staged),
        [staged.as_string(connection)],
    )
    put_aside([f"L1{NEXT}"])
    served = sql.Identifier(dataset.schema, "L1")
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(served))
    connection.execute(sql.SQL('ALTER TABLE {} RENAME TO "L1"').format(staged))
    track_changes(connection, served)
