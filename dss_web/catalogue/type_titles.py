"""What people call the types of columns."""

from dss_web.shared.contract import ColumnType
from dss_web.uploads.titles import TYPE_TITLES


def type_title(kind: str) -> str:
    """What people call a type: its name in Postgres where they call it nothing else."""
    return TYPE_TITLES[ColumnType(kind)] if kind in set(TYPE_TITLES) else kind
