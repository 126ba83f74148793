"""The ways in which a sample may be read, and what a person said -> those to try, and what is to be said of them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dss_web.shared.csv.beginning import line_at
from dss_web.shared.csv.dialect import RARE, Candidate, is_fixed_width, read_sample, rival, separator_line
from dss_web.shared.csv.findings import Finding, FindingKind, Severity
from dss_web.shared.csv.reading import Choices, Reading
from dss_web.shared.csv.top import COMMENTS, has_data


def chosen_ways(candidates: list[Candidate], sample: str, choices: Choices, *, is_whole: bool) -> list[Candidate]:
    """The candidates that have what the person chose; what they chose without a candidate is one."""
    fixed: dict[str, Any] = {
        name: value
        for name, value in (("delimiter", choices.delimiter), ("quote", choices.quote), ("escape", choices.escape))
        if value is not None
    }
    if not fixed:
        return candidates
    if "quote" in fixed:
        fixed.setdefault("escape", fixed["quote"])
    if "delimiter" not in fixed:
        # A file of one column fits any mark: what is said of marks is said of the separator that was found.
        candidates = [one for one in candidates if one.reading.delimiter == candidates[0].reading.delimiter]
    # Of ways that fit as well the best candidate's comes first.
    ways = dict.fromkeys(replace(candidate.reading, **fixed) for candidate in candidates)
    found = []
    for reading in ways:
        rows, is_broken = read_sample(sample, reading, is_whole=is_whole)
        widths = [len(fields) for _, fields in rows if fields]
        width = max(set(widths), key=widths.count, default=1)
        found.append(Candidate(reading, widths.count(width) / max(1, len(widths)) - is_broken, width, 1.0, is_broken))
    return sorted(found, key=lambda one: -one.score)


def worth_trying(candidates: list[Candidate]) -> list[Candidate]:
    """The best, and others with its separator that read their marks in another way."""
    best = candidates[0]
    others = [
        one
        for one in candidates[1:]
        if one.reading.delimiter == best.reading.delimiter and not one.error and one.width == best.width
    ]
    return [best, *others[:3]]


def dialect_findings(
    candidate: Candidate, candidates: list[Candidate], sample: str, choices: Choices
) -> Iterator[Finding]:
    """What is to be said of the way in which a sample is read, which is one of `candidates`."""
    reading = candidate.reading
    named = separator_line(sample)
    if choices.delimiter is None and named and named != reading.delimiter:
        yield Finding(FindingKind.DELIMITER, Severity.ASK, found=reading.delimiter, expected=named)
    elif choices.delimiter is None and not named:
        other = rival(candidates)
        if reading.delimiter in {"", " "} and is_fixed_width(sample):
            yield Finding(FindingKind.FIXED_WIDTH, Severity.ASK, line=1)
        elif reading.delimiter == " ":
            yield Finding(FindingKind.SPACES, Severity.ASK, line=1, expected=f"{candidate.width} columns")
        elif reading.delimiter in RARE or (candidate.has_titles and _may_be_lists(sample, reading)):
            yield Finding(FindingKind.DELIMITER, Severity.ASK, found=reading.delimiter)
        elif other:
            found, expected = reading.delimiter, other.reading.delimiter
            yield Finding(FindingKind.DELIMITER, Severity.ASK, found=found, expected=expected)
    if reading.quote in {"'", "“"} and choices.quote is None:
        yield Finding(FindingKind.OTHER_QUOTES, Severity.TELL, line=line_at(sample, sample.find(reading.quote)))
    if not reading.quote and choices.quote is None:
        yield Finding(FindingKind.QUOTES_KEPT, Severity.TELL, line=line_at(sample, sample.find('"')))
    if reading.quote and not reading.escape and choices.escape is None:
        plain = replace(reading, escape=reading.quote)
        rows, _ = read_sample(sample, plain, is_whole=True)
        line = rows[-1][0] + 1 if rows else 1
        yield Finding(FindingKind.STRAY_QUOTE, Severity.TELL, line=line, found=reading.quote)


def _may_be_lists(sample: str, reading: Reading) -> bool:
    """Whether what stands below a first line of one value may be a list in each line: nothing but text."""
    rows, _ = read_sample(sample, reading, is_whole=True)
    if len(rows) < 2 or rows[0][1][:1] == [] or rows[0][1][0].startswith(COMMENTS):
        return False
    # A blank line sets a title apart.
    return bool(rows[1][1]) and not any(has_data(fields) for _, fields in rows[1:])
