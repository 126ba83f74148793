"""A database of the Flask service, and its storage: the tables that it made, in SQL of our own, with rows both good and
odd. What it is like was read from a dump of the real one.
"""

from pathlib import Path
from typing import Any

import psycopg

from tests.published import ONS_COLUMNS

# Versions of the dataset dbt.grants: loaded first, in use, failed; and those of others, on their way.
FIRST, CURRENT, FAILED, DELIVERING, WAITING = (f"0b0e2c0a-0000-4000-8000-00000000000{n}" for n in range(1, 6))
GRANTS = 25
EXPORTERS_OF_A_FILE = 20

_SERVICE = """
CREATE SCHEMA operations;
CREATE SCHEMA admin;
CREATE TYPE operations.processing_state AS ENUM ('processing', 'failed', 'processed', 'ignored');
CREATE TABLE operations.datafile_registry (
    id serial PRIMARY KEY, source text NOT NULL, file_name text, state operations.processing_state NOT NULL,
    error_message text, created_timestamp timestamp NOT NULL, updated_timestamp timestamp
);
CREATE TABLE admin.users (id serial PRIMARY KEY, email text);
CREATE TABLE public.alembic_version (version_num varchar(32) PRIMARY KEY);
CREATE TABLE public.hawk_users (id text PRIMARY KEY, key text, scope text[], description text);
CREATE TABLE public.pipeline (
    id serial PRIMARY KEY, organisation text NOT NULL, dataset text NOT NULL, slug text NOT NULL,
    UNIQUE (organisation, dataset)
);
CREATE TABLE public.pipeline_data_file (
    id uuid PRIMARY KEY, data_file_url text NOT NULL, pipeline_id integer NOT NULL REFERENCES public.pipeline,
    uploaded_at timestamp, processed_at timestamp, error_message text, state text, column_types text[],
    delimiter text DEFAULT ',' NOT NULL, quote text DEFAULT '"', started_processing_at timestamp
);
INSERT INTO public.hawk_users VALUES
    ('data-flow', 'a-key-of-data-flow-0123456789', '{*}', 'data-flow'),
    ('postcodes', 'another-key-of-24-letters', '{list_ons_postcodes,dit_reference_postcode1}', NULL),
    ('short', 'secret', '{get_table_data,get_table_structure}', 'a key of six characters'),
    ('keyless', NULL, '{get_table_data}', NULL),
    ('none', 'a-key-without-any-scope-1234', '{}', NULL),
    ('old-route', 'a-key-for-what-is-no-more', '{list_of_yesterday,Not A Scope}', NULL),
    ('two words', 'a-key-of-an-id-with-a-space', '{*}', NULL);
INSERT INTO public.pipeline (organisation, dataset, slug) VALUES
    ('dbt', 'grants', 'dbt-grants'), ('dbt', 'order_book', 'dbt-order_book'), ('2024_x', 'first', '2024_x-first'),
    ('hmrc', 'exporters', 'hmrc-exporters'), ('dbt', 'grants_old', 'dbt-grants');
"""

_VERSIONS = f"""
INSERT INTO public.pipeline_data_file
    (id, data_file_url, pipeline_id, uploaded_at, processed_at, error_message, state, column_types, delimiter,
     started_processing_at)
VALUES
    ('{FIRST}', 'uploads/dbt/grants/{FIRST}', 1, '2023-01-02 10:00', '2023-01-02 10:05', NULL, 'completed',
     '{{integer,text,date}}', ',', '2023-01-02 10:00'),
    ('{CURRENT}', 'uploads/dbt/grants/{CURRENT}', 1, '2023-04-02 10:00', '2023-04-02 10:05', NULL, 'completed',
     '{{integer,text,date}}', ',', '2023-04-02 10:00'),
    ('{FAILED}', 'uploads/dbt/grants/{FAILED}', 1, '2023-05-02 10:00', NULL, 'Error parsing CSV', 'failed', NULL, ';',
     '2023-05-02 10:00'),
    ('{DELIVERING}', 'uploads/dbt/order_book/{DELIVERING}', 2, '2023-06-01 09:00', NULL, NULL, 'processing_dataflow',
     '{{text,numeric}}', ',', '2023-06-01 09:00'),
    ('{WAITING}', 'uploads/2024_x/first/{WAITING}', 3, '2023-06-02 09:00', NULL, NULL, 'uploaded', NULL, ',', NULL);
CREATE SCHEMA "dbt.grants";
CREATE TABLE "dbt.grants"."L0" (id serial PRIMARY KEY, datafile_created text, amount integer, name text, awarded date);
INSERT INTO "dbt.grants"."L0" (datafile_created, amount, name, awarded)
    SELECT '{CURRENT}', n * 10, 'grant ' || n, date '2023-01-01' + n FROM generate_series(1, {GRANTS}) AS n;
CREATE SCHEMA "dbt.order_book";
CREATE TABLE "dbt.order_book"."L0" (id serial PRIMARY KEY, datafile_created text, customer text, "value" numeric);
INSERT INTO "dbt.order_book"."L0" (datafile_created, customer, "value")
    VALUES ('{DELIVERING}', 'A', 1.50), ('{DELIVERING}', NULL, NULL);
"""

