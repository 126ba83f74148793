"""The declarations that were last accepted, kept beside the local service's data."""

import hashlib
import importlib.util
import shutil
import sys
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_PACKAGE: Final = "dss_assets.datasets"


class KeptDeclarations:
    """Copies of the package of declarations in a folder, of which the file `last` names one.

    Each process of Dagster imports the declarations, so that several may keep the same ones at once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last = folder / "last"

    def keep(self, declarations: Path) -> None:
        """Copy these, unless they are the last already."""
        digest = _digest(declarations)
        if self._last.exists() and self._last.read_text() == digest:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            copy, pointer = Path(name) / "copy", Path(name) / "last"
            if not (self._folder / digest).exists():
                shutil.copytree(declarations, copy, ignore=shutil.ignore_patterns("__pycache__"))
                with suppress(OSError):  # another process has kept the same ones meanwhile
                    copy.rename(self._folder / digest)
            pointer.write_text(digest)
            pointer.replace(self._last)

    @property
    def since(self) -> str:
        """Which declarations are served instead, as a sentence."""
        accepted = datetime.fromtimestamp(self._last.stat().st_mtime, UTC)
        return f"Those that were accepted at {accepted:%H:%M:%S} UTC are served. Mend it, and reload the definitions."

    def import_last(self) -> bool:
        """Import the kept declarations as the package. False where there are none."""
        if not self._last.exists():
            return False
        folder = self._folder / self._last.read_text()
        spec = importlib.util.spec_from_file_location(
            _PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[_PACKAGE] = module
        spec.loader.exec_module(module)
        return True


def forget_imported() -> None:
    """Take out of memory what a failed import of the declarations has left there."""
    for name in list(sys.modules):
        if name in {_PACKAGE, "dss_assets.definitions"} or name.startswith(f"{_PACKAGE}."):
            del sys.modules[name]


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file():
            digest.update(f"{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
