"""What keeps the promises to whoever reads with the Python client."""

from tests.promises.mechanism import Mechanism

_SIGNED = "The Python client takes no response whose signature is missing or wrong"
_EXPORTED = "A file that the Python client has fetched is what the service sent, or has no name"
_ONE_STATE = "Whoever reads a table with the Python client gets one state of it"

MECHANISMS = (
    Mechanism(
        promise=_SIGNED,
        file="dss_web/client/data_store/connection.py",
        text='if response.ok or "Server-Authorization" in response.headers:',
        replacement="if False:",
        test="tests/client/test_client.py::test_an_answer_that_is_not_the_services_is_not_taken",
    ),
    Mechanism(
        promise=_EXPORTED,
        file="dss_web/client/data_store/download.py",
        text='        compare(receipt, {"bytes": size, "sha256": digest.hexdigest()})\n',
        replacement="",
        test="tests/client/test_client.py::test_a_file_that_somebody_changed_on_its_way_gets_no_name",
    ),
    Mechanism(
        promise=_ONE_STATE,
        file="dss_web/client/data_store/connection.py",
        text='response.status_code in {409, 410} and "start" in body',
        replacement="False",
        test="tests/client/test_client.py::test_rows_that_change_meanwhile_are_read_again_from_the_start",
    ),
)
