"""A file and its encoding -> the beginning of its text, and what has to be put right in it."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, Final

from dss_web.shared.csv.census import ColumnCensus
from dss_web.shared.csv.encoding import undecodable
from dss_web.shared.csv.findings import Finding, FindingKind, Severity
from dss_web.shared.csv.reading import Reading
from dss_web.shared.csv.text import REPAIRS, RULE, open_text, unwrapped, without_rules
from dss_web.shared.csv.unpacking import unpacked

# Thousands of lines of most files; all delimiters are tried on them in 0.05 s.
SAMPLE_CHARACTERS = 128 * 1024
# A wide file needs a few whole rows.
SAMPLE_LINES = 12
# Of rows that a spreadsheet has read into one column.
_WRAPPED_DELIMITERS: Final = (",", ";", "\t", "|")


def read_beginning(file: BinaryIO, base: Reading) -> tuple[str, bool, Reading, list[Finding]]:
    """The beginning of the text, whether that is all of it, and the reading with the repairs that it needs."""
    with unpacked(file, base.member) as inner, open_text(inner, base.codec) as text:
        try:
            sample = text.read(SAMPLE_CHARACTERS)
            while sample.count("\n") + sample.count("\r") < SAMPLE_LINES and (more := text.read(SAMPLE_CHARACTERS)):
                sample += more
                if len(sample) > 64 * SAMPLE_CHARACTERS:
                    break
            is_whole = not text.read(1)
        except UnicodeDecodeError as error:
            raise undecodable(inner, base.codec) from error
    census = ColumnCensus()
    census.take([sample], [1])
    repairs = set(base.repairs) | (census.strange.keys() & REPAIRS.keys())
    if "decoded-twice" in repairs and not _is_better(sample):
        repairs.discard("decoded-twice")
    if "\x1a" in sample:
        repairs.add("dos-end")
    base = replace(base, repairs=tuple(name for name in REPAIRS if name in repairs))
    findings = list(repair_findings(base, sample))
    for name in base.repairs:
        sample = REPAIRS[name](sample)
    if _is_wrapped(sample, is_whole=is_whole):
        base = replace(base, repairs=(*base.repairs, "wrapped"))
        findings.append(Finding(FindingKind.WRAPPED_LINES, Severity.ASK, line=1, found=sample.splitlines()[0][:80]))
        sample = "".join(map(unwrapped, io.StringIO(sample, newline="")))
    if rules := _rules(sample):
        base = replace(base, repairs=(*base.repairs, "rules"))
        findings.append(Finding(FindingKind.RULE_LINE, Severity.TELL, line=rules[0], found="", count=len(rules)))
        sample = "".join(map(without_rules, io.StringIO(sample, newline="")))
    return sample, is_whole, base, findings


def _rules(sample: str) -> list[int]:
    """The lines that divide the rows of a table that is drawn with bars between its values, counted from 1."""
    if not any(rule in sample for rule in ("---", "===", "───", "═══")):
        return []
    rules, others, barred = [], 0, 0
    for number, line in enumerate(io.StringIO(sample, newline=""), start=1):
        if RULE.match(line):
            rules.append(number)
        elif line.strip():
            others += 1
            barred += "|" in line or "│" in line
    return rules if barred > max(1, 0.5 * others) else []


def _is_wrapped(sample: str, *, is_whole: bool) -> bool:
    """Whether the lines stand in marks as a whole, as a spreadsheet writes rows that it has read into one column."""
    if '"' not in sample:
        return False
    lines = [line for line in io.StringIO(sample, newline="") if line.strip()]
    if not is_whole:
        lines = lines[:-1]
    inner = [unwrapped(line) for line in lines]
    wrapped = [line for line, inside in zip(lines, inner, strict=True) if line != inside]
    # Others have nothing to enclose, and no marks.
    if len(lines) < 2 or 2 * len(wrapped) < len(lines) or any('"' in line for line in {*lines} - {*wrapped}):
        return False
    for delimiter in _WRAPPED_DELIMITERS:
        try:
            widths = {len(fields) for fields in csv.reader(inner, delimiter=delimiter, strict=True)}
        except csv.Error:
            continue
        if len(widths) == 1 and min(widths) > 1:
            return True
    return False


def _is_better(sample: str) -> bool:
    """Whether nothing of a text is left that looks as if it had been decoded twice, once it is undone."""
    undone = REPAIRS["decoded-twice"](sample)
    return sum(one > "\x7f" for one in undone) < 0.7 * sum(one > "\x7f" for one in sample)


REPAIR_KINDS: Final = {
    "marks": FindingKind.MARKS,
    "decoded-twice": FindingKind.DECODED_TWICE,
    "controls": FindingKind.CONTROLS,
}


def repair_findings(base: Reading, sample: str) -> Iterator[Finding]:
    """What is to be said of each repair: the words before and after it."""
    for name in base.repairs:
        if kind := REPAIR_KINDS.get(name):
            words = [word for word in re.split(r"[ \t\r\n,;|]+", sample) if word != REPAIRS[name](word)][:3]
            after = [REPAIRS[name](word) for word in words]
            line = line_at(sample, sample.find(words[0])) if words else 1
            yield Finding(kind, Severity.TELL, line=line, found=", ".join(words)[:80], expected=", ".join(after)[:80])


def line_at(sample: str, place: int) -> int:
    """The line of a place in the text, counted from 1."""
    before = sample[:place]
    return 1 + before.count("\n") + before.count("\r") - before.count("\r\n")
