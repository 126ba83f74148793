"""The names of types in table-structure: those that data-flow knows, or those that the last Flask release wrote."""

from typing import Final

from dss_web.configuration import TypeNames
from dss_web.tables.relation import Column

# pg_type.typtype of an enum.
_ENUM: Final = "e"
_TEXTS: Final = frozenset({"text", "varchar", "bpchar", "char", "name", "citext"})
_DATAFLOW: Final = {
    "int2": "INTEGER",
    "int4": "INTEGER",
    "int8": "BIGINT",
    "numeric": "NUMERIC",
    "float4": "FLOAT",
    "float8": "FLOAT",
    "bool": "BOOLEAN",
    "date": "DATE",
}
# The last Flask release wrote what SQLAlchemy 2 makes of a column that it reflects, without asking Postgres's dialect:
# https://docs.sqlalchemy.org/en/20/core/reflection.html, compared with 2.1.9 on 2026-11-26.
_FLASK: Final = {
    "char": "VARCHAR",
    "name": "VARCHAR",
    "varchar": "VARCHAR",
    "bpchar": "CHAR",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMP",
    "time": "TIME",
    "timetz": "TIME",
    "bit": "BIT",
    "varbit": "BIT",
    # It knows nothing of these.
    **dict.fromkeys(("xml", "point", "line", "lseg", "box", "path", "polygon", "circle", "pg_lsn", "xid"), "NULL"),
}
# Of a declared length or precision, atttypmod has four more.
_HEADER: Final = 4


def name_for_clients(column: Column, names: TypeNames) -> str:
    """The name of a column's type. A column over a domain has the type that the domain is over."""
    return _flask_name(column) if names is TypeNames.FLASK else _dataflow_name(column)


def _dataflow_name(column: Column) -> str:
    of = column.type
    is_text = of.kind == _ENUM or of.name in _TEXTS
    name = "TEXT" if is_text else _DATAFLOW.get(of.name) or of.sql_name.upper()
    return f"{name}[]" if of.is_array else name


def _flask_name(column: Column) -> str:
    of, declared = column.type, column.modifier - _HEADER
    if of.is_array:
        return "ARRAY"
    if of.kind == _ENUM:
        return f"VARCHAR({of.longest_label})"
    name = _FLASK.get(of.name) or of.sql_name.upper()
    match of.name:
        case "varchar" | "bpchar" if declared >= 0:
            return f"{name}({declared})"
        case "numeric" if declared >= 0:
            # Precision in the upper half; the scale has eleven bits, the highest of which is its sign.
            scale = ((declared & 0x7FF) ^ 0x400) - 0x400
            return f"{name}({declared >> 16}, {scale})"
        case _:
            return name
