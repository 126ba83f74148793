"""The catalogue of a large department: 1,000 datasets, of which people upload 200, and 100,000 files in the registry.

What is measured is processor time of the web app and of Postgres, as a person causes it with a page, and the worker
with a look at what has changed since its last one.
"""

from functools import partial
from pathlib import Path

import psutil
import psycopg

from dss_web.registry.catalogue_index import refresh
from infra.local.postgres import Postgres
from tests.benchmarks import previews
from tests.benchmarks.growth import Clock, site_over
from tests.benchmarks.report import Figure
from tests.conftest import migrate
from tests.parts.site import READER, Visitor

PUBLISHED, UPLOADED, FILES = 800, 200, 100_000
ROUNDS = 40
PAGE_MS, LOOK_MS = 50, 150

# Titles of three words out of forty, columns of two; each dataset has forty columns, each with a sentence.
_WORDS = """
    CREATE TEMPORARY TABLE words AS SELECT array_agg(word) AS word FROM unnest(string_to_array(
        'exporters importers postcodes tariffs accounts companies licences prices wages trade ships ports cargo steel '
        'wool timber grain fish energy water roads rail schools teachers hospitals nurses courts police farms forests '
        'rivers coasts parks houses rents taxes grants loans visas travel', ' ')) AS word
"""
_PUBLISHED = """
    INSERT INTO operations.dataset (key, schema_name, title, description, owner, contact, licence, licence_url,
        source_page, late_after, tables, routes, declared_at)
    SELECT 'org_' || n %% 40 || '.dataset_' || n, 'org_' || n %% 40 || '.dataset_' || n,
        initcap(word[1 + n %% 40]) || ' and ' || word[1 + n * 7 %% 40] || ' by ' || word[1 + n * 13 %% 40],
        'Every month the publisher counts ' || word[1 + n * 3 %% 40] || ' and what became of their '
            || word[1 + n * 11 %% 40] || ', for each region and year, as far as they were reported.',
        'The team for ' || word[1 + n * 5 %% 40], 'data@example.gov.uk', 'Open Government Licence', '', '',
        interval '30 days',
        (SELECT jsonb_build_array(jsonb_build_object('name', 'L1', 'columns', jsonb_agg(jsonb_build_object(
            'name', word[1 + (n + c) %% 40] || '_' || word[1 + n * c %% 40] || '_' || c, 'type', 'text',
            'description', 'How many ' || word[1 + n * c * 3 %% 40] || ' there were of this kind'
        )))) FROM generate_series(1, 40) AS c),
        '[]', now()
    FROM generate_series(1, %(published)s) AS n, words
"""
_UPLOADED = """
    INSERT INTO pipeline (organisation, dataset, slug, title, description)
    SELECT 'team_' || n %% 20, 'table_' || n, 'team-table-' || n, 'Survey of ' || word[1 + n %% 40],
        'What people said of ' || word[1 + n * 3 %% 40]
    FROM generate_series(1, %(uploaded)s) AS n, words
"""
_VERSIONS = """
    INSERT INTO pipeline_data_file (id, pipeline_id, data_file_url, original_name, uploaded_by, encoding, delimiter,
        quote, column_names, column_types, digest, size, rows, uploaded_at, loaded_at, processed_at, state)
    SELECT gen_random_uuid(), pipeline.id, 'x', 'a.csv', 'me@example.gov.uk', 'UTF-8', ',', '"',
        (SELECT array_agg(word[c] || '_' || c) FROM generate_series(1, 20) AS c), array_fill('text'::text, ARRAY[20]),
        '', 1000, 10, at, at, at, 'completed'
    FROM pipeline, words, generate_series(1, 5) AS n CROSS JOIN LATERAL (SELECT now() - n * interval '1 day') AS _ (at)
"""
_FILES = """
    INSERT INTO operations.datafile_registry (source, file_name, state, version, digest, loaded_digest, size, rows,
        records, file_date, header, run_id, findings, concerns_dataflow, loaded_at, failing_since, error_message,
        attempts, created_timestamp, updated_timestamp)
    SELECT keys[1 + number %% cardinality(keys)], 'file_' || number || '.csv',
        CASE WHEN is_failing THEN 'failed' ELSE 'processed' END, 'v', md5(number::text), md5(number::text), 1000, 10,
        10, date '1990-01-01' + number / 12, '{}', 'a run', '{}', false, at,
        CASE WHEN is_failing THEN at END, CASE WHEN is_failing THEN 'The publisher answered 503.' END,
        CASE WHEN is_failing THEN 3 ELSE 0 END, at, at
    FROM generate_series(1, %(files)s) AS number,
        (SELECT array_agg(key ORDER BY key) AS keys FROM operations.catalogue) AS catalogue
    CROSS JOIN LATERAL (SELECT number %% 997 = 7 AND number < 20000, now() - number * interval '1 minute')
        AS _ (is_failing, at)
"""
_TABLES = """
    DO $do$
    DECLARE
        found record;
    BEGIN
        FOR found IN SELECT schema_name FROM operations.catalogue LOOP
            EXECUTE format('CREATE SCHEMA %I CREATE TABLE "L0" (id bigint PRIMARY KEY, name text)', found.schema_name);
            EXECUTE format('INSERT INTO %I."L0" SELECT n, md5(n::text) FROM generate_series(1, 100) AS n',
                found.schema_name);
            INSERT INTO operations.table_version (relation, base, version, generation)
            SELECT relation, relation, 1, 1 FROM to_regclass(format('%I."L0"', found.schema_name)) AS relation;
        END LOOP;
    END
    $do$
"""
_PATHS = {
    "the front page": "/",
    "the list of datasets": "/datasets/",
    "a search": "/datasets/?q=exporters+of+wool",
    "a search that finds nothing": "/datasets/?q=exprters+of+gold",
    "a filter, the last page": "/datasets/?organisation=org_1&sort=rows&page=99",
}


