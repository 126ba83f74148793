"""A dataset's tables, made from its declaration.

"organisation.dataset"."L0"        id, the declared columns, the bookkeeping of the loading strategy
"organisation.dataset"."L0.files"  for each file the range of its ids, and the values that hold for all its rows
"organisation.dataset"."L1"        a view: docs/decisions/ has the measurements for it; or a table, if it is derived

While a dataset is loaded again in another shape, "L0.next" and "L0.files.next" stand beside them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Dataset, Derived, Incremental, Release, Replace, Rowwise, Snapshot
from dss_assets.loading import change_tracking
from dss_assets.loading.declared_sql import declared_sql
from dss_assets.loading.staging import create_empty
from dss_assets.loading.views import view_of

# While the loader copies into L0, this setting of the transaction holds the name of the file.
_FILE_SETTING = "dss.datafile"

# The column of a snapshot's L0 that names the last file in which the row stood.
SEEN_LAST = "datafile_updated"


def schema_comment(dataset_key: str) -> str:
    """What the comment of a schema says that is not called by its dataset's key."""
    return f"The tables of {dataset_key}"


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one dataset, by their identifiers.

    `suffix` tells tables that are to take the place of these from those that readers see.
    """

    dataset: Dataset
    suffix: str = ""

    @property
    def l0(self) -> sql.Identifier:
        """The rows as published."""
        return sql.Identifier(self.dataset.key, f"L0{self.suffix}")

    @property
    def l1(self) -> sql.Identifier:
        """The view of the cleaned rows."""
        return sql.Identifier(self.dataset.key, "L1")

    @property
    def views_with_ids(self) -> tuple[sql.Identifier, ...]:
        """The view of the cleaned rows, if it is over these tables and each of its rows has the id of one of L0."""
        return (self.l1,) if isinstance(self.dataset.l1, Rowwise) and not self.suffix else ()

    @property
    def files(self) -> sql.Identifier:
        """For each file of an incremental dataset, the range of its ids."""
        return sql.Identifier(self.dataset.key, f"L0.files{self.suffix}")

    @property
    def columns(self) -> sql.Composed:
        """The declared columns in their order, with commas between."""
        return sql.SQL(", ").join(sql.Identifier(column.name) for column in self.dataset.columns)

    def set_current_file(self, connection: Connection, file_name: str) -> None:
        """Say, for the rest of the transaction, which file the rows that are copied into L0 come from."""
        connection.execute("SELECT set_config(%s, %s, true)", [_FILE_SETTING, file_name])
        # What is in stock of a load that failed would make a hole in the ids of the file.
        connection.execute("DISCARD SEQUENCES")

    @property
    def bookkeeping(self) -> Mapping[str, sql.Composable]:
        """L0's columns besides the id and the declared ones, as the loading strategy needs them."""
        match self.dataset.loading:
            case Snapshot():
                return {
                    "datafile_created": sql.SQL("text"),
                    SEEN_LAST: sql.SQL("text"),
                    "data_hash": sql.SQL("text UNIQUE"),
                }
            case Incremental() | Replace():
                # COPY fills the column from the transaction's setting: no rewriting of the published bytes.
                default = sql.SQL("text DEFAULT current_setting({}, true)").format(sql.Literal(_FILE_SETTING))
                return {"datafile_created": default}
            case Release():
                return {}

    def create(self, connection: Connection) -> None:
        """Make what is missing of the schema, L0 and its files, in the caller's transaction."""
        schema = sql.Identifier(self.dataset.schema)
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema))
        if self.dataset.release:
            # By which the schema is known when nothing declares it any more.
            connection.execute(
                sql.SQL("COMMENT ON SCHEMA {} IS {}").format(schema, sql.Literal(schema_comment(self.dataset.key)))
            )
        if isinstance(self.dataset.loading, Replace | Release):
            return  # each file brings its own columns
        connection.execute(self.create_l0(self.l0))
        if isinstance(self.dataset.loading, Incremental):
            connection.execute(self._create_files())
        if isinstance(self.dataset.l1, Derived):
            create_empty(connection, self.dataset)

    def track_changes(self, connection: Connection) -> None:
        """Note from now on what becomes of the tables, for those who read them."""
        views = [self.l1] if self.dataset.view else []
        # A snapshot notes at each row which file had it last; that is no news to readers.
        ignored = [SEEN_LAST] if isinstance(self.dataset.loading, Snapshot) else []
        change_tracking.track_changes(connection, self.l0, *views, ignored_columns=ignored)

    def create_l0(self, name: sql.Identifier) -> sql.Composed:
        """The statement that makes a table of L0's form, for its first load: `complete` makes it ready for others.

        A primary key that is filled row by row takes a quarter of the CPU of COPY, and a tenth once all rows are there;
        to fetch each id by itself takes another tenth.
        """
        columns = [
            ("id", sql.SQL("bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 1000)")),
            *((column.name, sql.SQL(column.type)) for column in self.dataset.columns),
            *self.bookkeeping.items(),
        ]
        return sql.SQL("CREATE TABLE IF NOT EXISTS {} ({})").format(
            name, sql.SQL(", ").join(sql.SQL("{} {}").format(sql.Identifier(column), kind) for column, kind in columns)
        )

    def complete(self, connection: Connection) -> None:
        """Make, after the first load, the primary key and what L1 is looked up by.

        Readers wait from the moment at which the key is built until the transaction ends, which should be soon.
        """
        self._create_indexes(connection)
        if self._has_primary_key(connection):
            return
        key = sql.Identifier(f"L0{self.suffix}_pkey")
        connection.execute(sql.SQL("CREATE UNIQUE INDEX {} ON {} (id)").format(key, self.l0))
        # Ids in stock are for this load alone: a session that had some left would give later rows lesser ids.
        connection.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} PRIMARY KEY USING INDEX {}, ALTER COLUMN id SET CACHE 1").format(
                self.l0, key, key
            )
        )
        connection.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM {}").format(self.l0),
            [self.l0.as_string(connection)],
        )

    def _has_primary_key(self, connection: Connection) -> bool:
        found = connection.execute(
            "SELECT FROM pg_constraint WHERE conrelid = to_regclass(%s) AND contype = 'p'",
            [self.l0.as_string(connection)],
        ).fetchone()
        return found is not None

    def _create_indexes(self, connection: Connection) -> None:
        for names in self.dataset.indexes:
            connection.execute(
                sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} ({})").format(
                    sql.Identifier("_".join([f"L0{self.suffix}", *names])),
                    self.l0,
                    sql.SQL(", ").join(map(sql.Identifier, names)),
                )
            )

    def _create_files(self) -> sql.Composed:
        values = self.dataset.file_values
        return sql.SQL(
            "CREATE TABLE IF NOT EXISTS {} (datafile_created text PRIMARY KEY, first_id bigint NOT NULL,"
            " last_id bigint NOT NULL{})"
        ).format(
            self.files,
            sql.Composed(
                [
                    sql.SQL(", {} {}").format(sql.Identifier(value.name), sql.SQL(value.conversion.type))
                    for value in values
                ]
            ),
        )

    def create_view(self, connection: Connection) -> None:
        """Make the view, if one is declared. Raises NotAsDeclared where Postgres refuses its SQL."""
        if self.dataset.view:
            with declared_sql(self.dataset):
                connection.execute(self.view_statements(connection))

    def view_digest(self, connection: Connection) -> str:
        """What the view's comment says, by which a view of another declaration is known."""
        return hashlib.sha256(view_of(self.dataset, self.l0, self.files).as_string(connection).encode()).hexdigest()

    def view_statements(self, connection: Connection) -> sql.Composed:
        """The statements that make the view, and note by which declaration."""
        return sql.SQL("CREATE VIEW {view} AS {definition}; COMMENT ON VIEW {view} IS {digest}").format(
            view=self.l1,
            definition=view_of(self.dataset, self.l0, self.files),
            digest=sql.Literal(self.view_digest(connection)),
        )
