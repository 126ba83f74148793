#!/bin/sh
# Start the web app on a database that is up to date. Any number of containers may do this at once.
set -eu
python manage.py migrate --skip-checks
exec infra/serve.sh
