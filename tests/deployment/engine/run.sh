#!/bin/sh
# `make test-containers`: an engine, the base images, the two images, and the tests of what runs in containers.
# Arguments go to pytest.
set -eu
. tests/deployment/engine/engine.sh

mkdir -p "$CACHE"
# Two runs would take each other's engine away.
exec 9>"$CACHE/lock"
flock --nonblock 9 || { echo "Waiting for another run of the containers' tests …"; flock 9; }
trap stop_engine EXIT
start_engine

# An engine of somebody else's has a registry, and images that others use: no name of theirs is taken there.
[ "$OWN_ENGINE" = 0 ] || sh tests/deployment/engine/bases.sh "$CACHE"

. infra/local/mirror.sh
# What pip is told here it is told in the build, where nothing of it stays.
certificates=${PIP_CERT:-${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}}
{
    printf '[global]\ntimeout = 180\ncert = /run/secrets/certificates\n'
    [ -z "${UV_DEFAULT_INDEX:-}" ] || printf 'index-url = %s\n' "$UV_DEFAULT_INDEX"
} >"$CACHE/pip.conf"
for target in production local; do
    echo "Building the image $target …"
    docker buildx build --quiet --load --network host --target "$target" --tag "data-store-service:$target" \
        --secret "id=pip,src=$CACHE/pip.conf" --secret "id=certificates,src=$certificates" . >/dev/null
done

DSS_TEST_CONTAINERS=1 .venv/bin/python -m pytest -s tests/deployment/test_images.py \
    tests/deployment/test_containers.py "$@" 9>&-
docker image prune --force >/dev/null
docker buildx prune --force --keep-storage 5gb >/dev/null
