"""Where this machine has its Chromium, which `chromium.sh` installs."""

import shutil
from typing import Final

_PROGRAMS: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """The path of the program, None where there is none."""
    return next(filter(None, map(shutil.which, _PROGRAMS)), None)
