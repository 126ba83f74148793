"""ONS Postcode Directory: every UK postcode and the areas in which it lies, about 2.7 million rows a quarter.

Each edition has its own columns. L1 has the same for all of them: the fifty of 2019, in the order in which clients have
always read them, the publication date, and then what came after them and what went before.
"""

from datetime import timedelta

from dss_assets.dataset import (
    Absent,
    ArcGisSearch,
    Column,
    ConvertedColumn,
    Dataset,
    Delimited,
    FileValue,
    Incremental,
    Member,
    Members,
    Pattern,
    Rowwise,
    text_columns,
)
from dss_assets.dataset.conversions import MONTH, MONTH_NAME

# Titles by edition, seen 2026-11 in code that reads them. `NN` stands for the year of the codes: `ctry25cd`.
_TITLES = {
    "pcd": "pcd7?",
    "pcd2": "pcd2|pcd8",
    "pcds": "pcds",
    "dointr": "dointr",
    "doterm": "doterm",
    "oscty": "oscty|ctyNNcd",
    "ced": "ced(NNcd)?",
    "oslaua": "oslaua|ladNNcd",
    "osward": "osward|wdNNcd",
    "parish": "parish|parncpNNcd",
    "usertype": "usertype|usrtypind",
    "oseast1m": "oseast1m|east1m",
    "osnrth1m": "osnrth1m|north1m",
    "osgrdind": "osgrdind|gridind",
    "oshlthau": "oshlthau|hlthNNcd",
    "nhser": "hro|nhser(NNcd)?",
    "ctry": "ctry(NNcd)?",
    "rgn": "gor|rgn(NNcd)?",
    "streg": "streg|ssr95cd",
    "pcon": "pcon(NNcd)?",
    "eer": "eer(NNcd)?",
    "teclec": "teclec|educNNcd",
    "ttwa": "ttwa(NNcd)?",
    "pct": "pct|pcoNNcd",
    "nuts": "nuts|itl(NNcd)?",
    "statsward": "statsward|wdstl05cd",
    "oa01": "oa01(cd)?",
    "casward": "casward|wdcas03cd",
    "park": "n?park(NNcd)?",
    "lsoa01": "lsoa01(cd)?",
    "msoa01": "msoa01(cd)?",
    "ur01ind": "ur01ind|ruc01ind",
    "oac01": "oac01(ind)?",
    "oa11": "oa11(cd)?",
    "lsoa11": "lsoa11(cd)?",
    "msoa11": "msoa11(cd)?",
    "wz11": "wz11(cd)?",
    "ccg": "ccg|sicbl(NNcd)?",
    "bua11": "bua11",
    "buasd11": "buasd11",
    "ru11ind": "ru11ind|ruc11ind",
    "oac11": "oac11(ind)?",
    "lat": "lat",
    "long": "long",
    "lep1": "lep1|lepNNcd1",
    "lep2": "lep2|lepNNcd2",
    "pfa": "pfa(NNcd)?",
    "imd": "imd|imd20ind",
    "calncv": "calncv|calNNcd",
    "stp": "stp",
}
_NEWER_TITLES = {
    "icb": "icb(NNcd)?",
    "oa21": "oa21(cd)?",
    "lsoa21": "lsoa21(cd)?",
    "msoa21": "msoa21(cd)?",
    "bua24": r"bua2\d(cd)?",
    "ruc21ind": "ruc21(ind)?",
    "oac21": "oac21(ind)?",
    "imd25": "imd25ind",
}
# A postcode without these would be no row of the directory; every edition since 2012 has them.
_ALWAYS_THERE = frozenset({"pcd", "pcd2", "pcds", "dointr", "doterm", "oslaua", "osward"})


def _columns(titles: dict[str, str]) -> tuple[Column, ...]:
    return tuple(
        Column(
            name,
            titles=(Pattern(pattern.replace("NN", r"\d\d")),),
            absent=Absent.REFUSED if name in _ALWAYS_THERE else Absent.NULL,
        )
        for name, pattern in titles.items()
    )


FIFTY = _columns(_TITLES)
NEWER = _columns(_NEWER_TITLES)
OLDER = text_columns("psed cened edind oshaprev lea oldha wardc91 wardo91 ward98 oldpct", absent=Absent.NULL)

_MONTH = r"ONSPD_(?P<month>[A-Z]{3}_\d{4})_UK"

POSTCODE_DIRECTORY = Dataset(
    organisation="ons",
    name="postcode_directory",
    description="Every UK postcode and the administrative areas in which it lies; each release adds its rows.",
    source=ArcGisSearch(
        portal="https://www.arcgis.com/sharing/rest",
        query='"ONS Postcode Directory" owner:ONSGeography_data',
        item_type="CSV Collection",
        title=r"ONS Postcode Directory\s+\((?P<month>[A-Z][a-z]+)\s+(?P<year>\d{4})\)"
        r"(\s+for the (UK|United Kingdom))?(\s+\(V(?P<revision>\d+)\))?",
        stored_as="ONSPD_{month}_{year}_UK.zip",
        every=timedelta(hours=6),
    ),
    format=Delimited(
        members=(
            # February 2018 came in two orders of columns, of which the new one counts; some came in parts alone.
            Member(rf"(.*/)?New Order/{_MONTH}\.csv"),
            Member(rf"(.*/)?{_MONTH}\.csv"),
            Members(rf"(.*/)?multi_csv/{_MONTH}_[A-Z]+\.csv"),
        ),
    ),
    loading=Incremental(),
    columns=(*FIFTY, *NEWER, *OLDER),
    l1=Rowwise.of(
        FIFTY,
        ConvertedColumn("dointr", MONTH, source="dointr"),
        ConvertedColumn("doterm", MONTH, source="doterm"),
        then=(
            FileValue("publication_date", group="month", conversion=MONTH_NAME),
            *(column.name for column in (*NEWER, *OLDER)),
        ),
        indexes=("pcds",),
    ),
    dataflow_table="L1",
    max_unpacked_bytes=8 * 1024**3,
)
