"""A dataset whose declaration has changed -> its tables in the declared shape, from the files that are stored.

No publisher is asked. Readers see the old tables until the new ones take their place, in one transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass

from dss_assets import registry
from dss_assets.counts import counted
from dss_assets.database import Connection, lock_dataset
from dss_assets.dataset import Dataset, Release, Replace
from dss_assets.editions import record_rejects
from dss_assets.errors import IngestionError, NotAsDeclared
from dss_assets.loading import (
    Difference,
    Loaded,
    Remedy,
    Tables,
    create_or_bring_along,
    find_differences,
    load_file,
    not_as_declared,
    put_in_place,
)
from dss_assets.registry import LoadedFile
from dss_assets.storage import Storage

# So many files are named in an error, each with its reason.
_REASONS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Reshaped:
    """What was done: the differences there were, and the rows of each file that was loaded again."""

    differences: tuple[str, ...]
    rows: dict[str, int]


def declared_otherwise(connection: Connection, dataset: Dataset) -> list[Difference]:
    """What a dataset declares otherwise than its tables have it, and than its loaded files were read."""
    differences = find_differences(connection, Tables(dataset))
    known = {"", dataset.rows_fingerprint}  # releases before this one left no fingerprint
    stale = [file.name for file in _files_in_tables(connection, dataset) if file.declaration not in known]
    if stale:
        text = f"{len(stale):,} loaded files were read as an earlier declaration said, {stale[0]} for example"
        differences.append(Difference(text, Remedy.RELOAD))
    return differences


def reshape(
    connection: Connection,
    storage: Storage,
    dataset: Dataset,
    *,
    is_confirmed: bool = False,
    report: Callable[[str], None] = lambda _: None,
) -> Reshaped:
    """Bring a dataset's tables to the declared shape, all of its loaded files or none.

    `connection` is in autocommit mode. `is_confirmed`: clients may lose what the declaration has withdrawn. `report`
    is told of each file that was loaded again. Raises NotAsDeclared where that yes is missing, or where files cannot be
    loaded as it is declared now: it has their reasons, and everything is as before.
    """
    with connection.transaction():
        lock_dataset(connection, dataset.key)
        differences = declared_otherwise(connection, dataset)
        withdrawn = [difference for difference in differences if difference.remedy is Remedy.WITHDRAWAL]
        if withdrawn and not is_confirmed:
            raise not_as_declared(dataset.key, withdrawn)
        rows: dict[str, int] = {}
        is_replaced = _is_replaced(dataset)
        if any(difference.remedy is Remedy.RELOAD or is_replaced for difference in differences):
            rows = _load_again(connection, storage, dataset, report)
        elif differences:
            create_or_bring_along(connection, Tables(dataset), is_confirmed=is_confirmed)
        registry.release_waiting(connection, dataset.key)
    return Reshaped(tuple(difference.text for difference in differences), rows)


def _is_replaced(dataset: Dataset) -> bool:
    """Whether each file takes the place of those before it, by a swap of its own."""
    return isinstance(dataset.loading, Replace | Release)


def _files_in_tables(connection: Connection, dataset: Dataset) -> list[LoadedFile]:
    """The files whose rows are in the tables, in the order in which they were loaded."""
    files = registry.loaded_files(connection, dataset.key)
    return files[-1:] if _is_replaced(dataset) else files


def _load_again(
    connection: Connection, storage: Storage, dataset: Dataset, report: Callable[[str], None]
) -> dict[str, int]:
    """Fill new tables from the stored files in their order, and put them in place."""
    files = _files_in_tables(connection, dataset)
    is_replaced = _is_replaced(dataset)
    tables = Tables(dataset) if is_replaced else Tables(dataset, ".next")
    tables.create(connection)
    if not is_replaced:
        _continue_ids(connection, tables)
    loaded: dict[str, Loaded] = {}
    faults: dict[str, str] = {}
    for file in files:
        try:
            with connection.transaction():
                loaded[file.name] = _load_file(connection, storage, tables, file)
        except IngestionError as error:
            faults[file.name] = str(error)
        report(faults.get(file.name) or f"{file.name}: {counted(loaded[file.name].rows, 'row')}")
    if faults:
        reasons = "\n\n".join(list(faults.values())[:_REASONS_SHOWN])
        raise NotAsDeclared(
            f"{dataset.key} stays as it was, since {len(faults):,} of its {len(files):,} loaded files cannot be loaded "
            f"as it is declared now: {', '.join(faults)}. Correct the declaration, and reshape again.\n\n{reasons}"
        )
    if not is_replaced:
        put_in_place(connection, tables)
    # At the end, since sensors wait for the rows of the registry meanwhile.
    for file in files:
        record_rejects(connection, dataset.key, file.name, loaded[file.name])
        registry.reload(connection, dataset.key, file.name, loaded[file.name].rows, dataset.rows_fingerprint)
    return {name: of_file.rows for name, of_file in loaded.items()}


def _load_file(connection: Connection, storage: Storage, tables: Tables, file: LoadedFile) -> Loaded:
    """Load the bytes of a file whose rows are in the tables; of a changed file they are not what is stored now."""
    dataset = tables.dataset
    place = (dataset.organisation, dataset.name, file.name)
    path = (
        storage.dataset_path(*place)
        if file.digest == file.stored_digest
        else storage.superseded_path(*place, file.digest)
    )
    with storage.open(path, file.name) as stored:
        return load_file(connection, tables, file.name, stored, file.name)


def _continue_ids(connection: Connection, tables: Tables) -> None:
    """Let ids go on behind those of the table before, so that none ever stands for another row."""
    connection.execute(
        "SELECT setval(pg_get_serial_sequence(%s, 'id'), last_value)"
        " FROM pg_sequence_last_value(pg_get_serial_sequence(%s, 'id')::regclass) AS last_value"
        " WHERE last_value IS NOT NULL",
        [tables.l0.as_string(connection), Tables(tables.dataset).l0.as_string(connection)],
    )
