"""`make check` refuses migrations that the release before could not live with, or that somebody would wait for."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY, web_environment

TABLE = "operations.datafile_registry"
MIGRATION = """
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = {atomic}
    dependencies = [("registry", "{after}")]
    operations = [{operation}]
"""

# An operation, and the rule by which it is refused.
BAD = {
    "migrations.RemoveField('datafile', 'digest')": "ban-drop-column",
    "migrations.RenameField('sourcelisting', 'near_misses', 'passed_over')": "renaming-column",
    "migrations.AlterModelTable('deletion', 'operations\".\"removal')": "renaming-table",
    "migrations.DeleteModel('KeptTable')": "ban-drop-table",
    "migrations.AddField('datafile', 'colour', models.TextField(default='red'))": "ban-drop-default",
    "migrations.AlterField('datafile', 'rows', models.IntegerField(null=True))": "changing-column-type",
    "migrations.AlterField('datafile', 'size', models.BigIntegerField(db_default=0))": "adding-not-nullable-field",
    "migrations.AddIndex('datafile', models.Index(fields=['size'], name='by_size'))": (
        "require-concurrent-index-creation"
    ),
    "migrations.AddConstraint('datafile', models.UniqueConstraint(fields=['url'], name='once'))": (
        "disallowed-unique-constraint"
    ),
    "migrations.AddConstraint('datafile', models.CheckConstraint(condition=models.Q(size__gte=0), name='some'))": (
        "constraint-missing-not-valid"
    ),
    f"migrations.RunSQL('ALTER TABLE {TABLE} ADD FOREIGN KEY (source) REFERENCES operations.dataset (key)')": (
        "adding-foreign-key-constraint"
    ),
    "migrations.RunPython(lambda apps, editor: None)": "run-python",
}
GOOD = {
    "migrations.AddField('datafile', 'shape', models.TextField(db_default=''))": True,
    "migrations.AddField('datafile', 'weight', models.IntegerField(null=True))": True,
    "AddIndexConcurrently('datafile', models.Index(fields=['seconds'], name='by_seconds'))": False,
    f"migrations.RunSQL('ALTER TABLE {TABLE} ADD CHECK (attempts >= 0) NOT VALID')": True,
    "migrations.CreateModel('Colour', [('name', models.TextField(primary_key=True))])": True,
}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is said of each of these migrations, which come one after the other behind those of the repository."""
    copy = tmp_path_factory.mktemp("copy")
    for folder in ("dss_web", "infra"):
        shutil.copytree(REPOSITORY / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__", "static"))
    migrations = copy / "dss_web/registry/migrations"
    after = max(migrations.glob("[0-9]*.py")).stem
    names = {}
    planted = [*((operation, True) for operation in BAD), *GOOD.items()]
    # What removes comes last: others need what it removes.
    for number, (operation, atomic) in enumerate(reversed(planted), start=9000):
        names[f"{number}_planted"] = operation
        text = MIGRATION.format(atomic=atomic, after=after, operation=operation)
        (migrations / f"{number}_planted.py").write_text(text)
        after = f"{number}_planted"
    environment = web_environment("postgresql://nobody@127.0.0.1:9/nowhere", "file:///nowhere")
    checked = subprocess.run(
        [sys.executable, "-m", "infra.local.check_migrations"],
        cwd=copy,
        env={**os.environ, **environment, "DJANGO_SETTINGS_MODULE": "dss_web.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 1, checked.stderr
    said = dict.fromkeys(names.values(), "")
    for line in checked.stderr.splitlines():
        for name, operation in names.items():
            if f"registry {name}: " in line:
                said[operation] += line
    return said


@pytest.mark.parametrize("operation", BAD)
def test_what_takes_away_or_holds_up_is_refused_by_its_name(operation: str, refused: dict[str, str]) -> None:
    assert f": {BAD[operation]}: " in refused[operation]


@pytest.mark.parametrize("operation", GOOD)
def test_what_only_adds_is_taken(operation: str, refused: dict[str, str]) -> None:
    assert refused[operation] == ""
