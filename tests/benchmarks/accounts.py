"""Two thousand filings of Companies House, from the zip in the storage to L0."""

import time
import zipfile
from pathlib import Path

from lxml import etree

from infra.local.accounts_samples import write_accounts
from infra.local.postgres import Postgres
from tests.benchmarks.loads import load
from tests.benchmarks.report import Figure

DOCUMENTS = 2000
TRIES = 3
FILE = "Accounts_Bulk_Data-2024-06-01.zip"
KEY = "companies_house.accounts_legacy"


def measure(server: Postgres, folder: Path) -> list[Figure]:
    """Documents a second of a file that is half inline XBRL of 70 KB and half XBRL of 16 KB."""
    storage = folder / "storage"
    file = storage / "datasets/companies_house/accounts_legacy" / FILE
    write_accounts(file, DOCUMENTS, inline_bytes=70_000, xbrl_bytes=16_000)
    floor = max(_parse(file) for _ in range(TRIES))
    done = [load(server, f"accounts_{number}", storage, KEY, FILE) for number in range(TRIES)]
    speed = DOCUMENTS / min(one["seconds"] for one in done)
    memory = max(one["memory"] for one in done)
    note = f"lxml parses {floor:,.0f} documents/s on one core"
    return [
        Figure("Companies House, 2,000 documents to L0", speed, "documents/s", at_least=700, note=note),
        Figure("Companies House, memory of the loading process", memory, "MiB above idle", at_most=64, memory=memory),
    ]


def _parse(file: Path) -> float:
    """Documents a second that lxml parses and nothing more."""
    with zipfile.ZipFile(file) as archive:
        documents = [archive.read(name) for name in archive.namelist()]
    started = time.perf_counter()
    for document in documents:
        etree.fromstring(document)
    return len(documents) / (time.perf_counter() - started)
