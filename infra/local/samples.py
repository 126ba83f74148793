"""Sample files in the publishers' formats, generated: the same arguments give the same bytes.

Formats as seen in files of ONS (May 2019), HMRC (2016) and DIT; no row of theirs is here.
"""

import contextlib
import csv
import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from infra.local.accounts_samples import write_accounts
from infra.local.spire_samples import write_release
from infra.local.trade_samples import write_trade_samples

# Samples never change with the day on which they are made.
MEMBER_DATE = (2024, 6, 1, 12, 0, 0)
PSEUDO = "99999999"  # the code for 'not applicable', after the country's letter

_ONS_COLUMNS = """
    pcd pcd2 pcds dointr doterm oscty ced oslaua osward parish usertype oseast1m osnrth1m osgrdind oshlthau nhser ctry
    rgn streg pcon eer teclec ttwa pct nuts statsward oa01 casward park lsoa01 msoa01 ur01ind oac01 oa11 lsoa11 msoa11
    wz11 ccg bua11 buasd11 ru11ind oac11 lat long lep1 lep2 pfa imd calncv stp
"""
ONS_COLUMNS = _ONS_COLUMNS.split()

POSTCODES_COLUMNS = (
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
)

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
AREAS = ("AB", "B", "BN", "CF", "E", "EH", "G", "HU", "LS", "M", "N", "NE", "OX", "PL", "S", "SW", "TR", "W", "YO")
# District code, its name, partnership code and name, region code and name.
DISTRICTS = (
    ("E06000010", "Kingston upon Hull, City of", "E37000018", "Humber", "E12000003", "Yorkshire and The Humber"),
    ("E08000003", "Manchester", "E37000014", "Greater Manchester", "E12000002", "North West"),
    ("E06000052", "Cornwall", "E37000005", "Cornwall and Isles of Scilly", "E12000009", "South West"),
    ("E09000033", "Westminster", "E37000051", "London", "E12000007", "London"),
    ("S12000033", "Aberdeen City", f"S{PSEUDO}", "", f"S{PSEUDO}", "Scotland"),
    ("W06000015", "Cardiff", f"W{PSEUDO}", "", f"W{PSEUDO}", "Wales"),
)
STREETS = ("High Street", "Station Road", "Mill Lane", "Quay Side", "Victoria Street", "Church Road", "Unit 7 The Yard")
TOWNS = ("Hull", "Leeds", "Truro", "Cardiff", "Aberdeen", "Bath", "Kirkwall", "Yr Wyddgrug", "St Andrews")
TRADES = ("Textiles", "Optics", "Café Equipment", "Marine", "Foods", "Pumps", "Façades", "Toys", "Castings", "Résumé")
FORMS = ("Ltd", "LIMITED", "plc", "LLP", "& Sons")


def write_samples(folder: Path) -> None:
    """Fill a publisher's folder with files of each dataset."""
    write_onspd(folder / "ons/postcode_directory/ONSPD_FEB_2024_UK.zip", 3000, "FEB", 2024)
    write_onspd(folder / "ons/postcode_directory/ONSPD_MAY_2024_UK.zip", 3200, "MAY", 2024)
    for month in ("2403", "2404", "2405"):
        write_exporters(folder / f"hmrc/exporters/exporters{month}.zip", 1500, month)
    write_accounts(folder / "companies_house/accounts_legacy/Accounts_Bulk_Data-2024-06-01.zip", 200)
    write_reference_postcodes(folder / "dit/reference_postcodes/reference_postcodes.csv", 2500)
    write_trade_samples(folder)
    write_release(folder / "dit/spire/2024-06.zip", MEMBER_DATE)


