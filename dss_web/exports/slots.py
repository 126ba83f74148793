"""How many exports this process may send at once."""

import threading
from functools import cache

from dss_web.configuration import web_settings


@cache
def slots() -> threading.BoundedSemaphore:
    """A slot for each export that this process may send at once."""
    return threading.BoundedSemaphore(web_settings().exports_at_once)
