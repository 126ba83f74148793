"""The commands on the page of a dataset do what they say, as they stand there."""

import os
import re
import shutil
import subprocess
import sys
import uuid
from html import unescape
from pathlib import Path

import pyarrow.parquet
import pytest

from tests.conftest import REPOSITORY, add_hawk_client
from tests.parts.published import Published
from tests.parts.site import Visitor

BASH = shutil.which("bash") or "/bin/bash"
CLIENT = REPOSITORY / "dss_web" / "client"
# What `pip install` makes of the client's scripts.
PROGRAM = "#!{python}\nimport sys\nsys.path.insert(0, {client!r})\nfrom data_store.{module} import program\nprogram()\n"


@pytest.fixture
def environment(published: Published, tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has installed the client, and has a key for the dataset."""
    identifier, key = f"c{uuid.uuid4().hex}", uuid.uuid4().hex * 2
    add_hawk_client(published.site.database_url, identifier, key, ["*"])
    for name in ("request", "export"):
        script = tmp_path / f"hawk-{name}"
        script.write_text(PROGRAM.format(python=sys.executable, client=str(CLIENT), module=f"{name}_command"))
        script.chmod(0o755)
    return {
        **os.environ,
        "API_URL": published.site.url,
        "HAWK_ID": identifier,
        "HAWK_KEY": key,
        "PYTHONPATH": str(CLIENT),
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
    }


def commands(reader: Visitor, published: Published) -> dict[str, str]:
    page = reader.get(f"{published.path}use/").text
    pattern = r'<h3 [^>]*>([^<]+)</h3>\s*<pre class="dss-command"><code class="dss-code">(.*?)</code></pre>'
    return {title: unescape(text) for title, text in re.findall(pattern, page, re.DOTALL)}


def test_each_command_reads_the_table(
    published: Published, reader: Visitor, environment: dict[str, str], tmp_path: Path
) -> None:
    found = commands(reader, published)
    assert found["Then say who you are"].startswith(f"export API_URL={published.site.url}\n")
    python = "\n".join(text for title, text in found.items() if title.startswith("Python"))

    # All in one process: pandas, polars and DuckDB take seconds to begin.
    ran = subprocess.run(
        [sys.executable, "-c", f"{python}\nassert len(frame) == {published.rows}"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert str(published.rows) in ran.stdout
    file = tmp_path / f"{published.key}.L1.parquet"
    assert pyarrow.parquet.read_table(file).num_rows == published.rows
    file.unlink()
    for title, expected in (("Shell with curl", '"Company 1"'), ("Shell, into a file", "")):
        ran = subprocess.run(
            [BASH, "-ec", found[title]], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        assert expected in ran.stdout
    assert pyarrow.parquet.read_table(file).num_rows == published.rows
