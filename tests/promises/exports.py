"""What keeps the promises about exports."""

from tests.promises.mechanism import Mechanism

MECHANISMS = (
    Mechanism(
        promise="An exported table is of one state, and a slow client holds no connection",
        file="dss_web/exports/producer.py",
        text="    require_generation(relation, query.generation, start)\n",
        replacement="",
        test="tests/exports/test_streams.py::test_an_export_of_rows_that_were_changed_since_is_refused",
    ),
    Mechanism(
        promise="An exported table is of one state, and a slow client holds no connection",
        file="dss_web/exports/producer.py",
        text="            connections.close_all()\n",
        replacement="            pass\n",
        test="tests/exports/test_connections.py::test_a_slow_client_holds_no_connection_of_the_pool",
    ),
    Mechanism(
        promise="An exported table is of one state, and a slow client holds no connection",
        file="dss_web/exports/receipts.py",
        text="        connections.close_all()\n",
        replacement="        pass\n",
        test="tests/exports/test_connections.py::test_a_slow_client_holds_no_connection_of_the_pool",
    ),
    Mechanism(
        promise="An exported table is of one state, and a slow client holds no connection",
        file="dss_web/exports/stream.py",
        text="            self._spool.close()\n            self._release()",
        replacement="            self._spool.close()",
        test="tests/exports/test_streams.py::test_a_client_that_goes_lets_go_of_everything",
    ),
    Mechanism(
        promise="An export that fails is never taken for a whole one: before its first byte it has a signed error, and "
        "later no end",
        file="dss_web/exports/sending.py",
        text="    body.prepare()\n",
        replacement="",
        test="tests/exports/test_failures.py::test_rows_that_no_byte_was_made_of_yet_are_no_beginning",
    ),
    Mechanism(
        promise="An export that fails is never taken for a whole one: before its first byte it has a signed error, and "
        "later no end",
        file="dss_web/exports/stream.py",
        text="            reset(self._request)\n",
        replacement="",
        test="tests/exports/test_failures.py::test_curl_tells_an_export_that_broke_off_from_a_whole_one",
    ),
)
