"""The URL of a Postgres, from a URL or from what AWS Secrets Manager keeps for RDS, as it is now."""

import json
import os
from typing import Final
from urllib.parse import quote

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from dss_web.shared.iam_token import require_what_iam_needs, with_token
from dss_web.shared.setting_files import FileOfSetting, read_setting

# Of a secret for RDS, seen 2026-11-26:
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
# RDS writes `username` and `password` alone for the users that it manages itself. Others, such as `engine` and
# `masterarn`, say nothing about how to connect.
_NEEDED: Final = ("username", "password")
_PLACE: Final = {"host": "PGHOST", "port": "PGPORT", "dbname": "PGDATABASE"}


def read_database_url(text: str, scheme: str = "postgresql") -> str:
    """The URL that `text` is, or that its JSON stands for. Raises ValueError, which shows nothing of it.

    What the JSON lacks of `host`, `port` and `dbname` is taken from libpq's variables PGHOST, PGPORT and PGDATABASE.
    """
    if text.lstrip().startswith("{"):
        return _of_rds(text, scheme)
    try:
        parts = conninfo_to_dict(text.replace(f"{scheme}://", "postgresql://", 1))
    except ProgrammingError:
        raise ValueError(
            "this is neither a URL such as postgresql://user:password@host:5432/name nor the JSON of a secret of RDS; "
            "special characters in a URL's user and password must be percent-encoded"
        ) from None
    require_what_iam_needs(parts)
    return text


def current_database_url(name: str, known: str, scheme: str = "postgresql") -> str:
    """The URL in the setting `name` as it is now: whoever opens a connection asks, since passwords change.

    `known` is what it was when the process started: it stays where the setting is in no file, and where the file cannot
    be read, since it may be that it is being written, and that what was there before still does. Raises
    psycopg.OperationalError where IAM gives no token.
    """
    return with_token(_in_file_now(name, known, scheme))


def _in_file_now(name: str, known: str, scheme: str) -> str:
    if not os.environ.get(f"{name}_FILE"):
        return known
    try:
        return read_database_url(read_setting(name), scheme) or known
    except (FileOfSetting, ValueError):
        return known


def _of_rds(text: str, scheme: str) -> str:
    try:
        secret = json.loads(text)
    except ValueError:
        raise ValueError("this begins with { and is not JSON") from None
    if missing := [name for name in _NEEDED if not secret.get(name)]:
        raise ValueError(f"the JSON has no {' and no '.join(missing)}, as a secret of RDS has")
    user, password = (quote(str(secret[name]), safe="") for name in _NEEDED)
    host, port, name = (secret.get(key) or os.environ.get(variable) for key, variable in _PLACE.items())
    if not (host and name):
        raise ValueError("the JSON has no host or no dbname, and neither PGHOST nor PGDATABASE says it")
    return f"{scheme}://{user}:{password}@{host}:{port or 5432}/{quote(str(name), safe='')}"
