"""A table in polars and in DuckDB, by way of Arrow: python3 table_queries.py SCHEMA TABLE"""

import sys

import duckdb
import polars
from data_store import Client

rows = Client.from_environment().table(*sys.argv[1:]).to_arrow()
print(polars.DataFrame(rows))
print(duckdb.sql("SELECT count(*) AS number FROM rows"))
