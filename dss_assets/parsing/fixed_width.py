"""Lines in which each column has its place -> rows."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import BinaryIO

from dss_assets.dataset import Column, FixedWidth
from dss_assets.parsing.header import Header
from dss_assets.parsing.lines import read_lines
from dss_assets.parsing.records import Record, Selected, Selection, rewritten_rows
from dss_assets.parsing.rows import Fault, Rows
from dss_assets.parsing.text_encoding import utf_8_remark
from dss_assets.parsing.texts import Text, find_texts


@contextmanager
def fixed_width_rows(
    form: FixedWidth,
    columns: tuple[Column, ...],
    file: BinaryIO,
    place: str,
    max_bytes: int,
    file_values: Mapping[str, str],
) -> Iterator[Rows]:
    """The rows of a file, or of members of a zip. A line of another length is none."""
    texts = find_texts(form, columns, file, place, max_bytes, file_values)
    encoding = texts.encoding(form.encoding, max_bytes)
    remarks = () if encoding == form.encoding else (utf_8_remark(texts.place, form.encoding),)
    header = Header((), tuple(column for column in columns if column.is_in_rows))

    def selected() -> Selected:
        for text in texts.texts:
            selection = Selection(text.place, header, columns, text.values, "line")
            for record in _records(form, text, encoding, max_bytes):
                yield selection, record

    yield replace(rewritten_rows(texts, place, columns, (), selected), remarks=remarks)


def _records(form: FixedWidth, text: Text, encoding: str, max_bytes: int) -> Iterator[Record]:
    slices = [slice(start - 1, start - 1 + length) for start, length in form.all_spans]
    nulls = frozenset(form.nulls)
    for number, ended in read_lines(form, text, encoding, None, max_bytes):
        line = ended.rstrip("\r\n")
        if len(line) != form.line_length:
            found = f"found {len(line)} characters, expected {form.line_length}: {line[:200]!r}"
            yield Record(number, (), Fault(found, "another length"))
            continue
        fields = [line[place].strip() for place in slices]
        yield Record(number, [field if field not in nulls else "" for field in fields] if nulls else fields)
