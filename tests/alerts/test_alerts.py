"""Operators are told once of each incident and once of its end, by mail and by a signed webhook."""

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dss_assets import registry
from dss_assets.catalogue import record_datasets
from dss_assets.database import Connection
from dss_assets.datasets import EXPORTERS
from dss_assets.errors import InvalidFile, TransientError
from dss_assets.storage import StoredFile
from dss_web.alerts.webhook import signature
from tests.conftest import REPOSITORY, web_environment
from tests.parts.mail_server import MailServer, running_mail_server
from tests.parts.manage import manage
from tests.parts.receiver import Receiver, running_receiver
from tests.parts.waiting import wait_until
from tests.parts.worker import running_worker

KEY, FILE = EXPORTERS.key, "exporters2401.zip"
SECRET = b"a secret of the receiver, of more than 24 bytes"
TEAM = "data-operations@example.gov.uk"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with running_mail_server() as server:
        yield server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def failing(connection: Connection) -> Connection:
    """A dataset with a file that failed for good."""
    record_datasets(connection, [EXPORTERS])
    fail(connection, InvalidFile("line 3 has too many fields"))
    return connection


def fail(connection: Connection, error: InvalidFile | TransientError, name: str = FILE) -> None:
    registry.begin(connection, KEY, name, "a run")
    registry.fail(connection, KEY, name, error)


def load(connection: Connection, name: str = FILE) -> None:
    registry.begin(connection, KEY, name, "a run")
    registry.record_stored(connection, KEY, name, "v1", StoredFile("a path", 3, "a digest"))
    registry.finish(connection, KEY, name, 7, 0.5, "a declaration")


def everything_stands_still(connection: Connection) -> None:
    """The daemon gives no sign of life, and so no source is listed."""
    load(connection)
    connection.execute("INSERT INTO operations.daemon_heartbeat VALUES ('dagster-daemon', now() - interval '1 hour')")
    connection.execute(
        "INSERT INTO operations.source_listing (source, expected_at) VALUES (%s, now() - interval '1 day')", [KEY]
    )


def settings(mail: MailServer | None = None, receiver: Receiver | None = None) -> dict[str, str]:
    found = {"DSS_WEB_URL": "https://dss.example", "DSS_RUNBOOK_URL": "https://wiki.example/runbook"}
    if mail:
        found |= {"DSS_MAIL_URL": mail.url, "DSS_ALERT_MAIL": TEAM}
    if receiver:
        secret = f"whsec_{base64.b64encode(SECRET).decode()}"
        found |= {"DSS_ALERT_WEBHOOK_URL": receiver.url, "DSS_ALERT_WEBHOOK_SECRET": secret}
    return found


def look(database: str, mail: MailServer | None = None, receiver: Receiver | None = None) -> str:
    """One look at what is wrong; what it printed."""
    done = manage(database, "alert", **settings(mail, receiver))
    assert done.returncode == 0, done.stderr
    return done.stdout


def let_pass(connection: Connection, minutes: int = 3) -> None:
    """As if open alerts had been looked at so long ago, and messages were due."""
    connection.execute("UPDATE operations.alert SET seen_at = seen_at - make_interval(mins => %s)", [minutes])
    connection.execute("UPDATE operations.alert_message SET next_attempt_at = now()")


def outcomes(connection: Connection) -> list[tuple[object, ...]]:
    return connection.execute(
        "SELECT event, channel, attempts, outcome FROM operations.alert_message ORDER BY id"
    ).fetchall()


