"""However a delimited text is read (by bytes, lines or fields), the same rows come of it, at the same lines."""

import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dss_assets.dataset import Column, Delimited, HeaderLine, Others
from dss_assets.parsing import open_rows

COLUMNS = (Column("name"), Column("note"))
VALUES = st.text(alphabet='ab", \n\r#é\t;', max_size=8)
TABLES = st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=8)
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])


def written(rows: Sequence[Sequence[str]], line_end: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator=line_end).writerows(rows)
    return text.getvalue()


def read(form: Delimited, text: str, encoding: str = "utf-8") -> tuple[list[list[str]], list[int]]:
    """The rows as COPY would read them, and the line of each."""
    with open_rows(form, COLUMNS, io.BytesIO(text.encode(encoding)), "a.csv", 10**6) as rows:
        copied = b"".join(rows.chunks).decode(rows.copy_format.encoding)
        lines, form_of_copy = io.StringIO(copied, newline=""), rows.copy_format
        found = list(csv.reader(lines, delimiter=form_of_copy.delimiter, quotechar=form_of_copy.quote))
        names = [column.name for column in rows.columns]
        assert names == ["name", "note"]
        return found, [position.line for position in rows.positions()]


def lines_of(text: str, header: int) -> list[int]:
    """The line on which each row ends, by Python's own reader."""
    reader = csv.reader(io.StringIO(text, newline=""))
    return [reader.line_num for _ in reader][header:]


FORMS = {
    "bytes": Delimited(),
    "skipped lines": Delimited(skip_lines=2),
    "lines": Delimited(comment="§"),
    "found header": Delimited(header=HeaderLine.NAMING),
    "footer": Delimited(footer=2),
    "fields": Delimited(others=Others.SKIPPED),
    "fields and footer": Delimited(others=Others.SKIPPED, footer=2),
    "other encoding": Delimited(encoding="utf-16"),
}


@pytest.mark.parametrize("name", FORMS)
@given(table=TABLES, line_end=LINE_ENDS)
def test_every_way_of_reading_gives_the_same_rows_and_lines(
    name: str, table: list[tuple[str, str]], line_end: str
) -> None:
    form = FORMS[name]
    extra = ["x"] if form.others is Others.SKIPPED else []
    header = ["name", "note"]
    has_titles = form.header is HeaderLine.NAMING or form.skip_lines
    above = f'Trees of 5"{line_end}{line_end}' if has_titles else ""
    body = written([[*header, *extra], *([*row, *extra] for row in table)], line_end)
    below = f'Source: "the forestry{line_end}end' if form.footer else ""

    rows, lines = read(form, above + body + below, form.encoding)

    assert rows == [list(row) for row in table]
    assert lines == [line + (2 if above else 0) for line in lines_of(body, 1)]


PLAIN = st.text(alphabet="ab\", #é';", min_size=1, max_size=8)


@pytest.mark.parametrize("others", [Others.REFUSED, Others.SKIPPED])
@given(table=st.lists(st.tuples(PLAIN, PLAIN), min_size=1, max_size=8), line_end=LINE_ENDS)
def test_without_quoting_every_line_is_a_row(others: Others, table: list[tuple[str, str]], line_end: str) -> None:
    form = Delimited(delimiter="\t", quote=None, others=others)
    extra = ["x"] if others is Others.SKIPPED else []
    text = "".join("\t".join([*row, *extra]) + line_end for row in [("name", "note"), *table])

    rows, lines = read(form, text)

    assert rows == [list(row) for row in table]
    assert lines == list(range(2, len(table) + 2))
