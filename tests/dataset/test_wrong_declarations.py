"""Mistakes in declarations: each is refused when the declaration is made, with the word that is wrong."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from dss_assets.assets import build_definitions
from dss_assets.dataset import (
    OTHER_COLUMNS,
    Chosen,
    Column,
    Conversion,
    ConvertedColumn,
    Dataset,
    DatedUrl,
    DateOrder,
    Delimited,
    Derived,
    Fact,
    FactType,
    FileValue,
    FixedUrl,
    FixedWidth,
    Header,
    HeaderLine,
    HtmlLinks,
    Incremental,
    Input,
    JsonListing,
    JsonRecords,
    Latest,
    Licence,
    Member,
    NextLink,
    NextOffset,
    NotNull,
    Number,
    Offset,
    Others,
    PagedRecords,
    PageNumber,
    Part,
    Pattern,
    Period,
    References,
    RejectLimit,
    RenamedColumn,
    Replace,
    Rowwise,
    Sheet,
    Snapshot,
    Span,
    StorageFolder,
    TrailingList,
    Unique,
    Unpivoted,
    Where,
    Within,
    XbrlAccounts,
    arcgis_search,
    attribute,
    ckan_package,
    dcat_catalogue,
)
from dss_assets.dataset.consistency import require_consistent
from dss_assets.dataset.conversions import LAST_CHARACTER, MONTH
from dss_assets.resources import AssetsSettings, Service
from dss_web.shared.contract import ColumnType

DAILY = timedelta(days=1)
TREES = Dataset(
    "org",
    "trees",
    source=None,
    format=Delimited(),
    loading=Incremental(),
    columns=(Column("name"), Column("height")),
)
NO_SETTINGS = AssetsSettings.model_construct(
    dss_database_url="", dataflow_base_url="https://airflow.example", dss_source_interval_seconds=None
)


ACCOUNTS = XbrlAccounts(
    member=r"(?P<run_code>.+)_(?P<company_id>.+)_(?P<date>\d{8})\.xml",
    nested=r".+\.xhtml",
    taxonomies=(),
    document_facts=(),
    period_facts=(Fact.of("debtors", FactType.NUMBER, attribute("Debtors")),),
)


UNITS, ROWS = (
    Part("units", "SELECT name FROM {trees}"),
    Part("rows", "SELECT * FROM {trees} WHERE name = ANY ({units})"),
)


def derived(*parts: Part, unit: str = "name", table: str = "L0", batch: int = 1, name: str = "trees") -> Derived:
    return Derived((Input(name, "org.trees", table),), unit, (Column("name"),), parts or (UNITS, ROWS), batch)


def search(**changed: str) -> JsonListing:
    words = {"portal": "https://x", "query": "q", "item_type": "t", "title": "(?P<year>.*)", "stored_as": "{year}.zip"}
    return arcgis_search(**(words | changed), every=DAILY)  # type: ignore[arg-type]


def monthly(**changed: object) -> DatedUrl:
    words: dict[str, object] = {
        "url": "https://x/{year}-{month}.csv",
        "stored_as": "{year}-{month}.csv",
        "look_back": 3,
    }
    return DatedUrl(**(words | changed), period=Period.MONTH, first=date(2024, 1, 1), every=DAILY)  # type: ignore[arg-type]


def listing(**changed: object) -> JsonListing:
    words: dict[str, object] = {"url": "https://x/", "items": "files", "link": "{url}", "matching": "a"}
    return JsonListing(**(words | changed), every=DAILY)  # type: ignore[arg-type]


def records(**changed: object) -> PagedRecords:
    words: dict[str, object] = {"url": "https://x/", "records": "[1]", "stored_as": "a.ndjson"}
    return PagedRecords(**(words | changed), every=DAILY)  # type: ignore[arg-type]


WRONG: dict[str, Callable[[], object]] = {
    "'Height' is not a lower-case column name": lambda: Column("Height"),
    "'a b' is not a lower-case column name": lambda: Column("a b"),
    "keeps the column name 'id' for itself": lambda: replace(TREES, columns=(Column("id"),)),
    "keeps the column name 'xmin' for itself": lambda: replace(TREES, columns=(Column("xmin"),)),
    "keeps the column name 'data_hash' for itself": lambda: replace(TREES, columns=(Column("data_hash"),)),
    "`titles` of 'name' is one text": lambda: Column("name", titles="Name"),  # type: ignore[arg-type]
    "`formerly` of 'name' is one text": lambda: Column("name", formerly="title"),  # type: ignore[arg-type]
    "the column 'name' formerly had the name that it has now": lambda: Column("name", formerly=("name",)),
    "org.trees: columns, their former names included, declared twice: height": lambda: replace(
        TREES, columns=(Column("name", formerly=("height",)), Column("height"))
    ),
    "values of a file's name need incremental loading": lambda: replace(
        TREES,
        format=Delimited(members=(Member(r"(?P<month>\d+)\.csv"),)),
        loading=Snapshot(),
        l1=Rowwise(("name", FileValue("published", group="month", conversion=MONTH))),
    ),
    "the title 'height(' is no regular expression": lambda: Pattern("height("),
    "the member's name '*.csv' is no regular expression": lambda: Member("*.csv"),
    "a file in a zip is found by at least one Member": lambda: Delimited(members=()),
    "the delimiter ', ' is not one character": lambda: Delimited(delimiter=", "),
    "the delimiter '\"' is not one character": lambda: Delimited(delimiter='"'),
    "Python knows no encoding 'utf-9'": lambda: Delimited(encoding="utf-9"),
    "an empty field is NULL already": lambda: Delimited(nulls=("",)),
    "-1 lines cannot be skipped": lambda: Delimited(skip_lines=-1),
    "a footer cannot have -1 lines": lambda: Delimited(footer=-1),
    "comments begin with ' ', as blank lines may": lambda: Delimited(comment=" "),
    "the header is either below a number of lines, or": lambda: Delimited(header=HeaderLine.NAMING, skip_lines=1),
    "the quotation mark '\"\"' is not one character of ASCII": lambda: Delimited(quote='""'),
    "the quotation mark ',' is not one character of ASCII": lambda: Delimited(quote=","),
    "the quotation mark '\u201c' is not one character of ASCII": lambda: Delimited(quote="\u201c"),
    "columns of fixed width have either widths or spans": FixedWidth,
    "no column starts at 0 and has 3 characters": lambda: FixedWidth(spans=(Span(0, 3),)),
    "no column starts at 4 and has 0 characters": lambda: FixedWidth(widths=(3, 0)),
    "a line of 5 characters does not hold all columns": lambda: FixedWidth(widths=(3, 3), length=5),
    "org.trees has 2 columns, and its lines have 3": lambda: replace(TREES, format=FixedWidth(widths=(1, 1, 1))),
    "a sheet has a name": lambda: Sheet(sheet=""),
    "max_workbook_bytes is not above zero": lambda: Sheet(max_workbook_bytes=0),
    "the path is one text": lambda: JsonRecords(path="result.records"),  # type: ignore[arg-type]
    "no list has a position -1": lambda: JsonRecords(path=(-1,)),
    "the decimal mark ';' is neither a point nor a comma": lambda: Number(decimal=";"),
    "the mark of thousands ',' is none of": lambda: Number(decimal=",", thousands=","),
    "'height' of type text is written as a number": lambda: Column("height", written=Number(decimal=",")),
    "'planted' of type integer is written as a date": lambda: Column(
        "planted", ColumnType.INTEGER, written=DateOrder.DAY_FIRST
    ),
    "'month' has its value from a name, and so no titles": lambda: Column("month", titles=("M",), from_name="month"),
    "neither a file's nor a member's name has a group year": lambda: replace(
        TREES, columns=(*TREES.columns, Column("year", from_name="year"))
    ),
    "org.trees: the file's name '(' is no regular expression": lambda: replace(TREES, file_name="("),
    "other columns are kept where both": lambda: replace(TREES, format=Delimited(others=Others.KEPT)),
    "other columns are kept where both `others": lambda: replace(TREES, columns=(*TREES.columns, OTHER_COLUMNS)),
    "without a header either all columns have a position": lambda: replace(
        TREES, format=Delimited(header=HeaderLine.NONE), columns=(Column("name", titles=("2",)), Column("height"))
    ),
    "without a header the title 'Name' is no position": lambda: replace(
        TREES, format=Delimited(header=HeaderLine.NONE), columns=(Column("name", titles=("Name",)),)
    ),
    "its format does not read what is written otherwise": lambda: replace(
        TREES,
        format=TrailingList("|", ("utf-8",)),
        columns=(Column("height", ColumnType.NUMERIC, written=Number(decimal=",")),),
    ),
    "a text has an encoding": lambda: TrailingList("|", ()),
    "Python knows no encoding 'mac'": lambda: TrailingList("|", ("mac",)),
    "fields are separated by at least one character": lambda: TrailingList("", ("utf-8",)),
    "has 64 characters, of which Postgres keeps 63": lambda: Column("a" * 64),
    "the name of a member lacks the groups company_id, date": lambda: replace(ACCOUNTS, member="(?P<run_code>.*)"),
    "the name of a member '*.xml' is no regular expression": lambda: replace(ACCOUNTS, member="*.xml"),
    "5 is not a share between 0 and 1": lambda: replace(ACCOUNTS, max_bad_documents=5),
    "debtors: no tag says where its value stands": lambda: Fact.of("debtors", FactType.NUMBER),
    "the columns of org.trees are not those of its facts": lambda: replace(TREES, format=ACCOUNTS),
    "the title has no group for month": lambda: search(stored_as="{month}.zip"),
    "the title '(' is no regular expression": lambda: search(title="("),
    "the portal 'x' is no https URL": lambda: search(portal="x"),
    "links are read from at least one page": lambda: HtmlLinks((), name=".*", every=DAILY),
    "the page 'page.html' is no URL": lambda: HtmlLinks(("page.html",), name=".*", every=DAILY),
    "the file's name '*.zip' is no regular expression": lambda: StorageFolder("*.zip", every=DAILY),
    "a source cannot be looked at every 0:00:00": lambda: StorageFolder(".*", every=timedelta()),
    "the file's URL 'x.csv' is no URL": lambda: FixedUrl("x.csv", "x.csv", DAILY),
    "the file's URL 'https://' is no URL": lambda: FixedUrl("https://", "x.csv", DAILY),
    "'a/x.csv' is not the name of a file": lambda: FixedUrl("https://x/a", "a/x.csv", DAILY),
    "'Sub Key' is not the name of an HTTP header": lambda: Header("Sub Key", key="a"),
    "the header X-Key has no key of DSS_SOURCE_KEYS": lambda: Header("X-Key", key=""),
    "has a key, and 'http://x/a' is no https URL": lambda: FixedUrl("http://x/a", "a", DAILY, (Header("A", key="a"),)),
    "a URL with a date knows no week of": lambda: monthly(url="https://x/{week}.csv"),
    "a name with a date knows no date of": lambda: monthly(stored_as="{date}.csv"),
    "'https://x/{month}.csv' is the same for different periods": lambda: monthly(url="https://x/{month}.csv"),
    "'{year}.csv' is the same for different periods": lambda: monthly(stored_as="{year}.csv"),
    "the host of 'https://{year}.x/{month}' cannot have a date": lambda: monthly(url="https://{year}.x/{month}"),
    "look_back is at least 1": lambda: monthly(look_back=0),
    "the items' path 'a..b' is no path in a JSON document": lambda: listing(items="a..b"),
    "the items' path '../a' is no path in a JSON document": lambda: listing(items="../a"),
    "the link's path 'a[].b' is no path in a JSON document": lambda: listing(link="{a[].b}"),
    "the link 'data' has no path in braces": lambda: listing(link="data"),
    "the version's path '' is no path": lambda: listing(version=("",)),
    "the paths of the version are one text": lambda: listing(version="modified"),
    "the path of title 'a/b' is no path": lambda: listing(title="a/b"),
    "the path of total 'a]' is no path": lambda: listing(total="a]"),
    "no group for year of '{year}.csv'": lambda: listing(stored_as="{year}.csv"),
    "the title '(a' is no regular expression": lambda: listing(matching="(a"),
    "the filter's path 'a b[' is no path": lambda: Where("a b[", Pattern("a")),
    "the next link '' is no path": lambda: NextLink(""),
    "the offset is asked for by a parameter": lambda: Offset(""),
    "the number of pages '[x]' is no path": lambda: PageNumber(pages="[x]"),
    "the next offset is asked for by a parameter": lambda: NextOffset("", "next"),
    "the records' path '' is no path": lambda: records(records=""),
    "'.hidden' is not the name of a file": lambda: records(stored_as=".hidden"),
    "the package has no name": lambda: ckan_package("https://x", "", "a", DAILY),
    "the listing 'x/api/3/action/package_show?id=a' is no URL": lambda: ckan_package("x", "a", "a", DAILY),
    "the title '*' is no regular expression": lambda: dcat_catalogue("https://x", Pattern("a"), "*", DAILY),
    "a conversion that checks says what it expects": lambda: Conversion("date", "to_date({})", valid="{} > 1"),
    "data-flow reads no timestamp with time zone, which at is": lambda: replace(
        TREES, columns=(Column("at", ColumnType.TIMESTAMPTZ),), dataflow_table="L0"
    ),
    "the conversion 'upper(name)' needs {}": lambda: Conversion("text", "upper(name)"),
    "the conversion '{0}' needs {}": lambda: Conversion("text", "{0}"),
    "the conversion 'upper(column_value' is not valid SQL": lambda: Conversion("text", "upper({}"),
    "the conversion '{} || height' names height": lambda: Conversion("text", "{} || height"),
    "the conversion '{}::integer' can fail, and has no condition": lambda: Conversion("integer", "{}::integer"),
    "the conversion \"to_date({}, 'YYYYMM')\" can fail": lambda: Conversion("date", "to_date({}, 'YYYYMM')"),
    "L1 has at least one column": lambda: Rowwise(()),
    "columns of L1 declared twice: name": lambda: Rowwise(("name", RenamedColumn("name", source="height"))),
    "at least one column is unpivoted": lambda: Unpivoted(("name",), (), "year", "value"),
    "labels of unpivoted columns declared twice: 1": lambda: Unpivoted((), ((1, "a"), (1, "b")), "year", "value"),
    "columns of L1 declared twice: year": lambda: Unpivoted(("year",), ((1, "a"),), "year", "value"),
    "expected 0 or more": lambda: RejectLimit(rows=-1),
    "expected from 0 to 1": lambda: RejectLimit(share=2),
    "rows are chosen by a key": lambda: Chosen(("name",), (), LAST_CHARACTER, "name"),
    "'Org' is not a lower-case name": lambda: replace(TREES, organisation="Org"),
    "org.trees: columns declared twice: name": lambda: replace(TREES, columns=(Column("name"), Column("name"))),
    "org.trees: titles declared twice: name": lambda: replace(
        TREES, columns=(Column("name"), Column("height", titles=("Name",)))
    ),
    "org.trees has no table L1": lambda: replace(TREES, dataflow_table="L1"),
    "the unit of replacement 'month' is no column": lambda: replace(TREES, loading=Incremental(unit="month")),
    "the unit of replacement 'day' is no column": lambda: replace(TREES, loading=Incremental(unit=("name", "day"))),
    "`dated` is one text": lambda: replace(TREES, dated="trees.csv"),  # type: ignore[arg-type]
    "the dated name '(' is no regular expression": lambda: replace(TREES, dated=("(",)),
    "the dated name 'trees.csv' has no group year": lambda: replace(TREES, dated=("trees.csv",)),
    "org.trees: 'height' is no column of dates": lambda: replace(TREES, dated=Latest("height")),
    "what L0 lacks: girth": lambda: replace(TREES, l1=Rowwise(("girth",))),
    "what L0 lacks: planted": lambda: replace(TREES, l1=Rowwise((ConvertedColumn("a", MONTH, source="planted"),))),
    "what L0 lacks: age": lambda: replace(TREES, l1=Rowwise(("name",), indexes=("age",))),
    "what L0 lacks: rank": lambda: replace(
        TREES, loading=Snapshot(), l1=Chosen(("name",), ("name",), LAST_CHARACTER, "rank")
    ),
    "neither a file's nor a member's name has a group month": lambda: replace(
        TREES, l1=Rowwise(("name", FileValue("published", group="month", conversion=MONTH)))
    ),
    "the owner 'the postcode people' is neither": lambda: replace(TREES, owner="the postcode people"),
    "the contact 'ring us' is neither": lambda: replace(TREES, contact="ring us"),
    "org.trees: the source page 'www.example.org' is no URL": lambda: replace(TREES, source_page="www.example.org"),
    "org.trees cannot be late after 0:00:00": lambda: replace(TREES, late_after=timedelta()),
    "a licence has a name": lambda: Licence("", "https://example.org"),
    "the page of the licence 'OGL' 'ogl' is no URL": lambda: Licence("OGL", "ogl"),
    "and was given 'name'": lambda: Unique("name"),  # type: ignore[arg-type]
    "columns of Unique declared twice: name": lambda: Unique(("name", "name")),
    "Within('height') has no bound": lambda: Within("height"),
    "Within('height'): 9 is more than 3": lambda: Within("height", 9, 3),
    "the bounds of Within('height') are of two types": lambda: Within("height", 3, date(2026, 1, 1)),
    "the check not_null_girth names what L0 lacks: girth": lambda: replace(TREES, checks=(NotNull("girth"),)),
    "the check not_null_height names what L1 lacks: height": lambda: replace(
        TREES, l1=Rowwise(("name",)), checks=(NotNull("height"),)
    ),
    "org.trees: checks declared twice: not_null_name": lambda: replace(
        TREES, checks=(NotNull("name"), NotNull("name"))
    ),
    "the check references_name refers to org.woods, which is no dataset with one table": lambda: require_consistent(
        [replace(TREES, checks=(References("name", "org.woods", "name"),))]
    ),
    "refers to girth, which org.trees does not have": lambda: require_consistent(
        [replace(TREES, checks=(References("name", "org.trees", "girth"),))]
    ),
    "refers to id, which is bigint, while name is text": lambda: require_consistent(
        [replace(TREES, checks=(References("name", "org.trees", "id"),))]
    ),
    "-1 tables cannot be kept": lambda: Replace(kept=-1),
    "max_unpacked_bytes is not above zero": lambda: replace(TREES, max_unpacked_bytes=0),
    "the input 'Trees' is not a lower-case name": lambda: derived(name="Trees"),
    "the input 'units' has the name of the units of a batch": lambda: derived(name="units"),
    "L1 is derived from at least one input": lambda: Derived((), "name", (Column("name"),), (UNITS, ROWS)),
    "a check of L1 names what it lacks: girth": lambda: replace(derived(), checks=(NotNull("girth"),)),
    "checks of L1 declared twice: not_null_name": lambda: replace(derived(), checks=(NotNull("name"),) * 2),
    "inputs of L1 declared twice: trees": lambda: Derived(
        (Input("trees", "org.trees", "L0"),) * 2, "name", (Column("name"),), (UNITS, ROWS)
    ),
    "the part 'a b' of the SQL is not a lower-case name": lambda: Part("a b", "SELECT 1"),
    "the part 'rows' of the SQL is no SELECT: DELETE FROM": lambda: Part("rows", "DELETE FROM trees"),
    "the part 'rows' of the SQL has more than one statement": lambda: Part("rows", "SELECT 1; DROP TABLE trees"),
    "has 1 opening and 0 closing brackets": lambda: Part("rows", "SELECT max(')'"),
    "parts of the SQL declared twice: units": lambda: derived(UNITS, UNITS, ROWS),
    "the SQL does not begin with the part 'units'": lambda: derived(ROWS),
    "the SQL does not end with the part 'rows'": lambda: derived(UNITS),
    "the unit 'wood' is no column of L1": lambda: derived(unit="wood"),
    "a batch cannot have 0 units": lambda: derived(batch=0),
    "the SQL reads what is no input: shrubs": lambda: derived(
        UNITS, Part("rows", "SELECT * FROM {shrubs} WHERE name = ANY ({units})")
    ),
    "the SQL does not read its input trees": lambda: derived(
        Part("units", "SELECT 1"), Part("rows", "SELECT unnest({units})")
    ),
    "no part of the SQL is limited to the {units} of a batch": lambda: derived(
        UNITS, Part("rows", "SELECT * FROM {trees}")
    ),
    "the part 'units' cannot be limited to units": lambda: derived(Part("units", ROWS.sql), ROWS),
    "org.trees: L1 is derived from itself": lambda: replace(TREES, l1=derived(table="L1")),
    "org.shrubs: no dataset has org.trees.L0, of which L1 is derived": lambda: build_definitions(
        [replace(TREES, name="shrubs", l1=derived())], Service(NO_SETTINGS)
    ),
    "datasets declared twice: org.trees": lambda: build_definitions([TREES, TREES], Service(NO_SETTINGS)),
}


@pytest.mark.parametrize("reason", WRONG)
def test_a_wrong_declaration_is_refused_with_the_word_that_is_wrong(reason: str) -> None:
    with pytest.raises(ValueError) as refused:
        WRONG[reason]()
    assert reason in str(refused.value)
