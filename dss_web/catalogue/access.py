"""Who may read a dataset: whether it is open to all who may come in, and its grants. Each change is in the trail."""

import logging
from typing import Any

from django.db import transaction

from dss_web.accounts.models import User
from dss_web.registry.models import DatasetGrant, RestrictedDataset, UploadEvent
from dss_web.shared.contract import GranteeKind

log = logging.getLogger(__name__)


@transaction.atomic
def restrict(dataset: str, person: User) -> None:
    """Let only its people, and those with a grant, see `organisation.dataset`."""
    _, is_new = RestrictedDataset.objects.get_or_create(dataset=dataset, defaults={"restricted_by": person.email})
    if is_new:
        _note(dataset, person, "restrict")


@transaction.atomic
def open_to_everybody(dataset: str, person: User) -> None:
    """Let all who may come in see `organisation.dataset`. Its grants stay: those of clients go on to count."""
    if RestrictedDataset.objects.filter(dataset=dataset).delete()[0]:
        _note(dataset, person, "open to everybody")


@transaction.atomic
def give(dataset: str, kind: GranteeKind, grantee: str, person: User) -> None:
    """Let a person (email in lower case), a group at SSO or a client of the API (id) read `organisation.dataset`."""
    _, is_new = DatasetGrant.objects.get_or_create(
        dataset=dataset, kind=kind, grantee=grantee, defaults={"given_by": person.email}
    )
    if is_new:
        _note(dataset, person, "let read", after={"kind": kind, "grantee": grantee})


@transaction.atomic
def take_back(grant: DatasetGrant, person: User) -> None:
    """End a grant. It counts no longer with the next request, in all processes."""
    if DatasetGrant.objects.filter(pk=grant.pk).delete()[0]:
        _note(grant.dataset, person, "take back reading", before={"kind": grant.kind, "grantee": grant.grantee})


def _note(dataset: str, person: User, action: str, **values: Any) -> None:
    """Published datasets have their trail beside that of uploads: whoever looks for an access looks in one place."""
    UploadEvent.objects.create(person=person.email, person_id=person.user_id, action=action, dataset=dataset, **values)
    log.info("%s: %s, by %s", dataset, action, person.user_id)
