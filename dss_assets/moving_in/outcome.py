"""What became of a dataset's tables, or would become of them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from dss_web.shared.former import What


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one dataset: `rows` of each table that clients read, `remarks` in sentences, `seconds` that it took."""

    name: str
    what: What
    remarks: Sequence[str] = ()
    rows: dict[str, int] = field(default_factory=dict)
    seconds: float = 0

    def __str__(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))
