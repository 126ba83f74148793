"""Mail about uploads: for each event once, to its person alone, and nothing of the file."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import REPOSITORY, web_environment
from tests.parts.mail_server import MailServer, running_mail_server
from tests.parts.manage import manage
from tests.parts.waiting import wait_until
from tests.parts.worker import worker

PERSON = "ursula.uploader@example.gov.uk"
WEB_URL = "https://dss.example"
VALUE = "Erika Mustermann"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with running_mail_server() as server:
        yield server


@pytest.fixture
def database(database_url: str) -> str:
    """A database with a person who may upload, and a dataset."""
    run(
        database_url,
        "INSERT INTO accounts_user (user_id, email, password, first_name, last_name, access_profiles, is_superuser,"
        " is_staff, is_active, date_joined, last_login) VALUES ('u', %s, '', '', '', '{dss-uploader}', false, false,"
        " true, now(), now())",
        PERSON.capitalize(),
    )
    run(database_url, "INSERT INTO pipeline (organisation, dataset, slug) VALUES ('dbt', 'wins', 'dbt-wins')")
    return database_url


def run(database: str, statement: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(database) as connection:
        cursor = connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


def upload(database: str, name: str = "wins.csv") -> str:
    """A version that its person uploaded."""
    upload_id = str(uuid.uuid4())
    with psycopg.connect(database) as connection:
        connection.execute("SELECT set_config('dss.person_id', 'u', true)")
        connection.execute(
            "INSERT INTO pipeline_data_file (id, pipeline_id, data_file_url, original_name, uploaded_by, state,"
            " uploaded_at, encoding, delimiter, quote) SELECT %s, id, '', %s, %s, 'uploaded', now(), 'utf-8', ',',"
            " '\"' FROM pipeline",
            [upload_id, name, PERSON],
        )
    return upload_id


def move(database: str, upload_id: str, state: str) -> None:
    """Do the assets half's part."""
    run(
        database,
        "UPDATE pipeline_data_file SET state = %s, error_message = %s WHERE id = %s",
        state,
        f"Line 2: “{VALUE}” is not a number." if state == "failed" else None,
        upload_id,
    )


def send(database: str, server: MailServer) -> None:
    done = manage(database, "send_mail", DSS_MAIL_URL=server.url, DSS_WEB_URL=WEB_URL)
    assert done.returncode == 0, done.stderr


def outcomes(database: str) -> list[object]:
    return [outcome for (outcome,) in run(database, "SELECT outcome FROM operations.upload_letter ORDER BY event_id")]


def test_a_person_is_told_once_of_what_is_done_and_of_what_has_failed(database: str, server: MailServer) -> None:
    done, failed = upload(database), upload(database, "bad.csv")
    move(database, done, "completed")
    move(database, failed, "failed")

    send(database, server)
    send(database, server)

    first, second = server.letters
    assert first["To"].lower() == PERSON
    assert first["Subject"] == "Your data is ready: dbt.wins"
    assert f"https://dss.example/upload/data/dbt-wins/uploaded/{done}/" in first.get_content()
    assert "https://dss.example/upload/mail/" in first.get_content()
    assert second["Subject"] == "Your data could not be loaded: dbt.wins"
    assert VALUE not in second.as_string()
    assert first["Message-ID"] != second["Message-ID"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\r\nBcc: all@example.com\r\n\r\nPay here.csv", "aBcc: all@example.comPay here.csv"),
        ("../../<b>\u202egnp.csv", "<b>gnp.csv"),
        ("n" * 296 + ".csv", "n" * 251 + ".csv"),
        ("\u200f\x07", "your file"),
    ],
    ids=["lines", "folders and directions", "300 characters", "nothing to see"],
)
def test_the_name_of_a_file_is_a_name_in_a_mail(database: str, server: MailServer, name: str, shown: str) -> None:
    move(database, upload(database, name), "completed")

    send(database, server)

    (letter,) = server.letters
    assert letter.get_content().splitlines()[0].startswith(f"{shown} has been loaded into dbt.wins")
    assert (letter["Bcc"], letter["Subject"]) == (None, "Your data is ready: dbt.wins")


def test_the_worker_sends_what_is_due(database: str, server: MailServer, tmp_path: Path) -> None:
    move(database, upload(database), "completed")
    process = worker(tmp_path, database, tmp_path.as_uri(), DSS_MAIL_URL=server.url, DSS_WEB_URL=WEB_URL)
    process.start()
    try:
        wait_until(lambda: server.letters, process.log_tail)
    finally:
        process.stop(timeout_seconds=5)
    assert server.letters[0]["Subject"] == "Your data is ready: dbt.wins"


