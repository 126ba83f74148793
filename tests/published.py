"""Small files in the publishers' formats, made in memory."""

import io
import zipfile
from collections.abc import Mapping, Sequence

from dss_assets.datasets import REFERENCE_POSTCODES
from dss_assets.datasets.ons_postcode_directory import FIFTY

# The columns of the edition of May 2019.
ONS_COLUMNS = [column.name for column in FIFTY]
ONS_MEMBER = "Data/ONSPD_MAY_2019_UK.csv"
ONS_FILE = "ONSPD_MAY_2019_UK.zip"

POSTCODE_TITLES = [
    "Postcode",
    "Local authority district code",
    "Local authority district name",
    "Local Enterprise Partnership (LEP1) code",
    "Local Enterprise Partnership (LEP1) name",
    "Local Enterprise Partnership (LEP2) code",
    "Local Enterprise Partnership (LEP2) name",
    "Region code",
    "Region name",
    "National grid ref easting",
    "National grid ref northing",
    "Date of introduction",
    "Date of termination",
]


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


def postcodes_csv(*rows: Sequence[str], titles: Sequence[str] = POSTCODE_TITLES) -> bytes:
    return csv_text(titles, rows).encode()
