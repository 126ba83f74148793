"""Mechanisms of what programs are told of datasets."""

from tests.promises.mechanism import Mechanism

_TOLD = "A client is told of the tables that it may read, and of no others"

_FOLLOWED = "A client that follows a table has its rows and no others, or is told that its changes cannot be told"

MECHANISMS = (
    Mechanism(
        promise=_FOLLOWED,
        file="dss_web/tables/changes.py",
        text="later.generation_before != earlier.generation",
        replacement="later.generation_before > earlier.generation + 10**9",
        test="tests/api/test_changes.py::test_what_cannot_be_told_is_gone_with_a_url_to_start_again[deleted_by_hand]",
    ),
    Mechanism(
        promise=_FOLLOWED,
        file="dss_assets/loading/change_log.py",
        text="tracked.generation, %(last_id)s, %(removed)s",
        replacement="tracked.generation, %(last_id)s, (%(removed)s::bigint[])[:0]",
        test="tests/loading/test_change_log.py::test_what_loads_add_and_remove_is_told",
    ),
    Mechanism(
        promise="A Parquet file in the storage is a whole table in one state, and of no restricted dataset",
        file="dss_assets/parquet_versions.py",
        text="AND NOT EXISTS (SELECT FROM {restricted} WHERE dataset = described.key)",
        replacement="AND true",
        test="tests/storage/test_parquet_versions.py::test_restricted_and_withdrawn_datasets_are_not_there",
    ),
    Mechanism(
        promise=_TOLD,
        file="dss_web/api/datasets.py",
        text="lambda schema, table: any(opens(client, route, schema, table) for route in READING)",
        replacement="lambda schema, table: True",
        test="tests/api/test_datasets.py::test_a_client_is_shown_the_tables_that_it_may_read",
    ),
    Mechanism(
        promise=_TOLD,
        file="dss_web/api/hawk_auth.py",
        text="schema is None or any(opens_part_of(client, route, schema) for route in READING)",
        replacement="True",
        test="tests/api/test_datasets.py::test_what_a_key_does_not_open_is_refused_whether_it_is_there_or_not",
    ),
)
