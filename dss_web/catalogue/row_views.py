"""The page of a dataset's rows: as many as a person looks at, filtered and sorted as they ask."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dss_web.catalogue.conditions import TITLES, Comparison, Condition, InvalidCondition, parse_conditions
from dss_web.catalogue.dataset_page import DatasetPage, page_of_dataset
from dss_web.catalogue.preview import COLUMNS, ROWS, Order, Preview, PreviewRequest, preview
from dss_web.http.errors import ApiError, NoSuchTable
from dss_web.tables.columns import Selection, visible_columns
from dss_web.tables.copy_out import MAX_ID
from dss_web.tables.opening import open_table
from dss_web.tables.relation import Relation


@dataclass
class _Wish:
    """What the page's address asks for, as far as the table has it. `errors` have the id of a field, or '', and a text.

    `added` are the parameters of a filter that the form has just asked for, which becomes one of `filters`.
    """

    filters: list[str]
    sort: str
    first_id: int
    conditions: list[Condition] = field(default_factory=list)
    order: Order | None = None
    errors: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, request: HttpRequest) -> "_Wish":
        """The wish of a request, before anything is known of the table."""
        first = request.GET.get("from", "")
        first_id = int(first) if first.isascii() and first.isdigit() and len(first) < len(str(MAX_ID)) else 0
        return cls(list(dict.fromkeys(request.GET.getlist("filter"))), request.GET.get("sort", ""), first_id)

    def fit(self, visible: Selection) -> None:
        """Find out what it means for the columns of a table."""
        for wanted in self.filters:
            try:
                self.conditions += parse_conditions(visible, [wanted])
            except InvalidCondition as error:
                self.errors.append(("", str(error)))
        if column := visible.by_key.get(self.sort.removeprefix("-")):
            self.order = Order(column, self.sort.startswith("-"))


@never_cache
@require_safe
def rows(request: HttpRequest, organisation: str, dataset: str) -> HttpResponse:
    """Some rows of a table."""
    page = page_of_dataset(request, "catalogue-rows", organisation, dataset)
    if page.table is None:
        return page.show_nothing()
    if "column" in request.GET:
        return redirect(_address(page, *_with_form(request)))
    wish = _Wish.of(request)
    try:
        with open_table(page.table.schema, page.table.name) as relation:
            visible = visible_columns(relation.row_type, page.table.served.hidden, page.table.served.casing)
            wish.fit(visible)
            found = _find(relation, visible, wish)
    except NoSuchTable:
        return page.show_nothing()
    except ApiError as error:
        return page.show_error(error)
    return page.show("catalogue/dataset/rows.html", _context(page, visible, wish, found), 422 if wish.errors else 200)


def _find(relation: Relation, visible: Selection, wish: _Wish) -> Preview | None:
    """The rows; None where the wish has no sense, which its errors then tell."""
    if wish.errors:
        return None
    try:
        return preview(relation, PreviewRequest(visible, wish.conditions, wish.order, wish.first_id))
    except InvalidCondition as error:
        wish.errors.append(("value", str(error)))
        return None


def _with_form(request: HttpRequest) -> tuple[list[str], str]:
    """The filters and the order of the page's form: its address says them in a form of their own, to be passed on."""
    filters = request.GET.getlist("filter")
    column, comparison = request.GET.get("column", ""), request.GET.get("comparison", "")
    if column:
        takes_value = comparison not in list(Comparison) or Comparison(comparison).takes_value
        filters.append(f"{column}.{comparison}={request.GET.get('value', '') if takes_value else ''}")
    sort = request.GET.get("sort", "")
    return list(dict.fromkeys(filters)), f"-{sort}" if sort and request.GET.get("order") == "down" else sort


def _query(page: DatasetPage, filters: list[str], sort: str = "", first_id: int = 0) -> str:
    parameters = [("table", page.table.name)] if page.table and "table" in page.request.GET else []
    parameters += [("filter", each) for each in filters]
    parameters += [("sort", sort)] if sort else []
    parameters += [("from", str(first_id))] if first_id else []
    return f"?{urlencode(parameters)}" if parameters else ""


def _address(page: DatasetPage, filters: list[str], sort: str = "", first_id: int = 0) -> str:
    return f"{page.url('catalogue-rows')}{_query(page, filters, sort, first_id)}"


def _context(page: DatasetPage, visible: Selection, wish: _Wish, found: Preview | None) -> dict[str, object]:
    titles = {condition.parameter: condition.title for condition in wish.conditions}
    return {
        "wish": wish,
        "found": found,
        "filters": [
            (
                titles.get(wanted, wanted),
                wanted,
                _address(page, [other for other in wish.filters if other != wanted], wish.sort),
            )
            for wanted in wish.filters
        ],
        "names": list(visible.by_key),
        "more_columns": max(0, len(visible.columns) - COLUMNS),
        "comparisons": [(str(comparison), title) for comparison, title in TITLES.items()],
        "page_rows": ROWS,
        "all_rows": _address(page, []),
        "first": _address(page, wish.filters) if wish.first_id else "",
        "next": _address(page, wish.filters, first_id=found.next_id) if found and found.next_id else "",
        "download": f"{page.url('catalogue-download')}{_query(page, wish.filters)}",
    }
