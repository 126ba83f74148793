"""The kind of connection that loads run on."""

from typing import Any

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]
