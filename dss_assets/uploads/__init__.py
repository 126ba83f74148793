"""The journey of an uploaded CSV, from `verified` on: every statement over `public.pipeline_data_file`.

upload   what a person confirmed, and what of it is due
chain    the rows on which it is based
load     one upload to its table, and its state in the same transaction
states   what data-flow made of it, and what took too long
arrivals files that were begun to be sent in parts, and never became whole
"""

from dss_assets.uploads.arrivals import delete_arriving, end_abandoned
from dss_assets.uploads.load import declare, ingest_upload
from dss_assets.uploads.states import give_up_stuck, mark_delivered, mark_loaded
from dss_assets.uploads.upload import TABLE, Upload, delivering, due_files, find, sources_in_progress

__all__ = [
    "TABLE",
    "Upload",
    "declare",
    "delete_arriving",
    "delivering",
    "due_files",
    "end_abandoned",
    "find",
    "give_up_stuck",
    "ingest_upload",
    "mark_delivered",
    "mark_loaded",
    "sources_in_progress",
]
