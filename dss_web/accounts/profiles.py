"""A profile from SSO -> the row of a person."""

from django.conf import settings

from dss_web.accounts.models import User
from dss_web.accounts.sso import Profile


def record_person(profile: Profile) -> User:
    """Create or update the person of a profile. Rights that the profile no longer has are withdrawn."""
    is_administrator = settings.DSS.dss_admin_access_profile in profile.access_profiles
    fields = {
        "email": profile.email,
        "first_name": profile.first_name,
        "last_name": profile.last_name,
        "access_profiles": profile.access_profiles,
        "is_staff": is_administrator,
        "is_superuser": is_administrator,
    }
    person, is_new = User.objects.update_or_create(user_id=profile.user_id, defaults=fields)
    if is_new:
        person.set_unusable_password()
        person.save(update_fields=["password"])
    return person
