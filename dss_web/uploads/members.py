"""Whose a dataset is: owners, who decide who else may upload to it, and uploaders."""

import logging
from typing import Any

from django.db import transaction

from dss_web.accounts.models import DatasetMember, MemberRole, User
from dss_web.registry.models import UploadEvent, UploadFile, UploadPipeline

log = logging.getLogger(__name__)


class LastOwner(Exception):
    """Without this owner nobody would own the dataset, and everyone who may upload could upload to it."""


class NoOwnerYet(Exception):
    """A dataset that is open to everyone needs an owner first."""


@transaction.atomic
def give(pipeline: UploadPipeline, email: str, role: MemberRole, person: User) -> DatasetMember:
    """Make somebody an owner or uploader of a dataset, or change what they are. `email` is in lower case.

    With its first owner a dataset is no longer open to everyone: those who have uploaded to it stay its uploaders.
    Raises LastOwner, or NoOwnerYet.
    """
    _lock(pipeline)
    members = DatasetMember.objects.filter(pipeline=pipeline)
    owners = members.filter(role=MemberRole.OWNER)
    if role != MemberRole.OWNER and not owners.exists():
        raise NoOwnerYet
    if role != MemberRole.OWNER and not owners.exclude(email=email).exists():
        raise LastOwner
    was_open = not owners.exists()
    member, before = _put(pipeline, email, role, person)
    if before != role:
        _note(pipeline, person, "give access", before=_told(email, before), after=_told(email, role))
    if was_open:
        # Clients of the API upload, too, and have no email: their scopes are their right.
        people = UploadFile.objects.filter(pipeline=pipeline, uploaded_by__contains="@")
        uploaders = people.exclude(uploaded_by__startswith="HAWK client ").values_list("uploaded_by", flat=True)
        for other in sorted({uploader.lower() for uploader in uploaders} - {"", email}):
            _put(pipeline, other, MemberRole.UPLOADER, person)
            _note(pipeline, person, "give access", after=_told(other, MemberRole.UPLOADER))
    log.info("%s made a person %s of %s", person.user_id, role, pipeline)
    return member


@transaction.atomic
def take(pipeline: UploadPipeline, member: DatasetMember, person: User) -> None:
    """Take from somebody what they are to a dataset. Raises LastOwner."""
    _lock(pipeline)
    if not DatasetMember.objects.filter(pipeline=pipeline, role=MemberRole.OWNER).exclude(pk=member.pk).exists():
        raise LastOwner
    if DatasetMember.objects.filter(pk=member.pk).delete()[0]:
        _note(pipeline, person, "take access", before=_told(member.email, member.role))
        log.info("%s took from a person what they were to %s", person.user_id, pipeline)


def _lock(pipeline: UploadPipeline) -> None:
    """One change after the other, for each dataset: of two owners who remove each other, one finds it is the last."""
    UploadPipeline.objects.select_for_update().get(pk=pipeline.pk)


def _put(pipeline: UploadPipeline, email: str, role: MemberRole, person: User) -> tuple[DatasetMember, str | None]:
    """Store a member; it, and the role that it had."""
    # Of several people who have had the email, one after the other, the one who has it now was here last.
    known = User.objects.filter(email__iexact=email).order_by("last_login").last()
    before = DatasetMember.objects.filter(pipeline=pipeline, email=email).first()
    member, _ = DatasetMember.objects.update_or_create(
        pipeline=pipeline,
        email=email,
        defaults={"role": role, "given_by": person.email},
        create_defaults={"role": role, "given_by": person.email, "person": known},
    )
    return member, before.role if before else None


def _told(email: str, role: str | None) -> dict[str, str] | None:
    return {"email": email, "role": role} if role else None


def _note(pipeline: UploadPipeline, person: User, action: str, **values: Any) -> None:
    UploadEvent.objects.create(
        person=person.email, person_id=person.user_id, action=action, dataset=str(pipeline), **values
    )
