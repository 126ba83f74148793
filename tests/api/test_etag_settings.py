"""An ETag is for one form of the body: a setting that changes the body changes the ETag too."""

import pytest

from tests.parts.service import Service, running
from tests.parts.tracked import make_noted


@pytest.mark.parametrize(
    ("setting", "value", "route"),
    [("DSS_PAGINATION_SIZE", "5", "table-data"), ("DSS_TABLE_STRUCTURE_NAMES", "flask", "table-structure")],
)
def test_a_setting_that_changes_the_body_changes_the_etag(
    service: Service, tmp_path_factory: pytest.TempPathFactory, setting: str, value: str, route: str
) -> None:
    schema = f"etag.{setting.lower()}"
    path = make_noted(service, schema, 12).replace("L1", "L0").replace("table-data", route)
    service.execute(f'ALTER TABLE "{schema}"."L0" ADD COLUMN at timestamp')
    before = service.client().get(path)

    with running(
        service.database_url, tmp_path_factory.mktemp("web"), DSS_WEB_WORKERS="1", **{setting: value}
    ) as changed:
        after = changed.client().get(path, headers={"If-None-Match": before.headers["ETag"]})

    assert after.status_code == 200
    assert after.content != before.content
    assert after.headers["ETag"] != before.headers["ETag"]
