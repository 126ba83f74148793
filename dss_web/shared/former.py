"""The Flask service, from which a deployment moves in: where it is, the names put aside, and the words of an import.

Where its own database is adopted, its tables move into schemas beside ours, and lie there as they were.
"""

import hashlib
from enum import StrEnum
from typing import Final

from pydantic import Field

from dss_web.shared.settings import DatabaseUrl, EnvironmentSettings

# `flask ` before the name of a schema: the Flask service's own, put aside for ours. `dss `: ours, after the way back.
FLASK: Final = "flask "
OURS: Final = "dss "
# Postgres truncates longer names, and takes two that begin alike for one.
_MOST_CHARACTERS: Final = 63


class FormerSettings(EnvironmentSettings):
    """Where the Flask service is. Read by `manage.py import_flask_service` alone."""

    dss_flask_database_url: DatabaseUrl = Field(
        "",
        repr=False,
        description="Postgres of the Flask service, for `manage.py import_flask_service`: a URL, or the JSON of a "
        "secret of RDS. Its user need only read. Keep it secret.",
    )
    dss_flask_bucket_url: str = Field(
        "",
        description="Where the Flask service keeps its files, written as `S3_BUCKET_URL`, for "
        "`manage.py import_flask_service`. If empty, they lie in `S3_BUCKET_URL` already.",
    )

    def flask_database_url(self) -> str:
        """DSS_FLASK_DATABASE_URL as it is now, for a connection that is opened."""
        return self.url_now("dss_flask_database_url")


def aside_name(schema: str, prefix: str = FLASK) -> str:
    """What a schema is called while it is put aside; its comment says what it was."""
    name = f"{prefix}{schema}"
    if len(name.encode()) <= _MOST_CHARACTERS:
        return name
    return f"{prefix}{hashlib.sha256(schema.encode()).hexdigest()[:40]}"


def aside_comment(schema: str) -> str:
    """The comment of a schema that is put aside, by which the way back finds its name."""
    return f"Put aside: {schema}"


def name_before(comment: str) -> str:
    """The name of a schema that was put aside, from its comment."""
    return comment.removeprefix("Put aside: ")


class What(StrEnum):
    """What an import does with something. LEFT: it has changed here, or was here before. REFUSED: it cannot be here."""

    NEW = "new"
    UPDATED = "updated"
    SAME = "as before"
    LEFT = "left as it is here"
    REFUSED = "not brought"
