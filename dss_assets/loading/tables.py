"""A dataset's tables: made from its declaration, locked while they are loaded, brought along when it changes.

"organisation.dataset"."L0"        id, the declared columns, the bookkeeping of the loading strategy
"organisation.dataset"."L0.files"  for each file the range of its ids, and the values that hold for all its rows
"organisation.dataset"."L1"        a view: docs/decisions/ has the measurements for it
"""

import hashlib
from dataclasses import dataclass

from psycopg import sql

from dss_assets.database import Connection, lock_dataset
from dss_assets.dataset import Dataset, Derived, Incremental, Replace, Snapshot
from dss_assets.errors import InvalidFile
from dss_assets.loading import change_tracking
from dss_assets.loading.staging import create_empty
from dss_assets.loading.views import applied, view_of
from dss_assets.loading.wide_ids import has_integer_ids, widen_ids
from dss_assets.parsing import Rows

# While the loader copies into L0, this setting of the transaction holds the name of the file.
_FILE_SETTING = "dss.datafile"

# The column of a snapshot's L0 that names the last file in which the row stood.
SEEN_LAST = "datafile_updated"


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one dataset, by their identifiers."""

    dataset: Dataset

    @property
    def l0(self) -> sql.Identifier:
        """The rows as published."""
        return sql.Identifier(self.dataset.key, "L0")

    @property
    def l1(self) -> sql.Identifier:
        """The view of the cleaned rows."""
        return sql.Identifier(self.dataset.key, "L1")

    @property
    def has_view(self) -> bool:
        """Whether L1 is a view over L0."""
        return self.dataset.l1 is not None and not isinstance(self.dataset.l1, Derived)

    @property
    def files(self) -> sql.Identifier:
        """For each file of an incremental dataset, the range of its ids."""
        return sql.Identifier(self.dataset.key, "L0.files")

    @property
    def unit(self) -> sql.Identifier | None:
        """The column by which rows are replaced whichever file brought them, if the loading names one."""
        loading = self.dataset.loading
        return sql.Identifier(loading.unit) if isinstance(loading, Incremental) and loading.unit else None

    @property
    def columns(self) -> sql.Composed:
        """The declared columns in their order, with commas between."""
        return sql.SQL(", ").join(sql.Identifier(column.name) for column in self.dataset.columns)

    def set_current_file(self, connection: Connection, file_name: str) -> None:
        """Say, for the rest of the transaction, which file the rows that are copied into L0 come from."""
        connection.execute("SELECT set_config(%s, %s, true)", [_FILE_SETTING, file_name])

    def create_or_migrate(self, connection: Connection) -> None:
        """Make the schema and tables where they are missing; add columns that a declaration has gained.

        In the caller's transaction, which should be a short one of its own: adding a column locks readers out
        until it ends. Raises InvalidFile where an existing table cannot be brought along.
        """
        lock_dataset(connection, self.dataset.key)
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(self.dataset.key)))
        if isinstance(self.dataset.loading, Replace):
            return  # each file brings its own columns
        if has_integer_ids(connection, self.l0):
            self._widen_ids(connection)
        connection.execute(self.create_l0(self.l0))
        self._add_columns(connection)
        if isinstance(self.dataset.loading, Incremental):
            connection.execute(self._create_files())
        if self.has_view:
            self._create_or_replace_view(connection)
        elif isinstance(self.dataset.l1, Derived):
            create_empty(connection, self.dataset)
        self.track_changes(connection)

    def track_changes(self, connection: Connection) -> None:
        """Note from now on what becomes of the tables, for those who read them."""
        views = [self.l1] if self.has_view else []
        # A snapshot notes at each row which file had it last; that is no news to readers.
        ignored = [SEEN_LAST] if isinstance(self.dataset.loading, Snapshot) else []
        change_tracking.track_changes(connection, self.l0, *views, ignored_columns=ignored)

    def create_l0(self, name: sql.Identifier) -> sql.Composed:
        """The statement that makes a table of L0's form."""
        match self.dataset.loading:
            case Snapshot():
                bookkeeping: sql.Composable = sql.SQL(
                    ", datafile_created text, datafile_updated text, data_hash text UNIQUE"
                )
            case Incremental() | Replace():
                # COPY fills the column from the transaction's setting: no rewriting of the published bytes.
                bookkeeping = sql.SQL(", datafile_created text DEFAULT current_setting({}, true)").format(
                    sql.Literal(_FILE_SETTING)
                )
        return sql.SQL(
            "CREATE TABLE IF NOT EXISTS {} (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, {}{})"
        ).format(
            name,
            sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type))
                for column in self.dataset.columns
            ),
            bookkeeping,
        )

    def create_indexes(self, connection: Connection) -> None:
        """Make what L1 is looked up by. After the first load: an index built at once beats one filled row by row."""
        for names in self.dataset.indexes:
            connection.execute(
                sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} ({})").format(
                    sql.Identifier("_".join(["L0", *names])), self.l0, sql.SQL(", ").join(map(sql.Identifier, names))
                )
            )

    def validate_l1(self, connection: Connection, first_id: int, rows: Rows) -> None:
        """Raise InvalidFile unless each row from `first_id` on can be converted, so that reading L1 never fails."""
        checked = [(column.source, column.conversion) for column in self.dataset.conversions if column.conversion.valid]
        if not checked:
            return
        invalid = sql.SQL(" OR ").join(
            sql.SQL("NOT ({})").format(applied(conversion.valid or "", sql.Identifier(source)))
            for source, conversion in checked
        )
        fault = connection.execute(
            sql.SQL("SELECT id, {} FROM {} WHERE id >= %s AND ({}) ORDER BY id LIMIT 1").format(
                sql.SQL(", ").join(sql.Identifier(source) for source, _ in checked), self.l0, invalid
            ),
            [first_id],
        ).fetchone()
        if fault is None:
            return
        row = fault[0] - first_id + 1
        for (source, conversion), value in zip(checked, fault[1:], strict=True):
            wrong = connection.execute(
                sql.SQL("SELECT NOT ({})").format(applied(conversion.valid or "", sql.SQL("%(value)s::text"))),
                {"value": value},
            ).fetchone()
            if wrong and wrong[0]:
                raise InvalidFile(
                    f"{rows.place_of_row(row)}, column {source}: found {value!r}, "
                    f"expected {conversion.expected}. Nothing was loaded."
                )

    def _add_columns(self, connection: Connection) -> None:
        found: dict[str, str] = dict(
            connection.execute(
                "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
                " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
                [self.l0.as_string(connection)],
            ).fetchall()
        )
        declared = {column.name: column.type for column in self.dataset.columns}
        changed = [
            f"{name} is {found[name]}, not {kind}" for name, kind in declared.items() if found.get(name, kind) != kind
        ]
        if changed:
            raise InvalidFile(
                f"The table {self.dataset.key}.L0 does not have the declared types: {'; '.join(changed)}. Nothing was "
                "loaded. Change the table by hand, or drop it and load all files again."
            )
        for name, kind in declared.items():
            if name not in found:
                connection.execute(
                    sql.SQL("ALTER TABLE {} ADD COLUMN {} {}").format(self.l0, sql.Identifier(name), sql.SQL(kind))
                )
        if declared.keys() - found.keys():
            change_tracking.start_generation(connection, self.l0)

    def _widen_ids(self, connection: Connection) -> None:
        wide = sql.Identifier(self.dataset.key, "L0.wide")
        create_view = self._view_statements(connection) if self.has_view else None
        widen_ids(connection, self.l0, wide, self.l1, create_view)
        if isinstance(self.dataset.loading, Incremental):
            connection.execute(
                sql.SQL("ALTER TABLE {} ALTER COLUMN first_id TYPE bigint, ALTER COLUMN last_id TYPE bigint").format(
                    self.files
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

    def _create_or_replace_view(self, connection: Connection) -> None:
        found = connection.execute(
            "SELECT obj_description(to_regclass(%s), 'pg_class')", [self.l1.as_string(connection)]
        ).fetchone()
        if found and found[0] == self._view_digest(connection):
            return
        connection.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(self.l1))
        connection.execute(self._view_statements(connection))

    def _view_digest(self, connection: Connection) -> str:
        """What the view's comment says, by which a view of another declaration is known."""
        return hashlib.sha256(view_of(self.dataset, self.l0, self.files).as_string(connection).encode()).hexdigest()

    def _view_statements(self, connection: Connection) -> sql.Composed:
        return sql.SQL("CREATE VIEW {view} AS {definition}; COMMENT ON VIEW {view} IS {digest}").format(
            view=self.l1,
            definition=view_of(self.dataset, self.l0, self.files),
            digest=sql.Literal(self._view_digest(connection)),
        )
