"""HAWK, a Django app: who sends a request, and may they? In the order of a request:

header.py                the Authorization header → its attributes
credentials.py           an id → the client with its live keys, read again for every request
authentication.py        the MAC, tried with each key; then the nonce
nonces.py                which nonces were used: in Postgres (nonces_in_postgres.py) or Redis (nonces_in_redis.py)
scopes.py                which scopes open which routes and tables, or let a client upload
upload_grants.py         whether the datasets are there to which a client shall upload
read_grants.py           the datasets that a client was granted for reading, besides its scopes
failures.py              how many failed authentications get 401 before they get 429
signature.py             Server-Authorization: the response's own signature

keys.py                  makes, rotates, revokes, encrypts and decrypts keys: the one place that writes them
datetimes.py             dates that commands take and print
models.py, admin.py, management/   tables, admin and commands for clients and keys

Sources: the scheme's description and test vectors, https://github.com/mozilla/hawk/blob/main/API.md (seen 2026-11).
"""
