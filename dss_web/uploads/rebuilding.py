"""A version that was added to another one -> from which files its rows can be put together again."""

from dss_web.registry.models import UploadFile
from dss_web.shared.contract import LoadMode
from dss_web.uploads.comparison import table_of
from dss_web.uploads.selectors import base_of


def files_to_load(version: UploadFile) -> list[UploadFile] | None:
    """The versions whose files are loaded again to restore a version, the first of them first.

    None of them where its table is kept; None where a version that it is based on was deleted, and no table has the
    rows of that. The assets half goes the same way (`dss_assets/uploads/chain.py`).
    """
    if table_of(version):
        return []
    needed = [version]
    while needed[-1].mode != LoadMode.REPLACE:
        base = base_of(needed[-1])
        if base is None:
            return None
        if table_of(base):
            break
        needed.append(base)
    return needed[::-1]


def versions_with_rows_of(version: UploadFile) -> list[UploadFile]:
    """The versions that took over the rows of this one, by themselves or by way of others."""
    found: list[UploadFile] = []
    bases = {version.id}
    while bases:
        later = list(version.pipeline.files.filter(based_on__in=bases, loaded_at__isnull=False))
        found += later
        bases = {one.id for one in later}
    return found
