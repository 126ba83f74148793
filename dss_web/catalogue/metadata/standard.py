"""What several standards need to know of a dataset."""

import re
from typing import Any, Final, NamedTuple

from dss_web.catalogue.described import DescribedDataset, DescribedTable
from dss_web.shared.contract import ColumnType, Table

Json = dict[str, Any]

_EMAIL: Final = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")


class Names(NamedTuple):
    """A type of column in CSVW and in a table schema of Frictionless, as an exported CSV writes its values."""

    csvw: str | Json
    frictionless: Json


# How a CSV writes times: Postgres's ISO style, with as many digits of a second as are not zero.
_TIME: Final = "yyyy-MM-dd HH:mm:ss.SSSSSS"
_NAMES: Final[dict[str, Names]] = {
    ColumnType.TEXT: Names("string", {"type": "string"}),
    ColumnType.INTEGER: Names("int", {"type": "integer"}),
    ColumnType.BIGINT: Names("long", {"type": "integer"}),
    ColumnType.NUMERIC: Names("decimal", {"type": "number"}),
    ColumnType.BOOLEAN: Names(
        {"base": "boolean", "format": "t|f"}, {"type": "boolean", "trueValues": ["t"], "falseValues": ["f"]}
    ),
    ColumnType.DATE: Names("date", {"type": "date"}),
    ColumnType.TIMESTAMP: Names({"base": "dateTime", "format": _TIME}, {"type": "datetime", "format": "any"}),
    ColumnType.TIMESTAMPTZ: Names({"base": "dateTime", "format": f"{_TIME}X"}, {"type": "datetime", "format": "any"}),
}


def names_of(column_type: str) -> Names:
    """The names of a column's type. Whatever else there is, arrays included, is text in a CSV."""
    return _NAMES.get(column_type, _NAMES[ColumnType.TEXT])


def tables_of(dataset: DescribedDataset) -> list[tuple[Table, DescribedTable]]:
    """The tables of a dataset with their names in full."""
    return [(Table(dataset.entry.schema_name, table.name), table) for table in dataset.tables]


def has_id(table: DescribedTable) -> bool:
    """Whether its rows are known by an `id`, the first of its columns."""
    return bool(table.columns) and table.columns[0].name == "id"


def organisation_of(dataset: DescribedDataset) -> str:
    """The organisation whose dataset it is, as its name has it."""
    return dataset.entry.key.partition(".")[0]


def description_of(dataset: DescribedDataset) -> str:
    """What it is about; its title where nobody has said so, since standards ask for a text."""
    return dataset.entry.description or dataset.title


def version_of(dataset: DescribedDataset) -> str:
    """The greatest version of its tables, which changes with each of them; '' where none is loaded."""
    versions = [table.state.version for table in dataset.tables if table.state.version]
    return str(max(versions)) if versions else ""


def email_in(text: str) -> str:
    """The text if it is an email address, else ''."""
    return text if _EMAIL.fullmatch(text) else ""


def without_blanks(values: Json) -> Json:
    """The values that somebody has given."""
    return {key: value for key, value in values.items() if value not in ("", None, [], {})}
