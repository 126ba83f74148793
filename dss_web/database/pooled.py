"""The entries of Django's settings.DATABASES. No Django here: its settings are made of them."""

from collections.abc import Callable
from typing import Any, Final

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from dss_web.shared.liveness import client_parameters

# The alias of the replica, where there is one.
REPLICA: Final = "replica"


def pooled_database(url: str, url_now: Callable[[], str], connections: int, timeout_seconds: float) -> dict[str, Any]:
    """The database at a URL, with a pool of at most so many connections, one of which is waited for so long.

    `url_now` gives the URL as it is now: user and password may change while the process runs.
    """
    parts = {key: value for key, value in conninfo_to_dict(url).items() if value is not None}

    def credentials() -> str:
        now = conninfo_to_dict(url_now())
        return make_conninfo("", user=now.get("user"), password=now.get("password"))

    return {
        "ENGINE": "dss_web.database",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": {
            "application_name": "dss-web",
            "connect_timeout": 5,
            # A database whose machine is gone without a word is given up after seconds instead of a quarter of an hour,
            # and one that is silent because it works is asked for a sign of life. Postgres does the same for us
            # (`dss_web/database/base.py`).
            **client_parameters(untaken_seconds=10),
            **parts,
            "pool": {
                # Each new connection asks (dss_web/database/base.py).
                "conninfo": credentials,
                "min_size": 1,
                "max_size": connections,
                "timeout": timeout_seconds,
                # The pool would double its pauses for five minutes, and find the database up to ten seconds after it
                # has come back (measured after 20 s). Having given up, it tries again at the next request.
                "reconnect_timeout": 0.5,
            },
        },
    }
