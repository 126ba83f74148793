"""The tables of the Flask service -> tables of ours, with the ids of their rows. Run once, by a command.

Each dataset is brought in one transaction: a process that dies leaves it as it was, and the next one goes on.

former.py      the Flask service's tables, as its database has them
outcome.py     what became of a dataset, for people and as JSON
ledger.py      what was brought before, and whether it has changed since, here or there
ids.py         which ids rows get: those by which clients read on
files.py       which rows each file brought
copying.py     rows of one database -> a table of another
published.py   L0 and L1 of a published dataset -> L0 and the view over it
derived.py     an L1 that is made of other tables
released.py    the tables of a release
uploaded.py    the table of a dataset that staff fill
aside.py       the Flask service's own schema -> beside ours, where its database is adopted
comparison.py  whether clients read the same as before
move.py        all of them, in their order
command.py     `python -m dss_assets move_in`, which `manage.py import_flask_service` runs

What it relies on of the Flask service's schema was read from a dump of its database, made while it ran (2026-11).
"""
