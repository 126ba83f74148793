#!/bin/sh
# Create or update the virtual environment .venv from the lock files. The byte-code is compiled, with which Dagster
# starts in a third of the time.
set -eu

find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "No Python 3.11 or later was found as python3, python3.14, python3.13, python3.12 or python3.11. Install one." >&2
    exit 1
}

# A virtual environment that was copied, or whose creation was interrupted, does not work.
if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$python cannot make virtual environments: its modules venv and ensurepip are missing." >&2
        echo "On Debian and Ubuntu they are in the package python3-venv: apt-get install python3-venv" >&2
        exit 1
    fi
    rm -rf .venv
    "$python" -m venv .venv
fi

if [ ! -x .venv/bin/uv ]; then
    echo "Installing uv, which installs the rest …"
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
        -r requirements/bootstrap.txt || echo "uv cannot be installed here; pip is used instead." >&2
fi

. infra/local/mirror.sh

echo "Installing the locked packages …"
if [ -x .venv/bin/uv ] && .venv/bin/uv pip sync --quiet --python .venv/bin/python --require-hashes \
    --compile-bytecode requirements/development.txt; then
    exit 0
fi
.venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
    -r requirements/development.txt
