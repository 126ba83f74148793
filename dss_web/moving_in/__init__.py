"""What the Flask service has -> here: `manage.py import_flask_service`, run once or a few times, and then never again.

former.py          its database: the tables of the service itself, where they are now
service_tables.py  where its own database is adopted: its tables aside, and the way back
report.py          what an import does or would do, for an operator and as JSON
import_steps.py    the steps in their order, each of which may be run again
things.py          one step: things of one kind, those of the Flask service beside those that are here
clients.py         HAWK clients with their keys and scopes
datasets.py        the datasets that staff fill
stored_files.py    kept files, under their paths
tables.py          the tables of datasets, which the assets half brings (`dss_assets/moving_in/`)
loaded_tables.py   what these hold once they are here
versions.py        uploaded files
registry_rows.py   what is loaded of published datasets

`docs/moving-in.md` has the order of steps for an operator.
"""
