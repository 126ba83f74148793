"""Accounts of companies, from the page of Companies House to clients and to the datasets database."""

from datetime import date
from decimal import Decimal

from dagster import AssetKey, TableMetadataValue

from dss_assets.datasets import ACCOUNTS
from tests.journeys.client import read_table
from tests.journeys.world import World
from tests.published import ACCOUNTS_FILE, accounts_member, accounts_of, figure, stated, zipped

SENSOR = "companies_house__accounts_legacy__files"
L0 = AssetKey(["companies_house", "accounts_legacy", "L0"])
EMPTY = dict.fromkeys(column.name for column in ACCOUNTS.columns)
DAY = zipped(
    {
        accounts_member("00000001"): accounts_of(
            "00000001",
            stated("EntityCurrentLegalOrRegisteredName", 'The "First"\nLtd'),
            stated("BalanceSheetDate", "31 March 2026", "now"),
            stated("EntityDormantTruefalse", "false"),
            figure("AverageNumberEmployeesDuringPeriod", "2026: 4", "year"),
            figure("Debtors", "1,234"),
            figure("ProfitLoss", "12", "year", 'sign="-" scale="3"'),
        ),
        accounts_member("SC000002", "_CIC.zip"): zipped(
            {
                "CIC-2/accounts/a.xhtml": accounts_of("SC000002"),
                "CIC-2/cic34/b.xhtml": accounts_of("SC000002", figure("Debtors", "9")),
            }
        ),
        accounts_member("00000003", "xml"): "ATTACHMENTPLACEHOLDER000000001",
    }
)


def row(id: int, company: str, **values: object) -> dict[str, object]:
    filing = {"run_code": "Prod223_4320", "company_id": company, "date": "2026-03-31", "file_type": "html"}
    statements = {"taxonomy": "", "period_end": "2026-03-31", "companies_house_registered_number": company}
    return {"id": id, **EMPTY, **filing, **statements, **values}


def test_accounts_reach_clients_and_the_datasets_database(world: World) -> None:
    world.publish("companies_house/accounts_legacy", ACCOUNTS_FILE, DAY)

    (run,) = world.look(SENSOR)

    assert run.success
    first = {
        "entity_current_legal_name": "The First Ltd",
        "balance_sheet_date": "2026-03-31",
        "company_dormant": False,
        "average_number_employees_during_period": 4,
    }
    assert read_table(world, "companies_house.accounts_legacy", "L0") == [
        row(1, "00000001", period_start="2026-03-31", debtors=1234, **first),
        row(2, "00000001", period_start="2025-04-01", profit_loss_for_period=-12000, **first),
        row(3, "SC000002", period_start="2026-03-31", debtors=1234),
    ]
    world.wait_for_dataflow()
    sent = "SELECT company_id, date, period_start, debtors FROM companies_house.accounts_legacy ORDER BY id"
    assert [tuple(found.values()) for found in world.rows(sent, world.datasets_url)] == [
        ("00000001", date(2026, 3, 31), date(2026, 3, 31), Decimal(1234)),
        ("00000001", date(2026, 3, 31), date(2025, 4, 1), None),
        ("SC000002", date(2026, 3, 31), date(2026, 3, 31), Decimal(1234)),
    ]
    assert all(
        world.materialised("companies_house", "accounts_legacy", part) == {ACCOUNTS_FILE}
        for part in ("file", "L0", "registry", "dataflow")
    )


def test_what_was_skipped_is_listed_with_the_load(world: World) -> None:
    world.publish("companies_house/accounts_legacy", ACCOUNTS_FILE, DAY)

    world.look(SENSOR)

    (loaded,) = world.instance.fetch_materializations(L0, limit=10).records
    assert loaded.asset_materialization
    listed = loaded.asset_materialization.metadata["first skipped"]
    assert isinstance(listed, TableMetadataValue)
    shown = ("member", "line", "reason")
    assert [tuple(record.data[name] for name in shown) for record in listed.records] == [
        (
            f"{accounts_member('SC000002', '_CIC.zip')}, member CIC-2/accounts/a.xhtml",
            None,
            "another report beside the accounts in their zip: CIC-2/cic34/b.xhtml",
        ),
        (accounts_member("00000003", "xml"), None, "a placeholder for an attachment"),
    ]


def test_a_day_that_is_loaded_again_is_there_once(world: World) -> None:
    world.publish("companies_house/accounts_legacy", ACCOUNTS_FILE, DAY)
    (request,) = world.ask(SENSOR)

    for _ in range(2):
        assert world.execute(request.job_name, request.tags).success

    assert len(read_table(world, "companies_house.accounts_legacy", "L0")) == 3
