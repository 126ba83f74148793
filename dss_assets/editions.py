"""5: what each file was, beside whether it is loaded: its date, its records, its columns, and how it differs from the
file before it. In the registry's rows, and in `operations.reject`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Final

from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from dss_assets.database import Connection
from dss_assets.dataset import Dataset, Incremental, Latest
from dss_assets.loading import ARRIVAL, FileOrder, Loaded
from dss_web.shared.contract import REGISTRY, REJECT

_REGISTRY = sql.Identifier(*REGISTRY)
_REJECTS = sql.Identifier(*REJECT)

# Names in a sentence; the registry's row has all.
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a file differs from the one `before` it: '' where it is the first.

    `more` and `less` are columns, by their titles; `renamed` are columns that have another title now. `rows` are those
    of the two files; `rows_before` is None where their numbers have nothing to do with one another.
    """

    before: str = ""
    rows: int = 0
    rows_before: int | None = None
    more: list[str] = field(default_factory=list)
    less: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)

    @property
    def columns(self) -> str:
        """The change of the columns in words, '' for none."""
        changes = [
            f"{what} {', '.join(names[:_SHOWN])}{f' and {len(names) - _SHOWN} others' if len(names) > _SHOWN else ''}"
            for what, names in (("more:", self.more), ("less:", self.less), ("renamed:", self.renamed))
            if names
        ]
        return f"Against {self.before}: {'; '.join(changes)}." if changes else ""


@dataclass(frozen=True, slots=True)
class _Before:
    """The file before another one in the order of the dataset, or its own earlier version.

    `rows` is None where as many are not expected again. `verdict` is what was said of it.
    """

    file_name: str
    rows: int | None
    header: dict[str, Any]
    verdict: dict[str, Any]
    is_same: bool


def order_of(connection: Connection, dataset: Dataset, file_name: str) -> FileOrder:
    """Where a file stands in the order of its dataset, for its load. Holds while the dataset is locked."""
    named = dataset.date_of(file_name)
    dated = dataset.dated if isinstance(dataset.dated, Latest) else named.date if named else None
    if dated is None:
        return ARRIVAL
    if named:
        _date_earlier_loads(connection, dataset)
    return FileOrder(dated, lambda day: _loaded_after(connection, dataset.key, file_name, day))


def _date_earlier_loads(connection: Connection, dataset: Dataset) -> None:
    """Date files that were loaded by a release, or under a declaration, that did not."""
    names = connection.execute(
        sql.SQL("SELECT file_name FROM {} WHERE source = %s AND file_date IS NULL AND rows IS NOT NULL").format(
            _REGISTRY
        ),
        [dataset.key],
    ).fetchall()
    for (name,) in names:
        if found := dataset.date_of(name):
            connection.execute(
                sql.SQL("UPDATE {} SET file_date = %s, file_kind = %s WHERE source = %s AND file_name = %s").format(
                    _REGISTRY
                ),
                [found.date, found.kind, dataset.key, name],
            )


def _loaded_after(connection: Connection, source: str, file_name: str, day: date) -> list[str]:
    """The files of later dates that have rows in the tables."""
    rows = connection.execute(
        sql.SQL(
            "SELECT file_name FROM {} WHERE source = %s AND file_name <> %s AND file_date > %s AND rows > 0"
            " ORDER BY file_date"
        ).format(_REGISTRY),
        [source, file_name, day],
    ).fetchall()
    return [name for (name,) in rows]


def record_edition(connection: Connection, dataset: Dataset, file_name: str, loaded: Loaded) -> Verdict:
    """Record what the file was, in the transaction of its rows, and list its rejects in the place of those before."""
    named = dataset.date_of(file_name)
    kind = named.kind if named else 0
    header = _header(dataset, loaded.titles)
    before = _before(connection, dataset, file_name, loaded.file_date, kind)
    if before and before.is_same and before.verdict:
        # Against itself it would never have changed: what was said of these bytes stays.
        verdict = replace(Verdict(**before.verdict), rows=loaded.rows + loaded.superseded)
    else:
        verdict = _compare(before, header, loaded)
    connection.execute(
        sql.SQL(
            "UPDATE {} SET file_date = %(date)s, file_kind = %(kind)s,"
            " header = %(header)s, verdict = %(verdict)s"
            " WHERE source = %(source)s AND file_name = %(file)s"
        ).format(_REGISTRY),
        {
            "source": dataset.key,
            "file": file_name,
            "date": loaded.file_date,
            "kind": kind,
            "header": Jsonb(header),
            "verdict": Jsonb(asdict(verdict)),
        },
    )
    record_rejects(connection, dataset.key, file_name, loaded)
    return verdict


