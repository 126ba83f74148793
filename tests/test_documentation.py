"""The documents name only what exists, and the README's table of settings is that of the code."""

import re
from pathlib import Path

import pytest

from dss_assets.resources import AssetsSettings
from dss_web.configuration import WebSettings
from dss_web.shared.settings import EnvironmentSettings
from tests.conftest import REPOSITORY

README = REPOSITORY / "README.md"
BEGIN, END = "<!-- settings: begin -->\n", "<!-- settings: end -->\n"
DOCUMENTS = [README, *sorted((REPOSITORY / "docs").rglob("*.md"))]
PLACE = re.compile(r"`((?:dss_assets|dss_web|infra|tests|docs)/[\w./-]*\w/?)`")
LINK = re.compile(r"\]\((?!http)([^)#]+)\)")


def settings_table() -> str:
    """The table of all settings, as the README shows it."""
    read_by: dict[str, list[str]] = {}
    fields = {}
    halves: dict[str, type[EnvironmentSettings]] = {"web": WebSettings, "assets": AssetsSettings}
    for half, settings in halves.items():
        for name, field in settings.model_fields.items():
            read_by.setdefault(name.upper(), []).append(half)
            fields[name.upper()] = field
    lines = ["| setting | read by | default | |", "|---|---|---|---|"]
    for name, field in fields.items():
        if field.is_required():
            default = "**required**"
        else:
            value = field.get_default(call_default_factory=True)
            shown = str(value).lower() if isinstance(value, bool) else str(value)
            default = "" if value in (None, {}, "") else f"`{shown}`"
        lines.append(f"| `{name}` | {', '.join(read_by[name])} | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def test_the_table_of_settings_in_the_readme_is_that_of_the_code() -> None:
    shown = README.read_text().partition(BEGIN)[2].partition(END)[0]

    assert shown == settings_table()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_what_a_document_names_exists(document: Path) -> None:
    text = document.read_text()
    named = [REPOSITORY / place for place in PLACE.findall(text)]
    linked = [document.parent / target for target in LINK.findall(text)]

    assert [str(place) for place in [*named, *linked] if not place.exists()] == []


def test_each_command_of_make_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))

    assert (
        set(re.findall(r"\bmake (run|test|check|bench|help|[a-z]+)(?=\s{2,}|\n|`| ARGS)", README.read_text()))
        <= targets
    )
