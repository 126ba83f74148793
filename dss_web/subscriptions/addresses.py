"""The secret address of a person's feeds: programs that read feeds cannot log in.

Its key is signed with the service's own (`DSS_APP_SECRET_KEY`), so that nothing in the database opens a feed. It names
the person and a number, of which a new one ends the key.
"""

from typing import Final

from django.core.signing import BadSignature, Signer

from dss_web.accounts.models import User
from dss_web.subscriptions.following import is_still_known
from dss_web.subscriptions.models import FeedAddress, new_number

_SIGNER: Final = Signer(salt="the feeds of a person")


def feed_key(person: User) -> str | None:
    """The key of a person's feeds, None if they have not asked for one."""
    address = FeedAddress.objects.filter(person=person).first()
    return _SIGNER.sign(f"{person.pk}.{address.number}") if address else None


def renew(person: User) -> None:
    """Make a key for a person's feeds. The one that they had opens nothing any more."""
    FeedAddress.objects.update_or_create(person=person, defaults={"number": new_number()})


def remove(person: User) -> None:
    """End the key of a person's feeds."""
    FeedAddress.objects.filter(person=person).delete()


def person_of_key(key: str) -> User | None:
    """Whose feeds a key opens; None if it is none, or they may not come in any more."""
    try:
        number = _SIGNER.unsign(key).partition(".")[2]
    except BadSignature:
        return None
    address = FeedAddress.objects.select_related("person").filter(number=number).first()
    return address.person if address and is_still_known(address.person) else None
