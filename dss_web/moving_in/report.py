"""What an import does, or would do: for an operator, and as JSON."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from dss_web.shared.former import What


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing: its name, what is done with it, and what an operator should know of it, in sentences."""

    name: str
    what: What
    remarks: Sequence[str] = ()
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Step:
    """The things of one kind."""

    title: str
    entries: list[Entry] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each."""
        found = Counter(str(entry.what) for entry in self.entries)
        return {what: found[what] for what in What if found[what]}

    def lines(self) -> Iterator[str]:
        """The step as an operator reads it: numbers, and whatever needs a word."""
        counts = ", ".join(f"{number:,} {what}" for what, number in self.counts.items()) or "none"
        yield f"{self.title}: {counts}"
        for entry in self.entries:
            if entry.remarks or entry.what is What.REFUSED:
                yield f"  {entry.name}: {entry.what}. {' '.join(entry.remarks)}".rstrip()

    def as_json(self) -> dict[str, Any]:
        """The step with all of its things."""
        return {"step": self.title, "counts": self.counts, "things": [asdict(entry) for entry in self.entries]}
