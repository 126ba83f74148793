"""Whole tables out, in one stream. A row's path:

query.py           what a client may ask
formats.py         CSV, NDJSON and (parquet.py) Parquet: rows of COPY → bytes
production.py      a thread of its own: COPY at the database's speed → spool; holds the one snapshot, and a connection
spool.py           what the client has not taken yet, in memory and then in files without names
stream.py          spool → digest, checkpoints → the answer's body, at the client's speed; holds no connection
content_coding.py  gzip or zstd on the way, by Accept-Encoding
receipts.py        what was sent, so that the client can check that it got everything, and go on after a break
operations.py      the two routes
"""
