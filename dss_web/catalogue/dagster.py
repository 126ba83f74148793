"""Links from the catalogue into the Dagster UI, for people who may see it and where the proxy serves it."""

from collections.abc import Sequence
from urllib.parse import quote

from django.conf import settings

from dss_web.accounts.models import User
from dss_web.shared.dagster_pass import DagsterRole


def is_shown_to(person: User) -> bool:
    """Whether links into the Dagster UI lead this person somewhere."""
    return bool(settings.DSS.dss_dagster_ui_key) and person.dagster_role != DagsterRole.NONE


def asset_page(*key: str, partition: str = "") -> str:
    """The page of an asset, at one of its partitions if there is one."""
    query = f"?view=partitions&partition={quote(partition, safe='')}" if partition else ""
    return f"{_ui()}assets/{_path(key)}{query}"


def run_page(run_id: str) -> str:
    """The page of a run."""
    return f"{_ui()}runs/{_path([run_id])}"


def _ui() -> str:
    path: str = settings.DSS.dss_dagster_ui_path
    return path


def _path(parts: Sequence[str]) -> str:
    return "/".join(quote(part, safe="") for part in parts)
