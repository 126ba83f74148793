"""What a person asks of the catalogue -> the datasets that they may see and that fit."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from django.contrib.postgres.search import SearchRank
from django.db.models import Case, Count, F, IntegerField, QuerySet, Value, When
from django.http import Http404, HttpRequest, QueryDict

from dss_web.accounts.models import User
from dss_web.accounts.visibility import may_see, visible_to
from dss_web.catalogue.search import Query, parse
from dss_web.catalogue.states import ATTENTION, TAGS
from dss_web.registry.models import CatalogueEntry, IndexedDataset, UploadPipeline

# The values of filters that are no organisation and no state.
UPLOADED, PUBLISHED, NEEDS_ATTENTION = "uploaded", "published", "attention"
RELEVANCE, TITLE, CHANGED, ROWS, STATE = "relevance", "title", "changed", "rows", "state"

_GRAVITY: Final = Case(
    *(When(state=state, then=Value(place)) for place, state in enumerate(TAGS)),
    default=Value(len(TAGS)),
    output_field=IntegerField(),
)
_ORDERS: Final = {
    TITLE: ("title", "key"),
    CHANGED: (F("loaded_at").desc(nulls_last=True), "title", "key"),
    ROWS: (F("rows").desc(nulls_last=True), "title", "key"),
    STATE: (_GRAVITY, F("since").asc(nulls_last=True), "title", "key"),
}


def listed_for(person: User) -> QuerySet[IndexedDataset]:
    """All datasets that are not archived and that a person may see, by title."""
    return IndexedDataset.objects.filter(visible_to(person), is_archived=False)


def entry_for(request: HttpRequest, organisation: str, dataset: str) -> CatalogueEntry:
    """The dataset of these names. Raises Http404 where there is none, or the person may not see it."""
    key = f"{organisation}.{dataset}"
    entry = CatalogueEntry.objects.filter(key=key, withdrawn_at=None).first()
    if entry is None or not isinstance(request.user, User) or not may_see(request.user, key):
        raise Http404
    return entry


def pipeline_of(entry: CatalogueEntry) -> UploadPipeline | None:
    """What is uploaded of a dataset; None for one that is published."""
    organisation, dataset = entry.key.split(".", 1)
    return UploadPipeline.objects.filter(organisation=organisation, dataset=dataset).first()


@dataclass(frozen=True)
class Counts:
    """How many of the datasets that a person may see there are of each organisation, state and kind."""

    organisations: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, person: User) -> "Counts":
        """By one query."""
        counts = cls()
        groups = listed_for(person).order_by().values_list("organisation", "state", "is_uploaded")
        for organisation, state, is_uploaded, number in groups.annotate(number=Count("*")):
            counts.organisations[organisation] += number
            counts.states[state] += number
            counts.kinds[UPLOADED if is_uploaded else PUBLISHED] += number
        counts.states[NEEDS_ATTENTION] = sum(counts.states[state] for state in ATTENTION)
        return counts

    @cached_property
    def all(self) -> int:
        """How many there are in all."""
        return self.kinds.total()


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for. Each filter may be empty; `order` is one of the words above."""

    query: Query = field(default_factory=Query)
    organisation: str = ""
    state: str = ""
    kind: str = ""
    order: str = TITLE

    @classmethod
    def read(cls, asked: QueryDict) -> "Wish":
        """What an address asks for. A word that is none of ours, such as an unknown state, asks for nothing."""
        query = parse(asked.get("q", ""))
        orders = [RELEVANCE, *_ORDERS] if query.strict else list(_ORDERS)

        def one_of(name: str, known: Collection[str]) -> str:
            return value if (value := asked.get(name, "")) in known else ""

        return cls(
            query,
            asked.get("organisation", "").replace("\0", ""),
            one_of("state", [NEEDS_ATTENTION, *TAGS]),
            one_of("kind", [UPLOADED, PUBLISHED]),
            one_of("sort", orders) or orders[0],
        )

    @property
    def has_filters(self) -> bool:
        """Whether something but words narrows the list."""
        return bool(self.organisation or self.state or self.kind)


def find(person: User, wish: Wish) -> QuerySet[IndexedDataset]:
    """The datasets that a person may see and that fit, in the order that they wish."""
    found = listed_for(person)
    if wish.organisation:
        found = found.filter(organisation=wish.organisation)
    if wish.state:
        found = found.filter(state__in=ATTENTION if wish.state == NEEDS_ATTENTION else [wish.state])
    if wish.kind:
        found = found.filter(is_uploaded=wish.kind == UPLOADED)
    if wish.query.text:
        found = found.filter(wish.query.fits("search"))
    if wish.order == RELEVANCE:
        return found.order_by(SearchRank(F("search"), wish.query.expression).desc(), "title", "key")
    return found.order_by(*_ORDERS[wish.order])
