"""Whole tables out, in one stream: a Django app. A row's path:

export_query.py    the parameters of an export
formats.py         CSV, NDJSON and (parquet.py) Parquet: rows of COPY → bytes
producer.py        a thread of its own: COPY at the database's speed → spool; it has the one snapshot and a connection
slots.py           how many exports this process may send at once
spool.py           what the client has not taken yet, in memory and then in files without names
stream.py          spool → digest and checkpoints → the body, at the client's speed, without a connection
content_coding.py  gzip or zstd on the way, by Accept-Encoding
receipts.py        what was sent, so that the client can check that it got everything, and resume after a break
models.py          the receipts' table

The routes are in `dss_web.api`.
"""
