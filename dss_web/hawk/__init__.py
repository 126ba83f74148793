"""HAWK: who asks, and may they? In the order of a request:

header.py                the Authorization header → its attributes
credentials.py           an id → the client with its live keys, read anew for every request
authentication.py        the MAC, tried with each key; then the nonce; then the route's scope
nonces.py                what has been used, in Postgres (nonces_in_postgres.py) or Redis (nonces_in_redis.py)
scopes.py                which scopes open what
failures.py              how many failed authentications are answered with 401 before it is 429

keys.py makes, rotates and revokes keys for the commands in `dss_web/tables/management`, and decrypts them.

Sources: the scheme's description and test vectors, https://github.com/mozilla/hawk/blob/main/API.md (seen 2026-11).
"""
