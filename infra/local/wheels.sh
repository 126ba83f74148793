#!/bin/sh
# Check that every locked package has a wheel for each Python version we support, so that nothing has to be compiled.
set -eu
. infra/local/mirror.sh

for version in 3.11 3.12 3.13 3.14; do
    .venv/bin/uv pip install --quiet --dry-run --no-deps --only-binary :all: --target .local/wheels \
        --python-version "$version" --requirement requirements/development.txt
done
