"""All companies, as Companies House lists them: 55 columns in a zip, of which ten are wanted, and dates day first."""

from datetime import timedelta

from dss_assets.dataset import (
    Column,
    Dataset,
    DateOrder,
    Delimited,
    Member,
    MissingRows,
    Others,
    Rowwise,
    Snapshot,
    StorageFolder,
)
from dss_web.shared.contract import ColumnType

COLUMNS = (
    Column("company_number", titles=("CompanyNumber",)),
    Column("company_name", titles=("CompanyName",)),
    Column("post_town", titles=("RegAddress.PostTown",)),
    Column("postcode", titles=("RegAddress.PostCode",)),
    Column("category", titles=("CompanyCategory",)),
    Column("status", titles=("CompanyStatus",)),
    Column("incorporated", ColumnType.DATE, titles=("IncorporationDate",), written=DateOrder.DAY_FIRST),
    Column("dissolved", ColumnType.DATE, titles=("DissolutionDate",), written=DateOrder.DAY_FIRST),
    Column("charges", ColumnType.INTEGER, titles=("Mortgages.NumMortCharges",)),
    Column("sic_code", titles=("SICCode.SicText_1",)),
)

COMPANIES = Dataset(
    organisation="companies_house",
    name="basic_list",
    description="All companies on the register.",
    source=StorageFolder(name=r"BasicCompanyDataAsOneFile-\d{4}-\d\d-\d\d\.zip", every=timedelta(minutes=1)),
    format=Delimited(members=(Member(r"BasicCompanyDataAsOneFile-.*\.csv"),), others=Others.SKIPPED),
    loading=Snapshot(missing_rows=MissingRows.DELETE),
    columns=COLUMNS,
    l1=Rowwise.of(COLUMNS, indexes=("company_number",)),
    dataflow_table="L1",
)