def measure(server: Postgres, folder: Path) -> list[Figure]:
    """Pages of a person who may see all of them, and looks of the worker."""
    url = plant(server)
    figures = _looks(server, url)
    large = previews.plant(url)
    with site_over(url, folder) as (site, pid):
        visitor, clock = site.login(READER), Clock(pid, server.process.pid)
        figures += [page(clock, visitor, what, path) for what, path in _PATHS.items()]
        figures += previews.figures(clock, visitor, large)
    return figures


def page(clock: Clock, visitor: Visitor, what: str, path: str, at_most: float = PAGE_MS) -> Figure:
    """What a page takes of the web app and of Postgres."""
    assert visitor.get(path).ok, path
    took = clock.milliseconds(partial(visitor.get, path), ROUNDS)
    return Figure(f"of {PUBLISHED + UPLOADED:,} datasets: {what}", took, "ms of CPU", at_most=at_most)


def plant(server: Postgres) -> str:
    """The URL of a database with the datasets, their files, and a table of each."""
    server.create_database("catalogue")
    url = server.url("catalogue")
    migrate(url)
    numbers = {"published": PUBLISHED, "uploaded": UPLOADED, "files": FILES}
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in (_WORDS, _PUBLISHED, _UPLOADED, _VERSIONS, _FILES, _TABLES):
            connection.execute(statement.encode(), numbers if "%(" in statement else None)
        connection.execute("VACUUM ANALYZE")
    return url


def _looks(server: Postgres, url: str) -> list[Figure]:
    """A look of a worker where nothing has changed since the one before."""
    clock = Clock(psutil.Process().pid, server.process.pid)
    with psycopg.connect(url, autocommit=True) as connection:
        took = clock.milliseconds(lambda: refresh(connection), ROUNDS)
    what = f"of {PUBLISHED + UPLOADED:,} datasets: a look of the worker"
    return [Figure(what, took, "ms of CPU", at_most=LOOK_MS, note=f"{FILES:,} files in the registry")]
