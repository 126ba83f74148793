"""When what failed is tried again."""

from typing import Final

from psycopg import sql

# The next attempt after a transient error: after 5 s, 10 s, 20 s … up to an hour.
NEXT_ATTEMPT: Final = sql.SQL("now() + least(5 * power(2, least(attempts, 20)), 3600) * interval '1 second'")
# A server's Retry-After counts where it is longer.
AS_ASKED: Final = sql.SQL("greatest({}, now() + %(retry_after)s * interval '1 second')").format(NEXT_ATTEMPT)
