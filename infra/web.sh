#!/bin/sh
# Migrate the database, then start the web app. Several containers can do this at the same time.
set -eu
python manage.py migrate --skip-checks
exec infra/serve.sh
