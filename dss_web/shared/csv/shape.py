"""The first rows of a file -> which of them are titles, which the header, and where the data begin."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from dss_web.shared.csv.body import BodyTypes, Numbered, is_blank, joined_titles
from dss_web.shared.csv.cells import DATA, NULL_WORDS, look_at
from dss_web.shared.csv.findings import Finding, FindingKind, Severity
from dss_web.shared.csv.text import lines_of
from dss_web.shared.csv.top import (
    Shape,
    count_values,
    has_data,
    is_number,
    without_comments,
    without_descriptions,
    without_numbers,
    without_particulars,
    without_rule,
)

# No header stands lower.
TOP_ROWS = 40
# So many lines between the names and the data are no slips: the ONS writes six below the title of each time series.
_SEVERAL = 3
_UNIT: Final = re.compile(
    r"\(.{1,20}\)|\[.{1,20}\]|[£$€%‰°]\S{0,4}|£?(?:000s?|m|bn|k)"
    r"|(?:kg|g|mg|t|km|m|cm|mm|m2|m²|m3|m³|km2|ha|l|ml|s|h|min|hours?|days?|years?|tonnes?|litres?|pounds?"
    r"|per ?cent|people|kwh|mwh|gwh|w|kw|mw|v|a|hz|pa|hpa"
    r"|°c|c|k|number|no\.?|units?|count|ratio|index|string|text|integer|date|n/a|-)",
    re.IGNORECASE,
)
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")


def find_shape(rows: Sequence[Numbered], width: int, forced_header: int | None = None) -> Shape:
    """Where the header is among the first rows of a file whose rows mostly have `width` values."""
    shape = Shape(width)
    top = [row for row in rows if not is_blank(row.fields)]
    blanks = len(rows) - len(top)
    top = without_comments(top, shape)
    if not top:
        return shape
    if forced_header is not None:
        _force(without_rule(top, shape), shape, forced_header)
        return shape
    top = without_particulars(top, rows, shape)
    top = without_numbers(without_descriptions(without_rule(top, shape), shape), shape)
    body = shape.body = BodyTypes(top, width)
    first = _first_data_row(top, body, shape)
    above, below = top[:first], top[first:]
    titles = _titles(above, below, width, blanks > 0, rows)
    is_named = bool(above) and count_values(above[-1].fields) >= count_values(above[min(titles, len(above) - 1)].fields)
    if is_named and any(has_data(row.fields) and not _is_years(row.fields) for row in above[titles:-1]):
        titles = len(above) - 1  # names and values of what was measured, say
    header = above[titles:]
    header = header[: _header_lines(header, width, body)]
    below = top[titles + len(header) :]
    if titles and (header or len(below)):
        lines = above[:titles]
        if _is_table(lines):
            found = ", ".join(filter(None, (header or below)[0].fields))[:80]
            # Pairs without a number above a wider table are particulars as likely as a table: a person sees which.
            are_pairs = all(count_values(row.fields) == 2 and not any(map(is_number, row.fields)) for row in lines)
            are_pairs = are_pairs and count_values((header or below)[0].fields) > 2
            severity = Severity.ASK if are_pairs else Severity.REFUSE
            line = (header or below)[0].line
            shape.findings.append(Finding(FindingKind.SECOND_TABLE, severity, line=line, found=found))
        shape.findings.append(
            Finding(
                FindingKind.TITLE_LINES,
                Severity.TELL,
                line=lines[0].line,
                found="; ".join(" ".join(filter(None, row.fields))[:80] for row in lines[:3]),
                count=len(lines),
            )
        )
    shape.header = header
    below = below[_descriptions(above[titles + len(header) :], body, shape) :]
    if not header:
        _without_header(below, body, shape)
    elif len(header) > 1:
        shape.findings.append(Finding(FindingKind.HEADER_LINES, Severity.TELL, line=header[0].line, count=len(header)))
    rest = below if shape.header is header else below[len(shape.header) :]
    shape.first_line = rest[0].line if rest else _after(top[-1])
    if shape.header:
        _doubt(shape, rest, body)
    return shape


def _force(top: list[Numbered], shape: Shape, line: int) -> None:
    """The header that a person chose; 0 where there is none."""
    if not line:
        shape.first_line = top[0].line
        return
    place = next((place for place, row in enumerate(top) if row.line >= line), len(top) - 1)
    shape.header = [top[place]]
    shape.first_line = top[place + 1].line if place + 1 < len(top) else _after(top[place])


def _after(row: Numbered) -> int:
    """The line after a row."""
    return row.line + lines_of(row.fields)


def _is_years(fields: Sequence[str]) -> bool:
    """Whether all values of a row that are no text are years."""
    years = [value.strip() for value in fields if look_at(value).kind in DATA]
    return len(years) > 1 and all(map(_YEAR.fullmatch, years))


def _is_group(fields: Sequence[str]) -> bool:
    """Whether a row has one year and nothing else, with the first column empty, as above the names of its columns."""
    return count_values(fields) == 1 and not fields[0].strip() and bool(_YEAR.fullmatch("".join(fields).strip()))


def _first_data_row(top: Sequence[Numbered], body: BodyTypes, shape: Shape) -> int:
    """The place of the first row that looks like those below it."""
    if not body.typed:
        # Only text: the first row that is as full as the others is the header.
        fullest = max(count_values(row.fields) for row in top[:TOP_ROWS])
        usual = Counter(
            count_values(row.fields) for row in top[:TOP_ROWS] if count_values(row.fields) > 1 or fullest == 1
        )
        enough = max(2 if fullest > 1 else 1, min(fullest, usual.most_common(1)[0][0] if usual else 1) * 0.6)
        place = next(place for place, row in enumerate(top) if count_values(row.fields) >= enough)
        place += 1
        while place < len(top) and _repeats(top[place].fields, top[place - 1].fields):
            place += 1
        has_units = place < len(top) and not top[place].fields[0].strip() and _is_units(top[place].fields)
        return place + has_units
    for place, row in enumerate(top[:TOP_ROWS]):
        is_below = place and len(top[place - 1].fields) == shape.width and count_values(top[place - 1].fields) > 1
        if is_below and len(row.fields) != shape.width:
            return place  # a broken row below a header is a row
        if len(row.fields) < shape.width and not (shape.width - len(row.fields) == 1 and count_values(row.fields) > 1):
            continue
        like, unlike = body.like(row.fields)
        following = top[place + 1].fields if place + 1 < len(top) else []
        if _is_years(row.fields) and following and not _is_years(following):
            continue
        if _is_group(row.fields) and body.like(following)[1] and not body.like(following)[0]:
            continue  # a year above the names
        if like and like > unlike and len(row.fields) >= shape.width:
            return place
        # Nothing but text where the columns hold text, below a header.
        is_text = not like and not unlike and count_values(row.fields) > 1 and body.fits(row.fields)
        is_text = is_text and _is_filled_below(row.fields, body)
        if place and is_text and body.like(top[place - 1].fields)[1] and not _is_units(row.fields):
            if _completes(row.fields, top[place - 1].fields):
                continue
            return place
    return min(len(top), 1)


def _is_filled_below(fields: Sequence[str], body: BodyTypes) -> bool:
    return all(not value.strip() or column >= body.width or body.filled[column] for column, value in enumerate(fields))


def _completes(fields: Sequence[str], above: Sequence[str]) -> bool:
    """Whether a row has names where the one above has none, as the answers below a question of a survey."""
    filled = [column for column, value in enumerate(fields) if value.strip()]
    unnamed = [column for column, value in enumerate(above) if not value.strip()]
    return not fields[0].strip() and len(unnamed) > 1 and set(unnamed) <= set(filled)


def _is_units(fields: Sequence[str]) -> bool:
    values = [value.strip() for value in fields if value.strip()]
    # Letters and words for missing values alone are a row's.
    is_row = all(value in NULL_WORDS or (len(value) == 1 and value.isalpha()) for value in values)
    return not is_row and all(_UNIT.fullmatch(value) for value in values)


def _repeats(fields: Sequence[str], before: Sequence[str]) -> bool:
    return [value.strip() for value in fields] == [value.strip() for value in before]


def _titles(
    above: Sequence[Numbered], below: Sequence[Numbered], width: int, has_blanks: bool, rows: Sequence[Numbered]
) -> int:
    """How many of the rows above the data are titles: those with one value, or few, above a fuller one."""
    if not above or (not below and len(above) == 1):
        return 0
    fullest = max(count_values(row.fields) for row in above)
    blank_lines = {row.line for row in rows if is_blank(row.fields)} if has_blanks else set()
    titles = 0
    for place, row in enumerate(above):
        count = count_values(row.fields)
        is_fuller_below = count < fullest and width > 1
        is_sparse = count < max(2, 0.5 * min(width, fullest)) and bool(row.fields[0].strip())
        is_apart = row.line + 1 in blank_lines
        is_alone = (
            place + 1 == len(above) and len(row.fields) == 1 < width and len(below) > 0 and len(below[0].fields) > 1
        )
        if not (is_fuller_below and (len(row.fields) != width or is_sparse or is_apart)) and not is_alone:
            break
        titles = place + 1
    return titles


def _header_lines(header: Sequence[Numbered], width: int, body: BodyTypes) -> int:
    """How many lines the header has: another where it repeats the first, has units, or completes names.

    Below names that are complete a line of text is a row as likely as not, and no row is lost for a nicer name.
    """
    for lines in range(1, len(header)):
        titles = joined_titles(header[:lines], width)
        is_complete = all(titles) and len(set(titles)) == len(titles)
        fields = header[lines].fields
        is_more = _repeats(fields, header[lines - 1].fields) or _is_units(fields)
        is_more = is_more or (not fields[0].strip() and body.like(fields)[1] > 0)
        if is_complete and not is_more:
            return lines
    return len(header)


def _is_table(lines: Sequence[Numbered]) -> bool:
    """Whether what stands above the header is another table: rows of one width, with numbers below names."""
    widths = {count_values(row.fields) for row in lines}
    values = [look_at(value).kind for value in lines[-1].fields]
    return (
        len(lines) > 1
        and len(widths) == 1
        and min(widths) > 1
        # Particulars stand apart from one another.
        and lines[-1].line == _after(lines[-2])
        and bool(DATA & {*values})
    )


def _without_header(below: Sequence[Numbered], body: BodyTypes, shape: Shape) -> None:
    first = below[0]
    found = ", ".join(f"“{value}”" for value in first.fields[:3])
    shape.findings.append(
        Finding(FindingKind.HEADER_IS_DATA, Severity.ASK, line=first.line, found=found, expected="names of columns")
    )


def _descriptions(rows: Sequence[Numbered], body: BodyTypes, shape: Shape) -> int:
    """How many rows between the names and the data are left out: several that describe a column each. It is asked.

    Where one or two have text in several columns that hold none, or sentences, it is only asked whether they are rows.
    """
    likes = [body.like(row.fields) for row in rows]
    if not rows or any(like for like, _ in likes):
        return 0
    unlike = [count for _, count in likes]
    first = rows[0]
    values = [value.strip() for value in first.fields]
    is_left_out = len(rows) >= _SEVERAL and (max(unlike) > 1 or _differ_where_numbers_follow(rows, body))
    if is_left_out or unlike[0] > 1 or (unlike[0] and all(" " in value for value in values)):
        found = ", ".join(f"“{value}”" for value in values[:3])
        count = len(rows) if is_left_out else 1
        kind = FindingKind.DESCRIPTION_LINES
        shape.findings.append(Finding(kind, Severity.ASK, line=first.line, found=found, count=count))
    return len(rows) if is_left_out else 0


def _differ_where_numbers_follow(rows: Sequence[Numbered], body: BodyTypes) -> bool:
    """Whether the one column that is not text begins with several others, each another: no word for a missing value."""
    if len(body.typed) != 1:
        return False
    column = next(iter(body.typed))
    others = {row.fields[column].strip() for row in rows if column < len(row.fields)} - {""}
    return len(others) >= _SEVERAL


def _doubt(shape: Shape, rest: Sequence[Numbered], body: BodyTypes) -> None:
    """Ask where the header may be a row, or has one name fewer than the rows have values."""
    names = shape.header[-1].fields
    longer = [row for row in rest if len(row.fields) == len(names) + 1]
    if (
        len(shape.header) == 1
        and len(longer) >= max(1, 0.9 * len(rest))
        and all(value.strip() for value in names)
        and not all(not row.fields[-1].strip() for row in longer)
    ):
        shape.has_row_names = True
        shape.findings.append(
            Finding(
                FindingKind.ROW_NAMES,
                Severity.ASK,
                line=longer[0].line,
                found=f"{len(names) + 1} values",
                expected=f"{len(names)} columns",
                count=len(longer),
            )
        )
        return
    titles = [value.strip() for value in names]
    if (
        len(shape.header) == 1
        and _is_years(names)
        and all(re.fullmatch(r"(?:19|20)[0-9]{2}|", title) for title in titles)
    ):
        # Years above numbers that are none: a header as likely as not.
        shape.findings.append(_doubtful(shape, titles))
        return
    if len(shape.header) == 1 and not body.typed and len(titles) > 1:
        again = [
            column
            for column, title in enumerate(titles)
            if title and any(len(row.fields) > column and row.fields[column].strip() == title for row in rest)
        ]
        whole = any(_repeats(row.fields, names) for row in rest)
        if again and not whole and len(again) >= len(titles) / 3:
            shape.findings.append(_doubtful(shape, titles))


def _doubtful(shape: Shape, titles: Sequence[str]) -> Finding:
    found = ", ".join(f"“{value}”" for value in titles[:3])
    line = shape.header[0].line
    return Finding(FindingKind.HEADER_DOUBTFUL, Severity.ASK, line=line, found=found, expected="names of columns")
