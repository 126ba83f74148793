#!/bin/sh
# The tests let Prometheus, its promtool and PgBouncer work with the service. Put them into .programs/, unpacked from
# Debian's packages where this machine has none: nothing is installed or started, and root is not needed.
set -eu

folder=.programs
PATH=$PATH:/usr/sbin # there Debian's PgBouncer is, and not everybody looks there

# Unpack the package named, and those libraries of it that few machines have, into $folder/unpacked.
unpack() {
    if ! command -v apt-get >/dev/null; then
        echo "The tests need $1, which is not installed. Install your system's package of it." >&2
        exit 1
    fi
    echo "Unpacking $1 …"
    rm -rf "$folder/unpacked"
    mkdir -p "$folder/unpacked"
    cd "$folder/unpacked"
    download "$1" || { apt-get update -qq && download "$1"; }
    for package in *.deb; do
        dpkg-deb -x "$package" .
    done
    cd - >/dev/null
}

download() {
    libraries=$(apt-cache depends "$1" | sed -n 's/^ *Depends: \(lib\(c-ares\|event\).*\)/\1/p')
    # shellcheck disable=SC2086 # each library is a package
    apt-get download -qq "$1" $libraries
}

if [ ! -x "$folder/prometheus" ] || [ ! -x "$folder/promtool" ]; then
    mkdir -p "$folder"
    if command -v promtool >/dev/null && command -v prometheus >/dev/null; then
        ln -sf "$(command -v promtool)" "$(command -v prometheus)" "$folder"
    else
        unpack prometheus
        mv "$folder"/unpacked/usr/bin/promtool "$folder"/unpacked/usr/bin/prometheus "$folder"
    fi
fi

# In a folder of its own, where its libraries are too.
if [ ! -x "$folder/pgbouncer/pgbouncer" ]; then
    mkdir -p "$folder/pgbouncer"
    if command -v pgbouncer >/dev/null; then
        ln -sf "$(command -v pgbouncer)" "$folder/pgbouncer"
    else
        unpack pgbouncer
        mv "$folder"/unpacked/usr/lib/*/*.so* "$folder"/unpacked/usr/sbin/pgbouncer "$folder/pgbouncer"
    fi
fi
rm -rf "$folder/unpacked"