# Files take numbers of L0's sequence, and of L1's only when they succeed: a failed one in between sets them apart.
# The first file was loaded twice. The rows of its L1 are those that the Flask service made of them.
_EXPORTERS = f"""
CREATE SCHEMA "hmrc.exporters";
CREATE SEQUENCE "hmrc.exporters"."L0_SEQUENCE";
CREATE SEQUENCE "hmrc.exporters"."L1_SEQUENCE";
CREATE TABLE "hmrc.exporters"."L0" (
    id integer PRIMARY KEY DEFAULT nextval('"hmrc.exporters"."L0_SEQUENCE"'), datafile_created text, month text,
    row_type text, company_name text, address1 text, address2 text, address3 text, address4 text, address5 text,
    postcode text, export_item_codes text
);
CREATE TABLE "hmrc.exporters"."L1" (
    id serial PRIMARY KEY, data_source_row_id integer, datetime timestamp, company_name text, address text,
    postcode text, export_item_codes text[]
);
INSERT INTO "hmrc.exporters"."L0"
SELECT first + n, file, month, '1', ' Company ' || n, '1 Quay', '', 'Hull', '', '', 'hu1 ' || n || 'aa', '0100,0200'
FROM (VALUES
    (0, 'exporters1601.zip', '201601'), (20, 'exporters1602.zip', '201602'), (140, 'exporters1601.zip', '201601')
) AS file (first, file, month), generate_series(1, {EXPORTERS_OF_A_FILE}) AS n;
INSERT INTO "hmrc.exporters"."L1" (data_source_row_id, datetime, company_name, address, postcode, export_item_codes)
SELECT id, to_timestamp(month, 'YYYYMM')::timestamp, lower(trim(company_name)),
    lower(trim(concat_ws(' ', address1, address2, address3, address4, address5))),
    upper(replace(postcode, ' ', '')), string_to_array(export_item_codes, ',')
FROM "hmrc.exporters"."L0" ORDER BY id;
SELECT setval('"hmrc.exporters"."L0_SEQUENCE"', 170);
"""

_POSTCODES = """
CREATE SCHEMA "dit.reference_postcodes";
CREATE TABLE "dit.reference_postcodes"."L0" (
    id serial PRIMARY KEY, datafile_created text, datafile_updated text, data_hash text UNIQUE, {columns}
);
CREATE TABLE "dit.reference_postcodes"."L1" (id serial PRIMARY KEY, data_source_row_id integer UNIQUE, {columns});
INSERT INTO "dit.reference_postcodes"."L0" (datafile_created, datafile_updated, data_hash, {names})
    SELECT file, 'second.csv', md5(ROW({values})::text), {values}
    FROM (VALUES ('AB1 0AA', 'first.csv'), ('AB1 0AB', 'first.csv'), ('AB1 0AC', 'second.csv')) AS of (code, file);
INSERT INTO "dit.reference_postcodes"."L1" (data_source_row_id, {names})
    SELECT id, {names} FROM "dit.reference_postcodes"."L0" ORDER BY id;
"""
POSTCODE_COLUMNS = (
    *("postcode", "local_authority_district_code", "local_authority_district_name"),
    *(f"local_enterprise_partnership_lep{number}_{what}" for number in (1, 2) for what in ("code", "name")),
    *("region_code", "region_name", "national_grid_ref_easting", "national_grid_ref_northing"),
    *("date_of_introduction", "date_of_termination"),
)

