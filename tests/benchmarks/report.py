"""What is measured, as a table."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing, and the bounds that `value` has to keep. `memory` is MiB above idle at the peak."""

    what: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    memory: float | None = None
    note: str = ""

    @property
    def is_out_of_bounds(self) -> bool:
        too_much = self.at_most is not None and self.value > self.at_most
        too_little = self.at_least is not None and self.value < self.at_least
        return too_much or too_little

    @property
    def bounds(self) -> str:
        """The bounds in words, empty where there are none."""
        told = (("at most", self.at_most), ("at least", self.at_least))
        return ", ".join(f"{word} {bound:g} {self.unit}" for word, bound in told if bound is not None)


def as_markdown(figures: Sequence[Figure]) -> str:
    lines = ["| what | measured | bound | peak memory above idle | |", "|---|---|---|---|---|"]
    for figure in figures:
        memory = "" if figure.memory is None else f"{figure.memory:.0f} MiB"
        measured = f"{figure.value:.3g} {figure.unit}{' **out of bounds**' if figure.is_out_of_bounds else ''}"
        lines.append(f"| {figure.what} | {measured} | {figure.bounds} | {memory} | {figure.note} |")
    return "\n".join(lines) + "\n"
