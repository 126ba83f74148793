#!/bin/sh
# Migrate the database, write the declarations down there, then start the web app. Several containers can do this at the same time.
set -eu
python manage.py migrate --skip-checks
python -m dss_assets declare
exec infra/serve.sh
