"""What a person may do with one dataset: their role in the service, and whether the dataset is theirs.

A dataset has owners and uploaders, whom its owners name. One without an owner is open to everyone who may upload: those
of before there were owners stay so until an administrator names an owner. Nobody gets a right by a dataset alone: only
people whom SSO lets upload can use what an owner gives them. Published datasets are decided about by administrators.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from django.http.response import HttpResponseBase

from dss_web.accounts.models import DatasetMember, MemberRole, User
from dss_web.accounts.roles import Role
from dss_web.registry.models import UploadPipeline

_View = TypeVar("_View", bound=Callable[..., HttpResponseBase])


class Right(Enum):
    """What a page or an action asks of the person."""

    READ = "read"
    CREATE = "create"
    UPLOAD = "upload"
    OWN = "own"
    ADMINISTER = "administer"


@dataclass(frozen=True, slots=True)
class DatasetRights:
    """What a person may do with a dataset. `is_open`: it has no owner. `owners` are emails, in order."""

    may_upload: bool
    may_own: bool
    is_open: bool
    owners: list[str]

    def allow(self, right: Right) -> bool:
        """Whether this right is among them, for people who may come in at all."""
        return {Right.UPLOAD: self.may_upload, Right.OWN: self.may_own}.get(right, True)


def requires(right: Right) -> Callable[[_View], _View]:
    """A view that only people with this right may see, on the dataset that its URL names (`named_dataset`)."""

    def declare(view: _View) -> _View:
        view.required_right = right  # type: ignore[attr-defined]
        return view

    return declare


def rights_on(person: User, pipeline: UploadPipeline | None) -> DatasetRights:
    """What a person may do with an uploaded dataset, by one query; None stands for any that is published."""
    if pipeline is None:
        may = person.role == Role.ADMINISTRATOR
        return DatasetRights(may_upload=may, may_own=may, is_open=False, owners=[])
    members = list(DatasetMember.objects.filter(pipeline=pipeline))
    owners = sorted(member.email for member in members if member.role == MemberRole.OWNER)
    own = {member.role for member in members if member.person_id == person.pk}
    is_administrator = person.role == Role.ADMINISTRATOR
    comes_to_upload = person.role >= Role.UPLOADER
    return DatasetRights(
        may_upload=is_administrator or (comes_to_upload and (not owners or bool(own))),
        may_own=is_administrator or (comes_to_upload and MemberRole.OWNER in own),
        is_open=not owners,
        owners=owners,
    )
