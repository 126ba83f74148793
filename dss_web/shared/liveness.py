"""How both sides of a connection to Postgres find out that the other has vanished. Standard library only.

A host that vanishes says nothing. By Postgres's own settings its session, with all of its locks, would stay for two
hours, or for a quarter of one where an answer was on its way to it; and whoever waits for a Postgres that has vanished
would wait as long. So both sides ask for a sign of life after some seconds of silence, and give up what was sent and
not taken. Our locks end with their connection, and need no lease (docs/decisions/locks-end-with-their-connection.md).
"""

from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

# Asked for after so many seconds of silence, then every few seconds, at most three times.
KEEPALIVE_SECONDS: Final = 15
_PROBE_SECONDS: Final = 10
_PROBES: Final = 3
# What was sent is given a minute to be taken, since a busy Postgres takes none of a COPY while it waits for its disk.
# With such a limit, Linux gives up a silent connection only then too, however many questions went unanswered.
UNTAKEN_SECONDS: Final = 60
# Of us Postgres waits no longer than its questions take: whoever it waits for holds locks.
_UNTAKEN_BY_US_SECONDS: Final = KEEPALIVE_SECONDS + _PROBES * _PROBE_SECONDS

# What Postgres does about us: the first statement of each session. As options of the connection PgBouncer refuses them.
SESSION: Final = (
    f"SET tcp_keepalives_idle = {KEEPALIVE_SECONDS}; SET tcp_keepalives_interval = {_PROBE_SECONDS};"
    f" SET tcp_keepalives_count = {_PROBES}; SET tcp_user_timeout = {_UNTAKEN_BY_US_SECONDS * 1000}"
)


def client_parameters(untaken_seconds: float = UNTAKEN_SECONDS) -> dict[str, Any]:
    """What we do about Postgres, as parameters of libpq."""
    return {
        "keepalives_idle": KEEPALIVE_SECONDS,
        "keepalives_interval": _PROBE_SECONDS,
        "keepalives_count": _PROBES,
        "tcp_user_timeout": round(untaken_seconds * 1000),
    }


def watched_url(url: str) -> str:
    """The URL of a database with these parameters, for libraries that connect by themselves.

    What the URL says itself stays as it is.
    """
    parts = urlsplit(url)
    said = dict(parse_qsl(parts.query, keep_blank_values=True))
    parameters = {**client_parameters(), **said}
    return parts._replace(query=urlencode(parameters, quote_via=quote)).geturl()
