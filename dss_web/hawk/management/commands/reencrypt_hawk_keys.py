"""`manage.py reencrypt_hawk_keys`: leave an encryption key behind."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dss_web.hawk.keys import reencrypt


class Command(BaseCommand):
    """Encrypts every HAWK key anew, by the first key of the setting."""

    help = (
        "Encrypt all HAWK keys by the first key of DSS_HAWK_ENCRYPTION_KEYS. Afterwards the others can be taken out "
        "of the setting."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done, lost = reencrypt()
        self.stdout.write(f"Encrypted by the first key of DSS_HAWK_ENCRYPTION_KEYS: {done}")
        if lost:
            raise CommandError(
                "Left as they are, since no key of DSS_HAWK_ENCRYPTION_KEYS decrypts them: "
                f"{', '.join(map(str, lost))}. Put the one by which they were encrypted back into the setting, or "
                "give these clients new keys: manage.py rotate_hawk_key"
            )