def record_rejects(connection: Connection, source: str, file_name: str, loaded: Loaded) -> None:
    """Record what became of the records of a file, and list its rejects in the place of those before."""
    connection.execute(
        sql.SQL(
            "UPDATE {} SET records = %(records)s, rejected = %(rejected)s, superseded = %(superseded)s,"
            " skipped = %(skipped)s WHERE source = %(source)s AND file_name = %(file)s"
        ).format(_REGISTRY),
        {
            "source": source,
            "file": file_name,
            "records": loaded.tally.records,
            "rejected": loaded.tally.rejected,
            "superseded": loaded.superseded,
            "skipped": Jsonb(dict(loaded.skipped)),
        },
    )
    connection.execute(
        sql.SQL("DELETE FROM {} WHERE source = %s AND file_name = %s").format(_REJECTS), [source, file_name]
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            sql.SQL("INSERT INTO {} (source, file_name, place, line, reason) VALUES (%s, %s, %s, %s, %s)").format(
                _REJECTS
            ),
            [(source, file_name, reject.place, reject.line, reject.reason) for reject in loaded.rejects],
        )


def _header(dataset: Dataset, titles: Sequence[str]) -> dict[str, Any]:
    """The title of each column, and those that are no column. Columns by position have none, and others may not."""
    columns: dict[str, str] = {}
    others = []
    for title in titles:
        column = next((column for column in dataset.columns if column.is_titled(title)), None)
        if column:
            columns[column.name] = title
        elif title.strip():
            others.append(title)
    return {"columns": columns, "others": others}


def _before(connection: Connection, dataset: Dataset, file_name: str, day: date | None, kind: int) -> _Before | None:
    """The file before this one: by its date among those of its kind.

    Without a date it is its own earlier version, or the one that was loaded last. That one's rows count only where each
    file is the whole dataset: one of several that add their rows may be of any size.
    """
    before = sql.SQL("file_name <> %(file)s AND file_date < %(day)s AND file_kind = %(kind)s" if day else "true")
    order = sql.SQL("file_date DESC" if day else "file_name = %(file)s DESC, updated_timestamp DESC")
    is_comparable = bool(day) or not isinstance(dataset.loading, Incremental)
    with connection.cursor(row_factory=class_row(_Before)) as cursor:
        return cursor.execute(
            sql.SQL(
                "SELECT file_name, header, verdict, file_name = %(file)s AND loaded_digest = digest AS is_same,"
                " CASE WHEN %(comparable)s OR file_name = %(file)s THEN rows + superseded END AS rows FROM {}"
                " WHERE source = %(source)s AND rows IS NOT NULL AND loaded_digest <> '' AND {} ORDER BY {} LIMIT 1"
            ).format(_REGISTRY, before, order),
            {
                "source": dataset.key,
                "file": file_name,
                "day": day,
                "kind": kind,
                "comparable": is_comparable,
            },
        ).fetchone()


def _compare(before: _Before | None, header: Mapping[str, Any], loaded: Loaded) -> Verdict:
    rows = loaded.rows + loaded.superseded
    if before is None:
        return Verdict(rows=rows)
    verdict = Verdict(before.file_name, rows, before.rows)
    if not before.header.get("columns") or not header["columns"]:
        return verdict  # nothing is known of its header, or it has none
    old, new = before.header["columns"], header["columns"]
    old_others, new_others = ({title.casefold(): title for title in each["others"]} for each in (before.header, header))
    verdict.more.extend(new[name] for name in new if name not in old)
    verdict.more.extend(title for key, title in new_others.items() if key not in old_others)
    verdict.less.extend(old[name] for name in old if name not in new)
    verdict.less.extend(title for key, title in old_others.items() if key not in new_others)
    verdict.renamed.extend(
        f"{old[name]} → {new[name]}"
        for name in new
        if name in old and old[name].strip().casefold() != new[name].strip().casefold()
    )
    return verdict
