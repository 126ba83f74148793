"""Mechanisms that make it possible to go back: kept tables, restorations, deletions."""

from tests.promises.mechanism import Mechanism

MECHANISMS = (
    Mechanism(
        promise="A table that is replaced while a client reads it is read to its end, while it is kept",
        file="dss_assets/loading/kept.py",
        text="    if number:\n        _keep(connection, tables)\n",
        replacement="",
        test="tests/api/test_kept_versions.py::test_a_table_that_was_replaced_is_read_to_its_end[L1]",
    ),
    Mechanism(
        promise="A table that is replaced while a client reads it is read to its end, while it is kept",
        file="dss_web/tables/opening.py",
        text="        if kept.version and kept.version.generation == generation:",
        replacement="        if False:",
        test="tests/api/test_kept_versions.py::test_a_table_that_was_replaced_is_read_to_its_end[L0]",
    ),
    Mechanism(
        promise="A table that is replaced while a client reads it is read to its end, while it is kept",
        file="dss_web/tables/opening.py",
        text=" or is_kept_name(table):",
        replacement=":",
        test="tests/api/test_kept_versions.py::test_a_kept_table_is_not_there_by_its_own_name",
    ),
    Mechanism(
        promise="A restored version takes its place without being loaded again, and is the same rows",
        file="dss_assets/loading/kept.py",
        text="    JOIN {versions} AS tracked USING (relation, generation)",
        replacement="    JOIN {versions} AS tracked USING (relation)",
        test="tests/loading/test_kept.py::test_a_table_that_was_changed_by_hand_is_not_put_back",
    ),
    Mechanism(
        promise="A restored version takes its place without being loaded again, and is the same rows",
        file="dss_assets/loading/kept.py",
        text=" AND digest = %(digest)s AND declaration = %(declaration)s",
        replacement="",
        test="tests/loading/test_kept.py::test_a_table_that_is_not_what_its_file_would_be_now_is_not_put_back",
    ),
    Mechanism(
        promise="What a person had deleted is in no table, file or event, and a record says who, when and how much",
        file="dss_assets/deletion.py",
        text="        forget(_versions_of(connection, deletion))\n",
        replacement="",
        test="tests/journeys/test_deletions.py::test_the_events_of_a_dataset_that_was_deleted_are_gone_and_others_stay",
    ),
    Mechanism(
        promise="What a person had deleted is in no table, file or event, and a record says who, when and how much",
        file="dss_assets/deletion.py",
        text="        drop_kept(connection, deletion.key, generation)",
        replacement="        pass",
        test="tests/uploads/test_deletions.py::test_a_version_goes_from_storage_tables_and_lists",
    ),
    Mechanism(
        promise="What a person had deleted is in no table, file or event, and a record says who, when and how much",
        file="dss_assets/deletion.py",
        text="            _require_nothing_on_its_way(connection, deletion)\n            left",
        replacement="            counts",
        test="tests/uploads/test_deletions.py::test_an_upload_that_begins_to_be_loaded_meanwhile_is_not_deleted",
    ),
)