def write_onspd(path: Path, rows: int, month: str, year: int) -> None:
    """An ONS Postcode Directory of `rows` rows, in constant memory. `month` as MAY."""
    name = f"ONSPD_{month}_{year}_UK"
    released = f"{year}{MONTHS.index(month) + 1:02}"
    with _whole_file(path) as target, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for folder in ("Data/", "Documents/", "User Guide/"):
            archive.writestr(_member(folder), b"")
        archive.writestr(_member("Data/.DS_Store"), b"\0\0\0\1Bud1".ljust(6148, b"\0"))
        archive.writestr(_member("__MACOSX/Data/._.DS_Store"), b"\0\5\x16\7".ljust(120, b"\0"))
        for ending in ("csv", "txt"):
            with archive.open(_member(f"Data/{name}.{ending}"), "w", force_zip64=True) as member:
                text = io.TextIOWrapper(member, "utf-8", newline="")
                text.write(",".join(ONS_COLUMNS) + "\r\n")
                quoted = csv.writer(text, quoting=csv.QUOTE_ALL)
                # The text file is the same again; a tenth of it says so without the weight.
                quoted.writerows(_onspd_rows(rows if ending == "csv" else rows // 10, released))
                text.close()
        archive.writestr(_member("User Guide/ONSPD User Guide.pdf"), b"%PDF-1.4\n%%EOF\n")


def _onspd_rows(rows: int, released: str) -> Iterator[list[str]]:
    chance = random.Random("onspd")  # noqa: S311 not for secrets: the same rows each time
    # The areas repeat after a prime number of rows: making each anew takes ten times as long.
    areas = [_onspd_area(chance, released) for _ in range(min(rows, 997))]
    for number, postcode in enumerate(_postcodes(rows)):
        outward, _, inward = postcode.partition(" ")
        yield [f"{outward:<4}{inward}", f"{outward:<4} {inward}", postcode, *areas[number % 997]]


def _onspd_area(chance: random.Random, released: str) -> list[str]:
    """All columns behind the three of the postcode."""
    district = chance.choice(DISTRICTS)
    letter = district[0][0]
    introduced = f"{chance.randrange(1980, 2024)}{chance.randrange(1, 13):02}"
    ended = min(f"{int(introduced) + 100 * chance.randrange(1, 20)}", released) if chance.random() < 0.3 else ""
    codes = {name: f"{letter}{chance.randrange(10**8):08}" for name in ONS_COLUMNS[3:]}
    others = {
        "dointr": introduced,
        "doterm": ended,
        "oslaua": district[0],
        "lep1": district[2],
        "lep2": f"{letter}{PSEUDO}",
        "rgn": district[4],
        "parish": f"{letter}{PSEUDO}",
        "ctry": f"{letter}92000001",
        "usertype": str(chance.randrange(2)),
        "oseast1m": str(chance.randrange(80000, 655000)),
        "osnrth1m": f"{chance.randrange(5000, 1220000):07}",
        "osgrdind": "1",
        "streg": "0",
        "statsward": "99ZZ00",
        "oa01": f"S{chance.randrange(10**8):08}",
        "casward": "01C30",
        "ur01ind": str(chance.randrange(1, 9)),
        "oac01": "3C2",
        "ru11ind": "3",
        "oac11": "1C3",
        "lat": f"{chance.uniform(49.9, 60.9):.6f}",
        "long": f"{chance.uniform(-8.2, 1.8):.6f}",
        "imd": str(chance.randrange(1, 32845)),
    }
    return list((codes | others).values())


def write_exporters(path: Path, rows: int, month: str) -> None:
    """HMRC's exporters of a month, YYMM: a zip of a zip of tab separated lines in Mac Roman."""
    text = io.BytesIO()
    with zipfile.ZipFile(text, "w", zipfile.ZIP_DEFLATED) as inner:
        content = "".join(_exporter_lines(rows, f"20{month}")).encode("mac-roman")
        inner.writestr(_member(f"exporters{month}.txt"), content)
    with _whole_file(path) as target, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_member(f"exporters{month}.zip"), text.getvalue())


def _exporter_lines(rows: int, month: str) -> Iterator[str]:
    chance = random.Random(f"exporters {month}")  # noqa: S311 not for secrets: the same rows each time
    postcodes = list(_postcodes(rows))
    for number in range(rows):
        name = f"{chance.choice(TOWNS)} {chance.choice(TRADES)} {chance.choice(FORMS)}"
        address = [f"{chance.randrange(1, 300)} {chance.choice(STREETS)}", "", chance.choice(TOWNS), "", ""]
        address[0] = f'"{address[0]}"' if number % 50 == 0 else address[0]
        codes = [f"{chance.randrange(1, 98):02}{chance.randrange(10**6):06}" for _ in range(chance.randrange(1, 12))]
        yield "\t".join([month, "1", name, *address, postcodes[number], *codes, ""]) + "\r\n"
        if number == rows // 2:  # seen in the real files: a line that breaks off
            yield f"{month}\t1\tBROKEN OFF\t1 Nowhere\r\n"


def write_reference_postcodes(path: Path, rows: int) -> None:
    """DIT's reference postcodes as CSV, every field in quotation marks."""
    chance = random.Random("reference postcodes")  # noqa: S311 not for secrets: the same rows each time
    with _whole_file(path) as target:
        text = io.TextIOWrapper(target, "utf-8", newline="")
        quoted = csv.writer(text, quoting=csv.QUOTE_ALL)
        quoted.writerow(POSTCODES_COLUMNS)
        for postcode in _postcodes(rows):
            code, name, lep, lep_name, region, region_name = chance.choice(DISTRICTS)
            introduced = f"{chance.randrange(1980, 2010)}-{chance.randrange(1, 13):02}-01"
            ended = f"{chance.randrange(2010, 2024)}-{chance.randrange(1, 13):02}-01" if chance.random() < 0.2 else ""
            easting, northing = chance.randrange(80000, 655000), f"{chance.randrange(5000, 1220000):07}"
            second = f"{code[0]}{PSEUDO}"
            district = [code, name, lep, lep_name, second, "", region, region_name]
            quoted.writerow([postcode, *district, easting, northing, introduced, ended])
        text.flush()
        text.detach()


def _postcodes(rows: int) -> Iterator[str]:
    """Different postcodes, in order: district by district, then inward code. There are 8.6 million."""
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    for number in range(rows):
        rest, last = divmod(number, 20)
        rest, middle = divmod(rest, 20)
        rest, sector = divmod(rest, 10)
        area, district = divmod(rest, 99)
        yield f"{AREAS[area % len(AREAS)]}{district + 1} {sector}{letters[middle]}{letters[last]}"


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, MEMBER_DATE)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


@contextlib.contextmanager
def _whole_file(path: Path) -> Iterator[IO[bytes]]:
    """The file, open for writing; it bears its name only once it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.part")
    with unfinished.open("wb") as file:
        yield file
    unfinished.replace(path)
