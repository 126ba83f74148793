"""6: tell data-flow that a table has new rows, and watch what becomes of it.

client.py  data-flow's HTTP API
runs.py    the ledger of the runs that we asked for, and the files that each of them serves
"""

from dss_assets.dataflow.client import DataFlow, UnknownRun
from dss_assets.dataflow.runs import Run, due_sources, poll, requeue, trigger

__all__ = ["DataFlow", "Run", "UnknownRun", "due_sources", "poll", "requeue", "trigger"]
