"""A command of the client as one of manage.py."""

import argparse
import sys
from types import ModuleType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dss_web.client.data_store.command import Failed, end


class ClientCommand(BaseCommand):
    """Runs the command that `module` has. Needs no settings of the service."""

    requires_system_checks = ()
    module: ModuleType

    def add_arguments(self, parser: CommandParser) -> None:
        """Those of the command."""
        parser.description = self.module.HELP
        self.module.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it."""
        try:
            end(self.module.run, argparse.Namespace(**options), self.stdout.write, self.stderr.write)
        except Failed as error:
            if not str(error):
                sys.exit(error.status)
            raise CommandError(str(error), returncode=error.status) from error
