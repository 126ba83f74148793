"""Settings in files, as Docker and Kubernetes mount secrets: `NAME_FILE` names the file with the value of NAME."""

import os
from collections.abc import Iterable
from pathlib import Path


class FileOfSetting(Exception):
    """A setting is in the environment and in a file, or its file cannot be read. The text shows no value."""


def settings_in_files(names: Iterable[str]) -> dict[str, str]:
    """The values of those of these settings that are in files. Raises FileOfSetting."""
    return {name: read_setting(name) for name in names if os.environ.get(f"{name}_FILE")}


def read_setting(name: str) -> str:
    """The value of a setting as its file, or else the environment, has it now; "" if neither has. Raises FileOfSetting.

    Line ends after the value are not part of it: editors and `echo` write one.
    """
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, "")
    if os.environ.get(name):
        raise FileOfSetting(f"Both {name} and {name}_FILE are set. Set one of them.")
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise FileOfSetting(
            f"The setting {name} could not be read from {path}, which {name}_FILE names: {reason}. "
            "The file must be there, and readable by this process."
        ) from None
