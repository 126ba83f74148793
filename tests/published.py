"""Small files in the publishers' formats, made in memory."""

import io
import zipfile
from collections.abc import Mapping, Sequence

from dss_assets.datasets import REFERENCE_POSTCODES
from dss_assets.datasets.ons_postcode_directory import FIFTY
from infra.local.samples import POSTCODES_COLUMNS

# The columns of the edition of May 2019.
ONS_COLUMNS = [column.name for column in FIFTY]
ONS_MEMBER = "Data/ONSPD_MAY_2019_UK.csv"
ONS_FILE = "ONSPD_MAY_2019_UK.zip"


def zipped(members: Mapping[str, bytes | str]) -> bytes:
    """A zip of members in the given order; a name that ends in / is a folder."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def csv_text(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """CSV with every field in quotation marks, as the publishers write it."""
    return "\n".join(",".join(f'"{field}"' for field in row) for row in [titles, *rows]) + "\n"


def ons_row(postcode: str, **changed: str) -> list[str]:
    """A row with the column's name for each value that is not told."""
    values = {name: f"{name} of {postcode}" for name in ONS_COLUMNS} | {
        "pcds": postcode,
        "dointr": "198001",
        "doterm": "",
    }
    return list((values | changed).values())


def ons_zip(*rows: Sequence[str], titles: Sequence[str] = ONS_COLUMNS, member: str = ONS_MEMBER) -> bytes:
    text = csv_text(titles, rows)
    return zipped({"Data/": "", "Data/.DS_Store": "Bud1", member: text, "Documents/": "", "User Guide/": ""})


def exporter_line(month: str, company: str, *codes: str, postcode: str = "AB1 2CD") -> str:
    return "\t".join([month, "1", company, "1 Quay", "", "Hull", "", "", postcode, *codes]) + "\r\n"


def exporters_zip(**members: str) -> bytes:
    """A zip of zips, each with one text member."""
    return zipped({f"{name}.zip": zipped({name: text.encode("mac-roman")}) for name, text in members.items()})


def postcode_row(postcode: str, **changed: str) -> list[str]:
    names = [column.name for column in REFERENCE_POSTCODES.columns]
    values = {name: f"{name} of {postcode}" for name in names} | {
        "postcode": postcode,
        "date_of_introduction": "1980-01-01",
        "date_of_termination": "",
    }
    return list((values | changed).values())


def postcodes_csv(*rows: Sequence[str], titles: Sequence[str] = POSTCODES_COLUMNS) -> bytes:
    return csv_text(titles, rows).encode()


ACCOUNTS_FILE = "Accounts_Bulk_Data-2026-10-02.zip"
_CONTEXTS = {
    "now": "<xbrli:instant>2026-03-31</xbrli:instant>",
    "year": "<xbrli:startDate>2025-04-01</xbrli:startDate><xbrli:endDate>2026-03-31</xbrli:endDate>",
}


def inline_accounts(body: str, contexts: Mapping[str, str] = _CONTEXTS) -> str:
    """Inline XBRL with the contexts `now` and `year`."""
    periods = "".join(
        f'<xbrli:context id="{name}"><xbrli:period>{period}</xbrli:period></xbrli:context>'
        for name, period in contexts.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml" '
        'xmlns:ix="http://www.xbrl.org/2013/inlineXBRL" xmlns:xbrli="http://www.xbrl.org/2003/instance">'
        f"<body><div><ix:header>{periods}</ix:header></div>{body}</body></html>"
    )


def stated(name: str, text: str, context: str = "year") -> str:
    """A statement of inline XBRL."""
    return f'<ix:nonNumeric name="bus:{name}" contextRef="{context}">{text}</ix:nonNumeric>'


def figure(name: str, text: str, context: str = "now", attributes: str = "") -> str:
    """A figure of inline XBRL."""
    return f'<ix:nonFraction name="core:{name}" contextRef="{context}" {attributes}>{text}</ix:nonFraction>'


def accounts_of(company: str, *figures: str) -> str:
    """Inline XBRL of a company, with debtors unless there are other figures."""
    body = stated("UKCompaniesHouseRegisteredNumber", company)
    return inline_accounts(body + "".join(figures or [figure("Debtors", "1,234")]))


def accounts_member(company: str, extension: str = "html") -> str:
    return f"Prod223_4320_{company}_20260331{extension if extension.startswith('_') else f'.{extension}'}"
