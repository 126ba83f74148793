#!/bin/sh
# Create or update .airflow/venv, which has the Airflow of `make test-airflow`. Nothing of it is in the product.
set -eu
. infra/local/mirror.sh

stamp=.airflow/venv/.installed
if [ -e "$stamp" ] && [ "$stamp" -nt requirements/airflow.txt ]; then
    exit 0
fi
.venv/bin/uv venv --quiet --clear --python .venv/bin/python .airflow/venv
.venv/bin/uv pip sync --quiet --python .airflow/venv/bin/python --require-hashes requirements/airflow.txt
touch "$stamp"
