"""Whose service this is, as `base.html` and the pages about the service show it."""

from dataclasses import dataclass
from functools import cache

from dss_web.configuration import Phase, web_settings
from dss_web.contact import Contact


@dataclass(frozen=True, slots=True)
class Organisation:
    """The organisation that runs the service: its name, the address of its logo or '', and whom people write to."""

    name: str
    logo: str
    phase: Phase
    contact: Contact
    feedback: Contact
    privacy: Contact
    log_retention_days: int | None


@cache
def organisation() -> Organisation:
    """The organisation of this installation."""
    settings = web_settings()
    return Organisation(
        name=settings.dss_organisation_name,
        logo=settings.dss_organisation_logo,
        phase=settings.dss_phase,
        contact=settings.contact,
        feedback=Contact.parse(settings.dss_feedback_contact) if settings.dss_feedback_contact else settings.contact,
        privacy=Contact.parse(settings.dss_privacy_contact) if settings.dss_privacy_contact else settings.contact,
        log_retention_days=settings.dss_log_retention_days,
    )
