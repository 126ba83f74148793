"""The wheel of the Python client, built of the files that lie beside this one: `python -m dss_web.client.wheel FOLDER`.

flit_core is the client's build backend, in Python alone: so the service can hand out the client that it was tested
with, and nobody has to publish or build anything.
"""

import io
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

from flit_core.wheel import WheelBuilder


class Wheel(NamedTuple):
    """A wheel: the name that pip asks of its file, and its content."""

    name: str
    content: bytes


@cache
def build_wheel() -> Wheel:
    """The client's wheel, in 30 ms."""
    content = io.BytesIO()
    builder = WheelBuilder.from_ini_path(Path(__file__).parent / "pyproject.toml", content)
    builder.build()
    return Wheel(builder.wheel_filename, content.getvalue())


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / build_wheel().name).write_bytes(build_wheel().content)
    sys.stdout.write(f"{folder / build_wheel().name}\n")