def test_who_left_a_long_check_is_told_that_the_file_was_refused(database: str, server: MailServer) -> None:
    for seconds, name in ((1, "quick.csv"), (90, "slow.csv")):
        upload_id = upload(database, name)
        with psycopg.connect(database) as connection:
            connection.execute(
                "INSERT INTO operations.upload_task (version_id, kind, outcome, requested_at, finished_at) VALUES"
                " (%s, 'check', 'refused', now() - make_interval(secs => %s), now())",
                [upload_id, seconds],
            )
            connection.execute("SELECT set_config('dss.person_id', 'u', true)")
            connection.execute("UPDATE pipeline_data_file SET state = 'failed' WHERE id = %s", [upload_id])

    send(database, server)

    (letter,) = server.letters
    assert "slow.csv could not be loaded" in letter.get_content()


def test_somebody_who_left_a_question_is_reminded_once_after_half_an_hour(database: str, server: MailServer) -> None:
    waiting = upload(database)
    send(database, server)
    assert server.letters == []
    # The trail takes new rows, and changes none: as it would be had the file come earlier.
    earlier = (
        "INSERT INTO operations.upload_event (happened_at, action, dataset, version, after) VALUES"
        " (now() - interval '31 minutes', 'upload', 'dbt.wins', %s, '{\"state\": \"uploaded\"}')"
    )
    run(database, earlier, waiting)

    send(database, server)
    send(database, server)

    (letter,) = server.letters
    assert letter["Subject"] == "Your upload waits for you: dbt.wins"


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ("wants_mail = false", "its person wants no mail"),
        ("is_active = false", "its person has no access"),
        ("access_profiles = '{}'", "its person has no access"),
    ],
)
def test_whoever_wants_no_mail_or_has_no_access_gets_none(
    database: str, server: MailServer, change: str, outcome: str
) -> None:
    run(database, f"UPDATE accounts_user SET {change}")
    move(database, upload(database), "completed")

    send(database, server)

    assert server.letters == []
    assert outcomes(database) == [outcome]


def test_a_mail_that_the_server_refuses_is_sent_later(database: str, server: MailServer) -> None:
    move(database, upload(database), "completed")
    server.refuses = True
    send(database, server)
    server.refuses = False
    send(database, server)
    assert server.letters == []
    assert run(database, "SELECT next_attempt_at > now() FROM operations.upload_letter") == [(True,)]

    run(database, "UPDATE operations.upload_letter SET next_attempt_at = now()")
    send(database, server)

    assert len(server.letters) == 1
    assert outcomes(database) == ["sent"]


def start(database: str, server: MailServer) -> subprocess.Popen[bytes]:
    environment = web_environment(database, "file:///nowhere") | {
        "DSS_MAIL_URL": server.url,
        "DSS_WEB_URL": WEB_URL,
    }
    return subprocess.Popen([sys.executable, "manage.py", "send_mail"], cwd=REPOSITORY, env=environment)


def test_a_process_that_dies_while_it_sends_loses_no_mail(database: str, server: MailServer) -> None:
    move(database, upload(database), "completed")
    server.holds.set()
    dying = start(database, server)
    assert server.received.wait(60)
    os.kill(dying.pid, signal.SIGKILL)
    dying.wait()
    server.holds.clear()

    send(database, server)

    # The server had it already, which nobody could know; both are one to a mail program.
    first, second = server.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert outcomes(database) == ["sent"]


def test_two_processes_at_once_send_each_mail_once(database: str, server: MailServer) -> None:
    for _ in range(10):
        move(database, upload(database), "completed")

    both = [start(database, server) for _ in range(2)]

    assert [process.wait(60) for process in both] == [0, 0]
    assert len(server.letters) == 10


def test_without_a_mail_server_the_command_says_what_to_set(database: str) -> None:
    stopped = manage(database, "send_mail")
    assert stopped.returncode == 1
    assert "set DSS_MAIL_URL" in stopped.stderr


def test_mail_is_printed_where_the_setting_says_console(database: str) -> None:
    move(database, upload(database), "completed")
    printed = manage(database, "send_mail", DSS_MAIL_URL="console:").stdout
    assert "Subject: Your data is ready: dbt.wins" in printed
