"""A profile from SSO -> the row of a person."""

from django.db import transaction
from django.utils import timezone

from dss_web.accounts.models import DatasetMember, User
from dss_web.accounts.roles import Role, role_at_sso
from dss_web.accounts.sso import Profile


def record_person(profile: Profile) -> User:
    """Create or update the person of a profile. Rights that the profile no longer has are withdrawn."""
    with transaction.atomic():
        person, is_new = User.objects.select_for_update().get_or_create(user_id=profile.user_id)
        person.email = profile.email
        person.first_name = profile.first_name
        person.last_name = profile.last_name
        person.access_profiles = profile.access_profiles
        person.applications = profile.applications
        set_administrator(person)
        person.profile_read_at = person.profile_asked_at = timezone.now()
        if is_new:
            person.set_unusable_password()
        person.save()
        # What owners gave to an email before its person came. An email that is given to somebody else later finds
        # nothing here: the right is the person's from now on.
        DatasetMember.objects.filter(person=None, email=person.email.lower()).update(person=person)
    return person


def set_administrator(person: User) -> None:
    """Let the fields that Django's admin reads say what SSO, or the command `let_in_administrator`, says."""
    is_administrator = person.is_let_in or (
        role_at_sso(person.access_profiles, person.applications) == Role.ADMINISTRATOR
    )
    person.is_staff = person.is_superuser = is_administrator
