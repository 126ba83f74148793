"""What the id of a HAWK client may look like."""

import re
from typing import Final

# Characters that a HAWK header can have in `id`, and that need no escaping there.
_ID: Final = re.compile(r"[A-Za-z0-9_.:@+-]{1,200}")
ALLOWED: Final = "1 to 200 of the characters A-Z a-z 0-9 _ . : @ + -"


def is_client_id(identifier: str) -> bool:
    """Whether a HAWK client may have this id."""
    return _ID.fullmatch(identifier) is not None
