"""HMRC exporters: who exported which kinds of goods from the United Kingdom, month by month."""

from datetime import timedelta

from dss_assets.dataset import ConvertedColumn, Dataset, HtmlLinks, Incremental, Rowwise, TrailingList, text_columns
from dss_assets.dataset.conversions import CODE_LIST, JOINED_LOWER, MONTH_START, POSTCODE, TRIMMED_LOWER

EXPORTERS = Dataset(
    organisation="hmrc",
    name="exporters",
    description="Companies that exported goods from the UK, with the codes of the goods, month by month.",
    source=HtmlLinks(
        pages=(
            "https://www.uktradeinfo.com/trade-data/latest-bulk-data-sets/",
            "https://www.uktradeinfo.com/trade-data/latest-bulk-data-sets/bulk-data-sets-archive/",
        ),
        # A month, half a year, or a year of earlier times: exporters2512.zip, exporters_jan-jun26archive.zip,
        # exporters_2016archive_JulDec.zip.
        name=r"(?i)exporters(\d{4}|_\d{4}\w*|_[a-z]{3}-[a-z]{3}\d\darchive)\.zip",
        every=timedelta(hours=6),
    ),
    format=TrailingList(separator="\t", encodings=("mac-roman", "windows-1252")),
    loading=Incremental(unit="month"),  # which comes again in the archives
    columns=text_columns(
        "month row_type company_name address1 address2 address3 address4 address5 postcode export_item_codes"
    ),
    l1=Rowwise(
        (
            ConvertedColumn("datetime", MONTH_START, source="month"),
            ConvertedColumn("company_name", TRIMMED_LOWER, source="company_name"),
            ConvertedColumn("address", JOINED_LOWER, source="address1, address2, address3, address4, address5"),
            ConvertedColumn("postcode", POSTCODE, source="postcode"),
            ConvertedColumn("export_item_codes", CODE_LIST, source="export_item_codes"),
        )
    ),
    dataflow_table="L1",
    # An archive is as new as its last month.
    dated=(
        r"exporters(?P<year>\d\d)(?P<month>\d\d)\.zip",
        r"exporters_[a-z]{3}-(?P<month>[a-z]{3})(?P<year>\d\d)archive\.zip",
        r"exporters_(?P<year>\d{4})archive_[a-z]{3}(?P<month>[a-z]{3})\.zip",
        r"exporters_(?P<year>\d{4})\w*\.zip",
    ),
)
