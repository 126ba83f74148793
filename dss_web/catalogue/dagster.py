"""Links from the catalogue into the Dagster UI, for people who may see it: `ui` is its address, '' for all others."""

from urllib.parse import quote


def asset_page(ui: str, *key: str, partition: str) -> str:
    """The page of a file: of the asset with this key, at its partition. '' without a UI."""
    path = "/".join(quote(part, safe="") for part in key)
    return f"{ui}assets/{path}?view=partitions&partition={quote(partition, safe='')}" if ui else ""


def run_page(ui: str, run_id: str) -> str:
    """The page of a run. '' without a UI, or a run."""
    return f"{ui}runs/{quote(run_id, safe='')}" if ui and run_id else ""
