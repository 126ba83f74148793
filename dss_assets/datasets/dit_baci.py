"""CEPII BACI: trade between any two countries, by year and product, that operators put into the storage."""

from datetime import timedelta

from dss_assets.dataset import (
    Casing,
    Column,
    Dataset,
    Delimited,
    Incremental,
    Licence,
    Member,
    Members,
    NotNull,
    RenamedColumn,
    Route,
    Rowwise,
    Severity,
    StorageFolder,
    Within,
)
from dss_web.shared.contract import ColumnType

BACI = Dataset(
    organisation="dit",
    name="baci",
    title="BACI international trade",
    description="International trade by year, product, exporter and importer, as CEPII reconciles it.",
    owner="datahub@businessandtrade.gov.uk",
    contact="https://www.cepii.fr/CEPII/en/cepii/contact.asp",
    licence=Licence(
        "Etalab Open Licence 2.0", "https://www.etalab.gouv.fr/wp-content/uploads/2018/11/open-licence.pdf"
    ),
    source_page="https://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=37",
    # A revision comes each January, and operators bring it within the quarter.
    late_after=timedelta(days=460),
    checks=(
        # The Harmonised System has been in force since 1988.
        Within("year", 1988, 2100),
        NotNull("exporter"),
        NotNull("importer"),
        Within("trade_flow_value", least=0, severity=Severity.WARN),
    ),
    source=StorageFolder(name=r"(?i).+\.(csv|zip)", every=timedelta(minutes=1)),
    format=Delimited(
        members=(
            # All years of a revision, beside lists of countries and products.
            Members(r"(.*/)?BACI_HS\d\d_Y\d{4}_V\w+\.csv"),
            Member(r".*\.csv"),
        ),
        nulls=("NA",),
    ),
    loading=Incremental(unit="t"),
    columns=(
        Column("t", ColumnType.INTEGER, description="Year."),
        # The header was t, hs6, i, j, v, q until 2020, and is t, i, j, k, v, q since.
        Column(
            "hs6",
            ColumnType.INTEGER,
            titles=("hs6", "k"),
            description="Product, by its code of six digits in the Harmonised System, leading zeros left out.",
        ),
        Column("i", ColumnType.INTEGER, description="Exporter, by its numeric country code."),
        Column("j", ColumnType.INTEGER, description="Importer, by its numeric country code."),
        Column("v", ColumnType.NUMERIC, description="Value in thousands of current US dollars."),
        Column("q", ColumnType.NUMERIC, description="Quantity in metric tons. Empty where it is not known."),
    ),
    l1=Rowwise(
        (
            RenamedColumn("year", source="t"),
            RenamedColumn("product_category", source="hs6"),
            RenamedColumn("exporter", source="i"),
            RenamedColumn("importer", source="j"),
            RenamedColumn("trade_flow_value", source="v"),
            RenamedColumn("quantity", source="q"),
        )
    ),
    routes=(
        Route(
            path="get-dit-baci-data/",
            scope="list_dit_baci",
            table="L1",
            casing=Casing.CAMEL,
            hidden=("id",),
        ),
    ),
    dataflow_table="L1",
    # The revision: BACI_HS92_V202601.zip, BACI_HS92_Y2022_V202601.csv.
    dated=(r".*_V(?P<year>\d{4})(?P<month>\d\d)[a-z]?\.(csv|zip)",),
)
