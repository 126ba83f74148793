"""4: rows -> L0 -> L1, for each loading strategy. Each runs within the caller's transaction.

tables.py           a dataset's tables: made from its declaration, brought along when it changes
copy_in.py          rows -> a table, by COPY
incremental.py      each file adds its rows
snapshot.py         each file is the whole dataset, and rows are stored once
replace.py          each file takes the place of everything before it
change_tracking.py  which state a table is in, for its readers
wide_ids.py         tables of earlier releases get bigint ids
"""

from dss_assets.database import Connection
from dss_assets.dataset import Incremental, Replace, Snapshot
from dss_assets.loading.copy_in import Loaded
from dss_assets.loading.incremental import load_incremental
from dss_assets.loading.replace import load_replace
from dss_assets.loading.snapshot import load_snapshot
from dss_assets.loading.tables import Tables
from dss_assets.parsing import Rows

__all__ = ["Loaded", "Tables", "load"]


def load(connection: Connection, tables: Tables, file_name: str, rows: Rows) -> Loaded:
    """Load one file's rows into the tables of its dataset, in place of what the same file loaded before.

    Runs in the caller's transaction, which must hold the dataset's lock (`database.lock_dataset`). Raises InvalidFile
    where the rows do not fit, which leaves the transaction to be rolled back.
    """
    match tables.dataset.loading:
        case Incremental():
            return load_incremental(connection, tables, file_name, rows)
        case Snapshot(missing_rows=missing_rows):
            return load_snapshot(connection, tables, file_name, rows, missing_rows)
        case Replace():
            return load_replace(connection, tables, file_name, rows)
