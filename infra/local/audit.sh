#!/bin/sh
# Compares the packages of production with known vulnerabilities, by pip-audit in an environment of its own: what it
# needs is no part of the service. It asks PyPI, and fails where PyPI does not answer for a package.
set -eu

home=.audit
test -x "$home/bin/pip-audit" || {
    python3 -m venv "$home"
    "$home/bin/python" -m pip install --quiet --disable-pip-version-check pip-audit
}
exec "$home/bin/pip-audit" --strict --no-deps --disable-pip --requirement requirements/production.txt "$@"
