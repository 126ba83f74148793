"""What a person may do in the whole service: a role, which the profile at SSO and the settings decide."""

from collections.abc import Collection
from enum import IntEnum
from typing import Final

from django.conf import settings

# Before the key of an application in the settings of roles; anything else there is the slug of an access profile.
_APPLICATION: Final = "application:"


class Role(IntEnum):
    """Each role may do what those before it may."""

    NONE = 0
    READER = 1
    UPLOADER = 2
    ADMINISTRATOR = 3


def role_at_sso(access_profiles: Collection[str], applications: Collection[str]) -> Role:
    """The highest role that these access profiles and permitted applications, slugs and keys, are mapped to."""
    held = {*access_profiles, *(f"{_APPLICATION}{key}" for key in applications)}
    mapped = settings.DSS.roles
    return max((role for role in Role if role and held & mapped[role.name.lower()]), default=Role.NONE)
