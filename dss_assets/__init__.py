"""The left half of the service: publishers' files -> storage -> Postgres -> data-flow, as Dagster assets.

In the order of a file's path:

dataset/        the vocabulary in which a dataset is declared; datasets/ holds one declaration a file
sources/        1  a publisher's page or API -> the files that it offers
storage.py      2  a file -> stored bytes
parsing/        3  stored bytes -> rows for COPY
loading/        4  rows -> L0 -> L1
registry.py     5  what has been loaded, and what is due
editions.py     5  what each file was: its date, records and columns, and what of it was rejected
checks.py       what is checked of each file, and what was found
dataflow/       6  data-flow is told, and watched
ingestion.py    1 to 5 for one file, with the registry's states around them
derivations.py  a table that is made of other tables: due, made and registered
uploads.py      the same journey for an uploaded CSV
renewal.py      tables that a release before has made -> as this one makes them
going_back.py   what the release before could not read -> what it can
recovery.py     a restored database and a storage that may be of another time, brought together
deletion.py     uploads that people had deleted, and the record of it
moving_in/      the tables of the Flask service -> tables of ours
retention.py    what ends of all that is written, and after how long
assets/         the Dagster clothing: assets, partitions, sensors, checks
database.py     the connection to Postgres, and the four advisory locks
errors.py       permanent or transient, decided where an error arises
resources.py    the environment -> database, storage, publishers, data-flow
catalogue.py    the declarations -> operations.dataset, for the web half
trial/          a declaration tried on files, before anything is loaded
definitions.py  Dagster's entry
__main__.py     the commands of `python -m dss_assets`
"""
