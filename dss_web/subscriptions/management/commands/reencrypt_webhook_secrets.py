"""`manage.py reencrypt_webhook_secrets`: encrypt the secrets of webhooks with the first key of the settings."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.management.base import CommandError

from dss_web.operator_command import OperatorCommand
from dss_web.subscriptions.webhooks import reencrypt


class Command(OperatorCommand):
    """Encrypts all or none."""

    help = "Encrypt the secrets of datasets' webhooks with the first key of DSS_HAWK_ENCRYPTION_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = reencrypt()
        except InvalidToken as error:
            raise CommandError(
                "A secret was not encrypted by any key of DSS_HAWK_ENCRYPTION_KEYS: put the missing one back"
            ) from error
        self.stdout.write(f"{count} secrets of webhooks are encrypted with the first key")
