"""Which names a dataset may have: those that this service, Postgres and data-flow can all take."""

from typing import Final

from django.db import connection

# data-flow copies into tables called <table>_<time>, whose time has 15 characters, and <table>_<time>_swap. Postgres
# cuts names after 63 characters, so that a longer name fails once everything is copied.
DATASET_CHARACTERS: Final = 42


def reasons_not_copied(organisation: str, dataset: str) -> dict[str, str]:
    """Why data-flow cannot copy a dataset of these names, in words, by the field of the form; empty if it can.

    data-flow writes the organisation as a schema's name without quotation marks.
    """
    reasons = {}
    if organisation[:1].isdigit():
        reasons["organisation"] = (
            "Organisation must start with a letter, because Data Workspace cannot store data under a name that starts "
            "with a number"
        )
    elif _is_keyword(organisation):
        reasons["organisation"] = (
            f"Organisation must not be “{organisation}”, because this word has a meaning of its own in database "
            f"queries. For example, use “{organisation}_data”."
        )
    if len(dataset) > DATASET_CHARACTERS:
        reasons["dataset"] = (
            f"Dataset must have {DATASET_CHARACTERS} characters or fewer, because Data Workspace adds to the name "
            f"while it copies the data. It has {len(dataset)}."
        )
    return reasons


def _is_keyword(name: str) -> bool:
    """Whether Postgres takes the name, unquoted, for a word of SQL."""
    # R: reserved words. T: those that only a type or a function may have as its name.
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_get_keywords() WHERE word = %s AND catcode IN ('R', 'T')", [name])
        return cursor.fetchone() is not None
