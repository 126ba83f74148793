#!/usr/bin/env python
"""Commands of the web app: `python manage.py help`."""

import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line

# What people may use on a machine that has none of the service's settings, and the app that has it.
SETTINGLESS = {
    "hawk_request": "dss_web.client",
    "hawk_export": "dss_web.client",
    "hawk_upload": "dss_web.client",
    "read_csv": "dss_web.uploads",
}


def main() -> None:
    """Run the command that is named by the first argument."""
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command in SETTINGLESS:
        settings.configure(INSTALLED_APPS=[SETTINGLESS[command]])
    else:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dss_web.settings")
    try:
        execute_from_command_line(sys.argv)
    except BrokenPipeError:
        # Whoever reads the output, such as `head`, has enough. Python would complain once more when it flushes:
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
