"""The people who can log in, with the fields of staff-sso's profile endpoint."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

READER_PROFILE: Final = "dss-reader"
UPLOADER_PROFILE: Final = "dss-uploader"
ADMIN_PROFILE: Final = "dss-admin"
# Counts where the Dagster UI is behind the login, as in docker-compose.yml. Administrators are operators there.
DAGSTER_VIEWER_PROFILE: Final = "dss-dagster-viewer"


@dataclass(frozen=True, slots=True)
class Person:
    """A person to sign in as. By `access_profiles`, which are slugs, the web app decides what the person can do."""

    first_name: str
    last_name: str
    may: str
    access_profiles: tuple[str, ...]

    @property
    def email(self) -> str:
        """`first.last@example.gov.uk`."""
        return f"{self.first_name}.{self.last_name}@example.gov.uk".lower()

    @property
    def user_id(self) -> str:
        """A UUID that is the same in every run, because uploads and rights refer to it."""
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, self.email))

    def profile(self, web_url: str, access_profiles: Sequence[str]) -> dict[str, object]:
        """The profile endpoint's JSON about the person, while they have these access profiles."""
        application = {"key": "data-store-service", "url": web_url, "name": "Data Store Service"}
        return {
            "email": self.email,
            "user_id": self.user_id,
            "email_user_id": f"{self.first_name}.{self.last_name}-{self.user_id[:8]}@id.example.gov.uk".lower(),
            "first_name": self.first_name,
            "last_name": self.last_name,
            "related_emails": [],
            "contact_email": self.email,
            "groups": [],
            "permitted_applications": [application] if access_profiles else [],
            "access_profiles": list(access_profiles),
        }


PEOPLE: Final = (
    Person("Ursula", "Uploader", "may upload files", (UPLOADER_PROFILE,)),
    Person("Adam", "Admin", "may upload files and administer the service", (UPLOADER_PROFILE, ADMIN_PROFILE)),
    Person("Rita", "Reader", "may see datasets", (READER_PROFILE, DAGSTER_VIEWER_PROFILE)),
    Person("Colin", "Colleague", "may upload files, to datasets of others if they let him", (UPLOADER_PROFILE,)),
    Person("Nora", "Noaccess", "has no access", ()),
)
