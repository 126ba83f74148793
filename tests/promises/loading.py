"""Mechanisms of loading, the registry, data-flow and the Dagster clothing."""

from tests.promises.mechanism import Mechanism

_ONE_RUN = "A request to data-flow that is repeated makes no second run, nor does one beside a cleared run"

MECHANISMS = (
    Mechanism(
        promise="A file's rows and its registry row appear together or not at all",
        file="dss_assets/ingestion.py",
        text="        connection.transaction(),\n    ):",
        replacement="    ):",
        test="tests/loading/test_incremental.py::test_what_was_loaded_stays_when_a_later_version_of_the_file_is_bad",
    ),
    Mechanism(
        promise="Loading a file again replaces its rows",
        file="dss_assets/loading/incremental.py",
        text="    if before:",
        replacement="    if False:",
        test="tests/loading/test_incremental.py::test_the_same_file_again_replaces_its_rows_and_only_those",
    ),
    Mechanism(
        promise="Fifty replacements of a file cost no more disk than two",
        file="dss_assets/loading/dead_rows.py",
        text="        if found and (found[0] or 0) > _WORTH_IT * rows:",
        replacement="        if False:",
        test="tests/loading/test_dead_rows.py::test_fifty_replacements_of_a_file_cost_no_more_disk_than_two[loading0]",
    ),
    Mechanism(
        promise="Loads of one dataset do not mix",
        file="dss_assets/database.py",
        text="""("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"load {dataset_key}"])""",
        replacement="""("SELECT %s", [dataset_key])""",
        test="tests/loading/test_two_loads.py::test_the_ids_of_each_file_follow_one_another",
    ),
    Mechanism(
        promise="Loads of one dataset do not mix",
        file="dss_assets/loading/tables.py",
        text="""        connection.execute("DISCARD SEQUENCES")""",
        replacement="        pass",
        test="tests/loading/test_two_loads.py"
        "::test_ids_follow_one_another_and_only_grow_whichever_session_has_some_in_stock",
    ),
    Mechanism(
        promise="Loads of one dataset do not mix",
        file="dss_assets/database.py",
        text="""    connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", key)""",
        replacement="    pass",
        test="tests/loading/test_two_loads.py::test_a_file_is_not_stored_anew_while_it_is_loaded",
    ),
    Mechanism(
        promise="A host that vanishes holds its datasets up for less than a minute",
        file="dss_assets/database.py",
        text=" -c lock_timeout=1h {_SERVER_KEEPALIVES}",
        replacement=" -c lock_timeout=1h",
        test="tests/registry/test_vanished_host.py::test_its_locks_are_free_within_a_minute",
    ),
    Mechanism(
        promise="A killed process loses nothing and duplicates nothing",
        file="dss_assets/assets/source_sensors.py",
        text="    orphaned = registry.requeue_orphaned(connection, dataset.key)",
        replacement="    orphaned: list[str] = []",
        test="tests/journeys/test_crashes.py"
        "::test_a_run_that_is_killed_while_it_loads_leaves_the_old_rows_and_is_done_again",
    ),
    Mechanism(
        promise="A killed process loses nothing and duplicates nothing",
        file="dss_assets/registry/files.py",
        text=""" AND pg_try_advisory_xact_lock(hashtextextended('run ' || run_id, 0))""",
        replacement="",
        test="tests/registry/test_registry.py::test_a_run_is_known_to_work_as_long_as_its_connection_lives",
    ),
    Mechanism(
        promise="A declaration that changes loses no value, and takes nothing from clients without a yes",
        file="dss_assets/loading/shape.py",
        text="(column.name, *column.formerly) if name in found",
        replacement="(column.name,) if name in found",
        test="tests/loading/test_reshaping.py::test_a_renamed_column_keeps_its_values",
    ),
    Mechanism(
        promise="A declaration that changes loses no value, and takes nothing from clients without a yes",
        file="dss_assets/reshaping.py",
        text="        if withdrawn and not is_confirmed:",
        replacement="        if False:",
        test="tests/loading/test_reshaping.py::test_a_withdrawn_column_goes_only_with_a_yes",
    ),
    Mechanism(
        promise="A declaration that changes loses no value, and takes nothing from clients without a yes",
        file="dss_assets/loading/shape.py",
        text="        _require_convertible(connection, tables, present)\n",
        replacement="",
        test="tests/loading/test_reshaping.py"
        "::test_a_row_that_no_longer_converts_leaves_the_old_view_in_place_and_says_so",
    ),
    Mechanism(
        promise="Files that their tables cannot take yet wait, and are not tried again and again",
        file="dss_assets/registry/due.py",
        text='(state = %(due)s AND refused_declaration <> %(declaration)s)"\n',
        replacement="(state = %(due)s AND %(declaration)s <> '')\"\n",
        test="tests/loading/test_reshaping.py"
        "::test_a_file_that_waits_for_its_tables_is_not_asked_for_until_they_are_reshaped",
    ),
    Mechanism(
        promise="What a sensor made due is loaded, even if the sensor dies before it asks for the run",
        file="dss_assets/registry/due.py",
        text="        OR entry.state = %(due)s\n",
        replacement="",
        test="tests/registry/test_registry.py::test_what_was_made_due_stays_due_until_a_run_has_begun",
    ),
    Mechanism(
        promise="A run loads the version that made its file due, and asks no publisher about it again",
        file="dss_assets/ingestion.py",
        text="        if entry and entry.url:",
        replacement="        if False and entry:",
        test="tests/journeys/test_published_files.py::test_a_run_fetches_what_the_sensor_saw_and_lists_no_publisher",
    ),
    Mechanism(
        promise="A stored file can be loaded again while its publisher is away",
        file="dss_assets/ingestion.py",
        text="    if entry and digest and is_stored and entry.version == remote_file.version:",
        replacement="    if False and entry:",
        test="tests/journeys/test_published_files.py"
        "::test_a_stored_file_is_materialised_while_its_publisher_is_away[failed]",
    ),
    Mechanism(
        promise="A temporary error is retried with growing delays; an invalid file is not",
        file="dss_assets/registry/retries.py",
        text="least(5 * power(2, least(attempts, 20)), 3600)",
        replacement="5",
        test="tests/registry/test_registry.py::test_each_attempt_waits_longer_up_to_an_hour",
    ),
    Mechanism(
        promise="A temporary error is retried with growing delays; an invalid file is not",
        file="dss_assets/registry/files.py",
        text="""            "retryable": isinstance(error, TransientError) or is_fetched_again,""",
        replacement="""            "retryable": True,""",
        test="tests/journeys/test_published_files.py"
        "::test_a_bad_file_is_not_fetched_again_until_another_version_is_offered",
    ),
    Mechanism(
        promise="Runs that fail to start are asked for later each time",
        file="dss_assets/assets/source_sensors.py",
        text="    if backoff := start_backoff(context.instance, feed.name):\n"
        "        return SkipReason(backoff.skip_message)\n",
        replacement="",
        test="tests/journeys/test_published_files.py::test_runs_that_fail_to_start_are_not_asked_for_at_every_look",
    ),
    Mechanism(
        promise="A changed file is noticed",
        file="dss_assets/registry/due.py",
        text="            AND offered.version NOT IN ('', entry.version, entry.offered_version)",
        replacement="            AND false",
        test="tests/journeys/test_published_files.py::test_a_changed_file_is_loaded_again_and_both_versions_are_kept",
    ),
    Mechanism(
        promise="A next attempt is made at its time, however seldom its source is listed",
        file="dss_assets/assets/source_sensors.py",
        text="        minimum_interval_seconds=min(every, LONGEST_LOOK_SECONDS),",
        replacement="        minimum_interval_seconds=every,",
        test="tests/journeys/test_retries.py"
        "::test_a_source_is_listed_as_often_as_it_declares_though_its_sensor_looks_more_often",
    ),
    Mechanism(
        promise="A next attempt is made at its time, however seldom its source is listed",
        file="dss_assets/registry/retries.py",
        text="greatest({}, now() + %(retry_after)s * interval '1 second')",
        replacement="{}",
        test="tests/journeys/test_retries.py::test_retry_after_puts_off_the_next_attempt",
    ),
    Mechanism(
        promise="The same bytes under another version change nothing",
        file="dss_assets/ingestion.py",
        text="            if entry and _is_loaded(entry, version, stored):",
        replacement="            if False and entry:",
        test="tests/journeys/test_retries.py::test_the_same_bytes_under_another_etag_change_nothing",
    ),
    Mechanism(
        promise="A host is asked over at most two connections",
        file="dss_assets/database.py",
        text="HOST_CONNECTIONS: Final = 2",
        replacement="HOST_CONNECTIONS: Final = 20",
        test="tests/sources/test_politeness.py::test_a_host_is_asked_over_two_connections_whoever_asks",
    ),
    Mechanism(
        promise="A run reports what checks found in every file of its dataset, not only in its own",
        file="dss_assets/checks.py",
        text="        for check, sentence in (findings or {}).items():",
        replacement="        for check, sentence in ({}).items():",
        test="tests/assets/test_checks.py::test_a_run_reports_the_last_state_of_every_file",
    ),
    Mechanism(
        promise="The web half describes what the release declares",
        file="dss_assets/catalogue.py",
        text="    WHERE known.withdrawn_at IS NOT NULL OR ({known}) IS DISTINCT FROM ({excluded})",
        replacement="    WHERE known.withdrawn_at IS NOT NULL",
        test="tests/registry/test_datasets.py::test_only_what_a_release_changes_is_written",
    ),
    Mechanism(
        promise="A batch of files ends in one data-flow run",
        file="dss_assets/dataflow/ledger.py",
        text="    if unfinished and not unfinished[2]:\n        return None\n",
        replacement="",
        test="tests/journeys/test_dataflow.py::test_two_who_trigger_dataflow_at_the_same_moment_start_one_run",
    ),
    Mechanism(
        promise=_ONE_RUN,
        file="dss_assets/dataflow/ledger.py",
        text="return Turn(number, run_id, seconds, is_repeated=True)",
        replacement='return Turn(number, f"{run_id}-again", seconds, is_repeated=True)',
        test="tests/dataflow/test_asking_once.py"
        "::test_a_request_that_got_no_answer_is_not_followed_by_a_second_run[airflow-3]",
    ),
    Mechanism(
        promise=_ONE_RUN,
        file="dss_assets/dataflow/runs.py",
        text="    if run := _resume_cleared(connection, dataflow, source):\n        return run\n",
        replacement="",
        test="tests/dataflow/test_following.py"
        "::test_a_run_that_an_operator_cleared_is_followed_and_no_other_one_asked_for[airflow-3]",
    ),
    Mechanism(
        promise="What data-flow refuses for good is not asked for over and over",
        file="dss_assets/dataflow/ledger.py",
        text="is_stopped = true",
        replacement="is_stopped = false",
        test="tests/dataflow/test_refusals.py"
        "::test_a_refused_configuration_is_asked_for_again_when_a_person_says_so[airflow-3]",
    ),
    Mechanism(
        promise="A run of data-flow is not given up for waiting",
        file="dss_assets/dataflow/runs.py",
        text="    if is_running and entry.seconds_running > LONGEST_RUN_SECONDS:",
        replacement="    if entry.seconds_asked > LONGEST_RUN_SECONDS:",
        test="tests/dataflow/test_following.py::test_a_run_that_waits_behind_others_is_told_and_never_failed_for_it",
    ),
    Mechanism(
        promise="data-flow is asked only where a load changed a table",
        file="dss_assets/registry/files.py",
        text="coalesce(rows > 0 OR (rows = 0 AND concerns_dataflow), false)",
        replacement="true",
        test="tests/journeys/test_dataflow.py::test_dataflow_is_not_asked_for_a_file_that_changed_nothing",
    ),
    Mechanism(
        promise="data-flow is asked only for tables that are still declared or uploaded",
        file="dss_assets/assets/sensors.py",
        text="elif key not in gone and (upload := uploads.delivering(connection, key, file_name)):",
        replacement="elif upload := file_name:",
        test="tests/journeys/test_changed_declarations.py"
        "::test_no_run_is_asked_for_a_dataset_that_was_taken_out_while_a_file_waited_for_dataflow",
    ),
    Mechanism(
        promise="Readers never see half a file",
        file="dss_assets/loading/replace.py",
        text="""    staging = Tables(tables.dataset, ".next")""",
        replacement="""    connection.execute(b'DROP TABLE IF EXISTS "finance.budget"."L0"')
    staging = Tables(tables.dataset, ".next")""",
        test="tests/loading/test_replace.py::test_readers_have_the_old_rows_until_all_new_ones_are_there",
    ),
    Mechanism(
        promise="An upload's day counts from its confirmation, and what is loaded is never called failed",
        file="dss_assets/uploads/load.py",
        text="THEN coalesce(started_processing_at, now()) ELSE now()",
        replacement="THEN now() ELSE now()",
        test="tests/journeys/test_uploads.py"
        "::test_a_load_is_given_up_a_day_after_the_confirmation_however_often_it_was_tried",
    ),
    Mechanism(
        promise="An upload's day counts from its confirmation, and what is loaded is never called failed",
        file="dss_assets/uploads/states.py",
        text='            "waiting": WAITING_STATES,',
        replacement='            "waiting": [*WAITING_STATES, UploadState.PROCESSING_DATAFLOW],',
        test="tests/journeys/test_uploads.py::test_an_upload_whose_rows_are_loaded_is_never_failed_however_late_it_is",
    ),
    Mechanism(
        promise="Ids never run out",
        file="dss_assets/loading/shape.py",
        text="    if has_integer_ids(connection, tables.l0):",
        replacement="    if False:",
        test="tests/loading/test_wide_ids.py::test_ids_become_bigints_at_the_next_load_and_all_else_stays",
    ),
    Mechanism(
        promise="A value that Postgres would read as something else than it says is not loaded",
        file="dss_assets/loading/strict_values.py",
        text="    return _checked(rows, shapes) if any(shapes) else rows.chunks",
        replacement="    return rows.chunks",
        test="tests/loading/test_strict_values.py::test_columns_of_numbers_alone_are_looked_at_too",
    ),
    Mechanism(
        promise="A wrong row fails alone, unless a file has too many",
        file="dss_assets/loading/__init__.py",
        text="        loaded = load(connection, tables, file_name, without_rows(rows, bad) if bad else rows, order)",
        replacement="        loaded = load(connection, tables, file_name, rows, order)",
        test="tests/loading/test_bad_rows.py::test_a_row_of_csv_that_is_wrong_in_any_way_fails_alone",
    ),
    Mechanism(
        promise="Every line or document of a file is loaded, or counted and listed as rejected",
        file="dss_assets/loading/copy_in.py",
        text="    if tally.records != tally.accepted + tally.rejected or tally.rows != copied:",
        replacement="    if False:",
        test="tests/loading/test_rejects.py::test_records_that_do_not_add_up_stop_the_load",
    ),
    Mechanism(
        promise="An older file displaces nothing that a newer one brought",
        file="dss_assets/loading/file_order.py",
        text="        return self.loaded_after(file_date) if file_date else []",
        replacement="        return []",
        test="tests/loading/test_file_order.py::test_an_older_file_does_not_take_the_place_of_a_newer_one",
    ),
    Mechanism(
        promise="What another file repeats unchanged keeps its rows and ids",
        file="dss_assets/loading/units.py",
        text="        delete_unseen_rows(connection, self.l0, self._unchanged())\n",
        replacement="",
        test="tests/loading/test_file_order.py::test_a_pack_that_only_repeats_leaves_readers_where_they_are",
    ),
    Mechanism(
        promise="A unit that comes again in another file, such as a month in its archive, is there once",
        file="dss_assets/loading/incremental.py",
        text="    if tables.dataset.unit:",
        replacement="    if False:",
        test="tests/loading/test_incremental.py::test_a_month_that_comes_again_in_an_archive_is_there_once",
    ),
    Mechanism(
        promise="An error in a row names its member and line",
        file="dss_assets/loading/convertible.py",
        text="    place = rows.place_of_row(",
        replacement="    place = rows.place_of_line(",
        test="tests/parsing/test_line_numbers.py::test_a_value_that_l1_cannot_convert_below_line_breaks_is_on_its_line",
    ),
    Mechanism(
        promise="A derived table is made once after a change of its inputs, never of half of them",
        file="dss_assets/derivations.py",
        text="    if loading := files_on_their_way(connection, dataset):",
        replacement="    if loading := []:",
        test="tests/journeys/test_derived_tariffs.py"
        "::test_it_is_made_once_when_inputs_have_changed_and_not_while_they_are_loaded",
    ),
    Mechanism(
        promise="A derived table is of one state of its inputs",
        file="dss_assets/loading/staging.py",
        text="""        connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))\n""",
        replacement="",
        test="tests/loading/test_derived.py::test_every_batch_reads_the_inputs_as_they_were_at_the_beginning",
    ),
    Mechanism(
        promise="Making a derived table goes on where it stopped, and readers keep the old one",
        file="dss_assets/loading/staging.py",
        text="        if found and found[0] == str(recipe):\n            return\n",
        replacement="",
        test="tests/loading/test_derived.py::test_it_goes_on_where_it_stopped_and_the_table_before_stays_until_then",
    ),
    Mechanism(
        promise="Making a derived table goes on where it stopped, and readers keep the old one",
        file="dss_assets/loading/staging.py",
        text='_SWAP_WAIT: Final = "500ms"',
        replacement='_SWAP_WAIT: Final = "1h"',
        test="tests/loading/test_derived.py::test_readers_keep_the_old_table_and_are_told_to_start_again",
    ),
    Mechanism(
        promise="Making a derived table goes on where it stopped, and readers keep the old one",
        file="dss_assets/loading/derived.py",
        text=" if batch.units[0] not in done",
        replacement="",
        test="tests/journeys/test_crashes.py::test_a_derived_table_whose_process_is_killed_goes_on_where_it_stopped",
    ),
    Mechanism(
        promise="All tables of a release change together, or none does",
        file="dss_assets/ingestion.py",
        text="        connection.transaction(),\n    ):",
        replacement="    ):",
        test="tests/loading/test_release.py::test_one_fault_leaves_all_tables_as_they_were_and_says_which[a check]",
    ),
    Mechanism(
        promise="Readers have the old tables of a release until all new ones are there",
        file="dss_assets/loading/release.py",
        text="    skipped = rows.skipped.copy()\n",
        replacement="    skipped = rows.skipped.copy()\n"
        "    connection.execute(sql.SQL('DROP TABLE {}.trees').format(sql.Identifier(dataset.schema)))\n",
        test="tests/loading/test_release.py::test_readers_have_the_old_rows_until_all_tables_are_replaced",
    ),
    Mechanism(
        promise="The keys and checks of a release hold, and an error names the row",
        file="dss_assets/loading/release.py",
        text="        staged.add_foreign_keys(table)",
        replacement="        pass",
        test="tests/loading/test_release.py"
        "::test_one_fault_leaves_all_tables_as_they_were_and_says_which[a key that leads nowhere]",
    ),
)
