"""The right half of the service: Postgres → HAWK-signed JSON for clients, and CSV from a browser → storage.

Each room may import those before it (`tests/test_rooms.py`):

shared/           the kernel, without Django: all that dss_assets imports of this half
encryption.py, logs.py, gc_tuning.py, contact.py, configuration.py    encryption at rest, JSON logs, garbage collection,
                  whom people write to, settings
registry/         the tables that both halves use: models, migrations, admin
client/           what runs at a client's: signed requests, verified downloads
database/         the connection to Postgres
http/             what the whole site shares about requests and responses
frame/            what surrounds every page, and the pages about the service itself
hawk/             who sends a request, and may they?
tables/           reading a dataset's table: one state of it, its rows as JSON
exports/          whole tables in one stream, and their receipts
accounts/         login through staff-sso
uploads/          CSV in: dialect, types, versions, progress
arrivals/         files that come in parts, until they are whole
catalogue/        all datasets, for people: found, understood, taken
api/              the routes at /api/v1/; the only room that knows Django Ninja
monitoring/       health, readiness, metrics, the line of each request
docs/             the OpenAPI document, and the pages of the API's documentation
mail/             what became of uploads, told to their people
subscriptions/    what happens to datasets, told to those who follow them
worker/           what is done behind requests: checks, mail
moving_in/        what the Flask service has -> here, once
settings.py, urls.py, wsgi.py    Django's entries
"""
