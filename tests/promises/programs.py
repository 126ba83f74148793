"""Mechanisms of what programs are told of datasets."""

from tests.promises.mechanism import Mechanism

_TOLD = "A client is told of the tables that it may read, and of no others"

MECHANISMS = (
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
