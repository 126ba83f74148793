#!/bin/sh
# Resolve the dependencies again into requirements/: for every Python from 3.11, with hashes, without host names.
set -eu
. infra/local/mirror.sh

compile() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-header --no-annotate "$@"
}

compile pyproject.toml --extra aws --extra telemetry --output-file requirements/production.txt
# Of an image whose runs have pods of their own: what production has, and a client of Kubernetes.
compile pyproject.toml --extra aws --extra kubernetes --extra telemetry --constraint requirements/production.txt \
    --output-file requirements/kubernetes.txt
compile pyproject.toml --extra development --constraint requirements/kubernetes.txt \
    --output-file requirements/development.txt
# Of the image `local`: what production has, and the stand-ins.
compile pyproject.toml --extra aws --extra telemetry --extra stand-ins --constraint requirements/development.txt \
    --output-file requirements/local.txt
echo uv | compile - --constraint requirements/development.txt --output-file requirements/bootstrap.txt
# Of `make test-airflow` alone: psycopg2 and asyncpg are Airflow's own, the others the DAG's.
printf '%s\n' apache-airflow==3.3.2 apache-airflow-providers-fab asyncpg mohawk 'psycopg[binary]' psycopg2-binary |
    compile - --output-file requirements/airflow.txt
sh infra/local/wheels.sh
