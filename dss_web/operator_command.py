"""What the commands of manage.py have in common that operators run by hand."""

from django.core.management.base import BaseCommand


class OperatorCommand(BaseCommand):
    """Starts in half a second."""

    # Django's own checks would load every page first, which takes a second more; `manage.py check` makes them.
    requires_system_checks = ()
