"""The documents name only what exists, and docs/settings.md has the settings of the code."""

import re
from pathlib import Path

import pytest

from dss_assets.resources import AssetsSettings
from dss_web.configuration import WebSettings
from dss_web.shared.former import FormerSettings
from dss_web.shared.settings import EnvironmentSettings
from infra.dagster_ui import DagsterUiSettings
from tests.conftest import REPOSITORY
from tests.documents import DOCUMENTS, NOT_RUN, README, blocks, shell_blocks

SETTINGS = REPOSITORY / "docs" / "settings.md"
DECISIONS = REPOSITORY / "docs" / "decisions"
BEGIN, END = "<!-- settings: begin -->\n", "<!-- settings: end -->\n"
HALVES: dict[str, type[EnvironmentSettings]] = {
    "web": WebSettings,
    "assets": AssetsSettings,
    "Dagster UI": DagsterUiSettings,
    "import": FormerSettings,
}
PLACE = re.compile(r"`((?:dss_assets|dss_web|infra|tests|docs)/[\w./-]*\w/?)`")
LINK = re.compile(r"\]\((?!http)([^)#]*)(?:#([^)]*))?\)")
LANGUAGES = {"sh", "text", "json", "yaml", "ini", "python"}
README_LINES = 100


def settings_table() -> str:
    """The table of all settings, as docs/settings.md shows it."""
    defaults: dict[str, dict[str, str]] = {}
    descriptions: dict[str, set[str | None]] = {}
    for half, settings in HALVES.items():
        for name, field in settings.model_fields.items():
            if field.is_required():
                default = "**required**"
            else:
                value = field.get_default(call_default_factory=True)
                shown = str(value).lower() if isinstance(value, bool) else str(value)
                default = "" if value in (None, {}, "") else f"`{shown}`"
            defaults.setdefault(name.upper(), {})[half] = default
            descriptions.setdefault(name.upper(), set()).add(field.description)
    lines = ["| setting | read by | default | |", "|---|---|---|---|"]
    for name, by_half in defaults.items():
        same = len(set(by_half.values())) == 1
        default = ", ".join({default if same else f"{default} ({half})": None for half, default in by_half.items()})
        (description,) = descriptions[name]
        lines.append(f"| `{name}` | {', '.join(by_half)} | {default} | {description} |")
    return "\n".join(lines) + "\n"


def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_table_of_settings_is_that_of_the_code() -> None:
    shown = SETTINGS.read_text().partition(BEGIN)[2].partition(END)[0]

    assert shown == settings_table()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_what_a_document_names_exists(document: Path) -> None:
    text = document.read_text()
    named = [REPOSITORY / place for place in PLACE.findall(text)]
    linked = [(document.parent / target if target else document, anchor) for target, anchor in LINK.findall(text)]

    assert [str(place) for place in [*named, *(target for target, _ in linked)] if not place.exists()] == []
    assert [(str(target), anchor) for target, anchor in linked if anchor and anchor not in anchors(target)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_each_target_of_make_that_a_document_names_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"(?:^|`)make ([a-z]+)", document.read_text(), re.MULTILINE)) <= targets


def test_documents_that_the_code_names_exist() -> None:
    folders = ("dss_assets", "dss_web", "infra", "tests")
    files = [file for folder in folders for file in (REPOSITORY / folder).rglob("*.py")]
    named = {path for file in files for path in re.findall(r"\bdocs/[a-z/-]+\.md", file.read_text())}

    assert [path for path in sorted(named) if not (REPOSITORY / path).exists()] == []


def test_the_readme_has_at_most_a_hundred_lines() -> None:
    assert len(README.read_text().splitlines()) <= README_LINES


def test_every_decision_is_in_the_index_with_its_date_and_status() -> None:
    rows = re.findall(
        r"^\| (\S+) \| (.+?) \| \[(.+)\]\((.+)\) \|$", (DECISIONS / "README.md").read_text(), re.MULTILINE
    )
    decisions = {
        path.name: path.read_text().splitlines() for path in DECISIONS.glob("*.md") if path.name != "README.md"
    }

    assert sorted(name for *_, name in rows) == sorted(decisions)
    for date, status, title, name in rows:
        assert decisions[name][0] == f"# {title}"
        assert re.fullmatch(rf"{date}.* · {re.escape(status)}", decisions[name][2]), f"{name}: {decisions[name][2]}"


def test_every_block_of_code_says_what_it_is() -> None:
    assert {block.language for document in DOCUMENTS for block in blocks(document)} <= LANGUAGES


def test_the_list_of_commands_that_no_test_runs_names_only_those_of_documents() -> None:
    commands = [command for block in shell_blocks() for command in block.commands]

    assert [start for start in NOT_RUN if not any(command.startswith(start) for command in commands)] == []
