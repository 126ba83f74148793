"""ONS Postcode Directory: every UK postcode and the areas in which it lies, about 2.7 million rows a quarter."""

from datetime import timedelta

from dss_assets.dataset import (
    ArcGisSearch,
    ConvertedColumn,
    Dataset,
    Delimited,
    FileValue,
    Incremental,
    Rowwise,
    text_columns,
)
from dss_assets.dataset.conversions import MONTH, MONTH_NAME

# From 2025 on most area columns carry the year of their codes (`ctry25cd`), and some are named anew. Editions
# with further columns or fewer of them (seen from 2023 on) are refused until it is declared what becomes of those.
COLUMNS = text_columns(
    "pcd pcd2 pcds dointr doterm oscty ced oslaua osward parish usertype oseast1m osnrth1m osgrdind oshlthau "
    "nhser ctry rgn streg pcon eer teclec ttwa pct nuts statsward oa01 casward park lsoa01 msoa01 ur01ind oac01 "
    "oa11 lsoa11 msoa11 wz11 ccg bua11 buasd11 ru11ind oac11 lat long lep1 lep2 pfa imd calncv stp",
    titles={
        "pcd": r"pcd7?",
        "pcd2": r"pcd2|pcd8",
        "oscty": r"oscty|cty\d\dcd",
        "ced": r"ced(\d\dcd)?",
        "oslaua": r"oslaua|lad\d\dcd",
        "osward": r"osward|wd\d\dcd",
        "parish": r"parish|parncp\d\dcd",
        "usertype": r"usertype|usrtypind",
        "oseast1m": r"oseast1m|east1m",
        "osnrth1m": r"osnrth1m|north1m",
        "osgrdind": r"osgrdind|gridind",
        "oshlthau": r"oshlthau|hlth\d\dcd",
        "nhser": r"nhser(\d\dcd)?",
        "ctry": r"ctry(\d\dcd)?",
        "rgn": r"rgn(\d\dcd)?",
        "pcon": r"pcon(\d\dcd)?",
        "eer": r"eer(\d\dcd)?",
        "ttwa": r"ttwa(\d\dcd)?",
        "nuts": r"nuts|itl(\d\dcd)?",
        "park": r"n?park(\d\dcd)?",
        "lsoa11": r"lsoa11(cd)?",
        "msoa11": r"msoa11(cd)?",
        "wz11": r"wz11(cd)?",
        "ccg": r"ccg|sicbl(\d\dcd)?",
        "oac11": r"oac11(ind)?",
        "lep1": r"lep1|lep\d\dcd1",
        "lep2": r"lep2|lep\d\dcd2",
        "pfa": r"pfa(\d\dcd)?",
        "imd": r"imd(\d\dind)?",
    },
)

POSTCODE_DIRECTORY = Dataset(
    organisation="ons",
    name="postcode_directory",
    description="Every UK postcode and the administrative areas in which it lies; each release adds its rows.",
    source=ArcGisSearch(
        portal="https://www.arcgis.com/sharing/rest",
        query='"ONS Postcode Directory" owner:ONSGeography_data',
        item_type="CSV Collection",
        title=r"ONS Postcode Directory \((?P<month>[A-Z][a-z]+) (?P<year>\d{4})\)",
        stored_as="ONSPD_{month}_{year}_UK.zip",
        every=timedelta(hours=6),
    ),
    format=Delimited(member=r".*/ONSPD_(?P<month>[A-Z]{3}_\d{4})_UK\.csv"),
    loading=Incremental(),
    columns=COLUMNS,
    l1=Rowwise.of(
        COLUMNS,
        ConvertedColumn("dointr", MONTH, source="dointr"),
        ConvertedColumn("doterm", MONTH, source="doterm"),
        then=(FileValue("publication_date", group="month", conversion=MONTH_NAME),),
        indexes=("pcds",),
    ),
    dataflow_table="L1",
    max_unpacked_bytes=8 * 1024**3,
)
