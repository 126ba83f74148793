"""ONS Postcode Directory: every UK postcode and the areas in which it lies, about 2.7 million rows a quarter.

Each edition has its own columns. L1 has the same for all of them: the fifty of 2019, in the order in which clients have
always read them, the publication date, and then what came after them and what went before.
"""

from datetime import timedelta

from dss_assets.dataset import (
    Absent,
    Column,
    ConvertedColumn,
    Dataset,
    Delimited,
    FileValue,
    Incremental,
    Licence,
    Member,
    Members,
    NotNull,
    Pattern,
    Route,
    Rowwise,
    Severity,
    Unique,
    arcgis_search,
)
from dss_assets.dataset.conversions import MONTH, MONTH_NAME

# Titles by edition, seen 2026-11 in code that reads them. `NN` stands for the year of the codes: `ctry25cd`. Where a
# meaning names an area, the value is its nine-character code, or the older one of editions before 2011.
_TITLES = {
    "pcd": ("pcd7?", "Postcode in 7 characters: the second part is always the last three."),
    "pcd2": ("pcd2|pcd8", "Postcode in 8 characters: the second part is always the last three, after a space."),
    "pcds": ("pcds", "Postcode as people write it, with one space between its parts."),
    "dointr": ("dointr", "Month in which the postcode was introduced."),
    "doterm": ("doterm", "Month in which the postcode was terminated. Empty while it is in use."),
    "oscty": ("oscty|ctyNNcd", "County."),
    "ced": ("ced(NNcd)?", "County electoral division."),
    "oslaua": ("oslaua|ladNNcd", "Local authority district, unitary authority, London borough or council area."),
    "osward": ("osward|wdNNcd", "Electoral ward or division."),
    "parish": ("parish|parncpNNcd", "Civil parish in England, community in Wales."),
    "usertype": (
        "usertype|usrtypind",
        "0 for a small user, 1 for a large user, which receives much post and has a postcode of its own.",
    ),
    "oseast1m": ("oseast1m|east1m", "National grid reference: metres east."),
    "osnrth1m": ("osnrth1m|north1m", "National grid reference: metres north."),
    "osgrdind": ("osgrdind|gridind", "Quality of the grid reference, from 1 (best) to 9 (none)."),
    "oshlthau": ("oshlthau|hlthNNcd", "Former strategic health authority, or health board."),
    "nhser": ("hro|nhser(NNcd)?", "NHS England region."),
    "ctry": ("ctry(NNcd)?", "Country of the United Kingdom, Channel Islands or Isle of Man."),
    "rgn": ("gor|rgn(NNcd)?", "Region of England, formerly Government Office Region."),
    "streg": ("streg|ssr95cd", "Standard statistical region, as of 1995."),
    "pcon": ("pcon(NNcd)?", "Westminster parliamentary constituency."),
    "eer": ("eer(NNcd)?", "European electoral region."),
    "teclec": (
        "teclec|educNNcd",
        "Local learning and skills council area, training organisation or enterprise region.",
    ),
    "ttwa": ("ttwa(NNcd)?", "Travel to work area."),
    "pct": ("pct|pcoNNcd", "Primary care trust or its equivalent."),
    "nuts": ("nuts|itl(NNcd)?", "Area by which statistics are compared internationally: NUTS, then ITL from 2021 on."),
    "statsward": ("statsward|wdstl05cd", "Statistical ward, as of 2005."),
    "oa01": ("oa01(cd)?", "Output area of the 2001 Census."),
    "casward": ("casward|wdcas03cd", "Census area statistics ward, as of 2003."),
    "park": ("n?park(NNcd)?", "National park."),
    "lsoa01": ("lsoa01(cd)?", "Lower layer super output area of the 2001 Census, or its equivalent."),
    "msoa01": ("msoa01(cd)?", "Middle layer super output area of the 2001 Census, or its equivalent."),
    "ur01ind": ("ur01ind|ruc01ind", "Urban or rural, by the classification of the 2001 Census."),
    "oac01": ("oac01(ind)?", "Output area classification of the 2001 Census."),
    "oa11": ("oa11(cd)?", "Output area of the 2011 Census."),
    "lsoa11": ("lsoa11(cd)?", "Lower layer super output area of the 2011 Census, or its equivalent."),
    "msoa11": ("msoa11(cd)?", "Middle layer super output area of the 2011 Census, or its equivalent."),
    "wz11": ("wz11(cd)?", "Workplace zone of the 2011 Census."),
    "ccg": (
        "ccg|sicbl(NNcd)?",
        "Clinical commissioning group; sub-integrated care board location from 2022 on; or their equivalent.",
    ),
    "bua11": ("bua11", "Built-up area of the 2011 Census."),
    "buasd11": ("buasd11", "Subdivision of a built-up area of the 2011 Census."),
    "ru11ind": ("ru11ind|ruc11ind", "Urban or rural, by the classification of the 2011 Census."),
    "oac11": ("oac11(ind)?", "Output area classification of the 2011 Census."),
    "lat": ("lat", "Latitude in decimal degrees."),
    "long": ("long", "Longitude in decimal degrees."),
    "lep1": ("lep1|lepNNcd1", "Local enterprise partnership."),
    "lep2": ("lep2|lepNNcd2", "Second local enterprise partnership, where two overlap."),
    "pfa": ("pfa(NNcd)?", "Police force area."),
    "imd": (
        "imd|imd20(ind)?",
        "Rank of the area in the index of multiple deprivation of its country; 1 is the most deprived.",
    ),
    "calncv": ("calncv|calNNcd", "Cancer alliance."),
    "stp": ("stp", "Sustainability and transformation partnership."),
}
_NEWER_TITLES = {
    "icb": ("icb(NNcd)?", "Integrated care board, which took the place of the partnership in stp in 2022."),
    "oa21": ("oa21(cd)?", "Output area of the 2021 Census, or its equivalent."),
    "lsoa21": ("lsoa21(cd)?", "Lower layer super output area of the 2021 Census, or its equivalent."),
    "msoa21": ("msoa21(cd)?", "Middle layer super output area of the 2021 Census, or its equivalent."),
    "bua24": (r"bua2\d(cd)?", "Built-up area, as of 2022 or 2024."),
    "ruc21ind": ("ruc21(ind)?", "Urban or rural, by the classification of the 2021 Census."),
    "oac21": ("oac21(ind)?", "Output area classification of the 2021 Census."),
    "imd25": ("imd25(ind)?", "Rank of the area in the index of multiple deprivation of 2025; 1 is the most deprived."),
}
# A postcode without these would be no row of the directory; every edition since 2012 has them.
_ALWAYS_THERE = frozenset({"pcd", "pcd2", "pcds", "dointr", "doterm", "oslaua", "osward"})


