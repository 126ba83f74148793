"""What is measured, as a table."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing. `limit` is what `value` may not exceed; `memory` is MiB above idle at the peak."""

    what: str
    value: float
    unit: str
    limit: float | None = None
    memory: float | None = None
    note: str = ""

    @property
    def is_over(self) -> bool:
        return self.limit is not None and self.value > self.limit


def as_markdown(figures: Sequence[Figure]) -> str:
    lines = ["| what | measured | at most | peak memory above idle | |", "|---|---|---|---|---|"]
    for figure in figures:
        limit = "" if figure.limit is None else f"{figure.limit:g} {figure.unit}"
        memory = "" if figure.memory is None else f"{figure.memory:.0f} MiB"
        measured = f"{figure.value:.3g} {figure.unit}{' **over**' if figure.is_over else ''}"
        lines.append(f"| {figure.what} | {measured} | {limit} | {memory} | {figure.note} |")
    return "\n".join(lines) + "\n"
