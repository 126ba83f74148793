"""A Chromium, and files to upload with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from infra.local.chromium import find_chromium
from tests.parts.browser import FLAGS
from tests.parts.waiting import PATIENCE_SECONDS

FIRST = "Company Name,Exports,Founded\n" + "".join(f"Company {i},{i},{i % 28 + 1:02d}/02/2003\n" for i in range(500))
SECOND = "company_name,exports,region\nAcme,12,North\n"
RAGGED = "a,b,c\n1,2,3\n1,2\n"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser for all tests of a worker; each opens contexts of its own.

    From then on an event loop runs in this thread: `asyncio.run` needs another one (tests/client/test_mcp.py).
    """
    program = find_chromium()
    if program is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    expect.set_options(timeout=1000 * PATIENCE_SECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with `first.csv`, `second.csv` with other columns, and `ragged.csv`, which cannot be read."""
    for name, content in {"first.csv": FIRST, "second.csv": SECOND, "ragged.csv": RAGGED}.items():
        (tmp_path / name).write_text(content)
    return tmp_path
