"""A publisher that breaks the rules, and our client for it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from dss_assets.dataset import Dataset, HtmlLinks
from dss_assets.datasets import EXPORTERS
from dss_assets.sources import PublisherClient
from tests.parts.unruly import UnrulyPublisher

Linked = Callable[..., Dataset]

# What a declaration calls the unruly publisher: it takes https alone.
UNRULY = "https://unruly.example"


@pytest.fixture
def unruly() -> Iterator[UnrulyPublisher]:
    with UnrulyPublisher() as publisher:
        yield publisher


@pytest.fixture
def unruly_client(unruly: UnrulyPublisher, monkeypatch: pytest.MonkeyPatch) -> PublisherClient:
    monkeypatch.setattr("dss_assets.sources.download.RESUME_WAIT_SECONDS", 0)
    return PublisherClient({UNRULY: unruly.url})


@pytest.fixture
def linked() -> Linked:
    """A dataset of the exporters' files that pages of the unruly publisher link to."""

    def linked(*pages: str) -> Dataset:
        source = HtmlLinks(
            pages=tuple(UNRULY + page for page in pages),
            name=r"exporters_?\d{4}\w*\.zip",
            every=timedelta(hours=6),
        )
        return replace(EXPORTERS, source=source)

    return linked
