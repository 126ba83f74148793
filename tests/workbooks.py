"""Small workbooks, written by hand: XLSX as Excel writes it, and ODS as LibreOffice does, as short as can be."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from xml.sax.saxutils import escape

from tests.published import zipped

Cell = str | int | float | bool | date | datetime | None
Rows = Sequence[Sequence[Cell]]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEETS = f'<workbook xmlns="{_MAIN}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
# Style 1 is a date, of Excel's own formats.
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
# Day 1 of Excel is 1900-01-01, and it has a 29 February 1900.
_DAY_ZERO = datetime(1899, 12, 30)


def xlsx(sheets: Mapping[str, Rows]) -> bytes:
    """An Excel workbook."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(names, start=1)
    )
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(names) + 1)
    )
    relations += f'<Relationship Id="rId0" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f"{_SHEETS}<sheets>{listed}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}'
            "</Relationships>",
            "xl/styles.xml": _STYLES,
            **{
                f"xl/worksheets/sheet{number}.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{_rows(sheets[name])}'
                "</sheetData></worksheet>"
                for number, name in enumerate(names, start=1)
            },
        }
    )


def _rows(rows: Rows) -> str:
    cells = (
        (number, "".join(_cell(cell, f"{chr(65 + index)}{number}") for index, cell in enumerate(row)))
        for number, row in enumerate(rows, start=1)
    )
    return "".join(f'<row r="{number}">{row}</row>' for number, row in cells)


def _cell(cell: Cell, place: str) -> str:
    match cell:
        case None:
            return ""
        case str():
            return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
        case bool():
            return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
        case date():
            at = cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day)
            days = (at - _DAY_ZERO).total_seconds() / 86400
            return f'<c r="{place}" s="1"><v>{days:.15g}</v></c>'
        case _:
            return f'<c r="{place}"><v>{cell!r}</v></c>'


def ods(sheets: Mapping[str, Rows]) -> bytes:
    """An OpenDocument spreadsheet."""
    office = "urn:oasis:names:tc:opendocument:xmlns"
    tables = "".join(
        f'<table:table table:name="{escape(name)}">'
        + "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{office}:manifest:1.0"/>',
            "content.xml": f'<office:document-content xmlns:office="{office}:office:1.0" '
            f'xmlns:table="{office}:table:1.0" xmlns:text="{office}:text:1.0"><office:body><office:spreadsheet>'
            f"{tables}</office:spreadsheet></office:body></office:document-content>",
        }
    )


def _ods_cell(cell: Cell) -> str:
    match cell:
        case None:
            return "<table:table-cell/>"
        case str():
            return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
        case bool():
            return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(cell).lower()}"/>'
        case date():
            return f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()}"/>'
        case _:
            return f'<table:table-cell office:value-type="float" office:value="{cell}"/>'


def with_a_far_cell(workbook: bytes) -> bytes:
    """An Excel workbook with one more cell, in the last corner of each of its sheets."""
    cell = f'<row r="1048576">{_cell(1, "XFD1048576")}</row></sheetData>'
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return zipped({name: archive.read(name).decode().replace("</sheetData>", cell) for name in archive.namelist()})
