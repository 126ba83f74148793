"""Files as large as they come, from the zip in the storage to the tables: seconds, memory and disk of each.

Not part of `make bench`, which takes minutes as it is: `python -m tests.benchmarks big_accounts` and the like.
"""

import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

from infra.local.accounts_samples import inline_document, xbrl_document
from infra.local.postgres import Postgres
from infra.local.samples import write_onspd
from tests.benchmarks.loads import load
from tests.benchmarks.report import Figure

MEMORY = 64


def accounts_day(server: Postgres, folder: Path) -> list[Figure]:
    """A day of Companies House: 10,000 documents of 6 to 70 KB."""
    return _accounts(server, folder, "Accounts_Bulk_Data-2024-06-01.zip", 10_000, (70_000, 16_000))


def accounts_month(server: Postgres, folder: Path) -> list[Figure]:
    """A month of Companies House: 300,000 documents, small ones, since it is their number that is tried."""
    return _accounts(server, folder, "Accounts_Monthly_Data-June2024.zip", 300_000, (9_000, 6_000))


def ons(server: Postgres, folder: Path) -> list[Figure]:
    """A release of ONS: 2.7 million rows of 50 columns."""
    file = folder / "storage/datasets/ons/postcode_directory/ONSPD_MAY_2024_UK.zip"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_onspd(file, 2_700_000, "MAY", 2024)
    return _loaded(server, folder, file, "ons.postcode_directory", "ONS, 2,700,000 rows, zip to L0 and L1", "rows")


def baci(server: Postgres, folder: Path) -> list[Figure]:
    """A year of BACI: 10 million rows."""
    file = folder / "storage/datasets/dit/baci/BACI_HS92_Y2022_V202401.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as target:
        target.write("t,i,j,k,v,q\n")
        target.writelines(_trades(10_000_000))
    return _loaded(server, folder, file, "dit.baci", "BACI, 10,000,000 rows to L0 and L1", "rows")


def _trades(rows: int) -> Iterator[str]:
    chance = random.Random("baci")  # noqa: S311 not for secrets: the same rows each time
    # Repeated after a prime number of rows: making each anew takes ten times as long.
    tails = [
        f"{chance.randrange(10_000, 990_000)},{chance.random() * 1000:.3f},{chance.random():.3f}\n" for _ in range(9973)
    ]
    for number in range(rows):
        yield f"2022,{4 + number // 50_000},{4 + number // 250 % 200},{tails[number % 9973]}"


def _accounts(server: Postgres, folder: Path, name: str, documents: int, sizes: tuple[int, int]) -> list[Figure]:
    file = folder / "storage/datasets/companies_house/accounts_legacy" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    chance = random.Random(name)  # noqa: S311 not for secrets: the same documents each time
    # From a few documents with another company in each: making each anew takes longer than loading it.
    models = [inline_document("{company}", 2024, chance, sizes[0]) for _ in range(20)]
    others = [xbrl_document("{company}", 2024, chance, sizes[1]) for _ in range(20)]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(documents):
            company = f"{1_000_000 + number:08}"
            model = (models if number % 2 else others)[number // 2 % 20]
            ending = "html" if number % 2 else "xml"
            archive.writestr(f"Prod223_4320_{company}_20240331.{ending}", model.replace("{company}", company))
    what = f"Companies House, {documents:,} documents to L0"
    return _loaded(server, folder, file, "companies_house.accounts_legacy", what, "documents", documents)


def _loaded(
    server: Postgres, folder: Path, file: Path, key: str, what: str, unit: str, number: int | None = None
) -> list[Figure]:
    size = file.stat().st_size / 2**20
    done = load(server, f"big_{unit}", folder / "storage", key, file.name)
    file.unlink()
    speed = f"{(number or done['rows']) / done['seconds']:,.0f} {unit}/s"
    cpu = f"CPU {done['own_cpu']:.0f} s, of Postgres {done['cpu']:.0f} s"
    disk = f"file {size:,.0f} MiB, tables {done['tables']:,.0f} MiB, registry {done['registry']:,.0f} KiB"
    note = f"{speed}; {cpu}; {disk}"
    return [
        Figure(what, done["seconds"], "s", memory=done["memory"], note=note),
        Figure(f"{what}: memory", done["memory"], "MiB above idle", at_most=MEMORY, memory=done["memory"]),
    ]
