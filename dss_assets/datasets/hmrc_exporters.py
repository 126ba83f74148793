"""HMRC exporters: who exported which kinds of goods from the United Kingdom, month by month."""

from datetime import timedelta

from dss_assets.dataset import (
    OPEN_GOVERNMENT_LICENCE,
    Column,
    ConvertedColumn,
    Dataset,
    HtmlLinks,
    Incremental,
    NotNull,
    Rowwise,
    Severity,
    TrailingList,
)
from dss_assets.dataset.conversions import CODE_LIST, JOINED_LOWER, MONTH_START, POSTCODE, TRIMMED_LOWER

EXPORTERS = Dataset(
    organisation="hmrc",
    name="exporters",
    title="HMRC exporters",
    description="Companies that exported goods from the UK, with the codes of the goods, month by month.",
    owner="datahub@businessandtrade.gov.uk",
    contact="uktradeinfo@hmrc.gov.uk",
    licence=OPEN_GOVERNMENT_LICENCE,
    source_page="https://www.uktradeinfo.com/trade-data/latest-bulk-data-sets/",
    # A month comes about six weeks after its end, so that two files are a month apart, give or take.
    late_after=timedelta(days=45),
    checks=(
        NotNull("datetime"),
        NotNull("export_item_codes", severity=Severity.WARN),
    ),
    source=HtmlLinks(
        pages=(
            "https://www.uktradeinfo.com/trade-data/latest-bulk-data-sets/",
            "https://www.uktradeinfo.com/trade-data/latest-bulk-data-sets/bulk-data-sets-archive/",
        ),
        # A month, half a year, or a year of earlier times: exporters2512.zip, exporters2512_v2.zip,
        # exporters_jan-jun26archive.zip, exporters_2016archive_JulDec.zip.
        name=r"(?i)exporters(\d{4}|_\d{4}\w*|_[a-z]{3}-[a-z]{3}\d\darchive)(_?v\d+)?\.zip",
        every=timedelta(hours=6),
    ),
    format=TrailingList(separator="\t", encodings=("mac-roman", "windows-1252")),
    loading=Incremental(unit="month"),  # which comes again in the archives
    columns=(
        Column("month", description="Month of the exports as YYYYMM."),
        Column("row_type", description="Kind of the line, as HMRC numbers it."),
        Column("company_name", description="Name of the exporter."),
        *(Column(f"address{line}", description=f"Line {line} of the exporter's address.") for line in range(1, 6)),
        Column("postcode", description="Postcode of the exporter."),
        Column("export_item_codes", description="Commodity codes of the goods, with commas between."),
    ),
    l1=Rowwise(
        (
            ConvertedColumn("datetime", MONTH_START, "month", "First day of the month of the exports."),
            ConvertedColumn("company_name", TRIMMED_LOWER, "company_name", "Name of the exporter in lower case."),
            ConvertedColumn(
                "address",
                JOINED_LOWER,
                source="address1, address2, address3, address4, address5",
                description="Address of the exporter on one line, in lower case.",
            ),
            ConvertedColumn("postcode", POSTCODE, "postcode", "Postcode of the exporter without spaces."),
            ConvertedColumn("export_item_codes", CODE_LIST, "export_item_codes", "Commodity codes of the goods."),
        )
    ),
    dataflow_table="L1",
    # An archive is as new as its last month.
    dated=(
        r"exporters(?P<year>\d\d)(?P<month>\d\d)(_?v\d+)?\.zip",
        r"exporters_[a-z]{3}-(?P<month>[a-z]{3})(?P<year>\d\d)archive(_?v\d+)?\.zip",
        r"exporters_(?P<year>\d{4})archive_[a-z]{3}(?P<month>[a-z]{3})\.zip",
        r"exporters_(?P<year>\d{4})\w*\.zip",
    ),
)
