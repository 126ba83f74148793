"""Dagster's entry in `make run`: the declarations as they are or, while one of them is refused, as they last were.

Whoever writes a declaration reloads it before it is right. In production a mistake stops the start; here, the other
datasets go on loading, and the sensor `declarations__refused` fails with the file and the word at fault.
"""

import os
import traceback
from pathlib import Path

from dagster import (
    DefaultSensorStatus,
    Definitions,
    Failure,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)

from infra.local.kept_declarations import KeptDeclarations, forget_imported

_DECLARATIONS = Path(__file__).parents[2] / "dss_assets" / "datasets"


def _definitions() -> Definitions:
    kept = KeptDeclarations(Path(os.environ["DAGSTER_HOME"]) / "declarations")
    try:
        found = _load()
    except Exception as error:
        reason = f"{_place(error)}{error}"
        forget_imported()
        if not kept.import_last():
            raise
        return Definitions.merge(_load(), Definitions(sensors=[_refusal_sensor(f"{reason}. {kept.since}")]))
    kept.keep(_DECLARATIONS)
    return found


def _load() -> Definitions:
    from dss_assets.definitions import definitions  # noqa: PLC0415 it may have to be imported twice

    return definitions


def _place(error: Exception) -> str:
    """The file and line of the declaration at fault, '' where none is."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}, line {error.lineno}: "
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent == _DECLARATIONS
    ]
    frames = [frame for frame in frames if not frame.filename.endswith("__init__.py")]
    return f"{frames[-1].filename}, line {frames[-1].lineno}: " if frames else ""


def _refusal_sensor(reason: str) -> SensorDefinition:
    """Fails at its first look after the reload, and from then on: so that the mistake stays in sight."""

    @sensor(
        name="declarations__refused",
        description=f"The declarations are refused: {reason}",
        minimum_interval_seconds=30,
        default_status=DefaultSensorStatus.RUNNING,
    )
    def tell(context: SensorEvaluationContext) -> SkipReason:
        raise Failure(reason, allow_retries=False)

    return tell


definitions = _definitions()
