"""What a publisher links to is asked only where anybody may ask, unless a declaration or a setting names its host."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from dss_assets.dataset import FixedUrl, HtmlLinks
from dss_assets.datasets import REFERENCE_POSTCODES
from dss_assets.errors import TransientError
from dss_assets.sources import PublisherClient, RemoteFile, fetch_file, list_files, read_listing
from dss_assets.storage import Storage
from dss_web.shared.public_hosts import is_public
from tests.parts.unruly import Answer, UnrulyPublisher

DAILY = timedelta(days=1)


@pytest.fixture
def internal() -> Iterator[UnrulyPublisher]:
    """A service of this network, with which the publisher has nothing to do."""
    with UnrulyPublisher() as server:
        server.answers["/secret.csv"] = Answer(b"secret\n")
        yield server


def url_of(server: UnrulyPublisher, name: str) -> str:
    return server.url.replace("127.0.0.1", name)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "127.1"])
def test_a_link_to_a_private_address_is_not_followed(
    name: str, unruly: UnrulyPublisher, internal: UnrulyPublisher, storage: Storage
) -> None:
    link = f"{url_of(internal, name)}/secret.csv"
    page = f"<html><a href='{link}'>secret.csv</a></html>".encode()
    unruly.answers["/page"] = Answer(page, headers={"Content-Type": "text/html"})
    source = HtmlLinks(pages=(f"{unruly.url}/page",), name=r".*\.csv", every=DAILY)

    listing = read_listing(replace(REFERENCE_POSTCODES, source=source), PublisherClient(), storage)
    with pytest.raises(TransientError, match=r"was not sent: .* has the address .*, which is not public.*BASE_URLS"):
        list(fetch_file(source, RemoteFile("secret.csv", link, ""), PublisherClient()))

    assert "has the address" in listing.unanswered[0]
    assert internal.asked == []


def test_a_redirect_to_a_private_address_is_not_followed(
    unruly: UnrulyPublisher, internal: UnrulyPublisher, storage: Storage
) -> None:
    unruly.answers["/data.csv"] = Answer(b"a\n")
    source = FixedUrl(f"{unruly.url}/data.csv", "data.csv", DAILY)
    [file] = list_files(replace(REFERENCE_POSTCODES, source=source), PublisherClient(), storage)
    unruly.answers["/data.csv"] = Answer(status=302, headers={"Location": f"{internal.url}/secret.csv"})

    with pytest.raises(TransientError, match=r"GET .*/data\.csv was not sent: .* is not public"):
        list(fetch_file(source, file, PublisherClient()))

    assert internal.asked == []


def test_private_hosts_that_a_declaration_or_the_setting_names_are_asked(
    unruly: UnrulyPublisher, internal: UnrulyPublisher, storage: Storage
) -> None:
    unruly.answers["/data.csv"] = Answer(
        status=302, head_status=302, headers={"Location": f"{internal.url}/secret.csv"}
    )
    source = FixedUrl(f"{unruly.url}/data.csv", "data.csv", DAILY)
    publishers = PublisherClient({internal.url: internal.url})

    [file] = list_files(replace(REFERENCE_POSTCODES, source=source), publishers, storage)

    assert b"".join(fetch_file(source, file, publishers)) == b"secret\n"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2a00:1450:4009::1", True),
        ("10.1.2.3", False),
        ("172.31.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("fd00:ec2::254", False),
        ("fe80::1%2", False),
        ("::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("0.0.0.0", False),  # noqa: S104 an address to be refused
        ("224.0.0.1", False),
    ],
)
def test_addresses_that_only_a_network_reaches_are_not_public(address: str, expected: bool) -> None:
    assert is_public(address) is expected
