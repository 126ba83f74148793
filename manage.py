#!/usr/bin/env python
"""Commands of the web app: `python manage.py help`."""

import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line

# What a client of the API may use on a machine that has none of the service's settings.
CLIENTS_COMMANDS = {"hawk_request", "hawk_export"}


def main() -> None:
    """Run the command that is named by the first argument."""
    if CLIENTS_COMMANDS.intersection(sys.argv[1:2]):
        settings.configure(INSTALLED_APPS=["dss_web.client"])
    else:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dss_web.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