def test_one_incident_is_told_once_however_often_it_fails_and_once_when_it_is_over(
    failing: Connection, database_url: str, mail: MailServer, receiver: Receiver
) -> None:
    printed = look(database_url, mail, receiver)
    fail(failing, TransientError("the publisher is down"))
    let_pass(failing)
    look(database_url, mail, receiver)
    fail(failing, InvalidFile("line 4 has too many fields"), "exporters2402.zip")
    let_pass(failing)
    look(database_url, mail, receiver)

    (letter,), (delivery,) = mail.letters, receiver.deliveries
    assert printed.startswith(f"{KEY}: failing since 20")
    assert (letter["To"], letter["Subject"]) == (TEAM, f"[Data Store Service] {KEY} is failing")
    assert f"{FILE}: line 3 has too many fields" in letter.get_content()
    assert "https://wiki.example/runbook#failing" in letter.get_content()
    assert "https://dss.example/admin/registry/alert/?q=hmrc.exporters" in letter.get_content()
    told = json.loads(delivery.body)
    assert (told["type"], told["data"]["kind"], told["data"]["dataset"]) == ("alert.began", "failing", KEY)
    assert told["data"]["over"] is None
    identifier, timestamp = delivery.headers["webhook-id"], delivery.headers["webhook-timestamp"]
    signed = f"{identifier}.{timestamp}.".encode() + delivery.body
    expected = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    assert delivery.headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(timestamp) - time.time()) < 60

    load(failing)
    load(failing, "exporters2402.zip")
    look(database_url, mail, receiver)
    assert len(mail.letters) == 1, "what is quiet for a moment is not over"
    let_pass(failing)
    look(database_url, mail, receiver)
    look(database_url, mail, receiver)

    over = mail.letters[1]
    assert len(mail.letters) == 2
    assert over["Subject"] == f"[Data Store Service] Over: {KEY} is failing"
    assert over["In-Reply-To"] == letter["Message-ID"]
    assert [json.loads(one.body)["type"] for one in receiver.deliveries] == ["alert.began", "alert.over"]
    assert json.loads(receiver.deliveries[1].body)["data"]["over"]


def test_the_signature_is_that_of_standard_webhooks() -> None:
    # The example of its own libraries' tests.
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_that_refuses_is_asked_again_until_there_is_an_end(
    failing: Connection, database_url: str, receiver: Receiver
) -> None:
    receiver.status = 302
    look(database_url, receiver=receiver)
    look(database_url, receiver=receiver)
    assert len(receiver.deliveries) == 1, "neither followed elsewhere nor repeated at once"
    assert outcomes(failing) == [("began", "webhook", 1, "HTTP 302")]

    failing.execute("UPDATE operations.alert_message SET attempts = 29, next_attempt_at = now()")
    look(database_url, receiver=receiver)
    assert outcomes(failing) == [("began", "webhook", 30, "given up: HTTP 302")]

    receiver.status = 204
    load(failing)
    let_pass(failing)
    look(database_url, receiver=receiver)
    assert len(receiver.deliveries) == 2
    assert outcomes(failing)[1] == ("over", "webhook", 1, "its beginning was not told")
    first, second = (one.headers["webhook-id"] for one in receiver.deliveries)
    assert first == second, "by which the receiver knows what it has already"


def test_two_that_look_at_once_make_one_incident_and_one_message(
    failing: Connection, database_url: str, mail: MailServer
) -> None:
    environment = web_environment(database_url, "file:///nowhere") | settings(mail)
    both = [subprocess.Popen([sys.executable, "manage.py", "alert"], cwd=REPOSITORY, env=environment) for _ in range(2)]

    assert [process.wait(60) for process in both] == [0, 0]
    assert len(mail.letters) == 1


def test_the_worker_tells_of_a_silent_daemon_and_not_of_every_dataset_that_stands_still_for_it(
    failing: Connection, database_url: str, mail: MailServer, tmp_path: Path
) -> None:
    everything_stands_still(failing)
    # Another worker was there until now, and so the daemon is missing alone.
    failing.execute("INSERT INTO operations.daemon_heartbeat VALUES ('worker', now())")
    with running_worker(tmp_path, database_url, tmp_path.as_uri(), **settings(mail)):
        wait_until(lambda: mail.letters)
        beats = failing.execute(
            "SELECT now() - beat_at < '1 minute' FROM operations.daemon_heartbeat WHERE daemon = 'worker'"
        )
        assert beats.fetchall() == [(True,)]

    assert [letter["Subject"] for letter in mail.letters] == ["[Data Store Service] The Dagster daemon does not run"]
    assert failing.execute("SELECT kind FROM operations.alert").fetchall() == [("no daemon",)]


