"""Measurements, as a Markdown table."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement and the bounds of `value`. `memory` is the peak in MiB above idle."""

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
        """The bounds as text; empty if there are none."""
        bounds = (("at most", self.at_most), ("at least", self.at_least))
        return ", ".join(f"{word} {bound:g} {self.unit}" for word, bound in bounds if bound is not None)


def as_markdown(figures: Sequence[Figure]) -> str:
    """The table for docs/performance.md: one line for each figure, those out of bounds marked."""
    lines = ["| what | measured | bound | peak memory above idle | notes |", "|---|---|---|---|---|"]
    for figure in figures:
        memory = "" if figure.memory is None else f"{figure.memory:.0f} MiB"
        measured = f"{figure.value:.3g} {figure.unit}{' **out of bounds**' if figure.is_out_of_bounds else ''}"
        lines.append(f"| {figure.what} | {measured} | {figure.bounds} | {memory} | {figure.note} |")
    return "\n".join(lines) + "\n"