_OTHERS = """
CREATE SCHEMA "dit.baci";
CREATE TABLE "dit.baci"."L1" (
    id serial PRIMARY KEY, data_source_row_id integer UNIQUE, year integer, product_category integer, exporter integer,
    importer integer, trade_flow_value numeric, quantity numeric
);
CREATE SCHEMA "comtrade.country_code_and_iso";
CREATE TABLE "comtrade.country_code_and_iso"."L1" (
    id serial PRIMARY KEY, data_source_row_id integer UNIQUE, cty_code integer, cty_name_english text
);
INSERT INTO "comtrade.country_code_and_iso"."L1" (data_source_row_id, cty_code) VALUES (1, 4), (2, 8);
CREATE SCHEMA "world_bank.tariff";
CREATE TABLE "world_bank.tariff"."L0" (
    id serial PRIMARY KEY, datafile_created text, reporter integer, year integer, product integer, partner integer,
    duty_type text, simple_average numeric, number_of_total_lines integer
);
INSERT INTO "world_bank.tariff"."L0" (datafile_created, reporter, year, product, partner, duty_type, simple_average)
    VALUES ('t.csv', 12, 2017, 201, 24, 'MFN', 30.0);
CREATE TABLE "world_bank.tariff"."L1" (
    id bigserial PRIMARY KEY, product integer, reporter integer, partner integer, year integer, assumed_tariff numeric,
    app_rate numeric, mfn_rate numeric, bnd_rate numeric, eu_rep_rate numeric, eu_part_rate numeric,
    eu_eu_rate numeric, world_average numeric
);
INSERT INTO "world_bank.tariff"."L1" (product, reporter, partner, year, assumed_tariff) VALUES (201, 12, 24, 2017, 30);
CREATE SCHEMA spire;
CREATE TABLE spire.batches (
    id serial PRIMARY KEY, batch_ref text NOT NULL, status text NOT NULL, start_date timestamp, end_date timestamp,
    approve_date timestamp NOT NULL, release_date timestamp, staging_date timestamp
);
CREATE TABLE spire.applications (
    ela_grp_id serial PRIMARY KEY, case_type text NOT NULL, case_sub_type text,
    initial_processing_time integer NOT NULL, case_closed_date timestamp NOT NULL, withheld_status text,
    batch_id integer NOT NULL REFERENCES spire.batches, ela_id integer
);
INSERT INTO spire.batches VALUES (7, 'C1', 'RELEASED', NULL, NULL, '2020-01-01', NULL, NULL);
INSERT INTO spire.applications VALUES (3, 'GPL', NULL, 5, '2020-01-01', NULL, 7, NULL);
CREATE SCHEMA "ops";
CREATE TABLE ops.notes (text text);
"""

# L1 chooses among the rows of L0, and numbers them by itself.
_BOUND_RATES = """
CREATE SCHEMA "world_bank.bound_rates";
CREATE TABLE "world_bank.bound_rates"."L0" (
    id serial PRIMARY KEY, datafile_created text, datafile_updated text, data_hash text UNIQUE, nomen_code text,
    reporter integer, product integer, bound_rate numeric, total_number_of_lines integer
);
CREATE TABLE "world_bank.bound_rates"."L1" (
    id serial PRIMARY KEY, data_source_row_id integer UNIQUE, reporter integer, product integer, bound_rate numeric
);
INSERT INTO "world_bank.bound_rates"."L0"
    (datafile_created, datafile_updated, data_hash, nomen_code, reporter, product, bound_rate, total_number_of_lines)
    SELECT 'b.csv', 'b.csv', md5(ROW(code, 12, product, rate, 1)::text), code, 12, product, rate, 1
    FROM (VALUES ('H0', 201, 5.0), ('H2', 201, 7.50), ('H1', 202, 3.0)) AS of (code, product, rate);
INSERT INTO "world_bank.bound_rates"."L1" (data_source_row_id, reporter, product, bound_rate)
    SELECT id, reporter, product, bound_rate FROM "world_bank.bound_rates"."L0" WHERE id > 1 ORDER BY id;
"""

# A value for a whole file, its date of publication, is in L1 alone.
_ONS = """
CREATE SCHEMA "ons.postcode_directory";
CREATE TABLE "ons.postcode_directory"."L0" (id serial PRIMARY KEY, datafile_created text, {l0});
CREATE TABLE "ons.postcode_directory"."L1" (
    id serial PRIMARY KEY, data_source_row_id integer UNIQUE, {l1}, publication_date date
);
INSERT INTO "ons.postcode_directory"."L0" (datafile_created, pcds, dointr) VALUES
    ('ONSPD_AUG_2019_UK.zip', 'AB1 0AA', '198001'), ('ONSPD_AUG_2019_UK.zip', 'AB1 0AB', NULL),
    ('ONSPD_NOV_2019_UK.zip', 'AB1 0AA', '198001');
INSERT INTO "ons.postcode_directory"."L1" (data_source_row_id, pcds, dointr, publication_date)
    SELECT id, pcds, to_date(dointr, 'YYYYMM'),
        CASE WHEN id < 3 THEN date '2019-08-01' ELSE date '2019-11-01' END
    FROM "ons.postcode_directory"."L0" ORDER BY id;
"""

