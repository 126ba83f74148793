"""All tables of the Flask service, dataset by dataset: what becomes of them, or what would."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import psycopg
from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Dataset, Derived, StorageFolder
from dss_assets.errors import IngestionError
from dss_assets.moving_in.aside import put_aside
from dss_assets.moving_in.comparison import compare
from dss_assets.moving_in.derived import bring_derived
from dss_assets.moving_in.former import FormerDatabase, FormerTable
from dss_assets.moving_in.ledger import decide, record
from dss_assets.moving_in.outcome import Outcome
from dss_assets.moving_in.published import UnknownFileValue, bring, plan
from dss_assets.moving_in.released import bring_release
from dss_assets.moving_in.uploaded import bring_uploaded, dataset_of
from dss_web.shared.former import What, aside_name

# Given to what brings a dataset's tables: makes room for those of these names.
_MakeRoom = Callable[[list[str]], None]

# Whoever reads a table of ours that is to be replaced is waited for, and others wait behind us: not for long.
_LOCK_WAIT: Final = "5s"


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What is to be done: `bring` runs within a transaction and returns remarks. `problem` is why nothing can be.

    `known_by` is the column by which rows of a table are compared with those of before; none for tables that cannot be.
    """

    bring: Callable[[_MakeRoom], Sequence[str]] = lambda _: ()
    remarks: Sequence[str] = ()
    known_by: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Item:
    """Tables that are brought together, if it is time: `former` by the names that they have here.

    `prepare` reads them for what is to be said before.
    """

    name: str
    schema: str
    former: dict[str, FormerTable]
    prepare: Callable[[], _Prepared]

    @property
    def served(self) -> list[sql.Identifier]:
        return [sql.Identifier(self.schema, name) for name in self.former]


def move_in(
    former: FormerDatabase, connection: Connection, datasets: Sequence[Dataset], *, is_applied: bool
) -> Iterator[Outcome]:
    """Bring the tables of all datasets, each in a transaction of its own, or say what would be brought.

    `connection` is in autocommit mode. What cannot be brought stays as it is there, with the reason.
    """
    uploaded = former.uploaded_datasets()
    for dataset in datasets:
        for find in (_released, _published, _derived):
            yield from _move(former, connection, partial(find, former, connection, dataset), is_applied)
    declared = {dataset.key for dataset in datasets}
    for organisation, name in uploaded:
        if f"{organisation}.{name}" not in declared:
            yield from _move(former, connection, partial(_uploaded, former, connection, organisation, name), is_applied)
    known = [*(dataset.schema for dataset in datasets), *(f"{one}.{other}" for one, other in uploaded)]
    for schema in former.other_schemas(known):
        text = "No dataset of this name is declared or uploaded. Its tables stay as they are."
        yield Outcome(schema, What.REFUSED, (text,))


def _move(
    former: FormerDatabase, connection: Connection, find: Callable[[], _Item | None], is_applied: bool
) -> Iterator[Outcome]:
    started = time.monotonic()
    # One snapshot from the count of the rows to their copy.
    with former.snapshot():
        item = find()
        if item is None:
            return
        scanned = {name: former.scan(table) for name, table in item.former.items()}
        theirs = "; ".join(fingerprint for _, fingerprint in scanned.values())
        own = [table.identifier for table in item.former.values()] if former.is_in_place else []
        decision = decide(connection, item.name, theirs, [table for table in item.served if table not in own])
        remarks = [*([decision.remark] if decision.remark else [])]
        what = decision.what
        if what in {What.NEW, What.UPDATED}:
            prepared = item.prepare()
            remarks += prepared.remarks
            if prepared.problem:
                what = What.REFUSED
                remarks.append(prepared.problem)
            elif is_applied:
                what, more = _bring(former, connection, item, prepared, theirs, what)
                remarks += more
        if what is What.REFUSED and is_applied and former.is_in_place:
            # A load of ours would change or drop what has the names of our tables.
            with connection.transaction():
                put_aside(former, connection, item.schema, [])
            remarks.append(f'What it was is aside in "{aside_name(item.schema)}", and is not served.')
    rows = {name: count for name, (count, _) in scanned.items()}
    yield Outcome(item.name, what, remarks, rows, round(time.monotonic() - started, 1))


