"""Programs get signed messages about a dataset, at public addresses or those that the settings name."""

import base64
import hashlib
import hmac
import json
import re
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.conftest import ENCRYPTION_KEY
from tests.parts.manage import manage
from tests.parts.receiver import Receiver
from tests.parts.site import COLLEAGUE, UPLOADER, Site, Visitor, unbroken

SECRET = base64.b64encode(b"the secret of a webhook, 32 long")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of 127.0.0.1 with its key, which only these tests believe."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@pytest.fixture
def receiver(certificate: Path) -> Iterator[Receiver]:
    with Receiver() as receiver:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        receiver.socket = context.wrap_socket(receiver.socket, server_side=True)
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        yield receiver
        receiver.shutdown()


@pytest.fixture
def database(database_url: str, receiver: Receiver) -> str:
    """A database with an event of a dataset that a program follows."""
    secret = Fernet(ENCRYPTION_KEY).encrypt(b"whsec_" + SECRET).decode()
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO pipeline (organisation, dataset, slug) VALUES ('dbt', 'wins', 'dbt-wins')")
        connection.execute(
            "INSERT INTO operations.subscription (dataset, url, secret) VALUES ('dbt.wins', %s, %s)",
            [f"https://{receiver.address}/received", secret],
        )
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO operations.dataset_event (dataset, kind, mark, happened_at, details) VALUES"
            """ ('dbt.wins', 'breaking', '7', now(), '{"removed": ["amount"], "columns": {"L1": {}}}')"""
        )
    return database_url


def send(database: str, certificate: Path, **settings: str) -> str:
    """Send what is due; how it ended."""
    done = manage(
        database,
        "send_mail",
        DSS_MAIL_URL="console:",
        DSS_WEB_URL="https://dss.example",
        REQUESTS_CA_BUNDLE=str(certificate),
        **settings,
    )
    assert done.returncode == 0, done.stderr
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE operations.subscription_message SET next_attempt_at = now()")
        row = connection.execute("SELECT outcome FROM operations.subscription_message").fetchone()
    assert row
    return str(row[0])


def test_a_message_is_signed_and_sent_once(database: str, receiver: Receiver, certificate: Path) -> None:
    for _ in range(2):
        assert send(database, certificate, DSS_WEBHOOK_HOSTS="127.0.0.1") == "sent"

    (delivery,) = receiver.deliveries
    message = json.loads(delivery.body)
    assert message["type"] == "dataset.breaking"
    assert message["data"]["dataset"] == "dbt.wins"
    assert message["data"]["removed"] == ["amount"]
    assert message["data"]["link"] == "https://dss.example/datasets/dbt/wins/"
    assert "columns" not in message["data"]
    headers = delivery.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + delivery.body
    expected = hmac.new(base64.b64decode(SECRET), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"


def test_nothing_is_sent_to_an_address_of_our_own_network(database: str, receiver: Receiver, certificate: Path) -> None:
    assert send(database, certificate) == "the address is not public"
    assert receiver.deliveries == []
    # It is tried again: a name may have had another address for a while.
    assert send(database, certificate, DSS_WEBHOOK_HOSTS="127.0.0.1") == "sent"


def test_what_no_program_takes_is_sent_again(database: str, receiver: Receiver, certificate: Path) -> None:
    receiver.status = 503
    assert send(database, certificate, DSS_WEBHOOK_HOSTS="127.0.0.1") == "HTTP 503"
    receiver.status = 204
    assert send(database, certificate, DSS_WEBHOOK_HOSTS="127.0.0.1") == "sent"
    assert len({delivery.headers["webhook-id"] for delivery in receiver.deliveries}) == 1


def test_secrets_can_be_encrypted_with_another_key(database: str, receiver: Receiver, certificate: Path) -> None:
    new = Fernet.generate_key().decode()
    done = manage(database, "reencrypt_webhook_secrets", DSS_HAWK_ENCRYPTION_KEYS=f"{new},{ENCRYPTION_KEY}")
    assert done.stdout.startswith("1 secrets"), done.stderr
    settings = {"DSS_HAWK_ENCRYPTION_KEYS": new, "DSS_WEBHOOK_HOSTS": "127.0.0.1"}
    assert send(database, certificate, **settings) == "sent"


@pytest.fixture(scope="module")
def owner(site: Site) -> Visitor:
    return site.login(UPLOADER)


@pytest.fixture(scope="module")
def page(owner: Visitor) -> str:
    """The page of the webhooks of a dataset."""
    organisation, dataset = owner.create_dataset().split("/")[3].split("-", 1)
    return f"/datasets/{organisation}/{dataset}/webhooks/"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "Enter an address"),
        ("http://example.com/", "begins with https://"),
        ("https://169.254.169.254/latest", "this one is private"),
        ("https://[::ffff:10.0.0.1]/", "this one is private"),
        ("https://localhost/", "this one is private"),
        ("https://a:b@example.com/", "must not have a user name"),
    ],
)
def test_an_address_that_nothing_may_be_sent_to_is_refused(owner: Visitor, page: str, url: str, told: str) -> None:
    shown = owner.post(page, {"url": url})
    assert told in shown.text
    assert shown.status_code == 422


def test_owners_add_an_address_are_shown_its_secret_once_and_remove_it(site: Site, owner: Visitor, page: str) -> None:
    added = owner.post(page, {"url": "https://example.com/a-path"}).text
    found = re.search(r"whsec_[A-Za-z0-9+/=]{44}", unbroken(added))
    assert found
    assert "example.com/a-path" in unbroken(owner.get(page).text)
    assert found[0] not in unbroken(owner.get(page).text)
    ((stored,),) = site.sql("SELECT secret FROM operations.subscription WHERE url = 'https://example.com/a-path'")
    assert Fernet(ENCRYPTION_KEY).decrypt(stored).decode() == found[0]
    # Of the page's two forms the one that adds: the other one's field stays empty.
    assert "already" in owner.post(page, {"url": "https://example.com/a-path", "remove": ""}).text
    assert site.login(COLLEAGUE).get(page).status_code == 403

    ((number,),) = site.sql("SELECT id FROM operations.subscription WHERE url = 'https://example.com/a-path'")
    owner.post(page, {"remove": str(number)})

    assert "No program gets messages" in owner.get(page).text
