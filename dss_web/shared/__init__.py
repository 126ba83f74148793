"""The kernel, without Django: all that dss_assets imports of this half.

contract.py      names on which both halves agree: tables, states, column types
routes.py        a dataset's own routes in the API
settings.py      settings that both halves read, from the environment
error_reports.py errors that nobody foresaw, where somebody wants to know of them
log_shapes.py     a log line in the words of its collector
public_hosts.py  connections to public addresses alone, wherever a link or a person leads
liveness.py      how a connection to Postgres notices that the other side has vanished
object_store.py  the storage as both halves reach it: a folder or a bucket
formulas.py      values that a spreadsheet program would run
csv/             the one CSV reader: for the check of an upload and for its load
"""
