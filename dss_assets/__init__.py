"""The left half of the service: publishers' files -> storage -> Postgres -> data-flow, as Dagster assets.

The files stand in the order of a datum's path:

dataset.py      the vocabulary in which a dataset is declared; datasets/ holds one declaration a file
source.py       1  a publisher's page or API -> the files it offers
storage.py      2  a file -> kept bytes
parsing/        3  kept bytes -> rows for COPY
loading/        4  rows -> L0 -> L1
registry.py     5  what has been loaded, and what is to be tried again
dataflow.py     6  tell data-flow
ingestion.py    1 to 5 for one file, with the registry's states around them
uploads.py      the same journey for an uploaded CSV
assets/         the Dagster clothing: assets, partitions, sensors, checks
resources.py    the environment -> database, storage, data-flow
definitions.py  Dagster's entry
"""
