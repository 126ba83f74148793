"""The two images that are built from the Dockerfile: `make test-containers`."""

import json
import re
import subprocess
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.conftest import REPOSITORY
from tests.deployment.compose import DOCKER

PRODUCTION, LOCAL = "data-store-service:production", "data-store-service:local"
MEGABYTE = 1_000_000


def inspected(image: str) -> dict[str, Any]:
    shown = subprocess.run([DOCKER, "image", "inspect", image], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(shown.stdout)[0]
    return found


def run(*command: str, image: str = PRODUCTION) -> subprocess.CompletedProcess[str]:
    """A command in a container of the image, as it would be started in production: without anything to write to."""
    confined = ["--rm", "--read-only", "--network=none", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
    return subprocess.run(
        [DOCKER, "run", *confined, "--entrypoint", command[0], image, *command[1:]],
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_has_at_most_450_megabytes_and_local_not_twice_as_many() -> None:
    sizes = {image: inspected(image)["Size"] for image in (PRODUCTION, LOCAL)}
    print({image: f"{size / MEGABYTE:.0f} MB" for image, size in sizes.items()})
    assert sizes[PRODUCTION] <= 450 * MEGABYTE
    assert sizes[LOCAL] < 2 * sizes[PRODUCTION]


@pytest.mark.parametrize("image", [PRODUCTION, LOCAL])
def test_an_image_has_an_unprivileged_user_and_says_what_it_is(image: str) -> None:
    config = inspected(image)["Config"]
    assert config["User"] == "10001:10001"
    labels = {name.removeprefix("org.opencontainers.image."): value for name, value in config["Labels"].items()}
    assert labels["title"] == "Data Store Service"
    assert labels["base.name"].startswith("python:3.13.")
    owned = run("find", "/srv", "/opt", "-not", "-user", "root", image=image).stdout.split()
    assert owned == ["/opt/dagster", "/opt/dagster/storage"]


@pytest.mark.parametrize("tool", ["pip", "cc", "gcc", "ld", "apt-get", "dpkg", "perl", "curl", "wget"])
def test_an_image_has_nothing_to_install_or_compile_with(tool: str) -> None:
    assert run("bash", "-c", f"command -v {tool}").returncode != 0
    assert run("python", "-m", "pip", "--version").returncode != 0


def test_nothing_in_an_image_lets_somebody_become_another_user() -> None:
    assert run("find", "/", "-xdev", "-type", "f", "-perm", "/6000").stdout == ""


def test_an_image_holds_neither_local_parts_nor_tests_nor_what_is_for_exploring() -> None:
    listing = run("find", "/srv", "-maxdepth", "2").stdout.split()
    assert "/srv/dss_web/urls.py" in listing
    assert not {"/srv/infra/local", "/srv/infra/image", "/srv/tests"} & set(listing)
    assert run("python", "-c", "import pandas").returncode != 0
    assert run("python", "-c", "import moto").returncode != 0


def test_the_bill_of_materials_is_valid_and_has_every_package() -> None:
    text = run("cat", "/opt/sbom.json").stdout
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    components = {component["purl"] for component in json.loads(text)["components"]}
    locked = set(re.findall(r"^([\w-]+)==([\w.]+) \\$", (REPOSITORY / "requirements/production.txt").read_text(), re.M))
    assert {f"pkg:pypi/{name}@{version}" for name, version in locked} <= components
    assert any(purl.startswith("pkg:deb/debian/libc6@") for purl in components)
