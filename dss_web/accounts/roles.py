"""What a person may do in the whole service, and in the Dagster UI: roles, by their profile at SSO and the settings.

The two have nothing to do with each other, except that administrators are operators of the Dagster UI.
"""

from collections.abc import Collection
from enum import IntEnum
from typing import Final, TypeVar

from django.conf import settings

from dss_web.shared.dagster_pass import DagsterRole

# Before the key of an application, in the settings of roles and in grants; anything else there is the slug of an access
# profile.
_APPLICATION: Final = "application:"


class Role(IntEnum):
    """Each role may do what those before it may."""

    NONE = 0
    READER = 1
    UPLOADER = 2
    ADMINISTRATOR = 3


_Kind = TypeVar("_Kind", Role, DagsterRole)


def groups_of(access_profiles: Collection[str], applications: Collection[str]) -> set[str]:
    """The groups in which somebody is, as settings and grants name them: `slug`, or `application:key`."""
    return {*access_profiles, *(f"{_APPLICATION}{key}" for key in applications)}


def role_at_sso(access_profiles: Collection[str], applications: Collection[str]) -> Role:
    """The highest role that these access profiles and permitted applications, slugs and keys, are mapped to."""
    return _highest(Role, access_profiles, applications)


def dagster_role_at_sso(access_profiles: Collection[str], applications: Collection[str]) -> DagsterRole:
    """The same for the roles in the Dagster UI."""
    return _highest(DagsterRole, access_profiles, applications)


def _highest(kind: type[_Kind], access_profiles: Collection[str], applications: Collection[str]) -> _Kind:
    held = groups_of(access_profiles, applications)
    mapped = settings.DSS.roles
    return max((role for role in kind if role and held & mapped[role.name.lower()]), default=kind(0))
