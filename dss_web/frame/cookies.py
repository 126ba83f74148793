"""Every cookie that the service sets. A test compares them with those that a browser gets."""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie: its name, what it is for, and when browsers drop it, in words that end a sentence."""

    name: str
    purpose: str
    seconds: int

    @property
    def ends(self) -> str:
        """How long browsers keep it."""
        hours = self.seconds // 3600
        return f"{hours} hours" if hours <= 48 else f"{hours // 24} days"


def cookies() -> tuple[Cookie, ...]:
    """All of them, by the settings that Django obeys. There are no cookies of others, and none that count visits."""
    return (
        Cookie(
            settings.SESSION_COOKIE_NAME,
            "Keeps you signed in, and remembers what you entered in a form if you have to sign in again meanwhile",
            settings.SESSION_COOKIE_AGE,
        ),
        Cookie(
            settings.CSRF_COOKIE_NAME,
            "Makes sure that a form was sent by you from a page of this service, and not by another website",
            settings.CSRF_COOKIE_AGE,
        ),
    )
