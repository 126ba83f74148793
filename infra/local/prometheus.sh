#!/bin/sh
# The tests check the rules for Prometheus by its own promtool, and let it read a web app. Unpack Debian's package if
# they are not there: nothing is installed or started.
set -eu

folder=.prometheus
if command -v promtool >/dev/null && command -v prometheus >/dev/null; then
    mkdir -p "$folder"
    ln -sf "$(command -v promtool)" "$(command -v prometheus)" "$folder"
    exit 0
fi
if [ -x "$folder/promtool" ] && [ -x "$folder/prometheus" ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "The tests of alerts and of the dashboard need Prometheus and promtool, which are not installed." >&2
    exit 1
fi
echo "Unpacking Prometheus …"
mkdir -p "$folder/download"
cd "$folder/download"
apt-get download -qq prometheus || { apt-get update -qq && apt-get download -qq prometheus; }
dpkg-deb -x prometheus_*.deb unpacked
mv unpacked/usr/bin/promtool unpacked/usr/bin/prometheus ..
cd .. && rm -rf download
