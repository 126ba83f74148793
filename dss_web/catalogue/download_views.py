"""A dataset's table as a file: the page with the formats, the file itself, and what was sent, to check it by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.db import Error as DatabaseError
from django.db import connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe
from psycopg import sql
from pydantic import ValidationError

from dss_web.accounts.models import User
from dss_web.catalogue.conditions import Condition, InvalidCondition, are_served, parse_conditions
from dss_web.catalogue.dataset_page import DatasetPage, page_of_dataset
from dss_web.catalogue.tables import DatasetTable
from dss_web.exports.content_coding import ContentCoding, accepted_coding
from dss_web.exports.export_query import ExportQuery, Format, Formulas
from dss_web.exports.formats import CONTENT_TYPES
from dss_web.exports.models import TableExport
from dss_web.exports.receipts import KEPT_FOR
from dss_web.exports.sending import begin
from dss_web.http.errors import ApiError, BadRequest, NoSuchTable, Unavailable
from dss_web.registry.reads import record_download
from dss_web.shared.contract import ExportState
from dss_web.tables.columns import Selection, visible_columns
from dss_web.tables.opening import open_table
from dss_web.tables.relation import Relation
from dss_web.uploads.downloads import safe_name

# A person looks for the one that they have just made.
_RECEIPTS: Final = 10
_HOURS: Final = round(KEPT_FOR.total_seconds() / 3600)
TAGS: Final = {
    ExportState.RUNNING: ("Being sent", "blue"),
    ExportState.COMPLETE: ("Complete", "green"),
    ExportState.BROKEN_OFF: ("Broken off", "red"),
}


@never_cache
@require_safe
def download(request: HttpRequest, organisation: str, dataset: str) -> HttpResponse:
    """The formats in which the rows can be had, whole or with the filters of the page of rows."""
    page = page_of_dataset(request, "catalogue-download", organisation, dataset)
    if page.table is None:
        return page.show_nothing()
    filters = request.GET.getlist("filter")
    try:
        with open_table(page.table.schema, page.table.name) as relation:
            visible = visible_columns(relation.row_type, page.table.served.hidden, page.table.served.casing)
            conditions = parse_conditions(visible, filters)
            version = relation.version
    except NoSuchTable:
        return page.show_nothing()
    except ApiError as error:
        return page.show_error(error)
    except InvalidCondition as error:
        return page.show("catalogue/dataset/download.html", {"errors": [("", str(error))]}, 422)
    parameters = [("table", page.table.name), *(("filter", each.parameter) for each in conditions)]
    context = {
        "conditions": [condition.title for condition in conditions],
        "version": version,
        "file": f"{page.url('catalogue-file')}?{urlencode(parameters)}",
        "whole": f"{page.url('catalogue-download')}?{urlencode(parameters[:1])}",
        "receipts": page.url("catalogue-receipts"),
        "hours": _HOURS,
    }
    return page.show("catalogue/dataset/download.html", context)


@never_cache
@require_safe
def receipts(request: HttpRequest, organisation: str, dataset: str) -> HttpResponse:
    """The person's own downloads of the last day, with their checksums."""
    page = page_of_dataset(request, "catalogue-download", organisation, dataset)
    context = {
        "receipts": [
            (receipt, name_of(page, receipt), TAGS[ExportState(receipt.state)])
            for receipt in _receipts_of(page.person, page.entry.schema_name)
        ],
        "hours": _HOURS,
        "again": request.path,
        "download": page.url("catalogue-download"),
    }
    return page.show("catalogue/dataset/receipts.html", context)


@never_cache
@require_GET
def file(request: HttpRequest, organisation: str, dataset: str) -> HttpResponseBase:
    """A table in one stream. Formulas of a CSV are escaped unless the person asks for `?formulas=keep`."""
    page = page_of_dataset(request, "catalogue-download", organisation, dataset)
    if page.table is None:
        return page.show_nothing()
    try:
        return _send(page, page.table)
    except NoSuchTable:
        return page.show_nothing()
    except ApiError as error:
        return page.show_error(error)


def _send(page: DatasetPage, table: DatasetTable) -> StreamingHttpResponse:
    request = page.request
    # An answer that the person has already would be none that has a receipt.
    request.META.pop("HTTP_IF_NONE_MATCH", None)
    query = _query_of(request)
    coding = ContentCoding.IDENTITY
    if query.format is not Format.PARQUET:  # which is compressed within
        coding = accepted_coding(request.headers.get("Accept-Encoding", ""))
    begun = begin(request, table.served, query, coding, reader(page.person), _conditions)
    try:
        record_download(page.entry.key, table.name, page.person.email)
    except DatabaseError as error:
        begun.body.close()
        raise Unavailable("The service cannot write down who downloads: try again later") from error
    finally:
        # As `begin` left it: no connection is held while the person's browser reads.
        connections.close_all()
    response = StreamingHttpResponse(begun.body, content_type=CONTENT_TYPES[query.format])
    name = name_of(page, begun.receipt)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    response["Cache-Control"] = "private, no-store"
    if coding is not ContentCoding.IDENTITY:
        response["Content-Encoding"] = coding
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _query_of(request: HttpRequest) -> ExportQuery:
    asked = {name: request.GET[name] for name in ("format", "formulas") if name in request.GET}
    try:
        return ExportQuery.model_validate({"formulas": Formulas.ESCAPE, **asked})
    except ValidationError as error:
        raise BadRequest(
            f"The format is one of {', '.join(Format)}, and formulas one of {', '.join(Formulas)}"
        ) from error


@dataclass(frozen=True)
class _RowConditions:
    """The filters of the page of rows. All rows are looked at for them, which a download has the time for."""

    conditions: Sequence[Condition]
    # A download is never continued from where it broke off.
    parameters: tuple[tuple[str, str], ...] = ()

    def check(self, relation: Relation) -> Sequence[sql.Composable]:
        try:
            are_served(relation, self.conditions)
        except InvalidCondition as error:
            raise BadRequest(str(error)) from error
        return [condition.sql for condition in self.conditions]


def _conditions(request: HttpRequest, visible: Selection) -> _RowConditions:
    try:
        return _RowConditions(parse_conditions(visible, request.GET.getlist("filter")))
    except InvalidCondition as error:
        raise BadRequest(str(error)) from error


def reader(person: User) -> str:
    """Whose receipts a person's are. No client of the API can have such an id: a slash is none of its characters."""
    return f"person/{person.user_id}"


def _receipts_of(person: User, schema: str) -> list[TableExport]:
    """What was sent of a dataset to a person, the latest first."""
    return list(TableExport.objects.filter(client_id=reader(person), schema_name=schema)[:_RECEIPTS])


def name_of(page: DatasetPage, receipt: TableExport) -> str:
    """The name of a file: the dataset, the table, its version, and whether it has all rows."""
    version = [f"version-{receipt.version}"] if receipt.version else []
    part = ["part"] if "filter=" in receipt.target else []
    return safe_name(".".join([page.entry.key, receipt.table_name, *version, *part, receipt.format]))