_OLDER = {
    "psed": ("psed", "Enumeration district of the 1991 Census."),
    "cened": ("cened", "Enumeration district of the 1991 Census, as of the census."),
    "edind": ("edind", "Quality of the assignment to an enumeration district."),
    "oshaprev": ("oshaprev", "Previous strategic health authority."),
    "lea": ("lea", "Local education authority."),
    "oldha": ("oldha", "Health authority before 2002."),
    "wardc91": ("wardc91", "Ward, by the code of the 1991 Census."),
    "wardo91": ("wardo91", "Ward of 1991, by the code of the Office for National Statistics."),
    "ward98": ("ward98", "Ward, as of 1998."),
    "oldpct": ("oldpct", "Primary care trust before the present one."),
}


def _columns(known: dict[str, tuple[str, str]]) -> tuple[Column, ...]:
    return tuple(
        Column(
            name,
            titles=(Pattern(pattern.replace("NN", r"\d\d")),),
            absent=Absent.REFUSED if name in _ALWAYS_THERE else Absent.NULL,
            description=description,
        )
        for name, (pattern, description) in known.items()
    )


FIFTY = _columns(_TITLES)
NEWER = _columns(_NEWER_TITLES)
OLDER = _columns(_OLDER)

# AUG in most places, AUGUST in some.
_MONTH = "(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]*"
_NAME = rf"ONSPD_(?P<month>{_MONTH}_\d{{4}})_UK"

POSTCODE_DIRECTORY = Dataset(
    organisation="ons",
    name="postcode_directory",
    title="ONS Postcode Directory",
    description="Every UK postcode and the administrative areas in which it lies; each release adds its rows.",
    owner="datahub@businessandtrade.gov.uk",
    contact="ons.geography@ons.gov.uk",
    licence=Licence(
        "Open Government Licence v3.0, with terms of Ordnance Survey and Royal Mail",
        "https://www.ons.gov.uk/methodology/geography/licences",
    ),
    source_page="https://geoportal.statistics.gov.uk/search?q=PRD_ONSPD",
    # A release comes each quarter; a month later it is missed.
    late_after=timedelta(days=120),
    checks=(
        NotNull("pcds"),
        NotNull("dointr", severity=Severity.WARN),
        Unique(("pcds",), severity=Severity.WARN),
    ),
    source=arcgis_search(
        portal="https://www.arcgis.com/sharing/rest",
        query='"ONS Postcode Directory" owner:ONSGeography_data',
        item_type="CSV Collection",
        # People type the titles: with and without brackets, in capitals, "Sept." for September. Guides with nearly the
        # same titles are items of other types.
        title=rf"(?i)ONS Postcode Directory\s+\(?(?P<month>{_MONTH})\.?,?\s+(?P<year>\d{{4}})\)?"
        r"(\s+for the (UK|United Kingdom))?(\s+\(?V(?P<revision>\d+)\)?)?",
        stored_as="ONSPD_{month}_{year}_UK.zip",
        every=timedelta(hours=6),
    ),
    format=Delimited(
        members=(
            # February 2018 came in two orders of columns, of which the new one counts; some came in parts alone.
            Member(rf"(.*/)?New Order/{_NAME}\.csv"),
            Member(rf"(.*/)?{_NAME}(_V\d+)?\.csv"),
            Members(rf"(.*/)?multi[_ ]csv/{_NAME}_[A-Z]+\.csv"),
            # Until August 2012, without a header: refused for that.
            Member(rf"(.*/)?{_NAME}_O\.csv"),
        ),
    ),
    loading=Incremental(),
    columns=(*FIFTY, *NEWER, *OLDER),
    l1=Rowwise.of(
        FIFTY,
        ConvertedColumn("dointr", MONTH, source="dointr"),
        ConvertedColumn("doterm", MONTH, source="doterm"),
        then=(
            FileValue("publication_date", "month", MONTH_NAME, description="Month of the release."),
            *(column.name for column in (*NEWER, *OLDER)),
        ),
        indexes=("pcds",),
    ),
    routes=(
        # The fifty columns that it has always had. The table routes have all.
        Route(
            path="get-ons-postcodes/",
            scope="list_ons_postcodes",
            table="L1",
            hidden=tuple(column.name for column in (*NEWER, *OLDER)),
        ),
    ),
    dataflow_table="L1",
    max_unpacked_bytes=8 * 1024**3,
)