def _bring(
    former: FormerDatabase, connection: Connection, item: _Item, prepared: _Prepared, theirs: str, what: What
) -> tuple[What, list[str]]:
    def make_room(ours: list[str]) -> None:
        put_aside(former, connection, item.schema, ours)

    try:
        with connection.transaction():
            connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(_LOCK_WAIT)))
            remarks = [*prepared.bring(make_room)]
            record(connection, item.name, theirs, item.served)
    except psycopg.errors.LockNotAvailable:
        return What.LEFT, [f"Somebody has been reading or loading it for {_LOCK_WAIT}. Run the import again."]
    except (psycopg.IntegrityError, psycopg.DataError, psycopg.ProgrammingError, IngestionError) as error:
        return What.REFUSED, [f"Nothing was changed here: {str(error).strip()}"]
    # By their names until now they would be ours.
    schema = aside_name(item.schema) if former.is_in_place else item.schema
    for name, column in prepared.known_by.items():
        before = FormerTable(sql.Identifier(schema, name), item.former[name].columns)
        differences = compare(former.connection, before, connection, sql.Identifier(item.schema, name), column)
        remarks += [f"{name}: {difference}" for difference in differences]
    return what, remarks


def _published(former: FormerDatabase, connection: Connection, dataset: Dataset) -> _Item | None:
    if dataset.release:
        return None
    names = ["L0"] if isinstance(dataset.l1, Derived) else ["L0", "L1"]
    tables = {name: table for name in names if (table := former.table(dataset.schema, name))}

    def prepare() -> _Prepared:
        try:
            planned = plan(former, dataset)
        except UnknownFileValue as error:
            return _Prepared(problem=f"{error} Load its stored files here instead.")
        known_by = {}
        if planned.numbering and "L1" in tables and planned.numbering.compared_by:
            known_by["L1"] = planned.numbering.compared_by
        if planned.numbering and not planned.numbering.is_of_l1:
            known_by["L0"] = "id"
        return _Prepared(
            lambda make_room: bring(former, connection, dataset, planned, make_room), planned.remarks, known_by
        )

    return _Item(dataset.key, dataset.schema, tables, prepare) if tables else None


def _derived(former: FormerDatabase, connection: Connection, dataset: Dataset) -> _Item | None:
    table = former.table(dataset.schema, "L1") if isinstance(dataset.l1, Derived) else None
    if table is None:
        return None

    def bring_it(make_room: _MakeRoom) -> Sequence[str]:
        bring_derived(former, connection, dataset, table, make_room)
        return ()

    remark = "It is made anew by itself of the tables that were brought, once; its ids are others then."
    prepared = _Prepared(bring_it, [remark], {"L1": "id"})
    return _Item(dataset.derived_source, dataset.schema, {"L1": table}, lambda: prepared)


def _released(former: FormerDatabase, connection: Connection, dataset: Dataset) -> _Item | None:
    release = dataset.release
    if release is None:
        return None
    tables = {t.name: table for t in release.tables if (table := former.table(dataset.schema, t.name))}
    if not tables:
        return None

    def bring_them(make_room: _MakeRoom) -> Sequence[str]:
        bring_release(former, connection, dataset, release, tables, make_room)
        return ()

    known_by = {table.name: "id" for table in release.tables if table.has_published_id and table.name in tables}
    remarks = []
    if isinstance(dataset.source, StorageFolder):
        remarks.append(
            "Where its folders in the storage have a file of each table, these are loaded as a release next."
        )
    prepared = _Prepared(bring_them, remarks, known_by)
    return _Item(dataset.key, dataset.schema, tables, lambda: prepared)


def _uploaded(former: FormerDatabase, connection: Connection, organisation: str, name: str) -> _Item | None:
    key = f"{organisation}.{name}"
    table = former.table(key, "L0")
    if table is None:
        return None

    def prepare() -> _Prepared:
        try:
            dataset = dataset_of(organisation, name, table)
        except ValueError as error:
            problem = f"Its table cannot be one of an upload here: {error}. Upload its file here instead."
            return _Prepared(problem=problem)

        def bring_it(make_room: _MakeRoom) -> Sequence[str]:
            bring_uploaded(former, connection, dataset, table, make_room)
            return ()

        return _Prepared(bring_it, known_by={"L0": "id"})

    return _Item(key, key, {"L0": table}, prepare)
