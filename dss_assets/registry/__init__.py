"""5: what has been loaded, and what is to be tried again: `operations.datafile_registry` and `source_listing`.

The registry is the truth about what is loaded. It is also the one retry system of the service: a transient error gets
the time of the next attempt, and the sensors ask for what is due.

due.py      what is to be done: files that are due, and listings of sources
files.py    what becomes of each file on its way
loaded.py   the files whose rows are in the tables
retries.py  when what failed is tried again
"""

from dss_assets.registry.due import (
    Outlook,
    due_files,
    explain_wait,
    explain_withdrawal,
    fail_listing,
    outlook,
    record_due_files,
    record_listing,
    sources_with_work,
)
from dss_assets.registry.files import (
    Entry,
    begin,
    fail,
    find,
    finish,
    keep,
    last_written,
    loaded_version,
    record_stored,
    requeue_orphaned,
    wait_for_shape,
)
from dss_assets.registry.loaded import LoadedFile, loaded_files, release_waiting, reload

__all__ = [
    "Entry",
    "LoadedFile",
    "Outlook",
    "begin",
    "due_files",
    "explain_wait",
    "explain_withdrawal",
    "fail",
    "fail_listing",
    "find",
    "finish",
    "keep",
    "last_written",
    "loaded_files",
    "loaded_version",
    "outlook",
    "record_due_files",
    "record_listing",
    "record_stored",
    "release_waiting",
    "reload",
    "requeue_orphaned",
    "sources_with_work",
    "wait_for_shape",
]
