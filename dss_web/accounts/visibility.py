"""Which datasets a person may see: all that are open, those that are theirs, and those that they were given.

A dataset that a person may not see is to them as one that does not exist: nothing shows its name.
"""

from typing import Any, Final, TypeVar, cast

from django.db.models import Model, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

from dss_web.accounts.models import DatasetMember, User
from dss_web.accounts.roles import Role
from dss_web.registry.models import DatasetGrant, RestrictedDataset
from dss_web.shared.contract import GranteeKind

_NOTHING: Final = Q(pk__in=[])

_Row = TypeVar("_Row", bound=Model)


def visible_to(person: User, field: str = "key") -> Q:
    """The condition by which a query finds only what a person may see; `field` has `organisation.dataset`.

    Administrators see all datasets, and people without a role here none.
    """
    if not person.may_come_in:
        return _NOTHING
    if person.role == Role.ADMINISTRATOR:
        return Q()
    granted = DatasetGrant.objects.filter(
        Q(kind=GranteeKind.PERSON, grantee=person.email.lower())
        | Q(kind=GranteeKind.GROUP, grantee__in=person.groups_at_sso)
    )
    name = Concat("pipeline__organisation", Value("."), "pipeline__dataset", output_field=TextField())
    own = DatasetMember.objects.filter(person=person).values_list(name)
    return (
        ~Q(**{f"{field}__in": RestrictedDataset.objects.values("dataset")})
        | Q(**{f"{field}__in": granted.values("dataset")})
        | Q(**{f"{field}__in": own})
    )


def may_see(person: User, dataset: str) -> bool:
    """Whether a person may see `organisation.dataset`, which need not exist. Most datasets are open: one query."""
    if not person.may_come_in:
        return False
    restricted = RestrictedDataset.objects.filter(dataset=dataset)
    return not restricted.exists() or restricted.filter(visible_to(person, "dataset")).exists()


def only_visible(rows: "QuerySet[_Row, Any]", person: User) -> "QuerySet[_Row, Any]":
    """Of rows with an `organisation` and a `dataset`, those of datasets that a person may see."""
    key = Concat("organisation", Value("."), "dataset", output_field=TextField())
    # A type that has the alias, of which nothing else need know.
    return cast("QuerySet[_Row, Any]", rows.alias(key=key).filter(visible_to(person)))
