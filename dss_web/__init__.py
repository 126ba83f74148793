"""The right half of the service: Postgres -> HAWK-signed JSON for clients, and CSV from a browser -> storage.

registry/   every table that both halves touch
tables/     loaded tables out: HAWK, keyset pages, structure
docs/       what clients need to know: the OpenAPI document and its page
uploads/    CSV in: dialect, types, versions, progress
accounts/   login through staff-sso
monitoring/ what operators watch: the line of each request, metrics, readiness
database/   the connection to Postgres: a quicker pool, prepared statements
people.py   middleware that requests to the API pass by
memory.py   what a worker does with memory, for speed
proxies.py  by which address clients came, where proxies that are believed stand between
"""
