"""What an image is made of, as CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/): packages of Python and of Debian.

`python sbom.py REQUIREMENTS` prints it. The file is the lock file by which pip has installed: each of its packages that
is there is a component, and one without a locked hash is an error. Only the standard library: the image has no tool.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

_LOCKED = re.compile(r"^(?P<name>[\w.-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)", re.MULTILINE)


def main() -> int:
    """Print the document; 1 if a package is installed that the lock file does not have in this version."""
    locked = {_normal(entry["name"]): entry["version"] for entry in _LOCKED.finditer(Path(sys.argv[1]).read_text())}
    installed = {_normal(package.name): package for package in distributions()}
    strangers = sorted(name for name, package in installed.items() if locked.get(name) != package.version)
    if strangers:
        print(f"Installed, but not as {sys.argv[1]} has it: {', '.join(strangers)}", file=sys.stderr)
        return 1
    components = [_python_component(name, installed[name]) for name in sorted(installed)]
    print(json.dumps(_document([*components, *_debian_components()]), indent=1))
    return 0


def _document(components: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "data-store-service", "bom-ref": "image"}},
        "components": components,
    }


def _python_component(name: str, package: Distribution) -> dict[str, Any]:
    purl = f"pkg:pypi/{name}@{package.version}"
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": package.version,
        "purl": purl,
    }
    # An SPDX expression (PEP 639); older packages have free text there, which no schema takes.
    if "License-Expression" in package.metadata:
        component["licenses"] = [{"expression": package.metadata["License-Expression"]}]
    return component


def _debian_components() -> Iterator[dict[str, Any]]:
    """The packages of the base image, where it is a Debian."""
    if shutil.which("dpkg-query") is None:
        return
    listing = ["dpkg-query", "--show", "--showformat", "${Package} ${Version} ${Architecture}\\n"]
    for line in subprocess.run(listing, capture_output=True, text=True, check=True).stdout.splitlines():
        name, version, architecture = line.split()
        purl = f"pkg:deb/debian/{name}@{version}?arch={architecture}"
        yield {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _normal(name: str) -> str:
    """The name as an index has it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
