#!/bin/sh
# The rules for Prometheus are checked by its own promtool. Unpack Debian's package if there is none: nothing is
# installed or started.
set -eu

folder=.prometheus
if command -v promtool >/dev/null; then
    mkdir -p "$folder"
    ln -sf "$(command -v promtool)" "$folder/promtool"
    exit 0
fi
if [ -x "$folder/promtool" ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "The tests of alerts need promtool, which is not installed. It comes with Prometheus." >&2
    exit 1
fi
echo "Unpacking promtool …"
mkdir -p "$folder/download"
cd "$folder/download"
apt-get download -qq prometheus || { apt-get update -qq && apt-get download -qq prometheus; }
dpkg-deb -x prometheus_*.deb unpacked
mv unpacked/usr/bin/promtool ..
cd .. && rm -rf download