def test_after_everything_was_stopped_the_daemon_has_minutes_to_start_and_its_datasets_as_well(
    failing: Connection, database_url: str, mail: MailServer, tmp_path: Path
) -> None:
    everything_stands_still(failing)
    failing.execute("INSERT INTO operations.daemon_heartbeat VALUES ('worker', now() - interval '1 hour')")
    returned = "SELECT FROM operations.daemon_heartbeat WHERE daemon = 'worker' AND returned_at > now() - interval '1m'"
    with running_worker(tmp_path, database_url, tmp_path.as_uri(), **settings(mail)):
        wait_until(lambda: failing.execute(returned).fetchall() != [])
    look(database_url, mail)
    failing.execute("UPDATE operations.daemon_heartbeat SET beat_at = now() WHERE daemon = 'dagster-daemon'")
    look(database_url, mail)
    assert failing.execute("SELECT kind FROM operations.alert").fetchall() == []

    # What is wrong all the same is told once the minutes are over.
    failing.execute("UPDATE operations.daemon_heartbeat SET returned_at = returned_at - interval '4 minutes'")
    look(database_url, mail)
    assert [letter["Subject"] for letter in mail.letters] == [f"[Data Store Service] {KEY} is stuck"]


def test_without_any_channel_incidents_are_kept_and_nobody_is_written_to(
    failing: Connection, database_url: str
) -> None:
    done = manage(database_url, "shell", "-c", "from dss_web.alerts.noticing import notice; notice()")
    assert done.returncode == 0, done.stderr
    assert failing.execute("SELECT dataset, kind FROM operations.alert").fetchall() == [(KEY, "failing")]
    assert outcomes(failing) == []


def test_a_look_without_the_workers_settings_takes_no_alert_from_the_worker(
    failing: Connection, database_url: str, mail: MailServer
) -> None:
    done = manage(database_url, "alert")
    assert done.stdout.startswith(f"{KEY}: failing since 20")
    assert "Nobody was told" in done.stderr
    assert failing.execute("SELECT FROM operations.alert").fetchall() == []

    look(database_url, mail)
    assert len(mail.letters) == 1


def test_a_trial_tells_by_each_channel_and_says_what_is_missing(
    database_url: str, mail: MailServer, receiver: Receiver
) -> None:
    done = manage(database_url, "alert", "--try", **settings(mail, receiver))
    assert done.stdout == "sent by mail\nsent by webhook\n", done.stderr
    assert "nothing is wrong" in mail.letters[0].get_content()
    assert len(receiver.deliveries) == 1

    stopped = manage(database_url, "alert", "--try")
    assert stopped.returncode == 1
    assert "set DSS_ALERT_MAIL" in stopped.stderr


@pytest.mark.parametrize("secret", ["", "whsec_dG9vIHNob3J0", "no base64 at all, though long enough"])
def test_a_webhook_that_anybody_could_imitate_is_refused_at_the_start(database_url: str, secret: str) -> None:
    url = "http://127.0.0.1:9"
    stopped = manage(database_url, "alert", DSS_ALERT_WEBHOOK_URL=url, DSS_ALERT_WEBHOOK_SECRET=secret)
    assert stopped.returncode == 1
    assert "DSS_ALERT_WEBHOOK_SECRET" in stopped.stderr
    assert not secret or secret not in stopped.stderr


def test_no_value_of_an_upload_is_in_an_alert(connection: Connection, database_url: str, mail: MailServer) -> None:
    with psycopg.connect(database_url) as other:
        other.execute("INSERT INTO pipeline (organisation, dataset, slug) VALUES ('dbt', 'wins', 'dbt-wins')")
        other.execute(
            "INSERT INTO pipeline_data_file (id, pipeline_id, data_file_url, original_name, uploaded_by, state,"
            " uploaded_at, started_processing_at, encoding, delimiter, quote, error_message) SELECT gen_random_uuid(),"
            " id, '', 'Erika.csv', 'erika@example.com', 'failed', now(), now(), 'utf-8', ',', '', 'Erika' FROM pipeline"
        )

    look(database_url, mail)

    (letter,) = mail.letters
    assert letter["Subject"] == "[Data Store Service] dbt.wins is failing"
    assert "erika" not in letter.as_string().lower()
    assert connection.execute("SELECT reason FROM operations.alert").fetchall() == [
        ("The page of the upload has the reason.",)
    ]
