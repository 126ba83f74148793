"""The table of a dataset that staff fill by uploading: it has the columns of the version in use."""

from psycopg import sql

from dss_assets.database import Connection, lock_dataset
from dss_assets.dataset import Column, Dataset, Replace, UserCsv
from dss_assets.loading import Tables, put_in_place
from dss_assets.moving_in.copying import copy_rows
from dss_assets.moving_in.former import FormerDatabase, FormerTable
from dss_assets.moving_in.published import NEXT, PutAside
from dss_web.shared.contract import ColumnType

_BOOKKEEPING = frozenset({"id", "datafile_created"})


def dataset_of(organisation: str, name: str, table: FormerTable) -> Dataset:
    """The dataset whose table has these columns. Raises ValueError, in words, where no upload makes such a table."""
    unknown = {name: kind for name, kind in table.columns.items() if kind not in {str(each) for each in ColumnType}}
    if unknown:
        raise ValueError(f"columns of types that no upload has: {unknown}")
    columns = tuple(Column(name, ColumnType(kind)) for name, kind in table.columns.items() if name not in _BOOKKEEPING)
    return Dataset(organisation, name, source=None, format=UserCsv(), loading=Replace(), columns=columns)


def bring_uploaded(
    former: FormerDatabase, connection: Connection, dataset: Dataset, table: FormerTable, put_aside: PutAside
) -> None:
    """Make the table of an uploaded dataset of the Flask service's, in the caller's transaction."""
    lock_dataset(connection, dataset.key)
    tables = Tables(dataset, NEXT)
    tables.create(connection)
    connection.execute(tables.create_l0(tables.l0))
    names = ["id", *(column.name for column in dataset.columns), "datafile_created"]
    types = {"id": "bigint", "datafile_created": "text"} | table.columns | {"id": "bigint"}
    select = sql.SQL("SELECT {} FROM {} ORDER BY id").format(
        sql.SQL(", ").join(sql.SQL("{}::{}").format(sql.Identifier(name), sql.SQL(types[name])) for name in names),
        table.identifier,
    )
    copy_rows(former.connection, select, connection, tables.l0, names)
    tables.complete(connection)
    put_aside([f"L0{NEXT}"])
    put_in_place(connection, tables)
