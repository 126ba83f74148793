"""The release before → this one → the release before, on one database, while everybody works."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.postgres import Keeping, Postgres
from tests.upgrade.deployment import Deployment, deployed
from tests.upgrade.release import Release, release_before
from tests.upgrade.story import ROWS, Story


@pytest.fixture(scope="module")
def before() -> Release:
    return release_before()


@pytest.fixture
def service(before: Release, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    # Not in pytest's folder: that one is closed to the user under which Postgres runs.
    with tempfile.TemporaryDirectory(prefix="dss-upgrade-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        postgres = Postgres(folder / "postgres", keeping=Keeping.THROWN_AWAY)
        try:
            with postgres, deployed(postgres, folder, before) as deployment:
                # data-flow's stand-in works in this process.
                monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(deployment.proxy.authority))
                yield deployment
        finally:
            postgres.remove()


def test_releases_change_places_under_load_and_back_again(
    service: Deployment, before: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    story = Story(service, before)
    story.start()
    story.migrate()
    story.bring_dagster_forward()
    story.bring_web_forward()
    story.bring_web_back()
    story.bring_dagster_back()
    story.finish()

    with capsys.disabled():
        print(f"\n{story.report()}")  # noqa: T201 it is what the operators of a release want to know
    assert story.traffic.broken == []
    assert story.traffic.failed == []
    months = 'SELECT to_char(datetime, \'YYYYMM\'), count(*) FROM "hmrc.exporters"."L1" GROUP BY 1 ORDER BY 1'
    assert service.sql(months) == [(month, ROWS) for month in story.months]
    states = dict(service.sql("SELECT id::text, state FROM pipeline_data_file"))
    assert states.pop(story.cancelled) == "failed"
    assert set(states.values()) == {"completed"}
    uploaded = story.steady.uploaded | story.careful.uploaded
    assert states.keys() == uploaded.keys() - {story.cancelled}
    assert service.sql("SELECT count(*) FROM dbt.careful", database="datasets") == [(7,)]
    assert service.sql("SELECT DISTINCT status FROM runs", database="dagster") == [("SUCCESS",)]
