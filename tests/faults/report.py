"""What was measured, as a Markdown table."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a fault led to. Times are seconds from its end; None for what did not come back in time.

    `pages` is the share of the API's pages that came while it lasted, and in the five seconds after its beginning.
    `failed_runs` are those of Dagster, from the beginning to the end of all.
    """

    part: str
    what: str
    lasted: float
    pages: float | None
    page: float | None
    file: float | None
    upload: float | None
    lost: int
    doubled: int
    failed_runs: int

    @property
    def is_healed(self) -> bool:
        return None not in {self.page, self.file, self.upload} and not self.lost and not self.doubled


def as_markdown(outcomes: Sequence[Outcome]) -> str:
    """The table for docs/reliability.md: one line for each fault."""
    lines = [
        "| what fails | how | for | pages meanwhile | a page again | a new file copied | an upload copied "
        "| failed runs | rows lost | rows twice |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in outcomes:
        lasted = f"{one.lasted:.0f} s" if one.lasted >= 1 else "a moment"
        pages = "" if one.pages is None else f"{one.pages:.0%}"
        times = " | ".join(_seconds(value) for value in (one.page, one.file, one.upload))
        lines.append(
            f"| {one.part} | {one.what} | {lasted} | {pages} | {times} | {one.failed_runs} | {one.lost} "
            f"| {one.doubled} |"
        )
    return "\n".join(lines) + "\n"


def _seconds(value: float | None) -> str:
    return "**never**" if value is None else f"{value:.0f} s"
