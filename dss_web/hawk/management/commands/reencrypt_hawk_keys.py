"""`manage.py reencrypt_hawk_keys`: stop using an encryption key."""

from typing import Any

from django.core.management.base import CommandError

from dss_web.hawk.keys import reencrypt
from dss_web.operator_command import OperatorCommand


class Command(OperatorCommand):
    """Encrypts every HAWK key with the first key of the setting."""

    help = (
        "Encrypt all HAWK keys with the first key of DSS_HAWK_ENCRYPTION_KEYS. Afterwards the others can be removed "
        "from the setting."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        count, undecryptable = reencrypt()
        self.stdout.write(f"Encrypted by the first key of DSS_HAWK_ENCRYPTION_KEYS: {count}")
        if undecryptable:
            raise CommandError(
                "Left as they are, since no key of DSS_HAWK_ENCRYPTION_KEYS decrypts them: "
                f"{', '.join(map(str, undecryptable))}. Put the one that encrypted them back into the setting, or give "
                "these clients new keys: manage.py rotate_hawk_key"
            )
