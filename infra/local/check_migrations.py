"""Refuse migrations that the release before cannot live with, or that hold up those who read: part of `make check`.

squawk (https://squawkhq.com/docs/rules, seen 2026-11-26) reads the SQL of each migration that is newer than the release
before. It knows which statements rewrite or scan a table under a lock, and which take something away.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import django
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython
from psycopg import sql

REPOSITORY: Final = Path(__file__).parent.parent.parent
BEFORE: Final = REPOSITORY / "infra/local/release_before.toml"
SQUAWK: Final = Path(sys.executable).with_name("squawk")

# The oldest that docs/deploy.md names. What is quick in it is quick in all later ones.
POSTGRES: Final = "15.0"
# Rules about something else than upgrades. `manage.py migrate` sets a time-out for locks; one for statements would end
# an index that is made beside readers. What type a column has, and how a statement is written, is the author's.
OTHER_MATTERS: Final = (
    "require-lock-timeout",
    "require-statement-timeout",
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-robust-stmts",
    "prefer-text-field",
)
# squawk cannot read it, and neither can whoever deploys: it may change every row in one transaction.
PYTHON: Final = "run-python"

# Who may do what all the same. A new entry needs a reason that holds for the largest deployment.
REPLACED: Final = "the old condition goes and a wider one takes its place in one transaction; rows of before fit both"
SMALL: Final = "the table has a row for each file, 50,000 in ten years: 0.4 s on a machine that is badly overloaded"
FEW: Final = "the table has a row for each upload or dataset, thousands at most, which are scanned in a millisecond"
EXCEPTIONS: Final = {
    ("registry", "0006_models_to_their_apps", PYTHON): "it changes some ten rows of Django's own tables",
    ("registry", "0007_due_files_and_digests", "ban-drop-constraint"): REPLACED,
    ("registry", "0007_due_files_and_digests", "constraint-missing-not-valid"): SMALL,
    ("registry", "0009_source_listings", "require-concurrent-index-creation"): SMALL,
    ("registry", "0013_order_of_files", "require-concurrent-index-creation"): SMALL,
    ("registry", "0015_upload_states_and_events", "ban-drop-constraint"): REPLACED,
    ("registry", "0015_upload_states_and_events", "constraint-missing-not-valid"): FEW,
    ("registry", "0016_undelivered_files", "require-concurrent-index-creation"): SMALL,
    ("registry", "0024_about_datasets", "constraint-missing-not-valid"): FEW,
    ("registry", "0027_load_modes", "constraint-missing-not-valid"): FEW,
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is wrong with a statement of a migration."""

    app: str
    name: str
    rule: str
    text: str

    @property
    def key(self) -> tuple[str, str, str]:
        """By which an exception names it."""
        return self.app, self.name, self.rule

    def __str__(self) -> str:
        return f"{self.app} {self.name}: {self.rule}: {self.text}"


def _with_values(statement: str, params: Sequence[Any] | None) -> str:
    """A statement with its values, for which Django would ask the database."""
    return statement if params is None else statement % tuple(sql.quote(value) for value in params)


def newer_migrations(last: dict[str, str], apps: Sequence[str]) -> Iterator[tuple[Migration, list[str]]]:
    """The migrations of these apps that come after the last one of each, with their SQL, in the order of application.

    `last` is by app; all of an app that is not there are newer.
    """
    connection.ops.compose_sql = _with_values  # type: ignore[attr-defined]
    loader = MigrationLoader(None)
    plan = dict.fromkeys(node for leaf in loader.graph.leaf_nodes() for node in loader.graph.forwards_plan(leaf))
    before = {node for app, name in last.items() for node in loader.graph.forwards_plan((app, name))}
    state = loader.project_state((), at_end=False)
    for app, name in plan:
        migration = loader.graph.nodes[app, name]
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            state = migration.apply(state, editor, collect_sql=True)
        if app in apps and (app, name) not in before:
            yield migration, editor.collected_sql


def look_at(migration: Migration, statements: Sequence[str]) -> list[Refusal]:
    """What is wrong with a migration, exceptions included."""
    refusals = []
    if any(isinstance(operation, RunPython) for operation in migration.operations):
        text = "its code cannot be looked at here. Write it in SQL, or let a step behind the scenes do it."
        refusals.append(Refusal(migration.app_label, migration.name, PYTHON, text))
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write("\n".join(statements))
        file.flush()
        options = [f"--pg-version={POSTGRES}", "--reporter=json", f"--exclude={','.join(OTHER_MATTERS)}"]
        if migration.atomic:
            options.append("--assume-in-transaction")
        found = subprocess.run([SQUAWK, *options, file.name], capture_output=True, text=True, check=False)
    for one in json.loads(found.stdout or "[]"):
        line = "\n".join(statements).splitlines()[one["line"]].strip()
        text = f"{one['message']} ({line[:100]}). {one['help'] or ''}"
        refusals.append(Refusal(migration.app_label, migration.name, one["rule_name"], text.strip()))
    return refusals


def main() -> int:
    """1 where a migration is refused, or an exception is for nothing."""
    django.setup()
    from django.apps import apps  # noqa: PLC0415 it knows ours once Django is set up

    last = tomllib.loads(BEFORE.read_text())["migrations"]
    ours = [config.label for config in apps.get_app_configs() if config.name.startswith("dss_web.")]
    found = [refusal for migration, lines in newer_migrations(last, ours) for refusal in look_at(migration, lines)]
    refused = [str(refusal) for refusal in found if refusal.key not in EXCEPTIONS]
    for text in refused:
        print(f"The release before cannot go on beside it, or somebody waits for it: {text}", file=sys.stderr)
    for key in EXCEPTIONS.keys() - {refusal.key for refusal in found}:
        refused.append(" ".join(key))
        print(f"An exception is for nothing: {' '.join(key)}. Take it out of {__spec__.name}.", file=sys.stderr)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
