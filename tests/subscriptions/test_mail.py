"""Followers get mail about each event once, as long as they may see the dataset."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.parts.mail_server import MailServer, running_mail_server
from tests.parts.manage import manage

PERSON = "rita.reader@example.gov.uk"
KEY = "dbt.wins"
WEB_URL = "https://dss.example"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with running_mail_server() as server:
        yield server


@pytest.fixture
def database(database_url: str) -> str:
    """A database with a dataset and a reader who follows it."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO accounts_user (user_id, email, password, first_name, last_name, access_profiles, is_superuser,"
            " is_staff, is_active, date_joined, last_login, profile_read_at) VALUES ('r', %s, '', '', '',"
            " '{dss-reader}', false, false, true, now(), now(), now())",
            [PERSON],
        )
        connection.execute(
            "INSERT INTO pipeline (organisation, dataset, slug, title) VALUES ('dbt', 'wins', 'dbt-wins', 'Wins')"
        )
        connection.execute(
            "INSERT INTO operations.subscription (dataset, person_id) SELECT %s, id FROM accounts_user", [KEY]
        )
    return database_url


def happen(database: str, kind: str = "version", details: str = "{}") -> None:
    run(
        database,
        "INSERT INTO operations.dataset_event (dataset, kind, mark, happened_at, details)"
        " VALUES (%s, %s, gen_random_uuid(), now(), %s)",
        KEY,
        kind,
        details,
    )


def run(database: str, statement: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(database) as connection:
        cursor = connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


def send(database: str, server: MailServer) -> None:
    done = manage(database, "send_mail", DSS_MAIL_URL=server.url, DSS_WEB_URL=WEB_URL)
    assert done.returncode == 0, done.stderr


def outcomes(database: str) -> list[object]:
    return [row[0] for row in run(database, "SELECT outcome FROM operations.subscription_message ORDER BY id")]


def test_a_follower_is_told_once_of_each_event(database: str, server: MailServer) -> None:
    happen(database)
    happen(database, "breaking", '{"removed": ["amount"], "retyped": ["day"]}')
    happen(database, "late")
    send(database, server)
    send(database, server)

    subjects = [str(letter["Subject"]) for letter in server.letters]
    assert subjects == ["New version: Wins", "Columns have changed: Wins", "Late: Wins"]
    assert {str(letter["To"]) for letter in server.letters} == {PERSON}
    text = server.letters[1].get_content()
    assert "Removed or renamed: amount. Of another type: day." in text
    assert "https://dss.example/datasets/dbt/wins/follow/" in text


def test_what_happened_before_they_followed_is_no_news(database: str, server: MailServer) -> None:
    run(database, "DELETE FROM operations.subscription")
    happen(database)
    run(database, "INSERT INTO operations.subscription (dataset, person_id) SELECT %s, id FROM accounts_user", KEY)
    send(database, server)
    assert server.letters == []


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ("INSERT INTO operations.restricted_dataset (dataset, restricted_by) VALUES ('dbt.wins', '')", "may not see"),
        ("UPDATE accounts_user SET access_profiles = '{}'", "no access"),
        ("UPDATE accounts_user SET is_active = false", "no access"),
        ("UPDATE accounts_user SET profile_read_at = now() - interval '91 days'", "no access"),
    ],
    ids=["restricted", "no role", "barred", "away for long"],
)
def test_who_may_not_see_it_any_more_is_told_nothing(
    database: str, server: MailServer, change: str, outcome: str
) -> None:
    happen(database)
    run(database, change)
    send(database, server)
    assert server.letters == []
    assert outcome in str(outcomes(database)[0])


def test_mail_that_was_refused_is_sent_later_under_the_same_id(database: str, server: MailServer) -> None:
    happen(database)
    server.refuses = True
    send(database, server)
    assert server.letters == []
    server.refuses = False
    run(database, "UPDATE operations.subscription_message SET next_attempt_at = now()")
    send(database, server)
    assert [str(letter["Message-ID"]).partition("@")[0][:14] for letter in server.letters] == ["<subscription-"]


def test_subscriptions_go_with_their_dataset_and_their_person(database: str, server: MailServer) -> None:
    happen(database)
    send(database, server)
    run(database, "DELETE FROM accounts_user")
    assert run(database, "SELECT FROM operations.subscription") == []
    assert outcomes(database) == []