_REGISTRY = f"""
INSERT INTO operations.datafile_registry
    (source, file_name, state, error_message, created_timestamp, updated_timestamp)
VALUES
    ('hmrc.exporters', 'exporters1601.zip', 'failed', 'an earlier row', '2016-03-01', '2016-03-01'),
    ('hmrc.exporters', 'exporters1601.zip', 'processed', 'stale error of an earlier run', '2016-03-01', '2016-04-01'),
    ('hmrc.exporters', 'exporters1602.zip', 'processed', NULL, '2016-03-02', NULL),
    ('hmrc.exporters', 'exporters1603.zip', 'processing', NULL, '2016-05-01', '2016-05-01'),
    ('hmrc.exporters', 'exporters1512.zip', 'failed', 'BadZipFile', '2016-01-01', '2016-01-01'),
    ('hmrc.exporters', 'exporters1511.zip', 'processed', NULL, '2016-01-01', '2016-01-01'),
    ('dit.reference_postcodes', 'first.csv', 'processed', NULL, '2020-01-01', '2020-01-01'),
    ('dit.reference_postcodes', 'second.csv', 'processed', NULL, '2020-02-01', '2020-02-01'),
    ('comtrade.country_code_and_iso', 'countries.csv', 'processed', NULL, '2020-02-01', '2020-02-01'),
    ('world_bank.tariff.transformed', NULL, 'processed', NULL, '2020-01-01', '2020-01-02'),
    ('dit.spire.batch', 'batch.csv', 'processed', NULL, '2020-01-01', '2020-01-02'),
    ('dbt.grants', '{FIRST}', 'processed', NULL, '2023-01-02', '2023-01-02'),
    ('dbt.grants', '{CURRENT}', 'processed', NULL, '2023-04-02', '2023-04-02'),
    ('dbt.order_book', '{DELIVERING}', 'processed', NULL, '2023-06-01', '2023-06-01');
"""

FILES = {
    **{f"uploads/dbt/grants/{version}": b"amount,name,awarded\n10,one,2023-01-02\n" for version in (FIRST, CURRENT)},
    f"uploads/dbt/order_book/{DELIVERING}": b"customer,value\nA,1.50\n,\n",
    f"uploads/2024_x/first/{WAITING}": b"a,b\n1,2\n",
    f"datasets/dbt/grants/{CURRENT}": b"the copy that the Flask service made when it loaded it",
    "datasets/hmrc/exporters/exporters1601.zip": b"zip 1",
    "datasets/hmrc/exporters/exporters1602.zip": b"zip 2",
    "datasets/dit/reference_postcodes/second.csv": b"postcodes",
}


def make_database(url: str) -> None:
    """Make all of it in an empty database."""
    kinds = {"date_of_introduction": "date", "date_of_termination": "date"}
    columns = ", ".join(f"{name} {kinds.get(name, 'text')}" for name in POSTCODE_COLUMNS)
    values = {"postcode": "code", "date_of_introduction": "date '1980-01-01'", "date_of_termination": "NULL::date"}
    postcodes = _POSTCODES.format(
        columns=columns,
        names=", ".join(POSTCODE_COLUMNS),
        values=", ".join(values.get(name, f"'{name} of ' || code") for name in POSTCODE_COLUMNS),
    )
    ons = _ONS.format(
        l0=", ".join(f"{name} text" for name in ONS_COLUMNS),
        l1=", ".join(f"{name} {'date' if name in {'dointr', 'doterm'} else 'text'}" for name in ONS_COLUMNS),
    )
    execute(url, _SERVICE, _VERSIONS, _EXPORTERS, postcodes, ons, _BOUND_RATES, _OTHERS, _REGISTRY)


def execute(url: str, *statements: str) -> None:
    """Run SQL on a database."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def select(url: str, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a query on a database."""
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement.encode()).fetchall()


def make_storage(folder: Path) -> str:
    """Write the files, and return the storage's URL."""
    for path, content in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder.as_uri()
