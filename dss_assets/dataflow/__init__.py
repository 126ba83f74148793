"""6: tell data-flow that a table has new rows, and watch what becomes of it.

api.py            what the service needs of data-flow, whichever Airflow it is
http.py           one request to it, and what a status means
airflow_1.py      the experimental API of Airflow 1.10, with HAWK
airflow_rest.py   what the REST APIs of Airflow 2 and 3 have in common; airflow_2.py and airflow_3.py have the rest
credentials.py    who we are there
configuration.py  the settings, and the API that they name
ledger.py         the rows of the runs that we asked for, and the files that each of them serves
due.py            for whose files it is to be asked now
runs.py           a run from the request to its end
"""

from dss_assets.dataflow.api import DataFlow, RequestRefused, Runner, UnknownRun
from dss_assets.dataflow.configuration import DataflowSettings, connect, digest
from dss_assets.dataflow.due import due_sources
from dss_assets.dataflow.ledger import Run, requeue
from dss_assets.dataflow.runs import poll, trigger

__all__ = [
    "DataFlow",
    "DataflowSettings",
    "RequestRefused",
    "Run",
    "Runner",
    "UnknownRun",
    "connect",
    "digest",
    "due_sources",
    "poll",
    "requeue",
    "trigger",
]
