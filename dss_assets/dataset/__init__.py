"""The vocabulary in which a dataset is declared.

A declaration is made of frozen values that are checked when they are made, so that a mistake stops the start of the
service and not a load. Everything else (assets, tables, sensors, checks) is derived from it.

declaration.py  one dataset, and what follows from it
soundness.py    whether its parts go together
sources.py      where its files come from, with
                dated_url.py     a URL for each month, say
                json_sources.py  listings and records in JSON
                catalogues.py    JSON listings of a known form: ArcGIS, CKAN, DCAT
                paging.py        how an API gives its pages
                json_paths.py    where something stands in a document
                headers.py       keys that publishers ask for
formats.py      what stands in a file
tabular.py      the lines and headers of those formats that have rows of fields
members.py      the members of a zip in which it stands
facts.py        what is taken from an XBRL document
columns.py      the columns of a file, and of L0
fit.py          whether these are the columns of the format
written.py      how numbers and dates are written in them
loading.py      how rows get into tables
order.py        which file is newer than another
release.py      several tables that one file replaces together
rejects.py      how many rows of a file may be wrong
l1.py           the cleaned table
derived.py      the cleaned table where it is computed from several tables
conversions.py  the ways in which values are cleaned for it
table_columns.py  the columns of both tables, as clients see them
checks.py       what is checked of the rows of each file
routes.py       whether routes of its own in the API go with its tables
about.py        who answers for a dataset, and its licence
consistency.py  what holds between datasets
fingerprint.py  by which a declaration is known again
"""

from dss_assets.dataset.about import OPEN_GOVERNMENT_LICENCE, Licence
from dss_assets.dataset.catalogues import arcgis_search, ckan_package, ckan_search, dcat_catalogue
from dss_assets.dataset.checks import NotNull, References, RowCheck, Severity, Unique, Within
from dss_assets.dataset.columns import OTHER_COLUMNS, Absent, Column, Pattern, text_columns
from dss_assets.dataset.dated_url import DatedUrl, Period
from dss_assets.dataset.declaration import Dataset
from dss_assets.dataset.derived import Derived, Input, Part
from dss_assets.dataset.facts import Fact, FactType, attribute, either, element
from dss_assets.dataset.formats import (
    Delimited,
    FixedWidth,
    Format,
    JsonRecords,
    QuotedNulls,
    Sheet,
    Span,
    TrailingList,
    UserCsv,
    XbrlAccounts,
)
from dss_assets.dataset.headers import Header
from dss_assets.dataset.json_sources import JsonListing, PagedRecords, Where
from dss_assets.dataset.l1 import Chosen, Conversion, ConvertedColumn, FileValue, RenamedColumn, Rowwise, Unpivoted
from dss_assets.dataset.loading import Append, Incremental, Loading, MissingRows, Replace, Snapshot, Update
from dss_assets.dataset.members import Member, Members, Packed, matching_members
from dss_assets.dataset.order import FileDate, Latest
from dss_assets.dataset.paging import NextLink, NextOffset, Offset, PageNumber, Paging
from dss_assets.dataset.rejects import NO_REJECTS, RejectLimit
from dss_assets.dataset.release import Check, ForeignKey, Release, ReleasedTable
from dss_assets.dataset.sources import FixedUrl, HtmlLinks, HttpSource, Source, StorageFolder
from dss_assets.dataset.table_columns import TableColumn
from dss_assets.dataset.tabular import HeaderLine, Others, Tabular, Titled
from dss_assets.dataset.written import DateOrder, Number, Written
from dss_web.shared.routes import Casing, Route, RowSelection

__all__ = [
    "NO_REJECTS",
    "OPEN_GOVERNMENT_LICENCE",
    "OTHER_COLUMNS",
    "Absent",
    "Append",
    "Casing",
    "Check",
    "Chosen",
    "Column",
    "Conversion",
    "ConvertedColumn",
    "Dataset",
    "DateOrder",
    "DatedUrl",
    "Delimited",
    "Derived",
    "Fact",
    "FactType",
    "FileDate",
    "FileValue",
    "FixedUrl",
    "FixedWidth",
    "ForeignKey",
    "Format",
    "Header",
    "HeaderLine",
    "HtmlLinks",
    "HttpSource",
    "Incremental",
    "Input",
    "JsonListing",
    "JsonRecords",
    "Latest",
    "Licence",
    "Loading",
    "Member",
    "Members",
    "MissingRows",
    "NextLink",
    "NextOffset",
    "NotNull",
    "Number",
    "Offset",
    "Others",
    "Packed",
    "PageNumber",
    "PagedRecords",
    "Paging",
    "Part",
    "Pattern",
    "Period",
    "QuotedNulls",
    "References",
    "RejectLimit",
    "Release",
    "ReleasedTable",
    "RenamedColumn",
    "Replace",
    "Route",
    "RowCheck",
    "RowSelection",
    "Rowwise",
    "Severity",
    "Sheet",
    "Snapshot",
    "Source",
    "Span",
    "StorageFolder",
    "TableColumn",
    "Tabular",
    "Titled",
    "TrailingList",
    "Unique",
    "Unpivoted",
    "Update",
    "UserCsv",
    "Where",
    "Within",
    "Written",
    "XbrlAccounts",
    "arcgis_search",
    "attribute",
    "ckan_package",
    "ckan_search",
    "dcat_catalogue",
    "either",
    "element",
    "matching_members",
    "text_columns",
]
