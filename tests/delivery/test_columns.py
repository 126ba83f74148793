"""A table that we copy is the one that data-flow makes of our API: names, order and types of columns, and values."""

from pathlib import Path
from typing import Any

import pytest

from dss_assets.dataflow import RequestRefused
from infra.local.dataflow_pipeline import Pipeline
from tests.delivery.copying import Deliveries
from tests.parts.service import running

ROWS = """
    SELECT 'a'::text AS "Text ""with"" marks", id, id AS data_source_row_id, 'h' AS data_hash,
        now() AS datafile_created, now() AS datafile_updated,
        id::smallint AS small, (id * 3000000000)::bigint AS big, 1.10::numeric AS plain, 2.50::numeric(10, 2) AS exact,
        'NaN'::numeric AS no_number, 'Infinity'::float8 AS endless, 'NaN'::float8 AS no_float, 0.1::float4 AS short,
        0.1::float8 + 0.2 AS long, id = 1 AS yes, '2020-02-29'::date AS day, '0044-03-15 BC'::date AS ides,
        '2020-01-02 03:04:05.678'::timestamp AS moment, 'infinity'::timestamp AS never, 'v'::varchar(5) AS letters,
        ARRAY['x', NULL, 'y,"z"'] AS words, ARRAY[1, NULL]::bigint[] AS numbers,
        ARRAY[1.5, 'NaN', NULL]::numeric[] AS parts, ARRAY[0.1, 'NaN']::float4[] AS floats,
        '{}'::date[] AS no_days, ARRAY['2020-01-02 03:04:05']::timestamp[] AS moments,
        E'tab\\t line\\n back\\\\ nought' AS odd, '' AS empty, NULL::text AS nothing
    FROM generate_series(1, 3) AS id
"""


def table_there(deliveries: Deliveries) -> tuple[list[Any], list[Any]]:
    columns = deliveries.there(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute"
        " WHERE attrelid = 'hmrc.exporters'::regclass AND attnum > 0 ORDER BY attnum"
    )
    # As text, by which values are the same to the last digit.
    return columns, deliveries.there("SELECT exporters::text FROM hmrc.exporters ORDER BY id")


def test_our_copy_equals_that_of_dataflow(deliveries: Deliveries, tmp_path: Path) -> None:
    deliveries.make(ROWS)
    deliveries.connection.execute('ALTER TABLE "hmrc.exporters"."L0" ADD PRIMARY KEY (id)')
    with running(deliveries.database_url, tmp_path) as service:
        client = service.client()
        pipeline = Pipeline(service.url, client.identifier, client.key, deliveries.datasets_url, tmp_path / "pages")
        assert pipeline.run("hmrc.exporters", "L0", "20260101T000000") == 3
    by_dataflow = table_there(deliveries)
    deliveries.do_there("DROP TABLE hmrc.exporters")

    assert deliveries.deliver()

    assert table_there(deliveries) == by_dataflow
    assert [name for name, *_ in by_dataflow[0]][:2] == ['Text "with" marks', "id"]


@pytest.mark.parametrize("value", ["now()", "'{}'::jsonb", "'12:00'::time", "gen_random_uuid()"])
def test_what_dataflow_would_fail_on_is_refused_by_us(deliveries: Deliveries, value: str) -> None:
    deliveries.make(f"SELECT 1 AS id, {value} AS odd")

    with pytest.raises(RequestRefused, match=r"it has odd \("):
        deliveries.deliver()

    assert deliveries.run()["is_stopped"]
